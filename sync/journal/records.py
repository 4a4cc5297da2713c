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
    told = [
        each
        for each in case.facts
        if each.fact.fact_class == fact_pb2.FACT_CLASS_ANNOTATION and each.fact_id not in case.duplicates
    ]
    of_record: dict[bytes, list[Step]] = {}
    begun = list(_begun_by_findings(told))
    for stored in _of_type(told, fact_pb2.BODY_TYPE_ACCOUNTABILITY_STEP):
        step = _step(stored)
        if step.deed is not Deed.OPEN:
            of_record.setdefault(body_of(stored.fact, bodies_pb2.AccountabilityStep).record, []).append(step)
        elif _may_open(step):
            begun.append(Record(step.fact_id, step.rule, step.office, step.at_ms))
    found = [
        fold(each, [step for name in {each.record_id, *each.also} for step in of_record.get(name, ())])
        for each in begun
    ]
    return sorted(found, key=lambda each: (each.opened_at_ms, each.record_id))


def _may_open(step: Step) -> bool:
    return places.level(step.by) == places.COUNTY and step.rule in RULES and places.is_place(step.office)


def _of_type(told: Iterable[Stored], body_type: fact_pb2.BodyType) -> list[Stored]:
    return [each for each in told if each.fact.body_type == body_type]


def _begun_by_findings(told: Collection[Stored]) -> Iterator[Record]:
    """One record of a limit, however often the county has confirmed it, or a person has said so; the first names it."""
    told = [each for each in told if places.level(each.fact.recorder.place) == places.COUNTY]
    withdrawn = _withdrawn(told)
    standing: set[bytes] = set()
    by_limit: dict[Key, list[Stored]] = {}
    for each in _of_type(told, fact_pb2.BODY_TYPE_FINDING_CONFIRMED):
        said = body_of(each.fact, bodies_pb2.FindingConfirmed)
        by_limit.setdefault((int(said.limit), said.place, said.start_day), []).append(each)
        standing |= {each.fact_id} - withdrawn
    for key, settlements in _settlements(told).items():
        late = [each for each in settlements if body_of(each.fact, bodies_pb2.FindingSettled).late]
        by_limit.setdefault(key, []).extend(late)
        # The last word counts, and what a person says of a limit outlives what was withdrawn before.
        standing |= {settlements[-1].fact_id} - withdrawn if settlements[-1] in late else set()
    for (kind, office, _), begun in by_limit.items():
        if begun and kind in KINDS and places.is_place(office):
            first = min(begun, key=_by_time)
            yield Record(
                first.fact_id,
                RULE_OF_LIMIT[ClockKind(kind)].code,
                office,
                first.fact.recorded_at_ms,
                also=frozenset(each.fact_id for each in begun) - {first.fact_id},
                withdrawn=not any(each.fact_id in standing for each in begun),
            )


def _withdrawn(told: Iterable[Stored]) -> set[bytes]:
    """What was taken back: findings, and what persons have said of limits."""
    found = _of_type(told, fact_pb2.BODY_TYPE_FINDING_WITHDRAWN)
    return {body_of(each.fact, bodies_pb2.FindingWithdrawn).finding for each in found}


Key = tuple[int, int, int]
"""Limit, place and first day."""


def _settlements(told: Iterable[Stored]) -> dict[Key, list[Stored]]:
    """What persons have said of limits, in the order in which they said it."""
    found: dict[Key, list[Stored]] = {}
    for each in sorted(_of_type(told, fact_pb2.BODY_TYPE_FINDING_SETTLED), key=_by_time):
        said = body_of(each.fact, bodies_pb2.FindingSettled)
        found.setdefault((int(said.limit), said.place, said.start_day), []).append(each)
    return found


def _by_time(stored: Stored) -> tuple[int, bytes]:
    return stored.fact.recorded_at_ms, stored.fact_id


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


BEGINNING = frozenset(
    {
        fact_pb2.BODY_TYPE_FINDING_CONFIRMED,
        fact_pb2.BODY_TYPE_FINDING_SETTLED,
        fact_pb2.BODY_TYPE_ACCOUNTABILITY_STEP,
    }
)


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


def settled_so_far(case: CaseFacts, *, by: int) -> dict[Key, tuple[bool, bytes]]:
    """By limit, place and first day what the county has said last and not taken back, and the fact that says it."""
    told = [each for each in case.facts if each.fact.recorder.place == by]
    withdrawn = _withdrawn(told)
    return {
        key: (body_of(said[-1].fact, bodies_pb2.FindingSettled).late, said[-1].fact_id)
        for key, said in _settlements(told).items()
        if said[-1].fact_id not in withdrawn
    }
