"""Commands every node has: make it, run it, ask it, and one for each act at its counter."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from sync.cases import places
from sync.cases.stages import Act, Outcome
from sync.errors import Corrupt, Malformed, Refused, Unavailable
from sync.exchange.retries import COUNTER_CALL, retry
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.verify import verify
from sync.node import identity, logs, settings
from sync.node.node import ADDRESS, BOOK, Node, run_until_signalled
from sync.node.settings import Grpc, Nats, Numbering, Parent, Settings
from sync.rpc.client import Client
from sync.rpc.v1 import case_service_pb2 as cases_pb
from sync.rpc.v1 import catalogue_service_pb2 as catalogue_pb
from sync.rpc.v1 import node_service_pb2 as node_pb

T = TypeVar("T")
Command = TypeVar("Command", bound=Callable[..., Any])

# Exit codes: the rules or the input said no; the node is not there now; a book contradicts itself.
EXITS: dict[type[Exception], int] = {Refused: 2, Malformed: 2, Unavailable: 3, Corrupt: 4}

OUTCOMES = {"granted": Outcome.GRANTED, "denied": Outcome.DENIED}


class Commands(click.Group):
    """A group whose commands end with one plain sentence where something does not work."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`--json` alone means stdout; its file is given with `=`, never taken from the next word."""
        return super().parse_args(ctx, ["--json=-" if each == "--json" else each for each in args])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except tuple(EXITS) as error:
            code = f" [{error.code}]" if isinstance(error, Refused) else ""
            click.echo(f"{error}{code}", err=True)
            sys.exit(next(exit_code for kind, exit_code in EXITS.items() if isinstance(error, kind)))


def directory_argument(command: Command) -> Command:
    return click.argument("directory", type=click.Path(path_type=Path, file_okay=False))(command)


def at_option(command: Command) -> Command:
    return click.option(
        "--at", envvar="CUNTONG_AT", required=True, metavar="HOST:PORT|DIR", help="The running node, or its directory."
    )(command)


def json_option(command: Command) -> Command:
    return click.option(
        "--json",
        "json_to",
        default=None,
        envvar="CUNTONG_JSON",
        metavar="[FILE]",
        help="Machine output on stdout, or into FILE (--json=FILE).",
    )(command)


def actor_options(command: Command) -> Command:
    command = click.option("--person", default="", envvar="CUNTONG_PERSON", help="Staff code of who does it.")(command)
    command = click.option("--post", default="", envvar="CUNTONG_POST", help="The desk.")(command)
    return click.option("--unit", default="", envvar="CUNTONG_UNIT", help="The window or department.")(command)


def request_option(command: Command) -> Command:
    return click.option(
        "--request-id",
        default="",
        envvar="CUNTONG_REQUEST_ID",
        help="32 hexadecimal digits. Repeat a call with the same one and it is done once.",
    )(command)


def emit(answer: Message | dict[str, Any], *, json_to: str | None, text: str) -> None:
    """Prints the answer for a person, or as JSON where that was asked for."""
    if json_to is None:
        click.echo(text)
        return
    value = as_dict(answer) if isinstance(answer, Message) else answer
    encoded = json.dumps(value, ensure_ascii=False, indent=None if json_to == "-" else 2)
    if json_to == "-":
        click.echo(encoded)
    else:
        Path(json_to).write_text(encoded + "\n", encoding="utf-8")


def as_dict(message: Message) -> dict[str, Any]:
    """JSON names as in the proto, ids and hashes in hexadecimal digits, numbers as numbers."""
    found = MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    return _plain(found, message)


def _plain(value: dict[str, Any], message: Message) -> dict[str, Any]:
    for field in message.DESCRIPTOR.fields:
        if field.name not in value:
            continue
        own = getattr(message, field.name)
        if field.type == field.TYPE_BYTES:
            value[field.name] = [each.hex() for each in own] if field.is_repeated else own.hex()
        elif field.cpp_type in (field.CPPTYPE_INT64, field.CPPTYPE_UINT64):
            value[field.name] = list(own) if field.is_repeated else int(own)
        elif field.type == field.TYPE_MESSAGE:
            inner = zip(value[field.name], own, strict=True) if field.is_repeated else [(value[field.name], own)]
            for each, each_message in inner:
                _plain(each, each_message)
    return value


def address(at: str) -> str:
    """host:port of a node named so, or by its directory."""
    if not Path(at).is_dir():
        if "/" in at or ":" not in at:
            raise Malformed(f"{at} is neither a directory nor HOST:PORT. Name the running node's directory or address.")
        return at
    try:
        return (Path(at) / ADDRESS).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise Unavailable(f"No node runs in {at}. Start it with `run {at}`.") from None


def ask(at: str, call: Callable[[Client], Awaitable[T]]) -> T:
    """Asks a node, with the few quick tries a person at a counter has patience for."""

    async def asked() -> T:
        async with Client(address(at)) as client:
            return await retry(lambda: call(client), COUNTER_CALL)

    return asyncio.run(asked())


def request_id(text: str) -> bytes:
    if not text:
        return os.urandom(16)
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Malformed("--request-id must be 32 hexadecimal digits.") from None


# Life of a node.


def life_commands(group: click.Group, make: Callable[[Path], Node]) -> None:
    """`run`, `status` and `journal verify`."""

    @group.command()
    @directory_argument
    @click.option("--log-level", default="INFO", envvar="CUNTONG_LOG_LEVEL", show_default=True)
    def run(directory: Path, log_level: str) -> None:
        """Run the node in DIRECTORY until SIGTERM or Ctrl-C. Logs go to stderr."""
        node = make(directory)
        logs.start(node.settings.place, level=log_level)
        asyncio.run(run_until_signalled(node))

    @group.command()
    @at_option
    @json_option
    def status(at: str, json_to: str | None) -> None:
        """How the node and its links are."""
        answer = ask(at, lambda c: c.ask(c.node.GetStatus, node_pb.GetStatusRequest()))
        emit(answer, json_to=json_to, text=_status_text(answer))

    @group.group()
    def journal() -> None:
        """The node's book."""

    @journal.command(name="verify")
    @directory_argument
    @json_option
    def verify_book(directory: Path, json_to: str | None) -> None:
        """Check every byte of the book in DIRECTORY. Exit 0: in order; 4: something was changed."""
        root_key = bytes.fromhex(settings.read(directory).root_key)
        findings = verify(directory / BOOK, root_key)
        found = {"findings": [str(each) for each in findings], "sound": not findings}
        emit(found, json_to=json_to, text="\n".join(map(str, findings)) or "账本完好，逐字节核对无误。")
        sys.exit(EXITS[Corrupt] if findings else 0)


def _status_text(status: node_pb.GetStatusResponse) -> str:
    lines = [f"{status.place} {status.name}：目录第{status.release}版，事实{status.facts}条，流{status.streams}条"]
    for link in status.links:
        line = "已连接" if link.connected else "未连接"
        lines.append(f"  对端 {link.peer}：{line}，待确认{link.entries_unconfirmed}条 {link.last_error}")
    return "\n".join(lines)


def init_below(directory: Path, made: Settings) -> identity.Enrolment:
    """Makes the directory of a node below the county. Returns what to show the county."""
    settings.write(directory, made)
    return identity.enrolment(directory, made.place)


def emit_enrolment(directory: Path, enrolment: identity.Enrolment, json_to: str | None) -> None:
    found = {"place": enrolment.place, "key": enrolment.key, "nats_key": enrolment.nats_key}
    path = directory / "enrolment.json"
    path.write_text(json.dumps(found) + "\n", encoding="utf-8")
    emit(found, json_to=json_to, text=f"节点目录已建好。请把 {path} 交给县级节点登记（county-node enrol）。")


# The counter.


def counter_commands(group: click.Group, acts: tuple[Act, ...]) -> None:
    """`file`, `case`, `cases`, `items` and one command for each act."""
    _file_command(group)
    _case_commands(group)
    for act in acts:
        _act_command(group, act)


def _file_command(group: click.Group) -> None:
    @group.command(name="file")
    @at_option
    @click.option("--item", required=True, help="Code of the service item.")
    @click.option("--name", required=True, help="Applicant's name.")
    @click.option("--id-number", default="", help="Applicant's ID number, 18 characters.")
    @click.option("--phone", default="", help="Applicant's telephone.")
    @click.option("--home", type=int, default=0, help="Place the case belongs to; the node's own if left out.")
    @click.option("--material", "materials", multiple=True, help="A paper received; repeat for each.")
    @actor_options
    @request_option
    @json_option
    def file_case(
        at: str,
        item: str,
        name: str,
        id_number: str,
        phone: str,
        home: int,
        materials: tuple[str, ...],
        unit: str,
        post: str,
        person: str,
        request_id: str,
        json_to: str | None,
    ) -> None:
        """File a case 收件."""
        request = cases_pb.FileCaseRequest(
            request_id=_request(request_id),
            actor=fact_pb2.Actor(unit=unit, post=post, person=person),
            home=home,
            item_code=item,
            materials=[bodies_pb2.ReceivedMaterial(name=each, originals=1) for each in materials],
            applicant=bodies_pb2.Applicant(name=name, id_number=id_number, phone=phone),
            channel="window",
        )
        answer = ask(at, lambda c: c.ask(c.cases.FileCase, request))
        emit(answer.case, json_to=json_to, text=case_text(answer.case))


_request = request_id


def _act_command(group: click.Group, act: Act) -> None:
    @group.command(name=act.value.replace("_", "-"), help=f"{act.label}")
    @at_option
    @click.argument("case")
    @click.option("--to-unit", default="", help="Unit it goes to.")
    @click.option("--to-place", type=int, default=0, help="Place it goes to; the next place up if left out.")
    @click.option("--reason", default="", help="Reason or opinion.")
    @click.option("--review-way", default="", help="Way of review open to the applicant.")
    @click.option("--outcome", type=click.Choice(sorted(OUTCOMES)), help="For decide.")
    @click.option("--detail", default="", help="Document number (decide), manner (deliver).")
    @actor_options
    @request_option
    @json_option
    def do(
        at: str,
        case: str,
        to_unit: str,
        to_place: int,
        reason: str,
        review_way: str,
        outcome: str | None,
        detail: str,
        unit: str,
        post: str,
        person: str,
        request_id: str,
        json_to: str | None,
    ) -> None:
        request = cases_pb.ActRequest(
            request_id=_request(request_id),
            case=case,
            act=act.value,
            actor=fact_pb2.Actor(unit=unit, post=post, person=person),
            to_place=to_place,
            to_unit=to_unit,
            reason=reason,
            review_way=review_way,
            outcome=int(OUTCOMES[outcome]) if outcome else 0,  # type: ignore[arg-type]
            detail=detail,
        )
        answer = ask(at, lambda c: c.ask(c.cases.Act, request))
        emit(answer.case, json_to=json_to, text=case_text(answer.case))


def _case_commands(group: click.Group) -> None:
    @group.command(name="case")
    @at_option
    @click.argument("case")
    @json_option
    def show_case(at: str, case: str, json_to: str | None) -> None:
        """Show one case with its history."""
        answer = ask(at, lambda c: c.ask(c.cases.GetCase, cases_pb.GetCaseRequest(case=case)))
        steps = [f"  {each.act_label}（{each.fact.recorder.place}，{each.standing}）" for each in answer.facts]
        emit(answer, json_to=json_to, text="\n".join([case_text(answer.case), *steps]))

    @group.command(name="cases")
    @at_option
    @click.option("--within", type=int, default=0, help="Home, or a place above it.")
    @click.option("--waiting-for", type=int, default=0, help="Place that may act now.")
    @click.option("--stage", "stages", multiple=True, help="Stage code; repeat for more.")
    @click.option("--page-size", type=int, default=50, show_default=True)
    @click.option("--page-token", default="")
    @json_option
    def list_cases(
        at: str,
        within: int,
        waiting_for: int,
        stages: tuple[str, ...],
        page_size: int,
        page_token: str,
        json_to: str | None,
    ) -> None:
        """List cases, newest first."""
        request = cases_pb.ListCasesRequest(
            within=within, waiting_for=waiting_for, stages=stages, page_size=page_size, page_token=page_token
        )
        answer = ask(at, lambda c: c.ask(c.cases.ListCases, request))
        emit(answer, json_to=json_to, text="\n".join(map(case_text, answer.cases)) or "没有符合条件的办件。")

    @group.command(name="items")
    @at_option
    @click.option("--page-size", type=int, default=200, show_default=True)
    @json_option
    def list_items(at: str, page_size: int, json_to: str | None) -> None:
        """List the service items in force here."""
        request = catalogue_pb.ListItemsRequest(page_size=page_size)
        answer = ask(at, lambda c: c.ask(c.catalogue.ListItems, request))
        lines = [f"{each.code} {each.name}（承诺{each.promised_days}个工作日）" for each in answer.items]
        emit(answer, json_to=json_to, text="\n".join(lines) or "本节点还没有收到目录。")


def case_text(case: cases_pb.Case) -> str:
    """One line for a clerk."""
    return f"{case.number} {case.item_name or case.item_code}：{case.stage_label}（{case.reach_label}）"


def below_county_commands(group: click.Group) -> None:
    """`init` of a node that has a parent."""

    @group.command()
    @directory_argument
    @click.option("--place", type=int, required=True, help="12-digit code of the place.")
    @click.option("--name", required=True)
    @click.option("--root-key", required=True, help="The county's root key, 64 hexadecimal digits.")
    @click.option("--parent-grpc", required=True, metavar="HOST:PORT")
    @click.option("--parent-nats", required=True, metavar="nats://HOST:PORT")
    @click.option(
        "--home", "homes", type=int, multiple=True, help="A place below it, with or without a node; repeat for each."
    )
    @click.option("--grpc-port", type=int, default=0, help="0: a free one at each start.")
    @click.option("--nats-port", type=int, default=4222, show_default=True, help="For the nodes below.")
    @click.option("--serial-start", type=int, default=1, show_default=True, help="First case number to give.")
    @json_option
    def init(
        directory: Path,
        place: int,
        name: str,
        root_key: str,
        parent_grpc: str,
        parent_nats: str,
        homes: tuple[int, ...],
        grpc_port: int,
        nats_port: int,
        serial_start: int,
        json_to: str | None,
    ) -> None:
        """Make a node in DIRECTORY and its enrolment.json for the county."""
        above = places.parent(place)
        if above is None:
            raise Malformed(f"{place} 没有上级，不能作为下级节点。")
        made = Settings(
            place=place,
            name=name,
            root_key=root_key,
            homes=(place, *homes),
            grpc=Grpc(port=grpc_port),
            nats=Nats(port=nats_port),
            parent=Parent(place=above, grpc=parent_grpc, nats=parent_nats),
            numbering=Numbering(start=serial_start),
        )
        emit_enrolment(directory, init_below(directory, made), json_to)
