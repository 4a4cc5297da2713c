"""An entry of a register: ask the rules, write the fact."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from google.protobuf.message import Message

from sync.cases import workdays
from sync.cases.registers import Entering, Kind, check
from sync.facts.streams import PATH, Scope
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import registers
from sync.journal.writing import Draft, Transaction


@dataclass(frozen=True)
class Entry:
    """What somebody wants to enter: the rules' view of it, the body as it will stand, who writes, the private part."""

    entering: Entering
    body: Message
    actor: fact_pb2.Actor
    request_id: bytes
    private: bytes = b""
    paper_places: frozenset[int] = field(default_factory=frozenset)


def enter(tx: Transaction, entry: Entry) -> bytes:
    """Writes an entry and returns its fact id. Raises Refused where the rules say no."""
    entering, catalogue = entry.entering, tx.catalogues.catalogue()
    if isinstance(entry.body, bodies_pb2.AppointmentEnded):
        entering = replace(entering, appointment=registers.appointment(tx.conn, entry.body.appointment))
    check(
        entering,
        catalogue=catalogue,
        calendar=tx.catalogues.calendar(),
        today=workdays.day_of(tx.reading().now_ms),
        paper_places=entry.paper_places,
    )
    item = catalogue.item(entering.item_code)
    draft = Draft(
        scope=Scope(PATH, entering.home),
        fact_class=fact_pb2.FACT_CLASS_ADMIN,
        body_type=BODY_TYPES[entering.kind],
        body=entry.body.SerializeToString(deterministic=True),
        actor=entry.actor,
        request_id=entry.request_id,
        item_code=entering.item_code,
        item_version=item.version if item else 0,
        private=entry.private,
    )
    (name,) = tx.append([draft])
    return name


BODY_TYPES: dict[Kind, fact_pb2.BodyType] = {
    Kind.CONTACT: fact_pb2.BODY_TYPE_FIRST_CONTACT,
    Kind.SERVICE: fact_pb2.BODY_TYPE_SERVICE_LOGGED,
    Kind.APPOINTMENT: fact_pb2.BODY_TYPE_APPOINTMENT_MADE,
    Kind.APPOINTMENT_ENDED: fact_pb2.BODY_TYPE_APPOINTMENT_ENDED,
    Kind.ATTESTATION: fact_pb2.BODY_TYPE_CHECKLIST_ATTESTED,
}
