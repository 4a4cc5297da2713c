"""The facts of one book: their bytes, their private parts, and the cases they make."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from sys import intern
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError

from operations.audit import digests, places
from operations.audit.cases import (
    ACCEPTED,
    ACCEPTED_COMPLAINT,
    ACTS,
    ANSWERED_COMPLAINT,
    CALLED_BACK,
    COMPLAINED,
    CONFIRMED,
    EXTENDED,
    FILED,
    FINDING_SETTLED,
    FINDING_WITHDRAWN,
    FORKED,
    RATED,
    SUPPLIED,
    Limit,
    Said,
)
from operations.audit.digests import Stream, stream_of
from operations.audit.findings import Findings
from operations.audit.registers import Registers
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2

KNOWN_VERSION = 1

# What of a body the fold and the figures read.
BODIES: dict[int, tuple[type[Any], Callable[[Any], dict[str, Any]]]] = {
    fact_pb2.BODY_TYPE_CASE_FILED: (bodies_pb2.CaseFiled, lambda b: _filed(b)),
    fact_pb2.BODY_TYPE_HANDED_OVER: (bodies_pb2.HandedOver, lambda b: _to(b.to_place, b.to_unit)),
    fact_pb2.BODY_TYPE_PASSED_UP: (bodies_pb2.PassedUp, lambda b: _to(b.to_place, b.to_unit)),
    fact_pb2.BODY_TYPE_STAGE_DONE: (bodies_pb2.StageDone, lambda b: _to(0, b.next_unit)),
    fact_pb2.BODY_TYPE_OVERRIDDEN: (bodies_pb2.Overridden, lambda b: _to(0, b.unit)),
    fact_pb2.BODY_TYPE_REASSIGNED: (bodies_pb2.Reassigned, lambda b: _to(0, b.unit)),
    fact_pb2.BODY_TYPE_SENT_BACK: (bodies_pb2.SentBack, lambda b: _to(0, b.unit) | _reasoned(b)),
    fact_pb2.BODY_TYPE_REFUSED: (bodies_pb2.Refused, lambda b: _reasoned(b)),
    FORKED: (bodies_pb2.Forked, lambda b: {"branches": tuple(b.branches)}),
    RATED: (bodies_pb2.Rated, lambda b: {"grade": b.grade}),
    COMPLAINED: (bodies_pb2.Complained, lambda b: {}),
    ACCEPTED_COMPLAINT: (bodies_pb2.ComplaintAccepted, lambda b: {"named": b.complaint}),
    ANSWERED_COMPLAINT: (bodies_pb2.ComplaintAnswered, lambda b: {"named": b.complaint}),
    CALLED_BACK: (bodies_pb2.RatingCalledBack, lambda b: {"named": b.rating}),
    ACCEPTED: (bodies_pb2.Accepted, lambda b: {"promised_days": b.promised_days}),
    SUPPLIED: (bodies_pb2.Supplied, lambda b: {"promised_days": b.promised_days}),
    EXTENDED: (bodies_pb2.Extended, lambda b: _moved(b)),
    CONFIRMED: (bodies_pb2.FindingConfirmed, lambda b: {"finding": _limit(b)}),
    FINDING_SETTLED: (bodies_pb2.FindingSettled, lambda b: {"settles": _limit(b), "late": b.late}),
    FINDING_WITHDRAWN: (bodies_pb2.FindingWithdrawn, lambda b: {"withdraws": b.finding}),
}


def _filed(body: Any) -> dict[str, Any]:
    return {"number": body.number, "serial": body.serial, "to_unit": intern(body.branch.unit)}


def _limit(body: Any) -> Limit:
    return Limit(int(body.limit), body.place, body.start_day)


def _to(place: int, unit: str) -> dict[str, Any]:
    return {"to_place": place, "to_unit": intern(unit)}


def _reasoned(body: Any) -> dict[str, Any]:
    return {"reasoned": bool(body.reason.strip())}


def _moved(body: Any) -> dict[str, Any]:
    is_promise = body.kind == bodies_pb2.EXTENSION_KIND_PROMISE
    return {"to_day": body.to_day} if is_promise else {"days_added": body.days}


class Kept(NamedTuple):
    """What the journals of the book are checked against."""

    fact_id: bytes
    home: int
    recorder: int
    opens: tuple[Stream, bytes] | None
    case_id: bytes
    lacks_part: bool


@dataclass
class Facts:
    """Everything read from the facts of one book, the bytes themselves left behind."""

    by_row: dict[int, Kept] = field(default_factory=dict)
    said: dict[bytes, list[Said]] = field(default_factory=dict)
    case_rows: dict[int, bytes] = field(default_factory=dict)
    certificates: dict[tuple[int, bytes], bodies_pb2.KeyCertificate] = field(default_factory=dict)
    published: dict[str, set[tuple[int, bytes]]] = field(default_factory=dict)
    registers: Registers = field(default_factory=Registers)
    calendars: list[tuple[bytes, bodies_pb2.CalendarPublished]] = field(default_factory=list)
    private_parts: int = 0


QUERY = """
SELECT f.id, f.fact_id, f.case_row, f.request_id, f.bytes, c.case_id, p.part
FROM facts f LEFT JOIN cases c ON c.id = f.case_row LEFT JOIN private_parts p ON p.fact = f.id ORDER BY f.id
"""


def read(conn: sqlite3.Connection, findings: Findings) -> Facts:
    """Reads and checks every fact once."""
    facts = Facts()
    for row, fact_id, case_row, request_id, encoded, case_id, part in conn.execute(QUERY):
        try:
            fact = fact_pb2.Fact.FromString(encoded)
            if digests.fact_id(encoded) != fact_id:
                findings.add("FACT_CHANGED", fact=fact_id, case=case_id or b"")
            belongs_to = case_of(fact, fact_id)
            if request_id != fact.request_id or (case_id or b"") != belongs_to or (case_row is None) == bool(case_id):
                findings.add("FACT_MISFILED", fact=fact_id, case=belongs_to)
            _check_part(facts, fact, fact_id, part, findings)
            facts.by_row[row] = _kept(fact, fact_id, belongs_to, part)
            _learn(facts, fact, fact_id)
            facts.registers.learn(row, fact, fact_id, belongs_to, findings)
        except (DecodeError, TypeError, ValueError):
            findings.add("UNREADABLE", f"facts {row}", fact=fact_id, case=case_id or b"")
    _check_loose_parts(conn, findings)
    return facts


def case_of(fact: fact_pb2.Fact, fact_id: bytes) -> bytes:
    """The id of the case a fact belongs to. Empty: of none."""
    if fact.fact_class == fact_pb2.FACT_CLASS_ADMIN:
        return b""
    return fact.case_id or (fact_id if fact.body_type == fact_pb2.BODY_TYPE_CASE_FILED else b"")


def _check_part(facts: Facts, fact: fact_pb2.Fact, fact_id: bytes, part: bytes | None, findings: Findings) -> None:
    if part is not None:
        facts.private_parts += 1
        if digests.private_hash(part) != fact.private_hash:
            findings.add("PRIVATE_PART_CHANGED", fact=fact_id, case=case_of(fact, fact_id))


def _check_loose_parts(conn: sqlite3.Connection, findings: Findings) -> None:
    for (row,) in conn.execute("SELECT fact FROM private_parts WHERE fact NOT IN (SELECT id FROM facts)"):
        findings.add("PRIVATE_PART_CHANGED", f"private_parts {row}")


def _kept(fact: fact_pb2.Fact, fact_id: bytes, case_id: bytes, part: bytes | None) -> Kept:
    opens = None
    if fact.body_type == fact_pb2.BODY_TYPE_STREAM_OPENED:
        opened = bodies_pb2.StreamOpened.FromString(fact.body)
        opens = (stream_of(opened.stream), opened.key)
    lacks_part = bool(fact.private_hash) and part is None
    return Kept(fact_id, fact.home, fact.recorder.place, opens, case_id, lacks_part)


def _learn(facts: Facts, fact: fact_pb2.Fact, fact_id: bytes) -> None:
    case_id = case_of(fact, fact_id)
    if case_id:
        facts.said.setdefault(case_id, []).append(_said(fact, fact_id))
    elif fact.body_type == fact_pb2.BODY_TYPE_KEY_INTRODUCED:
        certificate = bodies_pb2.KeyIntroduced.FromString(fact.body).certificate
        facts.certificates.setdefault((certificate.place, certificate.key), certificate)
    elif fact.body_type in PUBLISHED and fact.home == fact.recorder.place and places.level(fact.home) == places.COUNTY:
        table, kind = PUBLISHED[fact.body_type]
        body = kind.FromString(fact.body)
        facts.published.setdefault(table, set()).add((body.number, fact_id))
        if isinstance(body, bodies_pb2.CalendarPublished):
            facts.calendars.append((fact_id, body))


PUBLISHED: dict[int, tuple[str, type[Any]]] = {
    fact_pb2.BODY_TYPE_CATALOGUE_RELEASED: ("releases", bodies_pb2.CatalogueReleased),
    fact_pb2.BODY_TYPE_CALENDAR_PUBLISHED: ("calendars", bodies_pb2.CalendarPublished),
}


def _said(fact: fact_pb2.Fact, fact_id: bytes) -> Said:
    is_move = fact.fact_class == fact_pb2.FACT_CLASS_MOVE
    known = fact.version <= KNOWN_VERSION and fact.body_version <= KNOWN_VERSION
    act, body = int(fact.body_type) if known and (fact.body_type in ACTS or not is_move) else 0, {}
    if act in BODIES:
        kind, read = BODIES[act]
        try:
            body = read(kind.FromString(fact.body))
        except DecodeError:
            act = 0
    return Said(
        id=fact_id,
        act=act,
        is_move=is_move,
        based_on=fact.based_on[0] if fact.based_on else b"",
        place=fact.recorder.place,
        unit=intern(fact.recorder.unit),
        home=fact.home,
        request=(fact.recorder.place, fact.request_id, fact.index),
        at_ms=fact.recorded_at_ms,
        from_paper=fact.happened_source == fact_pb2.HAPPENED_SOURCE_PAPER_PAGE,
        calendar=fact.calendar,
        parent=fact.parent_case_id if fact.body_type == FILED else b"",
        trusted=fact.clock_state == fact_pb2.CLOCK_STATE_TRUSTED,
        **body,
    )


def check_published(conn: sqlite3.Connection, facts: Facts, findings: Findings) -> None:
    """Releases and calendars are those the county's facts make."""
    for table, _ in PUBLISHED.values():
        stored = set(conn.execute(f"SELECT number, fact_id FROM {table}"))
        for number, fact_id in stored ^ facts.published.get(table, set()):
            findings.add("NOT_AS_PUBLISHED", f"{table} {number}", fact=fact_id)


def waiting(conn: sqlite3.Connection) -> Iterator[bytes]:
    """Ids of the facts in segments that wait for a gap, a key or a private part."""
    for (encoded,) in conn.execute("SELECT segment FROM parked"):
        for entry in journal_pb2.Segment.FromString(encoded).entries:
            yield digests.fact_id(entry.fact)
