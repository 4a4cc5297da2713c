"""A county to measure: made once, copied for each round, run in processes of its own."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from county_node import seed
from operations.networks import ON_LINE, Network, Ports, Spot, directory, free_base, make, planned
from operations.opening import answering, open_county
from operations.processes import Processes
from operations.replay.hosts import Hosts
from operations.replay.lines import on_line
from operations.shared_clock import SharedClock
from sync.errors import Unavailable
from sync.exchange.retries import Policy, retry
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import schema
from sync.journal.clock import wall_ms
from sync.node.node import BOOK
from sync.rpc.client import Client
from sync.rpc.v1 import case_service_pb2 as case_pb
from sync.rpc.v1 import supervision_service_pb2 as pb

EVERY = 99
"""More townships, and stations in each, than any county has."""

PORTS = 250

NODES_IN_A_PROCESS = {"county": 1, "township": 12, "village": 23}
LEVELS = tuple(NODES_IN_A_PROCESS)

ITEM = "MZ07"

PADDING = "样例材料" * 20 + "样例ab"
"""With it a filing's fact is encoded in FACT_BYTES."""

FACT_BYTES = 430

CLOCK = "clock"
"""In the directory of a network that lives in another year: the time there."""

LOOK_AGAIN = Policy(first_s=0.002, bound_s=0.01)

Tell = Callable[[str], None]


@dataclass
class Running:
    """A county at work, and a client for each of its nodes."""

    network: Network
    hosts: Hosts
    clients: dict[int, Client] = field(default_factory=dict)

    @property
    def county(self) -> Client:
        return self.clients[self.network.county.place]

    @property
    def villages(self) -> Sequence[Spot]:
        return self.network.at("village")

    async def open_lines(self) -> None:
        """Opens the lines of all villages; returns when each is in step with its township."""
        await asyncio.gather(*(on_line(self.clients[spot.place]) for spot in self.villages))


def planned_county(*, townships: int = EVERY, stations: int = EVERY, classes: str = ON_LINE) -> Network:
    """The county's nodes; each village has its line opened when it is told to."""
    ports = Ports(free_base(PORTS))
    network = planned(seed.divisions(), townships=townships, stations=stations, ports=ports, classes=classes)
    return Network(tuple(msgspec.structs.replace(s, has_line=s.level != "village") for s in network.spots))


async def prepare(root: Path, network: Network, *, tell: Tell, at_ms: int = 0) -> None:
    """Makes the nodes in the empty directory `root`; when it returns all hold the catalogue, and all have stopped.

    `at_ms`: their time from now on, in place of the machine's.
    """
    make(root, network, at_ms=at_ms)
    now = SharedClock.create(root / CLOCK, at_ms=at_ms).now if at_ms else wall_ms
    async with running(root, network, opening=lambda: open_county(root, network, tell=tell, now=now)) as county:
        await county.open_lines()
        for spot in network.spots:
            await answering(county.clients[spot.place], holding_release=1)


def copied(root: Path, *, name: str) -> Path:
    """A copy of a network that has stopped; an older one of this name goes."""
    copy = root.with_name(name)
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy)
    return copy


@asynccontextmanager
async def running(
    root: Path,
    network: Network,
    *,
    opening: Callable[[], Any] | None = None,
    levels: Collection[str] = LEVELS,
    commands: Mapping[str, Sequence[str]] | None = None,
) -> AsyncIterator[Running]:
    """Runs the nodes of `root`, of these levels, the county first. All have answered when it is handed out.

    `commands`: by the name of a process, what runs its nodes in place of `operations.host`.
    """
    hands = {name: spots for name, spots in dealt(network).items() if spots[0].level in levels}
    async with Processes(root / "logs") as processes:
        clock = root / CLOCK
        hosts = Hosts(root, processes, clock if clock.exists() else None, hands)
        county = Running(network, hosts, {s.place: Client(s.address) for spots in hands.values() for s in spots})
        try:
            for number, name in enumerate(hands):
                if commands and name in commands:
                    await processes.start(name, commands[name])
                else:
                    await hosts.start(name)
                if number == 0 and opening is not None:
                    await opening()
            for client in county.clients.values():
                await answering(client)
            yield county
        finally:
            await asyncio.gather(*(client.__aexit__(None, None, None) for client in county.clients.values()))


def dealt(network: Network) -> dict[str, Sequence[Spot]]:
    """Which process runs which nodes. A real station has a process of its own; here a few share one."""
    found: dict[str, Sequence[Spot]] = {}
    for level, size in NODES_IN_A_PROCESS.items():
        spots = network.at(level)
        for at in range(0, len(spots), size):
            found[f"{level}-{at // size + 1}"] = spots[at : at + size]
    return found


def counted(root: Path, network: Network, *tables: str) -> tuple[int, ...]:
    """How many rows these tables of the county's closed book have."""
    with closing(schema.connect(directory(root, network.county) / BOOK, read_only=True)) as conn:
        return tuple(conn.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in tables)


# Filings.


def request_of(place: int, number: int) -> case_pb.FileCaseRequest:
    """A villager's filing, the same at every run."""
    return case_pb.FileCaseRequest(
        request_id=place.to_bytes(8, "big") + number.to_bytes(8, "big"),
        actor=fact_pb2.Actor(person="样例代办员"),
        item_code=ITEM,
        materials=[bodies_pb2.ReceivedMaterial(name=PADDING, originals=1)],
        applicant=bodies_pb2.Applicant(name=f"样例村民{number:06d}"),
        channel="window",
    )


async def file(client: Client, place: int, number: int) -> str:
    """One act at a counter. Returns the case number."""
    answer: case_pb.FileCaseResponse = await client.ask(client.cases.FileCase, request_of(place, number))
    return answer.case.number


async def seen(county: Client, number: str, *, look_again: Policy = LOOK_AGAIN) -> None:
    """Returns when a supervisor at the county can find a case."""

    async def find() -> None:
        found = await county.ask(county.supervision.SearchCases, pb.SearchCasesRequest(text=number, page_size=1))
        if not found.cases:
            raise Unavailable("not here yet")

    try:
        await find()
    except Unavailable:
        await retry(find, look_again)
