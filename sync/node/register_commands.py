"""Commands of the registers of an office, of its check-lists, and of the replies it owes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

import click

from sync.cases.registers import AppointmentEnd, ContactOutcome, ServiceKind
from sync.cases.workdays import number_of
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.node.commands import actor_options, ask, at_option, emit, json_option, request_id, request_option
from sync.node.counter import DAY, channel_option, fact_id_option
from sync.node.entry_view import checklist_line, entry_line
from sync.node.replying import counts_text, reply_text
from sync.rpc.v1 import register_service_pb2 as pb
from sync.rpc.v1 import supervision_service_pb2 as supervision_pb

Command = TypeVar("Command", bound=Callable[..., Any])

OUTCOMES = {each.name.lower(): each for each in ContactOutcome}
SERVICES = {each.name.lower(): each for each in ServiceKind}
ENDS = {each.name.lower(): each for each in AppointmentEnd}
REPLIES = {"acceptance": "COMPLAINT_ACCEPTANCE", "answer": "COMPLAINT_ANSWER", "call_back": "CALL_BACK"}

item_option = click.option("--item", "item_code", default="", help="Code of the service item it is about.")
home_option = click.option("--home", type=int, default=0, help="The office it belongs to; the node's own if left out.")
within_option = click.option("--within", type=int, default=0, help="A place; the node's own if left out.")
from_option = click.option("--from", "from_day", type=DAY, default=None, help="First day.")
to_option = click.option("--to", "to_day", type=DAY, default=None, help="Last day.")


def _page_options(command: Command) -> Command:
    command = click.option("--page-token", default="")(command)
    return click.option("--page-size", type=int, default=50, show_default=True)(command)


def register_commands(group: click.Group) -> None:
    """`contact`, `service`, `appointment`, `checklist` and `replies`."""
    for command in (contact, service, appointment, checklist, replies):
        group.add_command(command)


def _number(day: datetime | None) -> int:
    return number_of(day.date()) if day else 0


def _enter(at: str, json_to: str | None, request: pb.EnterRequest) -> None:
    answer = ask(at, lambda c: c.ask(c.registers.Enter, request))
    emit(answer.entry, json_to=json_to, text=entry_line(answer.entry))


def _list(at: str, json_to: str | None, request: pb.ListEntriesRequest) -> None:
    answer = ask(at, lambda c: c.ask(c.registers.ListEntries, request))
    emit(answer, json_to=json_to, text=_page(map(entry_line, answer.entries), answer.next_page_token))


def _page(lines: Iterable[str], token: str) -> str:
    shown = "\n".join(lines) or "没有符合条件的。"
    return f"{shown}\n（还有更多：--page-token {token}）" if token else shown


def _request(request: str, home: int, unit: str, post: str, person: str, item_code: str = "") -> pb.EnterRequest:
    return pb.EnterRequest(
        request_id=request_id(request),
        actor=fact_pb2.Actor(unit=unit, post=post, person=person),
        home=home,
        item_code=item_code,
    )


def _list_command(group: click.Group, register: pb.Register, help: str) -> None:
    """`list` of one register."""

    def show(
        at: str,
        within: int,
        from_day: datetime | None,
        to_day: datetime | None,
        page_size: int,
        page_token: str,
        json_to: str | None,
        open_only: bool = False,
    ) -> None:
        request = pb.ListEntriesRequest(
            register=register,
            within=within,
            from_day=_number(from_day),
            to_day=_number(to_day),
            open_only=open_only,
            page_size=page_size,
            page_token=page_token,
        )
        _list(at, json_to, request)

    command = at_option(within_option(from_option(to_option(_page_options(json_option(show))))))
    if register == pb.REGISTER_APPOINTMENTS:
        command = click.option("--open", "open_only", is_flag=True, help="Only those that have not ended.")(command)
    group.command(name="list", help=help)(command)


# First contacts.


@click.group()
def contact() -> None:
    """首问登记 Who came first to this office, what he asked, and what became of it."""


@contact.command(name="enter")
@at_option
@click.option("--about", required=True, help="What was asked, in general words; nothing about the person.")
@click.option("--outcome", type=click.Choice(list(OUTCOMES)), required=True)
@click.option("--to-place", type=int, default=0, help="referred: to which place.")
@click.option("--to-unit", default="", help="referred: to which unit of it.")
@click.option("--text", default="", help="What was said of persons. Kept beside the chain.")
@channel_option("channel")
@item_option
@home_option
@actor_options
@request_option
@json_option
def enter_contact(
    at: str,
    about: str,
    outcome: str,
    to_place: int,
    to_unit: str,
    text: str,
    channel: str,
    item_code: str,
    home: int,
    unit: str,
    post: str,
    person: str,
    request_id: str,
    json_to: str | None,
) -> None:
    """Enter a first contact. --person is who received."""
    request = _request(request_id, home, unit, post, person, item_code)
    request.private_text = text
    request.contact.CopyFrom(
        bodies_pb2.FirstContact(
            channel=channel,
            about=about,
            outcome=int(OUTCOMES[outcome]),  # type: ignore[arg-type]
            referred_place=to_place,
            referred_unit=to_unit,
        )
    )
    _enter(at, json_to, request)


_list_command(contact, pb.REGISTER_CONTACTS, "List first contacts, newest first.")


# Services.


@click.group()
def service() -> None:
    """服务登记 Services at home, after hours, by appointment, on rest days."""


@service.command(name="enter")
@at_option
@click.option("--kind", type=click.Choice(list(SERVICES)), required=True)
@click.option("--day", type=DAY, default=None, help="The day; the node's today if left out.")
@click.option("--staff", default="", help="Staff code of who did it; --person if left out.")
@click.option("--count", type=int, default=1, show_default=True, help="How many people were served.")
@item_option
@home_option
@actor_options
@request_option
@json_option
def enter_service(
    at: str,
    kind: str,
    day: datetime | None,
    staff: str,
    count: int,
    item_code: str,
    home: int,
    unit: str,
    post: str,
    person: str,
    request_id: str,
    json_to: str | None,
) -> None:
    """Enter a service outside the window or its hours."""
    request = _request(request_id, home, unit, post, person, item_code)
    request.service.CopyFrom(
        bodies_pb2.ServiceLogged(
            kind=int(SERVICES[kind]),  # type: ignore[arg-type]
            day=_number(day),
            staff=staff or person,
            count=count,
        )
    )
    _enter(at, json_to, request)


_list_command(service, pb.REGISTER_SERVICES, "List services, newest first.")


# Appointments.


@click.group()
def appointment() -> None:
    """预约 Who comes when, and how it ended."""


@appointment.command(name="make")
@at_option
@click.option("--day", type=DAY, required=True)
@click.option("--time", type=click.DateTime(["%H:%M"]), default=None, help="Any time of that day if left out.")
@click.option("--name", required=True, help="Who comes. Kept beside the chain.")
@click.option("--phone", default="", help="Telephone. Kept beside the chain.")
@channel_option("channel")
@item_option
@home_option
@actor_options
@request_option
@json_option
def make_appointment(
    at: str,
    day: datetime,
    time: datetime | None,
    name: str,
    phone: str,
    channel: str,
    item_code: str,
    home: int,
    unit: str,
    post: str,
    person: str,
    request_id: str,
    json_to: str | None,
) -> None:
    """Make an appointment."""
    request = _request(request_id, home, unit, post, person, item_code)
    request.applicant.CopyFrom(bodies_pb2.Applicant(name=name, phone=phone))
    minute = time.hour * 60 + time.minute if time else 0
    request.appointment.CopyFrom(bodies_pb2.AppointmentMade(day=_number(day), minute=minute, channel=channel))
    _enter(at, json_to, request)


@appointment.command(name="end")
@at_option
@fact_id_option("appointment", "The appointment, as the list shows it.")
@click.option("--how", type=click.Choice(list(ENDS)), required=True)
@home_option
@actor_options
@request_option
@json_option
def end_appointment(
    at: str,
    appointment: bytes,
    how: str,
    home: int,
    unit: str,
    post: str,
    person: str,
    request_id: str,
    json_to: str | None,
) -> None:
    """End an appointment: kept, cancelled or missed."""
    request = _request(request_id, home, unit, post, person)
    request.appointment_ended.CopyFrom(
        bodies_pb2.AppointmentEnded(appointment=appointment, end=int(ENDS[how]))  # type: ignore[arg-type]
    )
    _enter(at, json_to, request)


_list_command(appointment, pb.REGISTER_APPOINTMENTS, "List appointments, newest first.")


# Check-lists.


@click.group()
def checklist() -> None:
    """八统一和八个有 What the journals prove of a station, and what somebody has looked at."""


@checklist.command(name="show")
@at_option
@click.argument("place", type=int)
@json_option
def show_checklist(at: str, place: int, json_to: str | None) -> None:
    """The sixteen entries of PLACE."""
    answer = ask(at, lambda c: c.ask(c.registers.GetChecklist, pb.GetChecklistRequest(place=place)))
    lines, shown = [str(answer.place)], ""
    for entry in answer.entries:
        lines += [entry.list] if entry.list != shown else []
        lines.append(checklist_line(entry))
        shown = entry.list
    emit(answer, json_to=json_to, text="\n".join(lines))


@checklist.command(name="attest")
@at_option
@click.argument("place", type=int)
@click.option("--entry", required=True, help="Code of the entry, as `show` lists it.")
@click.option("--met/--not-met", required=True)
@click.option("--day", type=DAY, default=None, help="The day it was looked at; the node's today if left out.")
@click.option("--attester", default="", help="Staff code of who looked; --person if left out.")
@click.option("--remark", default="", help="What was seen, in general words; nothing about a person.")
@actor_options
@request_option
@json_option
def attest(
    at: str,
    place: int,
    entry: str,
    met: bool,
    day: datetime | None,
    attester: str,
    remark: str,
    unit: str,
    post: str,
    person: str,
    request_id: str,
    json_to: str | None,
) -> None:
    """Say whether an entry holds at PLACE. What the journals prove nobody needs to attest."""
    request = _request(request_id, place, unit, post, person)
    request.attestation.CopyFrom(
        bodies_pb2.ChecklistAttested(entry=entry, met=met, day=_number(day), attester=attester or person, remark=remark)
    )
    _enter(at, json_to, request)


_list_command(checklist, pb.REGISTER_ATTESTATIONS, "List what was attested, newest first.")


# Replies.


@click.command()
@at_option
@within_option
@click.option("--kind", "kinds", type=click.Choice(list(REPLIES)), multiple=True)
@click.option("--place", type=int, default=0, help="Place whose turn it is.")
@from_option
@to_option
@click.option("--given", is_flag=True, help="Also those that were given.")
@_page_options
@json_option
def replies(
    at: str,
    within: int,
    kinds: tuple[str, ...],
    place: int,
    from_day: datetime | None,
    to_day: datetime | None,
    given: bool,
    page_size: int,
    page_token: str,
    json_to: str | None,
) -> None:
    """投诉答复和回访 What is owed to those who complained or were not satisfied, the least time left first."""
    request = supervision_pb.ListRepliesRequest(
        within=within,
        kinds=[f"REPLY_KIND_{REPLIES[each]}" for each in kinds],
        place=place,
        from_day=_number(from_day),
        to_day=_number(to_day),
        given=given,
        page_size=page_size,
        page_token=page_token,
    )
    answer = ask(at, lambda c: c.ask(c.supervision.ListReplies, request))
    lines = [*map(counts_text, answer.counts), *map(reply_text, answer.replies)]
    emit(answer, json_to=json_to, text=_page(lines, answer.next_page_token))
