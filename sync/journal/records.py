"""Accountability records (问责) as they follow from the facts of a case."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from sync.cases import places
from sync.cases.accountability import Cause, Deed, Measure, Record, Step, fold
from sync.cases.clocks import ClockKind
from sync.cases.rules import RULE_OF_LIMIT, RULES
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.translation import body_of

if TYPE_CHECKING:
    from sync.journal.cases import CaseFacts, Stored

KINDS = frozenset(map(int, ClockKind))

Number = TypeVar("Number", Cause, Deed, Measure)


# What the facts of a case make.


def records_of(case: CaseFacts) -> list[Record]:
    """The records of a case, the oldest first."""
    told = [each for each in case.facts if each.fact_id not in case.duplicates]
    steps = [_step(each) for each in told if each.fact.body_type == fact_pb2.BODY_TYPE_ACCOUNTABILITY_STEP]
    of_record: dict[bytes, list[Step]] = {}
    for stored, step in zip(_steps(told), steps, strict=True):
        if step.deed is not Deed.OPEN:
            record = body_of(stored.fact, bodies_pb2.AccountabilityStep).record
            of_record.setdefault(record, []).append(step)
    begun = [*_begun_by_findings(told), *(_opened(each) for each in steps if _opens(each))]
    found = [fold(each, of_record.get(each.record_id, ())) for each in begun]
    return sorted(found, key=lambda each: (each.opened_at_ms, each.record_id))


def _steps(told: Iterable[Stored]) -> Iterator[Stored]:
    return (each for each in told if each.fact.body_type == fact_pb2.BODY_TYPE_ACCOUNTABILITY_STEP)


def _opens(step: Step) -> bool:
    return step.deed is Deed.OPEN and places.level(step.by) == places.COUNTY and step.rule in RULES


def _opened(step: Step) -> Record:
    return Record(step.fact_id, step.rule, step.office, step.at_ms)


def _begun_by_findings(told: Collection[Stored]) -> Iterator[Record]:
    """One record of a limit, however often it was confirmed: the smallest fact id."""
    withdrawn = {
        body_of(each.fact, bodies_pb2.FindingWithdrawn).finding
        for each in told
        if each.fact.body_type == fact_pb2.BODY_TYPE_FINDING_WITHDRAWN
    }
    by_limit: dict[tuple[int, int, int], list[Stored]] = {}
    for each in told:
        if each.fact.body_type == fact_pb2.BODY_TYPE_FINDING_CONFIRMED:
            said = body_of(each.fact, bodies_pb2.FindingConfirmed)
            by_limit.setdefault((int(said.limit), said.place, said.start_day), []).append(each)
    for (kind, office, _), confirmed in by_limit.items():
        if kind in KINDS:
            standing = [each for each in confirmed if each.fact_id not in withdrawn]
            first = min(standing or confirmed, key=lambda each: each.fact_id)
            rule = RULE_OF_LIMIT[ClockKind(kind)].code
            yield Record(first.fact_id, rule, office, first.fact.recorded_at_ms, withdrawn=not standing)


def _step(stored: Stored) -> Step:
    fact, said = stored.fact, body_of(stored.fact, bodies_pb2.AccountabilityStep)
    return Step(
        fact_id=stored.fact_id,
        deed=known_number(Deed, said.deed),
        by=fact.recorder.place,
        follows=fact.based_on[0] if fact.based_on else b"",
        at_ms=fact.recorded_at_ms,
        rule=said.rule,
        office=said.office,
        unit=said.unit,
        post=said.post,
        person=said.person,
        evidence=said.evidence,
        cause=known_number(Cause, said.cause),
        measure=known_number(Measure, said.measure),
        reply_by_day=said.reply_by_day,
        text=said.text,
        assignee=said.assignee,
        taken_by=fact.recorder.person,
    )


def known_number(kind: type[Number], number: int) -> Number:
    """The member of this number; that of 0, where this version knows none."""
    try:
        return kind(number)
    except ValueError:
        return kind(0)


def column(case: CaseFacts) -> str:
    """What stands of it in the row of the case: of each record where it stands and whose it is. Empty: it has none."""
    if not any(each.fact.body_type in BEGINNING for each in case.facts):
        return ""
    found = records_of(case)
    return json.dumps([[each.record_id.hex(), each.status.value, each.office] for each in found]) if found else ""


BEGINNING = frozenset({fact_pb2.BODY_TYPE_FINDING_CONFIRMED, fact_pb2.BODY_TYPE_ACCOUNTABILITY_STEP})


# Reading.

HELD = (
    "SELECT id, case_id, home, number, records FROM cases WHERE records<>'' AND home BETWEEN :first AND :last "
    "AND (:before=0 OR id<:before) AND (:row=0 OR id=:row) ORDER BY id DESC"
)


def cases_with_records(
    conn: Any,
    *,
    within: tuple[int, int],
    row: int = 0,
    office: int = 0,
    statuses: Collection[str] = (),
    before: int = 0,
    limit: int,
) -> list[tuple[int, bytes, int, str]]:
    """(row, case id, home, number) of the newest cases of which a record is asked for. 0 and empty = any."""
    found = []
    asked = {"first": within[0], "last": within[1], "before": before, "row": row}
    for case_row, case_id, home, number, records in conn.execute(HELD, asked):
        listed = json.loads(records)
        if any(_is_asked_for(status, whose, office, statuses) for _, status, whose in listed):
            found.append((case_row, bytes(case_id), home, number))
        if len(found) == limit:
            break
    return found


def _is_asked_for(status: str, whose: int, office: int, statuses: Collection[str]) -> bool:
    return office in (0, whose) and (not statuses or status in statuses)


def is_asked_for(record: Record, *, office: int, statuses: Collection[str]) -> bool:
    """Whether a filter names a record."""
    return _is_asked_for(record.status.value, record.office, office, statuses)


# What a person has said of a limit.

SETTLED = {True: "settled_late", False: "settled_in_time"}
"""What a finding stands at when a person has said whether the office was late."""


def settled_so_far(case: CaseFacts, *, by: int) -> dict[tuple[int, int, int], tuple[bool, bytes]]:
    """By limit, place and first day what the county has said last, and the fact that says it."""
    found: dict[tuple[int, int, int], tuple[bool, bytes]] = {}
    told = [
        e for e in case.facts if e.fact.body_type == fact_pb2.BODY_TYPE_FINDING_SETTLED and e.fact.recorder.place == by
    ]
    for each in sorted(told, key=lambda e: (e.fact.recorded_at_ms, e.fact_id)):
        said = body_of(each.fact, bodies_pb2.FindingSettled)
        found[int(said.limit), said.place, said.start_day] = said.late, each.fact_id
    return found
