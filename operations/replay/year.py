"""The county's year: a network is made, lives through it day by day, and everybody has the same books in the end."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from datetime import time as time_of_day
from pathlib import Path

from county_node import seed as county_seed
from operations.networks import ON_LINE, WITHOUT_LINE, Network, Ports, Spot, free_base, make, planned
from operations.opening import answering, open_county
from operations.processes import Processes
from operations.replay import lines
from operations.replay.counters import Counters, moment
from operations.replay.courses import Wave
from operations.replay.hosts import Blow, Hosts, blows, dealt
from operations.replay.scenario import FIRST_DAY, Doing, Scenario, scenario
from operations.shared_clock import SharedClock
from sync.cases import places
from sync.rpc.client import Client
from sync.rpc.v1 import node_service_pb2 as node_pb

EVERY = 99
"""More townships, and stations in each, than any county has."""

PORTS = 300
READY_S = 120.0

CLOCK = "clock"
LOGS = "logs"

Tell = Callable[[str], None]


@dataclass
class Running:
    """A county at work."""

    network: Network
    hosts: Hosts
    counters: Counters
    clock: SharedClock
    tell: Tell

    def client(self, spot: Spot) -> Client:
        return self.counters.clients[spot.place]

    def off_line(self, townships: Collection[int] | None = None) -> list[Client]:
        """The stations without a line, of some townships or of all."""
        stations = [spot for spot in self.network.at("village") if not spot.has_line]
        return [self.client(s) for s in stations if townships is None or places.parent(s.place) in townships]

    async def statuses(self) -> list[node_pb.GetStatusResponse]:
        return [await answering(self.client(spot)) for spot in self.network.spots]


def the_year(seed: int, *, scale: int) -> Scenario:
    """The scenario for this county, its first catalogue and its calendar."""
    return scenario(
        seed,
        divisions=county_seed.divisions(),
        items=[change.item for change in county_seed.first_release().changes if change.item],
        calendar=county_seed.calendar(),
        scale=scale,
    )


@asynccontextmanager
async def opened(root: Path, *, seed: int, tell: Tell) -> AsyncIterator[Running]:
    """Makes the network in the empty directory `root` and starts it; every node holds the catalogue."""
    began = moment(FIRST_DAY, time_of_day.min)
    network = planned(
        county_seed.divisions(),
        townships=EVERY,
        stations=EVERY,
        ports=Ports(free_base(PORTS)),
        classes=ON_LINE + WITHOUT_LINE,
    )
    make(root, network, at_ms=began)
    clock = SharedClock.create(root / CLOCK, at_ms=began)
    async with Processes(root / LOGS) as processes, Counters(network, clock, seed=seed) as counters:
        hosts = Hosts(root, processes, root / CLOCK, dealt(network))
        county = Running(network, hosts, counters, clock, tell)
        await _start(county)
        yield county


async def _start(county: Running) -> None:
    first, *others = county.hosts.spots
    await county.hosts.start(first)
    await open_county(county.hosts.root, county.network, tell=county.tell, now=county.clock.now)
    for name in others:
        await county.hosts.start(name)
    await asyncio.gather(*(answering(client, within_s=READY_S) for client in county.off_line()))
    await lines.market(county.off_line())
    for spot in county.network.spots:
        await answering(county.client(spot), holding_release=1, within_s=READY_S)
    county.tell(f"{len(county.network.spots)}个节点已启动，目录已到各节点")


async def live(county: Running, year: Scenario, *, days: int, seed: int) -> None:
    """Day by day; a day begins when all acts of the one before are done. Raises NotDone."""
    county.counters.blows = blows(county.hosts.spots, days=days, chance=random.Random(seed))
    strikes = [asyncio.create_task(county.hosts.strike(blow)) for blow in county.counters.blows]
    try:
        for number, day, doings in year.on():
            if number == days:
                break
            began = time.monotonic()
            _fall_due(county.counters.blows, number)
            await _day(county, day, doings, at_market=year.markets.at(number))
            _look_after(county, strikes)
            county.tell(_told(county, f"{day} 第{number + 1}/{days}个工作日", len(doings), time.monotonic() - began))
    finally:
        for strike in strikes:
            strike.cancel()
        await asyncio.gather(*strikes, return_exceptions=True)


async def _day(county: Running, day: date, doings: list[Doing], *, at_market: list[int]) -> None:
    county.clock.move_to(moment(day, Wave.COUNTERS_OPEN.begins))
    await county.counters.wave(each for each in doings if each.wave is Wave.COUNTERS_OPEN)
    county.clock.move_to(moment(day, Wave.MARKET.begins))
    offices = county.counters.wave(each for each in doings if each.wave is Wave.OFFICES)
    await asyncio.gather(lines.market(county.off_line(at_market)), offices)


def _fall_due(falling: list[Blow], day: int) -> None:
    for blow in falling:
        blow.is_due = day >= blow.day


def _look_after(county: Running, strikes: list[asyncio.Task[None]]) -> None:
    """Raises what went wrong behind the counters."""
    for strike in strikes:
        if strike.done():
            strike.result()
    county.hosts.processes.check()


def _told(county: Running, day: str, acts: int, seconds: float) -> str:
    done, again = county.counters.done, county.counters.asked_again
    return f"{day}：办理{acts}次，{seconds:.2f}秒；累计{done}次，其中再试{again}次"


async def settle(county: Running) -> None:
    """Returns when all neighbours have confirmed everything to each other, those without a line too."""
    county.tell("各节点逐级确认，离线村站最后联网一次")
    await asyncio.gather(*(lines.on_line(client) for client in county.off_line()))
    await asyncio.gather(*(lines.confirmed(client) for client in county.counters.clients.values()))
