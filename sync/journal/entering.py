"""An entry of a register: ask the rules, write the fact."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from google.protobuf.message import Message

from sync.cases import workdays
from sync.cases.registers import Entering, Kind, check
from sync.facts.streams import PATH, Scope
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from sync.journal import registers
from sync.journal.counter import private_part
from sync.journal.registers import BODIES
from sync.journal.writing import Draft, Transaction


@dataclass(frozen=True)
class Entry:
    """What somebody wants to enter: the body as it will stand, who writes it, and what stands beside the chain.

    `home` 0: the writer's own place.
    """

    body: Message
    actor: fact_pb2.Actor
    request_id: bytes
    home: int = 0
    item_code: str = ""
    applicant: pb.Applicant | None = None
    private_text: str = ""
    paper_places: frozenset[int] = field(default_factory=frozenset)


KINDS = {body: kind for kind, body in BODIES.items()}

# What the rules read of each body.
READ: dict[Kind, Callable[[Any], dict[str, Any]]] = {
    Kind.CONTACT: lambda b: {
        "channel": b.channel,
        "choice": b.outcome,
        "about": b.about,
        "referred_place": b.referred_place,
    },
    Kind.SERVICE: lambda b: {"choice": b.kind, "day": b.day, "person": b.staff, "count": b.count},
    Kind.APPOINTMENT: lambda b: {"channel": b.channel, "day": b.day, "minute": b.minute},
    Kind.APPOINTMENT_ENDED: lambda b: {"choice": b.end},
    Kind.ATTESTATION: lambda b: {"entry": b.entry, "day": b.day, "person": b.attester},
}


def enter(tx: Transaction, entry: Entry) -> bytes:
    """Writes an entry and returns its fact id. Raises Refused where the rules say no."""
    today = workdays.day_of(tx.reading().now_ms)
    entry = _dated(entry, today)
    catalogue, entering = tx.catalogues.catalogue(), _entering(tx, entry)
    check(
        entering,
        catalogue=catalogue,
        calendar=tx.catalogues.calendar(),
        today=today,
        homes=frozenset(tx.identity.homes),
        paper_places=entry.paper_places,
    )
    item = catalogue.item(entry.item_code)
    draft = Draft(
        scope=Scope(PATH, entering.home),
        fact_class=fact_pb2.FACT_CLASS_ADMIN,
        body_type=BODY_TYPES[entering.kind],
        body=entry.body.SerializeToString(deterministic=True),
        actor=entry.actor,
        request_id=entry.request_id,
        item_code=entry.item_code,
        item_version=item.version if item else 0,
        private=private_part(entry.private_text, entry.applicant),
    )
    (name,) = tx.append([draft])
    return name


def _dated(entry: Entry, today: date) -> Entry:
    """What was done on a day that is not named was done today."""
    if not isinstance(entry.body, pb.ServiceLogged | pb.ChecklistAttested) or entry.body.day:
        return entry
    body = deepcopy(entry.body)
    body.day = workdays.number_of(today)
    return replace(entry, body=body)


def _entering(tx: Transaction, entry: Entry) -> Entering:
    """The entry as the rules see it."""
    kind, place = KINDS[type(entry.body)], entry.actor.place
    read = {"person": entry.actor.person} | READ[kind](entry.body)
    if "day" in read:
        read["day"] = workdays.day_numbered(read["day"]) if read["day"] else None
    if isinstance(entry.body, pb.AppointmentEnded):
        read["appointment"] = registers.appointment(tx.conn, entry.body.appointment)
    named = bool(entry.applicant and entry.applicant.name.strip())
    return Entering(kind, place, entry.home or place, item_code=entry.item_code, named=named, **read)


BODY_TYPES: dict[Kind, fact_pb2.BodyType] = {
    Kind.CONTACT: fact_pb2.BODY_TYPE_FIRST_CONTACT,
    Kind.SERVICE: fact_pb2.BODY_TYPE_SERVICE_LOGGED,
    Kind.APPOINTMENT: fact_pb2.BODY_TYPE_APPOINTMENT_MADE,
    Kind.APPOINTMENT_ENDED: fact_pb2.BODY_TYPE_APPOINTMENT_ENDED,
    Kind.ATTESTATION: fact_pb2.BODY_TYPE_CHECKLIST_ATTESTED,
}
