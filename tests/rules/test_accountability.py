"""The table of accountability: every step at every status, and what comes of steps that cross."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from sync.cases.accountability import TABLE, Cause, Deed, Measure, Record, Status, Step, Taker, check, fold
from sync.cases.rules import RULES
from sync.cases.workdays import begin_of, number_of
from sync.errors import Refused
from tests.rules.stories import COUNTY, OTHER_TOWNSHIP, TOWNSHIP

MONDAY = date(2026, 3, 2)
DUE = MONDAY + timedelta(days=7)
BEGUN = Record(b"r" * 32, "DECISION_LATE", TOWNSHIP, begin_of(MONDAY))
SAID: dict[Deed, dict[str, object]] = {
    Deed.SERVE: {"reply_by_day": number_of(DUE)},
    Deed.UPHOLD: {"cause": Cause.OWN_DELAY},
    Deed.CANCEL: {"cause": Cause.LINE_OR_NODE},
    Deed.HANDLE: {"measure": Measure.REMIND},
    Deed.ASSIGN: {"assignee": "监察02"},
}
# One way to each status.
WAYS: dict[Status, tuple[Deed, ...]] = {
    Status.OPENED: (),
    Status.SERVED: (Deed.SERVE,),
    Status.EXPLAINED: (Deed.SERVE, Deed.EXPLAIN),
    Status.CHECKED: (Deed.SERVE, Deed.EXPLAIN, Deed.CHECK),
    Status.UPHELD: (Deed.SERVE, Deed.EXPLAIN, Deed.CHECK, Deed.UPHOLD),
    Status.HANDLED: (Deed.SERVE, Deed.EXPLAIN, Deed.CHECK, Deed.UPHOLD, Deed.HANDLE),
    Status.REVIEWED: (Deed.SERVE, Deed.EXPLAIN, Deed.CHECK, Deed.UPHOLD, Deed.HANDLE, Deed.REVIEW),
    Status.CANCELLED: (Deed.CANCEL,),
    Status.ARCHIVED: (Deed.CANCEL, Deed.ARCHIVE),
}


def step(deed: Deed, follows: bytes, *, number: int, by: int = 0, **said: Any) -> Step:
    whose = TOWNSHIP if deed is Deed.EXPLAIN else COUNTY
    words = {"text": "样例", "taken_by": "监察01", **SAID.get(deed, {}), **said}
    return Step(bytes([number]) * 32, deed, by or whose, follows, begin_of(MONDAY) + number, **words)


def steps(*deeds: Deed, after: bytes = BEGUN.record_id, first: int = 1) -> list[Step]:
    made: list[Step] = []
    for number, deed in enumerate(deeds, start=first):
        made.append(step(deed, made[-1].fact_id if made else after, number=number))
    return made


def at(status: Status) -> Record:
    record = fold(BEGUN, steps(*WAYS[status]))
    assert record.status is status
    return record


def asked(
    record: Record, deed: Deed, *, today: date = MONDAY, all_is_here: bool = True, has_arrived: bool = True, **said: Any
) -> None:
    known = {"has_arrived": has_arrived, "all_is_here": all_is_here}
    check(record, step(deed, record.tip, number=99, **said), today=today, **known, rules=RULES)


def test_every_status_can_be_reached() -> None:
    assert WAYS.keys() == set(Status)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.status.value}-{row.deed.name}")
def test_what_the_table_has_may_be_done_and_leads_where_it_says(row: object) -> None:
    assert isinstance(row, tuple)
    status, deed, taker, to = row
    record = at(status)
    asked(record, deed, today=DUE + timedelta(days=1))
    after = fold(BEGUN, [*record.steps, step(deed, record.tip, number=50)])
    assert after.status is (to or status)
    assert len(after.steps) + len(after.notes) == len(record.steps) + 1
    stranger = OTHER_TOWNSHIP if taker is Taker.OFFICE else TOWNSHIP
    with pytest.raises(Refused, match="可以办理"):
        asked(record, deed, today=DUE + timedelta(days=1), by=stranger)
    ignored = fold(BEGUN, [*record.steps, step(deed, record.tip, number=50, by=stranger)])
    assert (ignored.status, len(ignored.beside)) == (status, 1)


ELSE = [
    (status, deed)
    for status in Status
    for deed in Deed
    if deed not in (Deed.UNSPECIFIED, Deed.OPEN) and (status, deed) not in {(row.status, row.deed) for row in TABLE}
]


@pytest.mark.parametrize(("status", "deed"), ELSE, ids=lambda each: each.name)
def test_what_the_table_has_not_is_refused_and_counts_for_nothing(status: Status, deed: Deed) -> None:
    record = at(status)
    with pytest.raises(Refused) as said:
        asked(record, deed)
    assert said.value.code == "STEP_NOT_ALLOWED"
    assert fold(BEGUN, [*record.steps, step(deed, record.tip, number=50)]).status is status


@pytest.mark.parametrize(
    ("code", "status", "deed", "said"),
    [
        ("PERSON_MISSING", Status.OPENED, Deed.COMMENT, {"taken_by": " "}),
        ("TEXT_MISSING", Status.OPENED, Deed.COMMENT, {"text": ""}),
        ("CAUSE_MISSING", Status.OPENED, Deed.CANCEL, {"cause": Cause.UNSPECIFIED}),
        ("MEASURE_MISSING", Status.UPHELD, Deed.HANDLE, {"measure": Measure.UNSPECIFIED}),
        ("ASSIGNEE_MISSING", Status.OPENED, Deed.ASSIGN, {"assignee": ""}),
        ("DAY_IN_THE_PAST", Status.OPENED, Deed.SERVE, {"reply_by_day": number_of(MONDAY)}),
        ("DAY_TOO_FAR", Status.OPENED, Deed.SERVE, {"reply_by_day": number_of(date(9999, 1, 1))}),
        ("REPLY_STILL_OPEN", Status.SERVED, Deed.CHECK, {"today": DUE}),
        (
            "REPLY_MAY_BE_ON_ITS_WAY",
            Status.SERVED,
            Deed.CHECK,
            {"today": DUE + timedelta(days=1), "all_is_here": False},
        ),
        ("ASKED_TOO_LATE", Status.SERVED, Deed.CHECK, {"today": DUE + timedelta(days=1), "has_arrived": False}),
    ],
)
def test_a_step_that_lacks_something_is_refused(code: str, status: Status, deed: Deed, said: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        asked(at(status), deed, **said)
    assert refused.value.code == code
    assert "。" in str(refused.value)


def test_a_record_is_opened_only_by_a_rule_there_is() -> None:
    known = {"has_arrived": True, "all_is_here": True}
    check(None, step(Deed.OPEN, b"", number=1, rule="STEP_SKIPPED"), today=MONDAY, **known, rules=RULES)
    with pytest.raises(Refused, match="监察规则"):
        check(None, step(Deed.OPEN, b"", number=1, rule="ANYTHING"), today=MONDAY, **known, rules=RULES)


def test_in_whatever_order_steps_come_the_record_is_the_same() -> None:
    made = [*steps(Deed.SERVE, Deed.EXPLAIN, Deed.CHECK), step(Deed.ASSIGN, b"", number=9)]
    assert {fold(BEGUN, order) for order in permutations(made)} == {fold(BEGUN, made)}


def test_of_two_steps_that_cross_the_countys_counts_and_the_other_stays_in_sight() -> None:
    """The office explains, and the county, which cannot see that yet, cancels."""
    served = steps(Deed.SERVE)
    explained = step(Deed.EXPLAIN, served[-1].fact_id, number=2)
    cancelled = step(Deed.CANCEL, served[-1].fact_id, number=3)
    record = fold(BEGUN, [*served, explained, cancelled])
    assert (record.status, record.beside) == (Status.CANCELLED, (explained,))


def test_who_has_explained_need_not_do_so_again_because_the_county_asked_again_meanwhile() -> None:
    served = steps(Deed.SERVE)
    explained = step(Deed.EXPLAIN, served[-1].fact_id, number=2)
    again = step(Deed.SERVE, served[-1].fact_id, number=3)
    once_more = step(Deed.SERVE, again.fact_id, number=4)
    for order in permutations([*served, explained, again, once_more]):
        record = fold(BEGUN, order)
        assert (record.status, record.tip, record.beside) == (Status.EXPLAINED, explained.fact_id, ())


def test_no_comment_stands_in_the_way_of_an_explanation() -> None:
    """The office explains, and the county, which cannot see that yet, comments and gives the record to somebody."""
    served = steps(Deed.SERVE)
    explained = step(Deed.EXPLAIN, served[-1].fact_id, number=2)
    for follows in (b"", served[-1].fact_id):
        notes = [step(deed, follows, number=number) for number, deed in ((3, Deed.COMMENT), (4, Deed.ASSIGN))]
        record = fold(BEGUN, [*served, explained, *notes])
        assert (record.status, record.notes, record.beside) == (Status.EXPLAINED, tuple(notes), ())


def test_what_begins_at_a_finding_that_says_the_same_counts() -> None:
    other = b"o" * 32
    record = fold(replace(BEGUN, also=frozenset({other})), steps(Deed.SERVE, after=other))
    assert (record.status, record.is_named(other[:8]), record.is_named(b"x" * 8)) == (Status.SERVED, True, False)


def test_steps_that_follow_themselves_or_each_other_lead_nowhere() -> None:
    itself = replace(step(Deed.SERVE, b"", number=1), follows=bytes([1]) * 32)
    other = step(Deed.CHECK, bytes([3]) * 32, number=2)
    third = step(Deed.CHECK, bytes([2]) * 32, number=3)
    assert fold(BEGUN, [itself, other, third]).status is Status.OPENED


def test_of_two_supervisors_that_cross_the_smaller_id_counts() -> None:
    first, second = (step(Deed.SERVE, BEGUN.record_id, number=number) for number in (1, 2))
    record = fold(BEGUN, [second, first])
    assert (record.steps, record.beside) == ((first,), (second,))


def test_what_was_done_in_time_after_all_ends_the_record() -> None:
    for status in Status:
        record = at(status)
        withdrawn = fold(replace(BEGUN, withdrawn=True), record.steps)
        assert withdrawn.status is (Status.ARCHIVED if status is Status.ARCHIVED else Status.CANCELLED)
        if status is not Status.ARCHIVED:
            asked(withdrawn, Deed.ARCHIVE)
            archive = step(Deed.ARCHIVE, withdrawn.tip, number=60)
            assert fold(replace(BEGUN, withdrawn=True), [*record.steps, archive]).status is Status.ARCHIVED


def test_a_record_shows_who_has_it_and_until_when_the_office_may_explain() -> None:
    record = fold(BEGUN, [step(Deed.ASSIGN, b"", number=9), *steps(Deed.SERVE)])
    assert (record.assignee, record.reply_by_day) == ("监察02", number_of(DUE))
    assert at(Status.EXPLAINED).reply_by_day == 0
