"""The auditor works out on its own what the nodes work out: both must come to the same case."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from operations.audit import cases as audit
from operations.audit import counting, promises, published
from operations.audit.cases import STEPS, Said, course
from operations.audit.findings import Findings
from sync.cases import clocks, places
from sync.cases.clocks import Step
from sync.cases.fold import CaseState, Move, fold
from sync.cases.stages import ACCEPTING, RESUME, SAME, TRANSITIONS, Act, Row, Stage, Who, acts_open_at
from sync.cases.workdays import Calendar, begin_of, day_of, number_of
from sync.catalogue.items import Branch
from sync.journal.catalogue_translation import calendar_message
from sync.journal.translation import BODY_TYPES
from tests.county import COUNTY, NOON_MS, TOWNSHIP, VILLAGE

WHO = {
    Who.CUSTODIAN: audit.CUSTODIAN,
    Who.LEAD: audit.LEAD,
    Who.OFFERED: audit.OFFERED,
    Who.ABOVE_CUSTODIAN: audit.ABOVE,
    Who.ON_THE_WAY_BACK: audit.ON_THE_WAY_BACK,
}
TARGETS = {RESUME: audit.RESUME, SAME: audit.SAME}
MOVES = sorted({row.act for row in TRANSITIONS} | {Act.FILE})
OFFICES = (VILLAGE, TOWNSHIP, COUNTY)
UNITS = ("", "窗口")
EARLY = (Act.REFUSE, Act.WITHDRAW, Act.LAPSE)


def as_step(row: Row) -> tuple[str, str, str]:
    to = TARGETS[row.to] if row.to in TARGETS else str(row.to)
    return WHO[row.who], to, str(row.resume or "")


def test_both_have_the_same_table_of_acts() -> None:
    rows = {(str(row.stage), int(BODY_TYPES[row.act])): as_step(row) for row in TRANSITIONS}
    assert {key: tuple(step) for key, step in STEPS.items()} == rows


def moves_of_one_case(chance: random.Random) -> list[Move]:
    """A filing, and acts that mostly could follow where they stand; some are anybody's after anything."""
    asked = Branch("ZZ", chance.choice(UNITS), 5) if chance.random() < 0.2 else None
    moves = [Move(chance.randbytes(32), Act.FILE, place=chance.choice(OFFICES), branch=asked)]
    for _ in range(chance.randint(0, 24)):
        case = fold(moves[0].id, VILLAGE, moves)
        moves.append(plausible(case, chance) if chance.random() < 0.7 else anything(moves, chance))
    if chance.random() < 0.05:
        del moves[0]
    chance.shuffle(moves)
    return moves


def plausible(case: CaseState, chance: random.Random) -> Move:
    assert case.stage is not None
    assert case.custodian is not None
    # What ends a case early comes seldom, or few would get far.
    act = chance.choice([act for act in acts_open_at(case.stage) if act not in EARLY or chance.random() < 0.1])
    holder = case.offered_to if act is Act.TAKE_IN and case.offered_to else case.custodian
    above = chance.choice(places.path(holder.place)[1:3] or OFFICES) if act is Act.OVERRIDE else holder.place
    return a_move(chance, act, based_on=(case.path[-1], *case.open_tips[:1]), place=above, unit=holder.unit)


def anything(moves: list[Move], chance: random.Random) -> Move:
    after = chance.choice([*(move.id for move in moves[-4:]), b"?" * 32])
    act = chance.choice([*MOVES, None])
    return a_move(chance, act, based_on=(after,), place=chance.choice(OFFICES), unit=chance.choice(UNITS))


def a_move(chance: random.Random, act: Act | None, *, based_on: tuple[bytes, ...], place: int, unit: str) -> Move:
    to_place, to_unit = chance.choice((*OFFICES, 0)), chance.choice(UNITS)
    return Move(chance.randbytes(32), act, based_on, place, unit, to_place, to_unit, next_unit=chance.choice(UNITS))


def as_said(move: Move) -> Said:
    offers = move.act in (Act.HAND_OVER, Act.PASS_UP)
    return Said(
        id=move.id,
        act=int(BODY_TYPES[move.act]) if move.act else 0,
        is_move=True,
        based_on=move.based_on[0] if move.based_on else b"",
        place=move.place,
        unit=move.unit,
        home=VILLAGE,
        request=(move.place, move.id, 0),
        at_ms=0,
        to_place=move.to_place,
        to_unit=move.branch.unit if move.branch else move.to_unit if offers else move.next_unit,
        parent=bytes(32) if move.branch else b"",
    )


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**64))
def test_both_fold_the_same_facts_into_the_same_case(seed: int) -> None:
    moves = moves_of_one_case(random.Random(seed))
    case_id = next((move.id for move in moves if move.act is Act.FILE and not move.based_on), b"")
    case = fold(case_id, VILLAGE, moves)
    found = course(case_id, VILLAGE, map(as_said, moves))
    event(f"stage {case.stage}")
    event(f"open branches {min(len(case.open_branches), 3)}")
    assert tuple(said.id for said in found.path) == case.path
    assert found.stage == (case.stage or "")


# How promises are kept.

PLAIN = Calendar(1, date(2027, 1, 1), date(2027, 12, 31), frozenset({date(2027, 3, 3)}), frozenset({date(2027, 3, 7)}))
LATER = replace(PLAIN, number=2, last_day=date(2028, 12, 31), rest_weekdays=frozenset({date(2027, 3, 4)}))
COURSES = (
    (Act.ACCEPT, Act.STAGE_DONE, Act.DECIDE, Act.CLOSE),
    (Act.ACCEPT, Act.EXTEND, Act.STAGE_DONE, Act.EXTEND, Act.DECIDE, Act.CLOSE),
    (Act.ACCEPT, Act.BEGIN_SPECIAL, Act.END_SPECIAL, Act.EXTEND, Act.STAGE_DONE, Act.DECIDE),
    (Act.ACCEPT, Act.EXTEND, Act.BEGIN_SPECIAL, Act.END_SPECIAL, Act.BEGIN_SPECIAL, Act.END_SPECIAL, Act.DECIDE),
    (Act.ASK_ONCE, Act.SUPPLY, Act.STAGE_DONE, Act.DECIDE, Act.CLOSE),
    (Act.HAND_OVER, Act.TAKE_IN, Act.ACCEPT, Act.STAGE_DONE, Act.DECIDE),
    (Act.HAND_OVER, Act.TAKE_IN, Act.ACCEPT, Act.PASS_UP, Act.TAKE_IN, Act.STAGE_DONE, Act.DECIDE),
    (Act.ACCEPT, Act.STAGE_DONE),
    (Act.GIVE_OPINION,),
)
COLUMNS = ("used_days", "deadline_day", "on_time", "verdict_calendar", "provisional")


def steps_of_a_course(chance: random.Random) -> list[Step]:
    """A case that goes up, or not, over some weeks before and after the end of the first calendar."""
    at_ms = begin_of(date(2027, 3, 1) if chance.random() < 0.8 else date(2027, 12, 20))
    acts = chance.choice(COURSES)
    holder = VILLAGE if Act.HAND_OVER in acts else TOWNSHIP
    begun = Stage.CONSULTING if Act.GIVE_OPINION in acts else Stage.RECEIVED
    steps = [Step(Act.FILE, holder, at_ms, begun, holder)]
    for act in acts:
        at_ms += chance.choice((0, 1, 1, 2, 4, 9)) * 86_400_000 + chance.randrange(36_000_000)
        by = holder
        if act is Act.TAKE_IN:
            by = holder = TOWNSHIP if holder == VILLAGE else COUNTY
        said: dict[str, Any] = {}
        if act in ACCEPTING:
            said = {"promised_days": chance.choice((0, 1, 3, 5, 10, 4000))}
        if act is Act.EXTEND:
            moved = number_of(day_of(at_ms)) + chance.randrange(20)
            said = chance.choice(({"extended_to_day": moved}, {"days_added": 10}))
        stage = Stage.SUSPENDED if act is Act.BEGIN_SPECIAL else Stage.EXAMINING
        steps.append(Step(act, by, at_ms, stage, holder, **said))
    return steps


def as_counted(step: Step, calendar: int) -> promises.Step:
    act = int(BODY_TYPES[step.act])
    said = Said(
        b"",
        act,
        True,
        b"",
        step.place,
        "",
        VILLAGE,
        (0, b"", 0),
        step.at_ms,
        calendar=calendar,
        promised_days=step.promised_days,
        to_day=step.extended_to_day,
        days_added=step.days_added,
        parent=bytes(32) if step.stage is Stage.CONSULTING else b"",
    )
    return promises.Step(said, step.holder)


END_OF_DATES_MS = begin_of(date(9999, 12, 31)) + promises.DAY_MS


@pytest.mark.parametrize("at_ms", [-(2**63), -1, 0, NOON_MS, END_OF_DATES_MS - 1, END_OF_DATES_MS, 2**63 - 1])
def test_both_put_a_time_on_the_same_day(at_ms: int) -> None:
    assert promises.day_of(at_ms) == number_of(day_of(at_ms))


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 2**64))
def test_both_say_the_same_of_a_promise(seed: int) -> None:
    chance = random.Random(seed)
    steps, named = steps_of_a_course(chance), chance.randrange(3)
    held = [PLAIN, LATER][: chance.randrange(3)]
    course = clocks.course(steps)
    verdict = clocks.verdict(course, calendars=held, named=named)
    published = [(bytes([each.number]), calendar_message(each, source="")) for each in held]
    found = promises.kept([as_counted(step, named) for step in steps], promises.calendars(published))
    for column in ("accepted_at_ms", "taken_in_at_ms", "asked_at_ms", "decided_at_ms", "extended_to_day"):
        assert found[column] == getattr(course, column)
    event(f"verdict {verdict and (verdict.on_time, verdict.provisional)}")
    if verdict is None:
        assert not set(COLUMNS) & found.keys()
        return
    assert [found[column] for column in COLUMNS] == [
        verdict.used_days,
        number_of(verdict.deadline),
        int(verdict.on_time),
        verdict.calendar,
        int(verdict.provisional),
    ]


def test_a_finding_told_twice_counts_once_and_one_taken_back_not_at_all() -> None:
    case_id, limit = b"0" * 32, audit.Limit(4, TOWNSHIP, 20_000)
    county: dict[str, Any] = {"is_move": False, "based_on": b"", "place": COUNTY, "unit": "", "home": VILLAGE}
    filed = Said(case_id, audit.FILED, True, b"", VILLAGE, "", VILLAGE, (VILLAGE, b"", 0), 1000)
    told = [
        Said(
            bytes([number]), audit.CONFIRMED, request=(COUNTY, bytes([number]), 0), at_ms=at_ms, finding=what, **county
        )
        for number, at_ms, what in ((3, 7000, limit), (2, 9000, limit), (1, 5000, limit._replace(kind=2)))
    ]
    taken_back = Said(b"9", audit.FINDING_WITHDRAWN, request=(COUNTY, b"9", 0), at_ms=9500, withdraws=b"\1", **county)
    case = counting.case_of(case_id, [filed, *told, taken_back])
    assert case.confirmed == ((TOWNSHIP, 9000),), "by the smaller id of the two"
    somebody_else = taken_back._replace(place=TOWNSHIP, request=(TOWNSHIP, b"9", 0))
    assert len(counting.case_of(case_id, [filed, *told, somebody_else]).confirmed) == 2


def test_what_a_person_said_last_of_a_limit_may_count_and_once() -> None:
    case_id, limit = b"0" * 32, audit.Limit(4, TOWNSHIP, 20_000)
    county: dict[str, Any] = {"is_move": False, "based_on": b"", "place": COUNTY, "unit": "", "home": VILLAGE}
    filed = Said(case_id, audit.FILED, True, b"", VILLAGE, "", VILLAGE, (VILLAGE, b"", 0), 1000)

    def said(number: int, what: audit.Limit, *, late: bool) -> Said:
        name = bytes([number])
        settled = Said(name, audit.FINDING_SETTLED, request=(COUNTY, name, 0), at_ms=number * 1000, **county)
        return settled._replace(settles=what, late=late)

    on_second_thought = limit._replace(start_day=20_001)
    told = [said(1, limit, late=False), said(3, limit, late=True), said(4, on_second_thought, late=True)]
    told.append(said(5, on_second_thought, late=False))
    case = counting.case_of(case_id, [filed, *told])
    assert (case.confirmed, case.settled) == ((), ((TOWNSHIP, 3000),))
    against = counting.confirmed([case], counting.Period())[TOWNSHIP]
    for published_as, wrong in ((0, 0), (1, 0), (2, 1), (-1, 1)):
        findings = Findings(COUNTY)
        row = counting.count([case], counting.Period()) | {"confirmed": published_as}
        published._check("样例", row, counting.count([case], counting.Period()), against, findings)
        assert findings.total == wrong
    confirmed = said(6, limit, late=True)._replace(act=audit.CONFIRMED, finding=limit, settles=None)
    case = counting.case_of(case_id, [filed, *told, confirmed])
    assert (case.confirmed, case.settled) == (((TOWNSHIP, 6000),), ())
