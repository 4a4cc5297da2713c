"""Replies and registers of offices: who may write them, what they are about, and the table they make."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError

from operations.audit import places
from operations.audit.findings import Findings
from sync.facts.v1 import bodies_pb2, fact_pb2

KNOWN_VERSION = 1
DAY_MS = 24 * 60 * 60 * 1000
SHANGHAI_MS = 8 * 60 * 60 * 1000
ANNOTATION, ADMIN = fact_pb2.FACT_CLASS_ANNOTATION, fact_pb2.FACT_CLASS_ADMIN


class Naming(NamedTuple):
    """What a body is about, which body that must be, of which class it is and the lowest level that may write it."""

    kind: type[Any]
    field: str
    wanted: int
    fact_class: int
    least: int


NAMING: dict[int, Naming] = {
    fact_pb2.BODY_TYPE_COMPLAINT_ACCEPTED: Naming(
        bodies_pb2.ComplaintAccepted, "complaint", fact_pb2.BODY_TYPE_COMPLAINED, ANNOTATION, places.COUNTY
    ),
    fact_pb2.BODY_TYPE_COMPLAINT_ANSWERED: Naming(
        bodies_pb2.ComplaintAnswered, "complaint", fact_pb2.BODY_TYPE_COMPLAINED, ANNOTATION, places.COUNTY
    ),
    fact_pb2.BODY_TYPE_RATING_CALLED_BACK: Naming(
        bodies_pb2.RatingCalledBack, "rating", fact_pb2.BODY_TYPE_RATED, ANNOTATION, places.TOWNSHIP
    ),
    fact_pb2.BODY_TYPE_APPOINTMENT_ENDED: Naming(
        bodies_pb2.AppointmentEnded, "appointment", fact_pb2.BODY_TYPE_APPOINTMENT_MADE, ADMIN, places.VILLAGE
    ),
}
NAMEABLE = frozenset(naming.wanted for naming in NAMING.values())

# The day of an entry. None: the day it was written.
ENTRIES: dict[int, tuple[type[Any], Callable[[Any], int] | None]] = {
    fact_pb2.BODY_TYPE_FIRST_CONTACT: (bodies_pb2.FirstContact, None),
    fact_pb2.BODY_TYPE_SERVICE_LOGGED: (bodies_pb2.ServiceLogged, lambda b: b.day),
    fact_pb2.BODY_TYPE_APPOINTMENT_MADE: (bodies_pb2.AppointmentMade, lambda b: b.day),
    fact_pb2.BODY_TYPE_APPOINTMENT_ENDED: (bodies_pb2.AppointmentEnded, None),
    fact_pb2.BODY_TYPE_CHECKLIST_ATTESTED: (bodies_pb2.ChecklistAttested, lambda b: b.day),
}


class Thing(NamedTuple):
    """What can be named: which body, of which case, at which home."""

    body_type: int
    case_id: bytes
    home: int


class Mention(NamedTuple):
    """A fact that names another, and what that must be."""

    fact_id: bytes
    recorder: int
    named: bytes
    wanted: Thing


@dataclass
class Registers:
    """What is learnt of these facts in one book."""

    things: dict[bytes, Thing] = field(default_factory=dict)
    mentions: list[Mention] = field(default_factory=list)
    rows: set[tuple[Any, ...]] = field(default_factory=set)

    def learn(self, row: int, fact: fact_pb2.Fact, fact_id: bytes, case_id: bytes, findings: Findings) -> None:
        if fact.body_type in NAMEABLE:
            self.things[fact_id] = Thing(fact.body_type, case_id, fact.home)
        naming = NAMING.get(fact.body_type)
        if naming is not None:
            if fact.fact_class != naming.fact_class or places.level(fact.recorder.place) < naming.least:
                findings.add("NOT_THEIRS_TO_WRITE", f"{fact.recorder.place}", fact=fact_id, case=case_id)
            wanted = Thing(naming.wanted, case_id, fact.home)
            self.mentions.append(Mention(fact_id, fact.recorder.place, _named(fact, naming), wanted))
        if fact.body_type in ENTRIES and fact.fact_class == ADMIN:
            self._enter(row, fact)

    def _enter(self, row: int, fact: fact_pb2.Fact) -> None:
        kind, day_of = ENTRIES[fact.body_type]
        if max(fact.version, fact.body_version) > KNOWN_VERSION:
            return
        try:
            body = kind.FromString(fact.body)
        except DecodeError:
            return
        day = day_of(body) if day_of else (fact.recorded_at_ms + SHANGHAI_MS) // DAY_MS
        names = body.appointment if fact.body_type == fact_pb2.BODY_TYPE_APPOINTMENT_ENDED else b""
        self.rows.add((row, int(fact.body_type), fact.home, fact.recorder.place, day, names))

    def check(self, conn: sqlite3.Connection, findings: Findings) -> None:
        """Whoever wrote a reply held what it is about; and the table is what the facts make."""
        for each in self.mentions:
            if each.recorder == findings.book and self.things.get(each.named) != each.wanted:
                findings.add("NAMED_MISSING", each.named.hex(), fact=each.fact_id, case=each.wanted.case_id)
        for row, *_ in set(conn.execute("SELECT * FROM register")) ^ self.rows:
            findings.add("REGISTER_WRONG", f"register {row}")


def _named(fact: fact_pb2.Fact, naming: Naming) -> bytes:
    try:
        return bytes(getattr(naming.kind.FromString(fact.body), naming.field))
    except DecodeError:
        return b""
