"""Limits of offices, each kept and each missed, and what may be said where not all is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import NamedTuple

import pytest

from sync.cases.clocks import ClockKind
from sync.cases.limits import Coverage, Finding, Leg, Limit, Moment, Standing, judged, limits
from sync.cases.stages import Act
from sync.catalogue.items import Limit as Legal
from sync.catalogue.items import LimitUnit, ServiceItem, StageName
from tests.rules.stories import TOWNSHIP, VILLAGE
from tests.rules.test_clocks import CALENDAR, Told, accepted, asked, at, came_up, day, filed, item

ITEM = item(promised=3, legal=Legal(5, LimitUnit.WORKING_DAYS))
ASSISTED = item(promised=3, legal=Legal(5, LimitUnit.WORKING_DAYS), stages={StageName.VILLAGE_ACT: 7})
TODAY = "2026-03-31"
# 2026-03-02 is a Monday; no holiday is near.
MONDAY = "2026-03-02"


def legs_of(told: Told, *, doubtful: tuple[int, ...] = ()) -> list[Leg]:
    """The steps as facts, numbered from 0. An offer arrives when the story says so."""
    found = []
    for number, step in enumerate(told.steps):
        offers = step.act in (Act.HAND_OVER, Act.PASS_UP)
        found.append(
            Leg(
                bytes([number]) * 32,
                step,
                offered_place=TOWNSHIP if offers else 0,
                arrived_at_ms=at(told.arrived) if offers and told.arrived else 0,
                doubtful=number in doubtful,
            )
        )
    return found


def limits_of(told: Told, today: str = TODAY, *, doubtful: tuple[int, ...] = ()) -> dict[ClockKind, Limit]:
    found = limits(
        legs_of(told, doubtful=doubtful),
        item=ITEM,
        calendar=CALENDAR,
        today=day(today),
        may_accept=lambda place, _: place == TOWNSHIP,
    )
    return {limit.kind: limit for limit in found}


def moments_of(told: Told, *, doubtful: tuple[int, ...] = ()) -> list[Moment]:
    return [
        Moment(leg.fact_id, leg.step.act, leg.step.place, leg.step.at_ms, doubtful=leg.doubtful)
        for leg in legs_of(told, doubtful=doubtful)
    ]


def found(
    told: Told,
    kind: ClockKind,
    *,
    today: str = TODAY,
    coverage: Coverage = Coverage.KNOWN,
    doubtful: tuple[int, ...] = (),
) -> Finding:
    limit = limits_of(told, today, doubtful=doubtful)[kind]
    moments = moments_of(told, doubtful=doubtful)
    return judged(limit, today=day(today), moments=moments, coverage=lambda: coverage)


class Case(NamedTuple):
    """A limit that was kept, and one like it that was missed."""

    kept: Told
    missed: Told
    deadline: str
    place: int = TOWNSHIP
    item: ServiceItem = ITEM


def offered() -> Told:
    return filed(MONDAY, by=VILLAGE).does(Act.HAND_OVER, MONDAY, to=TOWNSHIP).arrives("2026-03-03")


def decided(on: str) -> Told:
    return accepted(MONDAY, days=3).does(Act.STAGE_DONE, MONDAY).does(Act.DECIDE, on)


def heard() -> Told:
    return accepted(MONDAY, days=3).does(Act.BEGIN_SPECIAL, MONDAY, special="听证", special_days=3)


CASES = {
    ClockKind.AGENCY: Case(
        kept=filed(MONDAY, by=VILLAGE).does(Act.HAND_OVER, "2026-03-05", to=TOWNSHIP),
        missed=filed(MONDAY, by=VILLAGE).does(Act.HAND_OVER, "2026-03-06", to=TOWNSHIP),
        deadline="2026-03-05",
        place=VILLAGE,
    ),
    ClockKind.DELIVERY_UP: Case(
        kept=offered().does(Act.TAKE_IN, "2026-03-04"),
        missed=offered().does(Act.TAKE_IN, "2026-03-05"),
        deadline="2026-03-04",
    ),
    ClockKind.DECISION: Case(
        kept=came_up(MONDAY).does(Act.ASK_ONCE, "2026-03-09"),
        missed=came_up(MONDAY).does(Act.ACCEPT, "2026-03-10", promised_days=3),
        deadline="2026-03-09",
    ),
    ClockKind.STAGE: Case(
        kept=accepted(MONDAY, days=3).does(Act.STAGE_DONE, "2026-03-04").does(Act.DECIDE, "2026-03-04"),
        missed=accepted(MONDAY, days=3).does(Act.STAGE_DONE, "2026-03-05").does(Act.DECIDE, "2026-03-05"),
        deadline="2026-03-04",
    ),
    ClockKind.PROMISE: Case(kept=decided("2026-03-05"), missed=decided("2026-03-06"), deadline="2026-03-05"),
    ClockKind.LEGAL: Case(kept=decided("2026-03-09"), missed=decided("2026-03-10"), deadline="2026-03-09"),
    ClockKind.SPECIAL: Case(
        kept=heard().does(Act.END_SPECIAL, "2026-03-05"),
        missed=heard().does(Act.END_SPECIAL, "2026-03-06"),
        deadline="2026-03-05",
    ),
    ClockKind.VILLAGE_ACT: Case(
        kept=filed(MONDAY, by=VILLAGE).does(Act.VILLAGE_ACT_DONE, "2026-03-09"),
        missed=filed(MONDAY, by=VILLAGE).does(Act.VILLAGE_ACT_DONE, "2026-03-10"),
        deadline="2026-03-09",
        place=VILLAGE,
        item=ASSISTED,
    ),
    ClockKind.DELIVERY: Case(
        kept=decided(MONDAY).does(Act.CLOSE, MONDAY).does(Act.DELIVER, "2026-03-16", by=VILLAGE),
        missed=decided(MONDAY).does(Act.CLOSE, MONDAY).does(Act.DELIVER, "2026-03-17", by=VILLAGE),
        deadline="2026-03-16",
    ),
    ClockKind.OPINION: Case(
        kept=asked(MONDAY, days=3).does(Act.GIVE_OPINION, "2026-03-05"),
        missed=asked(MONDAY, days=3).does(Act.GIVE_OPINION, "2026-03-06"),
        deadline="2026-03-05",
    ),
}


def first(told: Told, kind: ClockKind) -> Limit:
    """Of several stages the first: the story is about that one."""
    every = limits(
        legs_of(told),
        item=CASES[kind].item,
        calendar=CALENDAR,
        today=day(TODAY),
        may_accept=lambda place, _: place == TOWNSHIP,
    )
    return next(each for each in every if each.kind is kind)


def judged_first(told: Told, kind: ClockKind, coverage: Coverage) -> Finding:
    return judged(first(told, kind), today=day(TODAY), moments=moments_of(told), coverage=lambda: coverage)


def test_every_kind_of_limit_has_its_case() -> None:
    assert CASES.keys() == set(ClockKind)


@pytest.mark.parametrize("kind", CASES, ids=lambda kind: kind.name)
def test_a_limit_that_was_kept_is_never_found(kind: ClockKind) -> None:
    case = CASES[kind]
    limit = first(case.kept, kind)
    assert (limit.place, limit.deadline.day) == (case.place, date.fromisoformat(case.deadline))
    for coverage in Coverage:
        assert judged_first(case.kept, kind, coverage).standing is Standing.IN_TIME


@pytest.mark.parametrize("kind", CASES, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("coverage", "standing"),
    [
        (Coverage.KNOWN, Standing.CONFIRMED),
        (Coverage.NOT_YET, Standing.SUSPECTED),
        (Coverage.HOLE, Standing.FOR_A_PERSON),
    ],
)
def test_a_limit_that_was_missed_is_found_by_what_is_known(
    kind: ClockKind, coverage: Coverage, standing: Standing
) -> None:
    told = CASES[kind].missed
    finding = judged_first(told, kind, coverage)
    assert finding.standing is standing
    late = {leg.fact_id for leg in legs_of(told)[1:]}
    assert (set(finding.evidence) <= late, bool(finding.evidence)) == (True, coverage is not Coverage.HOLE)


def test_what_runs_is_nothing_until_its_last_day_has_passed() -> None:
    told = filed(MONDAY, by=VILLAGE)
    assert found(told, ClockKind.AGENCY, today="2026-03-05").standing is Standing.RUNNING
    assert found(told, ClockKind.AGENCY, today="2026-03-06").standing is Standing.CONFIRMED


def test_an_act_in_time_that_does_not_count_on_the_path_is_still_in_time() -> None:
    told = came_up(MONDAY)
    beside = Moment(b"b" * 32, Act.REFUSE, TOWNSHIP, at("2026-03-05"))
    limit = limits_of(told)[ClockKind.DECISION]
    finding = judged(limit, today=day(TODAY), moments=[beside], coverage=lambda: Coverage.KNOWN)
    assert finding == Finding(Standing.IN_TIME, (beside.fact_id,))
    elsewhere = beside._replace(place=VILLAGE)
    finding = judged(limit, today=day(TODAY), moments=[elsewhere], coverage=lambda: Coverage.KNOWN)
    assert finding.standing is Standing.CONFIRMED


@pytest.mark.parametrize(
    "moment",
    [
        Moment(b"b" * 32, None, TOWNSHIP, at("2026-03-05")),
        Moment(b"b" * 32, Act.ACCEPT, TOWNSHIP, at("2020-01-01"), doubtful=True),
    ],
    ids=["of a later version", "by a clock nobody trusts"],
)
def test_an_act_nobody_can_date_or_read_leaves_it_to_a_person(moment: Moment) -> None:
    limit = limits_of(came_up(MONDAY))[ClockKind.DECISION]
    finding = judged(limit, today=day(TODAY), moments=[moment], coverage=lambda: Coverage.KNOWN)
    assert finding == Finding(Standing.FOR_A_PERSON, (moment.fact_id,))


def test_an_act_its_author_signed_past_happened_when_he_signed_or_later() -> None:
    limit = limits_of(came_up(MONDAY))[ClockKind.DECISION]
    claimed = Moment(b"b" * 32, Act.ACCEPT, TOWNSHIP, at("2026-03-05"), not_before_ms=at("2026-03-11"))
    finding = judged(limit, today=day(TODAY), moments=[claimed], coverage=lambda: Coverage.KNOWN)
    assert finding.standing is Standing.CONFIRMED


def test_a_limit_that_began_or_ended_at_nobody_knows_when_is_for_a_person() -> None:
    told = CASES[ClockKind.PROMISE].missed
    began, ended = 0, len(told.steps) - 1
    for doubtful in ((began, 1), (ended,)):
        assert found(told, ClockKind.PROMISE, doubtful=doubtful).standing is Standing.FOR_A_PERSON


def test_where_nobody_accepted_it_must_be_known_that_nobody_did() -> None:
    limit = limits_of(came_up(MONDAY))[ClockKind.PROMISE]
    assert (limit.deadline.day, limit.deemed_on) == (day("2026-03-05"), day("2026-03-09"))
    assert limit.known_ms[1] > limit.window_ms[1]
    accepted_beside = Moment(b"b" * 32, Act.ACCEPT, TOWNSHIP, at("2026-03-06"))
    finding = judged(limit, today=day(TODAY), moments=[accepted_beside], coverage=lambda: Coverage.KNOWN)
    assert finding.standing is Standing.FOR_A_PERSON


def test_whoever_takes_a_case_after_the_deadline_has_not_let_it_pass() -> None:
    told = accepted(MONDAY, days=3).does(Act.OVERRIDE, "2026-03-20", by=510524000000)
    assert limits_of(told)[ClockKind.PROMISE].place == TOWNSHIP
    told = accepted(MONDAY, days=3).does(Act.OVERRIDE, "2026-03-04", by=510524000000)
    assert limits_of(told)[ClockKind.PROMISE].place == 510524000000


def test_without_a_calendar_for_all_its_days_nothing_is_confirmed() -> None:
    limit = limits_of(CASES[ClockKind.PROMISE].missed)[ClockKind.PROMISE]
    provisional = limit._replace(deadline=replace(limit.deadline, provisional=True))
    finding = judged(provisional, today=day(TODAY), moments=[], coverage=lambda: Coverage.KNOWN)
    assert finding.standing is Standing.SUSPECTED


def test_an_item_that_is_not_held_has_no_limits_of_its_own() -> None:
    told = came_up(MONDAY)
    every = limits(legs_of(told), item=None, calendar=CALENDAR, today=day(TODAY), may_accept=lambda *_: True)
    assert ClockKind.PROMISE not in {each.kind for each in every}


def test_stages_that_begin_on_one_day_each_have_their_limit() -> None:
    told = accepted(MONDAY, days=3).does(Act.STAGE_DONE, MONDAY)
    every = limits(
        legs_of(told), item=ITEM, calendar=CALENDAR, today=day(MONDAY), may_accept=lambda place, _: place == TOWNSHIP
    )
    assert [each.label for each in every if each.kind is ClockKind.STAGE] == ["环节·审查", "环节·审核"]
