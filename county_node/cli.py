"""The command county-node."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import click
import msgspec
from google.protobuf.json_format import Parse, ParseError
from google.protobuf.message import Message

from county_node.app import county_node
from county_node.opening import publish_first
from county_node.seed import divisions
from sync.cases.stages import Act
from sync.errors import Malformed
from sync.facts import signing
from sync.facts.v1 import bodies_pb2
from sync.journal.clock import wall_ms
from sync.node import identity, settings
from sync.node.commands import (
    Commands,
    ask,
    at_option,
    directory_argument,
    emit,
    json_option,
    life_commands,
    request_id,
    request_option,
)
from sync.node.counter import counter_commands
from sync.node.posts import posts_commands
from sync.node.register_commands import register_commands
from sync.node.settings import Grpc, Nats, Settings, Web
from sync.rpc.v1 import catalogue_service_pb2, node_service_pb2

Body = TypeVar("Body", bound=Message)

ACTS = tuple(act for act in Act if act not in (Act.FILE, Act.HAND_OVER, Act.PASS_UP, Act.VILLAGE_ACT_DONE))

main = Commands("county-node", help="县级节点 The node of the county hall.")

life_commands(main, county_node)
counter_commands(main, ACTS)
register_commands(main)
posts_commands(main)


@main.command()
@directory_argument
@click.option("--place", type=int, default=510524000000, show_default=True, help="12-digit code of the county.")
@click.option("--name", default="叙永县政务服务中心", show_default=True)
@click.option("--grpc-port", type=int, default=0, help="0: a free one at each start.")
@click.option("--web-port", type=int, default=8524, show_default=True)
@click.option("--nats-port", type=int, default=4222, show_default=True)
@json_option
def init(
    directory: Path, place: int, name: str, grpc_port: int, web_port: int, nats_port: int, json_to: str | None
) -> None:
    """Make the county's node in DIRECTORY, with the county's root key. Keep a copy of root.key off this machine."""
    directory.mkdir(parents=True, exist_ok=True)
    root = identity.make_county(directory, place=place, at_ms=wall_ms())
    made = Settings(
        place=place,
        name=name,
        root_key=root.hex(),
        homes=(place, *(code for code in _places() if code != place)),
        grpc=Grpc(port=grpc_port),
        web=Web(port=web_port),
        nats=Nats(port=nats_port),
    )
    settings.write(directory, made)
    emit(
        {"place": place, "root_key": made.root_key},
        json_to=json_to,
        text=f"县级节点已建好。根公钥：{made.root_key}。请另存 {directory / identity.ROOT_KEY}。",
    )


def _places() -> list[int]:
    """The county, its townships and all village units."""
    county = divisions()
    units = [unit.code for township in county.townships for unit in township.units]
    return [county.code, *(township.code for township in county.townships), *units]


@main.command()
@at_option
@click.argument("enrolment", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--root-key", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True, envvar="CUNTONG_ROOT_KEY"
)
@json_option
def enrol(at: str, enrolment: Path, root_key: Path, json_to: str | None) -> None:
    """Introduce the node that made ENROLMENT (its enrolment.json), signing its key with the root key."""
    try:
        shown = msgspec.json.decode(enrolment.read_bytes(), type=identity.Enrolment)
        key = bytes.fromhex(shown.key)
    except (msgspec.DecodeError, ValueError) as error:
        raise Malformed(f"{enrolment}: {error}. Use the enrolment.json that the node's `init` wrote.") from None
    certificate = signing.certify(
        identity.read_key(root_key),
        place=shown.place,
        key=key,
        nats_key=shown.nats_key,
        at_ms=wall_ms(),
    )
    request = node_service_pb2.IntroduceKeyRequest(certificate=certificate)
    answer = ask(at, lambda c: c.ask(c.node.IntroduceKey, request))
    emit(answer, json_to=json_to, text=f"{shown.place} 的密钥已登记，将随线路下发。")


@main.command(name="publish-first")
@at_option
@json_option
def publish_the_first(at: str, json_to: str | None) -> None:
    """Publish the calendar and the 53 farm items that come with the software, as calendar 1 and release 1."""
    ask(at, publish_first)
    emit({"release": 1, "calendar": 1}, json_to=json_to, text="日历第1号和目录第1版已发布。请核对后以本县的目录代替。")


@main.command(name="publish-calendar")
@at_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@request_option
@json_option
def publish_calendar(at: str, file: Path, request_id: str, json_to: str | None) -> None:
    """Publish the calendar in FILE (JSON of sync.facts.v1.CalendarPublished)."""
    calendar = _parsed(file, bodies_pb2.CalendarPublished())
    request = catalogue_service_pb2.PublishCalendarRequest(request_id=_request(request_id), calendar=calendar)
    answer = ask(at, lambda c: c.ask(c.catalogue.PublishCalendar, request))
    emit(answer, json_to=json_to, text=f"日历第{answer.number}号已发布。")


@main.command(name="publish-release")
@at_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@request_option
@json_option
def publish_release(at: str, file: Path, request_id: str, json_to: str | None) -> None:
    """Publish the catalogue release in FILE (JSON of sync.facts.v1.CatalogueReleased). Every fault is listed."""
    release = _parsed(file, bodies_pb2.CatalogueReleased())
    request = catalogue_service_pb2.PublishReleaseRequest(request_id=_request(request_id), release=release)
    answer = ask(at, lambda c: c.ask(c.catalogue.PublishRelease, request))
    emit(answer, json_to=json_to, text="\n".join([f"目录第{answer.number}版已发布。", *answer.notices]))


_request = request_id


def _parsed(file: Path, empty: Body) -> Body:
    try:
        return Parse(file.read_text(encoding="utf-8"), empty)
    except (ParseError, UnicodeDecodeError) as error:
        raise Malformed(f"{file}: {error}") from None
