"""The registers of offices as they follow from the facts of a book."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError, Message

from sync.cases import workdays
from sync.cases.registers import Appointment, Kind
from sync.facts.hashing import SALT_BYTES
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.translation import KNOWN_VERSION, body_of

BODIES: dict[Kind, type[Message]] = {
    Kind.CONTACT: bodies_pb2.FirstContact,
    Kind.SERVICE: bodies_pb2.ServiceLogged,
    Kind.APPOINTMENT: bodies_pb2.AppointmentMade,
    Kind.APPOINTMENT_ENDED: bodies_pb2.AppointmentEnded,
    Kind.ATTESTATION: bodies_pb2.ChecklistAttested,
}

# The day an entry is of, where that is not the day it was written.
DAYS: dict[Kind, Callable[[fact_pb2.Fact], int]] = {
    Kind.SERVICE: lambda fact: body_of(fact, bodies_pb2.ServiceLogged).day,
    Kind.APPOINTMENT: lambda fact: body_of(fact, bodies_pb2.AppointmentMade).day,
    Kind.ATTESTATION: lambda fact: body_of(fact, bodies_pb2.ChecklistAttested).day,
}


def row_of(fact: fact_pb2.Fact) -> tuple[int, int, int, int, bytes] | None:
    """The row of `register`: kind, home, who wrote it, day, the appointment that ends. None for any other fact."""
    kind = kind_of(fact)
    if kind is None:
        return None
    day = DAYS[kind](fact) if kind in DAYS else workdays.number_of(workdays.day_of(fact.recorded_at_ms))
    ends = kind is Kind.APPOINTMENT_ENDED
    names = body_of(fact, bodies_pb2.AppointmentEnded).appointment if ends else b""
    return int(kind), fact.home, fact.recorder.place, day, names


def kind_of(fact: fact_pb2.Fact) -> Kind | None:
    """What a fact of no case enters into a register. None: nothing, or nothing this version can read."""
    known = fact.version <= KNOWN_VERSION and fact.body_version <= KNOWN_VERSION
    if not known or fact.fact_class != fact_pb2.FACT_CLASS_ADMIN or int(fact.body_type) not in set(Kind):
        return None
    kind = Kind(fact.body_type)
    try:
        BODIES[kind].FromString(fact.body)
    except DecodeError:
        return None
    return kind


# Reading.


class Entered(NamedTuple):
    """An entry as it stands in the book. `end`: of an appointment how it ended, 0 = not yet."""

    row: int
    fact_id: bytes
    fact: fact_pb2.Fact
    private: bytes
    end: int = 0


# Of two facts that name one act the one with the smaller id counts. CROSS: by its request, not through all of its kind.
COUNTS = (
    "NOT EXISTS (SELECT 1 FROM facts g CROSS JOIN register s ON s.fact=g.id WHERE g.request_id=f.request_id "
    "AND g.fact_id<f.fact_id AND (s.kind, s.home, s.place)=(r.kind, r.home, r.place))"
)
FOUND = (
    "SELECT r.fact, f.fact_id, f.bytes, COALESCE(p.part, x'') FROM register r JOIN facts f ON f.id=r.fact "
    "LEFT JOIN private_parts p ON p.fact=r.fact WHERE "
)
ENDS = "EXISTS (SELECT 1 FROM register e WHERE e.names=f.fact_id AND e.home=r.home)"


def entries(
    conn: Any,
    kind: Kind,
    *,
    within: tuple[int, int],
    first: int = 0,
    last: int = 0,
    open_only: bool = False,
    before: int = 0,
    limit: int,
) -> list[Entered]:
    """Entries of one register, newest first. `first`, `last`: days, 0 = any. `before` 0: from the newest on."""
    rows = conn.execute(
        f"{FOUND}{COUNTS} AND r.kind=:kind AND r.home BETWEEN :low AND :high "
        "AND r.day>=:first AND (:last=0 OR r.day<=:last) "
        f"AND (:before=0 OR r.fact<:before) AND NOT (:open_only AND {ENDS}) ORDER BY r.fact DESC LIMIT :limit",
        {"kind": int(kind), "low": within[0], "high": within[1], "first": first, "last": last}
        | {"before": before, "open_only": open_only, "limit": limit},
    )
    return [_entered(conn, *row) for row in rows.fetchall()]


def entry(conn: Any, fact_id: bytes) -> Entered | None:
    """One entry, whether it counts or not. None: not here."""
    found = conn.execute(FOUND + "f.fact_id=?", [fact_id]).fetchone()
    return _entered(conn, *found) if found else None


def _entered(conn: Any, row: int, fact_id: bytes, encoded: bytes, private: bytes) -> Entered:
    fact = fact_pb2.Fact.FromString(encoded)
    made = fact.body_type == fact_pb2.BODY_TYPE_APPOINTMENT_MADE
    return Entered(row, fact_id, fact, private, _end(conn, fact_id, fact.home) if made else 0)


def _end(conn: Any, fact_id: bytes, home: int) -> int:
    """How an appointment ended, by the record that was made first. 0 = it has not."""
    found = conn.execute(
        "SELECT f.fact_id, f.bytes FROM register r JOIN facts f ON f.id=r.fact WHERE r.names=? AND r.home=?",
        [fact_id, home],
    )
    ends = [(name, fact_pb2.Fact.FromString(encoded)) for name, encoded in found]
    _, first = min(ends, key=lambda each: (each[1].recorded_at_ms, each[0]), default=(b"", fact_pb2.Fact()))
    return body_of(first, bodies_pb2.AppointmentEnded).end


def appointment(conn: Any, fact_id: bytes) -> Appointment | None:
    """An appointment that was made. None: there is none of this name here."""
    found = entry(conn, fact_id)
    if found is None or found.fact.body_type != fact_pb2.BODY_TYPE_APPOINTMENT_MADE:
        return None
    made = body_of(found.fact, bodies_pb2.AppointmentMade)
    return Appointment(found.fact.home, workdays.day_numbered(made.day), ended=bool(found.end))


def attested(conn: Any, place: int) -> dict[str, fact_pb2.Fact]:
    """By the entry of the check-lists, what was attested last of a place: by day, then by the time of writing."""
    found = entries(conn, Kind.ATTESTATION, within=(place, place), limit=-1)
    by_time = sorted(found, key=lambda each: (_looked(each.fact).day, each.fact.recorded_at_ms, each.fact_id))
    return {_looked(each.fact).entry: each.fact for each in by_time}


def _looked(fact: fact_pb2.Fact) -> bodies_pb2.ChecklistAttested:
    return body_of(fact, bodies_pb2.ChecklistAttested)


def applicant_of(private: bytes) -> bodies_pb2.Applicant:
    """Who comes. Empty where it cannot be read."""
    try:
        return bodies_pb2.Applicant.FromString(private[SALT_BYTES:])
    except DecodeError:
        return bodies_pb2.Applicant()
