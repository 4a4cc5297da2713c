"""The clocks of a case, told as short stories on the real calendar."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from county_node import seed
from sync.cases import clocks
from sync.cases.clocks import NO_CALENDAR, Clock, ClockKind, ClockLevel, Course, Standing, Step, Verdict
from sync.cases.stages import Act, Stage, row, stage_after
from sync.cases.workdays import SHANGHAI, Calendar, Deadline, number_of
from sync.catalogue.items import ItemStage, Level, Limit, LimitUnit, ServiceItem, StageName
from tests.rules.stories import COUNTY, TOWNSHIP, VILLAGE

CALENDAR = seed.calendar()
VECTORS = json.loads((Path(__file__).parent / "data" / "working_day_vectors.json").read_text())["vectors"]
LEVELS = {each.name: each for each in ClockLevel}


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> int:
    """Ten in the morning of a day in Shanghai."""
    return int(datetime.fromisoformat(f"{text}T10:00").replace(tzinfo=SHANGHAI).timestamp() * 1000)


NO_LIMIT = Limit()


def item(*, promised: int = 7, legal: Limit = NO_LIMIT, stages: dict[StageName, int] | None = None) -> ServiceItem:
    limits = stages or {StageName.EXAMINATION: 2, StageName.REVIEW: 3, StageName.CLOSING: 1}
    owned = tuple(ItemStage(name, Level.TOWNSHIP, "样例中心", days) for name, days in limits.items())
    return ServiceItem("JS01", 1, promised_days=promised, legal_limit=legal, stages=owned)


@dataclass
class Told:
    """A case told day by day. Whose turn it is and at which stage follows from the table of stages."""

    steps: list[Step] = field(default_factory=list)
    resume: Stage | None = None
    offered: int = 0
    arrived: str = ""

    def does(self, act: Act, on: str, *, by: int = 0, to: int = 0, **more: Any) -> Self:
        last = self.steps[-1] if self.steps else Step(Act.FILE, by, 0, Stage.RECEIVED, by)
        begun = Stage.CONSULTING if "opinion_days" in more else Stage.RECEIVED
        stage = stage_after(last.stage, act, resume=self.resume) if self.steps else begun
        found = row(last.stage, act)
        self.resume = found.resume if found and found.resume else self.resume
        self.offered = to or self.offered
        holder = self.offered if act is Act.TAKE_IN else by if act is Act.OVERRIDE else last.holder
        self.steps.append(Step(act, by or holder, at(on), stage, holder, **more))
        return self

    def arrives(self, on: str) -> Self:
        """Whom the case is offered to has signed for it."""
        self.arrived = on
        return self

    @property
    def course(self) -> Course:
        told = clocks.course(self.steps)
        if told.stage is not Stage.IN_TRANSIT:
            return told
        return told._replace(offered_place=self.offered, arrived_at_ms=at(self.arrived) if self.arrived else 0)


def filed(on: str, *, by: int = TOWNSHIP) -> Told:
    return Told().does(Act.FILE, on, by=by)


def asked(on: str, *, days: int) -> Told:
    """A branch of a joint case: asked at the township."""
    return Told().does(Act.FILE, on, by=TOWNSHIP, opinion_days=days)


def came_up(on: str) -> Told:
    """Filed at the village and taken in by the township on one day."""
    return filed(on, by=VILLAGE).does(Act.HAND_OVER, on, to=TOWNSHIP).does(Act.TAKE_IN, on)


def accepted(on: str, *, days: int = 7) -> Told:
    return filed(on).does(Act.ACCEPT, on, promised_days=days)


@dataclass(frozen=True)
class Seen:
    """What is shown of a clock."""

    start: str
    deadline: str
    left: int
    level: str


def shown(
    told: Told, today: str, *, of: ServiceItem | None = None, may_accept: bool = True, known: bool = True
) -> dict[ClockKind, Seen]:
    """The running clocks on a day, by kind."""
    found = clocks.running(told.course, item=of or item(), calendar=CALENDAR, today=day(today), may_accept=may_accept)
    return {clock.kind: seen(clock, stands(clock, today, known=known)) for clock in found}


def stands(clock: Clock, today: str, *, known: bool = True) -> Standing:
    return clocks.standing(clock, calendar=CALENDAR, today=day(today), known=known)


def seen(clock: Clock, standing: Standing) -> Seen:
    return Seen(str(clock.start), str(clock.deadline.day), standing.days_left, standing.level.name)


AGENCY, DECISION, STAGE, PROMISE, LEGAL, DELIVERY_UP, SPECIAL, VILLAGE_ACT, DELIVERY, OPINION = ClockKind

STORIES: dict[str, tuple[Told, str, dict[ClockKind, Seen]]] = {
    "the agent has three working days": (
        filed("2026-03-06", by=VILLAGE),
        "2026-03-09",
        {AGENCY: Seen("2026-03-06", "2026-03-11", 2, "NORMAL")},
    ),
    "an agent who is late": (
        filed("2026-03-06", by=VILLAGE),
        "2026-03-12",
        {AGENCY: Seen("2026-03-06", "2026-03-11", -1, "OVERDUE")},
    ),
    "a department asked for its opinion has its own days, and no other clock": (
        asked("2026-03-06", days=5),
        "2026-03-09",
        {OPINION: Seen("2026-03-06", "2026-03-13", 4, "NORMAL")},
    ),
    "a department that is late with it": (
        asked("2026-03-06", days=5),
        "2026-03-16",
        {OPINION: Seen("2026-03-06", "2026-03-13", -1, "OVERDUE")},
    ),
    "once it has said its word nothing runs": (
        asked("2026-03-06", days=5).does(Act.GIVE_OPINION, "2026-03-09"),
        "2026-03-16",
        {},
    ),
    "offered upward over a broken line, nothing runs": (
        filed("2026-03-06", by=VILLAGE).does(Act.HAND_OVER, "2026-03-09", to=TOWNSHIP),
        "2026-03-20",
        {},
    ),
    "arrived after eleven days, it is to be taken in by the next working day": (
        filed("2026-03-06", by=VILLAGE).does(Act.HAND_OVER, "2026-03-09", to=TOWNSHIP).arrives("2026-03-20"),
        "2026-03-20",
        {DELIVERY_UP: Seen("2026-03-20", "2026-03-23", 1, "REMINDER")},
    ),
    "arrived and left lying": (
        filed("2026-03-06", by=VILLAGE).does(Act.HAND_OVER, "2026-03-09", to=TOWNSHIP).arrives("2026-03-10"),
        "2026-03-12",
        {DELIVERY_UP: Seen("2026-03-10", "2026-03-11", -1, "OVERDUE")},
    ),
    "arrived and taken in, only the decision to accept runs": (
        came_up("2026-03-02").arrives("2026-03-02"),
        "2026-03-03",
        {DECISION: Seen("2026-03-02", "2026-03-09", 4, "NORMAL")},
    ),
    "the decision to accept runs from the taking in": (
        filed("2026-03-02", by=VILLAGE).does(Act.HAND_OVER, "2026-03-04", to=TOWNSHIP).does(Act.TAKE_IN, "2026-03-06"),
        "2026-03-12",
        {DECISION: Seen("2026-03-06", "2026-03-13", 1, "REMINDER")},
    ),
    "received before National Day, with a make-up Saturday after it": (
        came_up("2010-09-30"),
        "2010-10-09",
        {DECISION: Seen("2010-09-30", "2010-10-13", 3, "NORMAL")},
    ),
    "received on a Saturday": (
        came_up("2026-03-07"),
        "2026-03-13",
        {DECISION: Seen("2026-03-07", "2026-03-13", 0, "LAST_DAY")},
    ),
    "accepted on a make-up Saturday, it counts as any working day": (
        accepted("2010-10-09", days=1),
        "2010-10-11",
        {
            STAGE: Seen("2010-10-09", "2010-10-12", 1, "REMINDER"),
            PROMISE: Seen("2010-10-09", "2010-10-11", 0, "LAST_DAY"),
        },
    ),
    "not answered on the last day": (
        came_up("2026-03-02"),
        "2026-03-09",
        {DECISION: Seen("2026-03-02", "2026-03-09", 0, "LAST_DAY")},
    ),
    "deemed accepted on the sixth day, from the day of receipt": (
        came_up("2026-03-02"),
        "2026-03-10",
        {
            DECISION: Seen("2026-03-02", "2026-03-09", -1, "OVERDUE"),
            PROMISE: Seen("2026-03-02", "2026-03-11", 1, "REMINDER"),
        },
    ),
    "accepted too late, the promise runs from the day of receipt": (
        came_up("2026-03-02").does(Act.ACCEPT, "2026-03-10", promised_days=7),
        "2026-03-11",
        {
            STAGE: Seen("2026-03-10", "2026-03-12", 1, "REMINDER"),
            PROMISE: Seen("2026-03-02", "2026-03-11", 0, "LAST_DAY"),
        },
    ),
    "asked once, nothing runs while the applicant looks for his papers": (
        came_up("2026-03-02").does(Act.ASK_ONCE, "2026-03-03"),
        "2026-03-20",
        {},
    ),
    "supplied, it is accepted on the day it is complete": (
        came_up("2026-03-02").does(Act.ASK_ONCE, "2026-03-03").does(Act.SUPPLY, "2026-03-16", promised_days=7),
        "2026-03-17",
        {
            STAGE: Seen("2026-03-16", "2026-03-18", 1, "REMINDER"),
            PROMISE: Seen("2026-03-16", "2026-03-25", 6, "NORMAL"),
        },
    ),
    "an instant item is due the same day": (
        accepted("2026-03-02", days=0),
        "2026-03-02",
        {
            STAGE: Seen("2026-03-02", "2026-03-04", 2, "NORMAL"),
            PROMISE: Seen("2026-03-02", "2026-03-02", 0, "LAST_DAY"),
        },
    ),
    "a late stage is not yet a late case": (
        accepted("2026-03-02"),
        "2026-03-05",
        {
            STAGE: Seen("2026-03-02", "2026-03-04", -1, "LAST_DAY"),
            PROMISE: Seen("2026-03-02", "2026-03-11", 4, "NORMAL"),
        },
    ),
    "sent back, the examination goes on from where it stood": (
        accepted("2026-03-02").does(Act.STAGE_DONE, "2026-03-03").does(Act.SEND_BACK, "2026-03-05"),
        "2026-03-05",
        {
            STAGE: Seen("2026-03-02", "2026-03-06", 1, "REMINDER"),
            PROMISE: Seen("2026-03-02", "2026-03-11", 4, "NORMAL"),
        },
    ),
    "sent back when the examination was late already, it is as late as it was": (
        accepted("2026-03-02").does(Act.STAGE_DONE, "2026-03-05").does(Act.SEND_BACK, "2026-03-11"),
        "2026-03-12",
        {
            STAGE: Seen("2026-03-02", "2026-03-04", -2, "LAST_DAY"),
            PROMISE: Seen("2026-03-02", "2026-03-11", -1, "OVERDUE"),
        },
    ),
    "passed up, another place examines anew and the promise goes on": (
        accepted("2026-03-02").does(Act.PASS_UP, "2026-03-04", to=COUNTY).does(Act.TAKE_IN, "2026-03-05"),
        "2026-03-06",
        {
            STAGE: Seen("2026-03-05", "2026-03-09", 1, "REMINDER"),
            PROMISE: Seen("2026-03-02", "2026-03-11", 3, "NORMAL"),
        },
    ),
    "the promise is moved before it ends": (
        accepted("2026-03-02").does(Act.EXTEND, "2026-03-11", extended_to_day=number_of(day("2026-03-20"))),
        "2026-03-19",
        {
            STAGE: Seen("2026-03-02", "2026-03-04", -11, "LAST_DAY"),
            PROMISE: Seen("2026-03-02", "2026-03-20", 1, "REMINDER"),
        },
    ),
    "moved afterwards, it stays late": (
        accepted("2026-03-02").does(Act.EXTEND, "2026-03-12", extended_to_day=number_of(day("2026-03-20"))),
        "2026-03-12",
        {
            STAGE: Seen("2026-03-02", "2026-03-04", -6, "LAST_DAY"),
            PROMISE: Seen("2026-03-02", "2026-03-11", -1, "OVERDUE"),
        },
    ),
    "decided, only the closing runs": (
        accepted("2026-03-02").does(Act.STAGE_DONE, "2026-03-03").does(Act.DECIDE, "2026-03-04"),
        "2026-03-05",
        {
            STAGE: Seen("2026-03-04", "2026-03-05", 0, "LAST_DAY"),
            DELIVERY: Seen("2026-03-04", "2026-03-18", 9, "NORMAL"),
        },
    ),
    "a special procedure runs, and the promise stands still": (
        accepted("2026-03-02").does(Act.BEGIN_SPECIAL, "2026-03-03", special="听证", special_days=20),
        "2026-03-20",
        {
            SPECIAL: Seen("2026-03-03", "2026-03-31", 7, "NORMAL"),
            PROMISE: Seen("2026-03-02", "2026-03-30", 6, "NORMAL"),
        },
    ),
    "a special procedure over its own limit": (
        accepted("2026-03-02").does(Act.BEGIN_SPECIAL, "2026-03-03", special="检验", special_days=2),
        "2026-03-06",
        {
            SPECIAL: Seen("2026-03-03", "2026-03-05", -1, "LAST_DAY"),
            PROMISE: Seen("2026-03-02", "2026-03-16", 6, "NORMAL"),
        },
    ),
    "it has ended, stage and promise go on from where they stood": (
        accepted("2026-03-02")
        .does(Act.BEGIN_SPECIAL, "2026-03-03", special="听证", special_days=20)
        .does(Act.END_SPECIAL, "2026-03-20"),
        "2026-03-23",
        {
            STAGE: Seen("2026-03-02", "2026-03-23", 0, "LAST_DAY"),
            PROMISE: Seen("2026-03-02", "2026-03-30", 5, "NORMAL"),
        },
    ),
    "begun and ended on one day, it counts as nothing": (
        accepted("2026-03-02")
        .does(Act.BEGIN_SPECIAL, "2026-03-03", special="检验", special_days=2)
        .does(Act.END_SPECIAL, "2026-03-03"),
        "2026-03-03",
        {
            STAGE: Seen("2026-03-02", "2026-03-04", 1, "REMINDER"),
            PROMISE: Seen("2026-03-02", "2026-03-11", 6, "NORMAL"),
        },
    ),
    "begun when the promise was late already, it rescues nothing": (
        accepted("2026-03-02").does(Act.BEGIN_SPECIAL, "2026-03-13", special="听证", special_days=20),
        "2026-03-16",
        {
            SPECIAL: Seen("2026-03-13", "2026-04-13", 19, "NORMAL"),
            PROMISE: Seen("2026-03-02", "2026-03-11", -2, "OVERDUE"),
        },
    ),
    "closed, it is to be delivered": (
        accepted("2026-03-02")
        .does(Act.STAGE_DONE, "2026-03-03")
        .does(Act.DECIDE, "2026-03-04")
        .does(Act.CLOSE, "2026-03-04"),
        "2026-03-19",
        {DELIVERY: Seen("2026-03-04", "2026-03-18", -1, "OVERDUE")},
    ),
    "delivered, nothing runs": (
        accepted("2026-03-02")
        .does(Act.STAGE_DONE, "2026-03-03")
        .does(Act.DECIDE, "2026-03-04")
        .does(Act.CLOSE, "2026-03-04")
        .does(Act.DELIVER, "2026-03-05"),
        "2026-05-05",
        {},
    ),
    "refused, nothing runs": (came_up("2026-03-02").does(Act.REFUSE, "2026-03-03"), "2026-05-05", {}),
    "withdrawn, nothing runs": (accepted("2026-03-02").does(Act.WITHDRAW, "2026-03-03"), "2026-05-05", {}),
}


@pytest.mark.parametrize("story", STORIES)
def test_the_clocks_of_a_story(story: str) -> None:
    told, today, expected = STORIES[story]
    assert shown(told, today) == expected


def test_where_the_village_acts_first_it_carries_the_case_from_when_that_is_done() -> None:
    assisted = item(stages={StageName.VILLAGE_ACT: 7})
    told = filed("2026-03-02", by=VILLAGE)
    assert shown(told, "2026-03-07", of=assisted) == {VILLAGE_ACT: Seen("2026-03-02", "2026-03-09", 1, "REMINDER")}
    told.does(Act.VILLAGE_ACT_DONE, "2026-03-09")
    assert shown(told, "2026-03-10", of=assisted) == {AGENCY: Seen("2026-03-09", "2026-03-12", 2, "NORMAL")}
    told.does(Act.HAND_OVER, "2026-03-10", to=TOWNSHIP)
    assert shown(told, "2026-03-10", of=assisted) == {}


@pytest.mark.parametrize("within", [False, True])
def test_a_special_procedure_inside_the_legal_limit_stops_only_the_promise(within: bool) -> None:
    told = accepted("2026-03-02").does(
        Act.BEGIN_SPECIAL, "2026-03-03", special="公示", special_days=5, within_legal_limit=within
    )
    legal = item(legal=Limit(20, LimitUnit.WORKING_DAYS))
    running = shown(told, "2026-03-10", of=legal)
    assert running[LEGAL].deadline == ("2026-03-30" if within else "2026-04-07")
    told.does(Act.END_SPECIAL, "2026-03-10")
    assert shown(told, "2026-03-11", of=legal)[LEGAL].deadline == ("2026-03-30" if within else "2026-04-07")
    days = item(legal=Limit(30, LimitUnit.CALENDAR_DAYS))
    assert shown(told, "2026-03-11", of=days)[LEGAL].deadline == ("2026-04-01" if within else "2026-04-08")


def test_a_promise_that_was_moved_stands_still_like_any_other() -> None:
    told = accepted("2026-06-01", days=5).does(Act.EXTEND, "2026-06-05", extended_to_day=number_of(day("2026-06-30")))
    told.does(Act.BEGIN_SPECIAL, "2026-06-09", special="听证", special_days=30)
    assert shown(told, "2026-07-01")[PROMISE].level == "NORMAL"
    told.does(Act.END_SPECIAL, "2026-07-10").does(Act.STAGE_DONE, "2026-07-10").does(Act.DECIDE, "2026-07-13")
    verdict = clocks.verdict(told.course, calendars=[CALENDAR], named=CALENDAR.number)
    assert verdict is not None
    assert (verdict.on_time, verdict.deadline > day("2026-07-10")) == (True, True)


@pytest.mark.parametrize("legal", [Limit(30, LimitUnit.CALENDAR_DAYS), Limit(1, LimitUnit.MONTHS)])
def test_days_of_a_hearing_within_an_extension_do_not_count_either(legal: Limit) -> None:
    told = accepted("2026-06-01").does(Act.EXTEND, "2026-06-02", days_added=10)
    told.does(Act.BEGIN_SPECIAL, "2026-07-02", special="听证", special_days=30).does(Act.END_SPECIAL, "2026-07-31")
    assert shown(told, "2026-08-03", of=item(legal=legal))[LEGAL].deadline > "2026-08-10"


def test_thousands_of_special_procedures_are_counted_at_once() -> None:
    told = accepted("2026-03-02", days=3660)
    for _ in range(4_000):
        told.steps += [
            Step(Act.BEGIN_SPECIAL, TOWNSHIP, at("2026-03-03"), Stage.SUSPENDED, TOWNSHIP, special="听证"),
            Step(Act.END_SPECIAL, TOWNSHIP, at("2026-03-03"), Stage.EXAMINING, TOWNSHIP),
        ]
    (promise,) = [
        each
        for each in clocks.running(
            told.course, item=item(), calendar=CALENDAR, today=day("2026-03-04"), may_accept=True
        )
        if each.kind is PROMISE
    ]
    assert promise.stopped == ()


def test_a_village_act_that_the_item_does_not_have_gives_no_new_days() -> None:
    told = filed("2026-03-02", by=VILLAGE).does(Act.VILLAGE_ACT_DONE, "2026-03-05")
    assert shown(told, "2026-03-05") == {AGENCY: Seen("2026-03-02", "2026-03-05", 0, "LAST_DAY")}


def test_what_stands_still_says_why() -> None:
    told = accepted("2026-03-02").does(Act.BEGIN_SPECIAL, "2026-03-03", special="听证", special_days=20)
    found = clocks.running(told.course, item=item(), calendar=CALENDAR, today=day("2026-03-20"), may_accept=True)
    said = {clock.kind: stands(clock, "2026-03-20").time_left for clock in found}
    assert said == {SPECIAL: "剩余7个工作日", PROMISE: "计时暂停（听证）"}


def test_days_of_a_special_procedure_are_not_used_up() -> None:
    told = accepted("2026-03-02").does(Act.BEGIN_SPECIAL, "2026-03-03", special="听证", special_days=20)
    told.does(Act.END_SPECIAL, "2026-03-20").does(Act.STAGE_DONE, "2026-03-23").does(Act.DECIDE, "2026-03-30")
    verdict = clocks.verdict(told.course, calendars=[CALENDAR], named=CALENDAR.number)
    assert verdict == Verdict(used_days=7, deadline=day("2026-03-30"), on_time=True, calendar=CALENDAR.number)


def test_where_the_case_cannot_be_accepted_no_decision_is_due() -> None:
    assert shown(came_up("2026-03-02"), "2026-03-20", may_accept=False) == {}


def test_the_place_that_takes_it_in_next_has_its_own_five_days() -> None:
    told = came_up("2026-03-02").does(Act.HAND_OVER, "2026-03-06", to=COUNTY)
    assert shown(told, "2026-03-09")[DECISION].deadline == "2026-03-09"
    told.does(Act.TAKE_IN, "2026-03-09")
    assert shown(told, "2026-03-09") == {DECISION: Seen("2026-03-09", "2026-03-16", 5, "NORMAL")}


def test_deemed_acceptance_is_said() -> None:
    course = came_up("2026-03-02").course
    for today, deemed in ((day("2026-03-09"), False), (day("2026-03-10"), True)):
        assert clocks.is_deemed(course, calendar=CALENDAR, today=today) is deemed
        since = clocks.accepted_as_of(course, calendar=CALENDAR, today=today)
        assert since == (day("2026-03-02") if deemed else None)
    found = clocks.running(course, item=item(), calendar=CALENDAR, today=day("2026-03-10"), may_accept=True)
    assert {clock.kind: clock.deemed for clock in found} == {DECISION: False, PROMISE: True}


def test_an_item_that_is_not_held_here_has_no_stages_to_time() -> None:
    told = accepted("2026-03-02")
    found = clocks.running(told.course, item=None, calendar=CALENDAR, today=day("2026-03-03"), may_accept=True)
    assert [clock.kind for clock in found] == [PROMISE]


@pytest.mark.parametrize(
    ("legal", "added", "deadline"),
    [
        (Limit(20, LimitUnit.WORKING_DAYS), 0, "2026-03-30"),
        (Limit(20, LimitUnit.WORKING_DAYS), 10, "2026-04-14"),
        (Limit(30, LimitUnit.CALENDAR_DAYS), 0, "2026-04-01"),
        (Limit(30, LimitUnit.CALENDAR_DAYS), 3, "2026-04-07"),
        (Limit(3, LimitUnit.MONTHS), 0, "2026-06-02"),
        (Limit(11, LimitUnit.MONTHS), 0, "2027-02-02"),
    ],
)
def test_the_legal_limit_in_its_own_unit(legal: Limit, added: int, deadline: str) -> None:
    told = accepted("2026-03-02")
    if added:
        told.does(Act.EXTEND, "2026-03-03", days_added=added)
    assert shown(told, "2026-03-03", of=item(legal=legal))[LEGAL].deadline == deadline


@pytest.mark.parametrize(("written", "deadline"), [("2026-03-30", "2026-04-14"), ("2026-03-31", "2026-03-30")])
def test_an_extension_written_after_the_legal_limit_rescues_nothing(written: str, deadline: str) -> None:
    told = accepted("2026-03-02").does(Act.EXTEND, written, days_added=10)
    of = item(legal=Limit(20, LimitUnit.WORKING_DAYS))
    assert shown(told, written, of=of)[LEGAL].deadline == deadline


@pytest.mark.parametrize(
    ("start", "months", "deadline"), [("2026-08-31", 1, "2026-09-30"), ("2024-01-31", 1, "2024-02-29")]
)
def test_a_month_ends_on_its_last_day(start: str, months: int, deadline: str) -> None:
    legal = Limit(months, LimitUnit.MONTHS)
    assert shown(accepted(start), start, of=item(legal=legal))[LEGAL].deadline == deadline


@pytest.mark.parametrize("unit", [LimitUnit.NONE, LimitUnit.AT_ONCE])
def test_without_a_legal_limit_no_legal_clock_runs(unit: LimitUnit) -> None:
    assert LEGAL not in shown(accepted("2026-03-02"), "2026-03-02", of=item(legal=Limit(0, unit)))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_the_deadlines_of_2010_come_out_of_the_clocks(vector: dict[str, Any]) -> None:
    """As a stage left and entered again at each suspension, and as a legal limit where there is none."""
    days, deadline = vector["limit"] + vector["extension"], Deadline(day(vector["deadline"]), provisional=False)
    away = [at(each) for suspension in vector["suspensions"] for each in suspension]
    course = accepted(vector["accepted"]).course._replace(stage_at_ms=(at(vector["accepted"]), *away))
    timed = item(stages={StageName.EXAMINATION: days}, legal=Limit(vector["limit"], LimitUnit.WORKING_DAYS))
    course = course._replace(legal_days_added=vector["extension"])
    found = clocks.running(course, item=timed, calendar=CALENDAR, today=day(vector["accepted"]), may_accept=True)
    by_kind = {clock.kind: clock.deadline for clock in found}
    assert by_kind[STAGE] == deadline
    if not away:
        assert by_kind[LEGAL] == deadline


# How a clock stands.


@pytest.mark.parametrize(
    ("days", "today", "level", "words"),
    [
        (0, "2026-03-02", "LAST_DAY", "今天到期"),
        (5, "2026-03-09", "LAST_DAY", "今天到期"),
        (5, "2026-03-06", "REMINDER", "剩余1个工作日"),
        (5, "2026-03-07", "REMINDER", "剩余1个工作日"),
        (5, "2026-03-05", "NORMAL", "剩余2个工作日"),
        (10, "2026-03-12", "REMINDER", "剩余2个工作日"),
        (10, "2026-03-11", "NORMAL", "剩余3个工作日"),
        (5, "2026-03-10", "OVERDUE", "超期1个工作日"),
    ],
)
def test_time_left_is_put_in_words_and_levels(days: int, today: str, level: str, words: str) -> None:
    (clock,) = (each for each in running(accepted("2026-03-02", days=days), today) if each.kind is PROMISE)
    standing = stands(clock, today)
    assert (standing.level, standing.time_left) == (LEVELS[level], words)


def running(told: Told, today: str) -> tuple[Clock, ...]:
    return clocks.running(told.course, item=item(), calendar=CALENDAR, today=day(today), may_accept=True)


def test_nobody_is_called_late_before_his_data_are_here() -> None:
    told = accepted("2026-03-02", days=5)
    assert shown(told, "2026-03-10", known=False)[PROMISE].level == "OVERDUE_PROVISIONAL"
    assert shown(told, "2026-03-09", known=False)[PROMISE].level == "LAST_DAY"
    (clock,) = (each for each in running(told, "2026-03-10") if each.kind is PROMISE)
    assert stands(clock, "2026-03-10", known=False).time_left == "待核：数据未到"


@pytest.mark.parametrize("calendar", [NO_CALENDAR, CALENDAR], ids=["none", "until 2026"])
@settings(max_examples=100, deadline=None)
@given(st.integers(0, (1 << 53) - 1), st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 53) - 1))
def test_no_day_and_no_limit_make_an_error_at_the_counter(
    calendar: Calendar, received_ms: int, days: int, decided_ms: int
) -> None:
    course = Course(
        Stage.EXAMINING,
        TOWNSHIP,
        taken_in_at_ms=received_ms,
        accepted_at_ms=received_ms or 1,
        promised_days=days,
        extended_at_ms=decided_ms,
        extended_to_day=days,
        legal_days_added=days,
        stage_at_ms=(received_ms, decided_ms, received_ms),
    )
    for unit in (LimitUnit.WORKING_DAYS, LimitUnit.CALENDAR_DAYS, LimitUnit.MONTHS):
        limited = item(legal=Limit(days, unit), stages={StageName.EXAMINATION: days})
        today = date(2026, 3, 2)
        found = clocks.running(course, item=limited, calendar=calendar, today=today, may_accept=True)
        for clock in found:
            clocks.standing(clock, calendar=calendar, today=today, known=True)
    judged = clocks.verdict(course._replace(decided_at_ms=decided_ms), calendars=[calendar], named=0)
    assert judged is None or judged.calendar in (0, calendar.number)


def test_beyond_the_calendar_a_clock_is_provisional() -> None:
    (clock,) = (each for each in running(accepted("2026-12-30", days=3), "2026-12-30") if each.kind is PROMISE)
    standing = stands(clock, "2026-12-31")
    assert (standing.level, standing.time_left) == (ClockLevel.PROVISIONAL, "剩余2个工作日（暂定）")


# By which clock a case is late, now and as it was.


def governed(told: Told, today: str, *, before: str = "9999-01-01") -> Clock | None:
    course = told.course.as_of(at(before))
    return clocks.governing(course, item=item(), calendar=CALENDAR, today=day(today), may_accept=True)


def test_the_decision_governs_first_and_then_the_promise() -> None:
    told = came_up("2026-03-02")
    for today, kind in (("2026-03-02", DECISION), ("2026-03-10", DECISION)):
        clock = governed(told, today)
        assert clock is not None
        assert clock.kind is kind
    told.does(Act.ACCEPT, "2026-03-06", promised_days=7)
    clock = governed(told, "2026-03-06")
    assert clock is not None
    assert (clock.kind, clock.start) == (PROMISE, day("2026-03-06"))


def test_a_case_is_judged_as_it_was_on_a_past_day() -> None:
    told = came_up("2026-03-02").does(Act.ACCEPT, "2026-03-06", promised_days=7)
    clock = governed(told, "2026-03-05", before="2026-03-06")
    assert clock is not None
    assert clock.kind is DECISION


# How the promise was kept.

TO_JUNE = Calendar(1, day("2026-01-01"), day("2026-06-30"), frozenset(), frozenset())
TO_DECEMBER = replace(TO_JUNE, number=2, last_day=day("2026-12-31"), rest_weekdays=frozenset({day("2026-07-01")}))


def decided(
    on: str, *, since: str = "2026-03-02", days: int = 5, told: Callable[[Told], Told] = lambda told: told
) -> Course:
    return told(accepted(since, days=days)).does(Act.STAGE_DONE, on).does(Act.DECIDE, on).course


@pytest.mark.parametrize(
    ("on", "days", "used", "on_time"),
    [
        ("2026-03-02", 5, 0, True),
        ("2026-03-09", 5, 5, True),
        ("2026-03-10", 5, 6, False),
        # Due on Friday, decided on Saturday: no further working day was used.
        ("2026-03-07", 4, 4, True),
        ("2026-03-02", 0, 0, True),
        ("2026-03-03", 0, 1, False),
    ],
)
def test_a_promise_is_kept_by_the_working_days_used(on: str, days: int, used: int, on_time: bool) -> None:
    found = clocks.verdict(decided(on, days=days), calendars=[TO_JUNE], named=1)
    assert found is not None
    assert (found.used_days, found.on_time, found.calendar) == (used, on_time, 1)


def test_a_promise_that_was_moved_is_kept_by_that_day() -> None:
    def moved(told: Told) -> Told:
        return told.does(Act.EXTEND, "2026-03-09", extended_to_day=number_of(day("2026-03-20")))

    for on, on_time in (("2026-03-20", True), ("2026-03-21", False)):
        found = clocks.verdict(decided(on, told=moved), calendars=[TO_JUNE], named=1)
        assert found is not None
        assert (found.deadline, found.on_time) == (day("2026-03-20"), on_time)


def test_a_verdict_keeps_the_calendar_that_was_named() -> None:
    course = decided("2026-06-24", since="2026-06-17")
    for named in (0, 1, 2):
        found = clocks.verdict(course, calendars=[TO_JUNE, TO_DECEMBER], named=named)
        assert found is not None
        assert found.calendar == (named or 1)


def test_a_verdict_that_no_calendar_covers_is_provisional_until_one_comes() -> None:
    course = decided("2026-07-01", since="2026-06-26", days=2)
    before = clocks.verdict(course, calendars=[TO_JUNE], named=1)
    after = clocks.verdict(course, calendars=[TO_JUNE, TO_DECEMBER], named=1)
    assert before == Verdict(3, day("2026-06-30"), on_time=False, calendar=0)
    assert after == Verdict(2, day("2026-06-30"), on_time=True, calendar=2)
    assert (before.provisional, after.provisional) == (True, False)


def test_a_calendar_that_is_not_held_here_judges_nothing() -> None:
    found = clocks.verdict(decided("2026-03-03"), calendars=[TO_JUNE], named=2)
    assert found is not None
    assert found.provisional


def test_what_was_never_decided_has_no_verdict() -> None:
    assert clocks.verdict(accepted("2026-03-02").course, calendars=[TO_JUNE], named=1) is None


def test_the_deemed_day_of_acceptance_counts_for_the_verdict() -> None:
    told = came_up("2026-03-02").does(Act.ACCEPT, "2026-03-11", promised_days=7)
    course = told.does(Act.STAGE_DONE, "2026-03-12").does(Act.DECIDE, "2026-03-12").course
    found = clocks.verdict(course, calendars=[TO_JUNE], named=1)
    assert found is not None
    assert (found.used_days, found.deadline, found.on_time) == (8, day("2026-03-11"), False)
