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
from sync.errors import Corrupt, Malformed, Refused, Unavailable
from sync.exchange.retries import COUNTER_CALL, retry
from sync.journal.verify import verify
from sync.node import identity, logs, settings
from sync.node.node import ADDRESS, BOOK, Node, run_until_signalled
from sync.node.settings import Grpc, Nats, Numbering, Parent, Settings
from sync.rpc.client import CALL_S, Client
from sync.rpc.v1 import node_service_pb2 as node_pb

T = TypeVar("T")
Command = TypeVar("Command", bound=Callable[..., Any])

# Exit codes: the rules or the input said no; the node is not there now; a book contradicts itself.
EXITS: dict[type[Exception], int] = {Refused: 2, Malformed: 2, Unavailable: 3, Corrupt: 4}


class Commands(click.Group):
    """A group whose commands end with one plain sentence where something does not work."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`--json` alone means stdout; its file is given with `=`, never taken from the next word. So with `--csv`."""
        return super().parse_args(ctx, [f"{each}=-" if each in ("--json", "--csv") else each for each in args])

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
            raise Malformed(f"“{at}”既不是目录，也不是“主机:端口”。请填写运行中的节点的目录或地址。")
        return at
    try:
        return (Path(at) / ADDRESS).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise Unavailable(f"{at}里没有节点在运行，请先启动它（run {at}）。") from None


def ask(at: str, call: Callable[[Client], Awaitable[T]], *, timeout_s: float = CALL_S) -> T:
    """Asks a node, with the few quick tries a person at a counter has patience for."""

    async def asked() -> T:
        async with Client(address(at), timeout_s=timeout_s) as client:
            return await retry(lambda: call(client), COUNTER_CALL)

    return asyncio.run(asked())


def request_id(text: str) -> bytes:
    if not text:
        return os.urandom(16)
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Malformed("请求号（--request-id）是32位十六进制数字，请核对。") from None


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
