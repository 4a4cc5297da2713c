"""Entries of registers and check-lists as people read them. Of persons only what is masked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sync.cases import channels, masking
from sync.cases.registers import AppointmentEnd, ContactOutcome, Kind, ServiceKind
from sync.cases.workdays import day_numbered
from sync.catalogue.release import Catalogue
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.registers import BODIES, Entered, applicant_of
from sync.node.form import SHORT, TEXT, longest, shown, shown_actor
from sync.rpc.v1 import register_service_pb2 as pb


def message(entered: Entered, catalogue: Catalogue) -> pb.RegisterEntry:
    fact, kind = entered.fact, Kind(entered.fact.body_type)
    body, item = BODIES[kind].FromString(fact.body), catalogue.item(fact.item_code)
    _mask(body)
    entry = pb.RegisterEntry(
        fact_id=entered.fact_id,
        home=fact.home,
        recorder=shown_actor(fact.recorder),
        recorded_at_ms=fact.recorded_at_ms,
        item_code=shown(fact.item_code),
        item_name=item.name if item else "",
        text=shown(TEXTS[kind](body, fact), TEXT),
        end=entered.end,  # type: ignore[arg-type]
    )
    getattr(entry, kind.name.lower()).CopyFrom(body)
    if kind is Kind.APPOINTMENT:
        person = applicant_of(entered.private)
        entry.applicant_masked = masking.name(person.name)[:SHORT]
        entry.phone_masked = masking.phone(person.phone)[:SHORT]
    return entry


def _mask(body: Any) -> None:
    """Numbers of people that somebody has written into general words, and what is longer than anybody may write."""
    for field, value in body.ListFields():
        if field.type == field.TYPE_STRING:
            setattr(body, field.name, shown(value, longest(field.name)))


def _contact(contact: bodies_pb2.FirstContact, fact: fact_pb2.Fact) -> str:
    referred = f"，转{contact.referred_place}{contact.referred_unit}" if contact.referred_place else ""
    road = f"（{channels.label(contact.channel)}）" if contact.channel else ""
    done = _label(ContactOutcome, contact.outcome)
    return f"{contact.about}{road}：{done}{referred}，首问责任人{shown(fact.recorder.person)}"


def _service(service: bodies_pb2.ServiceLogged, fact: fact_pb2.Fact) -> str:
    kind = _label(ServiceKind, service.kind)
    return f"{day_numbered(service.day)} {kind}{service.count}人次，{service.staff}"


def _appointment(made: bodies_pb2.AppointmentMade, fact: fact_pb2.Fact) -> str:
    hours, minutes = divmod(made.minute, 60)
    at = f" {hours:02}:{minutes:02}" if made.minute else ""
    return f"{day_numbered(made.day)}{at}预约"


def _ended(ended: bodies_pb2.AppointmentEnded, fact: fact_pb2.Fact) -> str:
    return f"预约{_label(AppointmentEnd, ended.end)}"


def _attested(looked: bodies_pb2.ChecklistAttested, fact: fact_pb2.Fact) -> str:
    met = "符合" if looked.met else "不符合"
    return f"{day_numbered(looked.day)} {looked.entry}：{met}，{looked.attester}核实"


def _label(known: Any, number: int) -> str:
    """What a later version writes is shown by its number."""
    label: str = known(number).label if number in set(known) else str(number)
    return label


TEXTS: dict[Kind, Callable[[Any, fact_pb2.Fact], str]] = {
    Kind.CONTACT: _contact,
    Kind.SERVICE: _service,
    Kind.APPOINTMENT: _appointment,
    Kind.APPOINTMENT_ENDED: _ended,
    Kind.ATTESTATION: _attested,
}


def fill_attested(entry: pb.ChecklistEntry, fact: fact_pb2.Fact) -> None:
    """What somebody has seen of an entry."""
    looked = bodies_pb2.ChecklistAttested.FromString(fact.body)
    entry.met, entry.day, entry.attester = looked.met, looked.day, shown(looked.attester)
    entry.evidence, entry.attested_by = shown(looked.remark, TEXT), fact.recorder.place


def entry_line(entry: pb.RegisterEntry) -> str:
    """One line for a clerk."""
    item = f" {entry.item_name or entry.item_code}" if entry.item_code else ""
    who = f"，{entry.applicant_masked} {entry.phone_masked}".rstrip() if entry.applicant_masked else ""
    end = f"（{_label(AppointmentEnd, entry.end)}）" if entry.end else ""
    return f"{entry.home}{item} {entry.text}{who}{end} {entry.fact_id.hex()}"


def checklist_line(entry: pb.ChecklistEntry) -> str:
    """One line for a supervisor: proved, attested, or not looked at."""
    met = ("符合" if entry.met else "不符合") if entry.HasField("met") else "未核实"
    said = f"：{entry.evidence}" if entry.evidence else ""
    how = "账本证明" if entry.proved else f"{entry.attester}于{day_numbered(entry.day)}核实" if entry.day else "待核实"
    return f"  {entry.code} {entry.name} {met}（{how}{said}）"
