"""The replay: a network is made, lives through the year day by day, and is examined."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

from county_node import seed as county_seed
from operations.networks import ON_LINE, WITHOUT_LINE, Network, Ports, Spot, free_base, make, planned
from operations.opening import answering, open_county
from operations.processes import Processes
from operations.replay import lines
from operations.replay.counters import Counters, moment
from operations.replay.courses import Wave
from operations.replay.hosts import Hosts, blows, dealt
from operations.replay.scenario import FIRST_DAY, Doing, Scenario, scenario
from operations.shared_clock import SharedClock
from sync.cases import places
from sync.rpc.client import Client

EVERY = 99
"""More townships, and stations in each, than any county has."""

PORTS = 300

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


async def replay(root: Path, *, seed: int, days: int, scale: int, tell: Tell) -> dict[str, Any]:
    """Lives through the first `days` working days (0: all) in the empty directory `root`."""
    release = county_seed.first_release()
    year = scenario(
        seed,
        divisions=county_seed.divisions(),
        items=[change.item for change in release.changes if change.item],
        calendar=county_seed.calendar(),
        scale=scale,
    )
    async with AsyncExitStack() as opened:
        county = await _opened(opened, root, seed=seed, tell=tell)
        began = time.monotonic()
        days = days or len(year.days)
        county.counters.blows = blows(county.hosts.spots, days=days, chance=random.Random(seed))
        await _live(county, year, days=days)
        await _settle(county)
        seconds = time.monotonic() - began
        status = await answering(county.client(county.network.county))
        return {
            "facts": status.facts,
            "seconds": round(seconds, 1),
            "facts_per_second": round(status.facts / seconds, 1),
            "restarts": dict(county.hosts.restarts),
        }


async def _opened(opened: AsyncExitStack, root: Path, *, seed: int, tell: Tell) -> Running:
    """Makes the network and starts it; returns when every node holds the catalogue."""
    network = planned(
        county_seed.divisions(),
        townships=EVERY,
        stations=EVERY,
        ports=Ports(free_base(PORTS)),
        classes=ON_LINE + WITHOUT_LINE,
    )
    clock = SharedClock.create(root / "clock", at_ms=moment(FIRST_DAY, time_of_day.min))
    make(root / "network", network, at_ms=clock.now())
    processes = await opened.enter_async_context(Processes(root / "logs"))
    hosts = Hosts(root / "network", processes, root / "clock", dealt(network))
    counters = Counters(network, clock, seed=seed)
    opened.push_async_callback(counters.close)
    county = Running(network, hosts, counters, clock, tell)
    await hosts.start("county")
    await open_county(root / "network", network, tell=tell, now=clock.now)
    for name in list(hosts.spots)[1:]:
        await hosts.start(name)
    await asyncio.gather(*(answering(client) for client in county.off_line()))
    await lines.market(county.off_line())
    for spot in network.spots:
        await answering(county.client(spot), holding_release=1)
    tell(f"{len(network.spots)} 个节点已启动，目录已到各节点")
    return county


async def _live(county: Running, year: Scenario, *, days: int) -> None:
    """Day by day; a day begins when all acts of the one before are done."""
    async with asyncio.TaskGroup() as group:
        strikes = [group.create_task(county.hosts.strike(blow)) for blow in county.counters.blows]
        for number, day, doings in year.on():
            if number == days:
                break
            began = time.monotonic()
            for blow in county.counters.blows:
                blow.is_due = number >= blow.day
            for wave in Wave:
                await _wave(county, wave, day, [each for each in doings if each.wave is wave], year.markets.at(number))
            county.tell(_day_told(county, number, days, day, len(doings), time.monotonic() - began))
        for strike in strikes:
            strike.cancel()


async def _wave(county: Running, wave: Wave, day: date, doings: list[Doing], at_market: list[int]) -> None:
    county.clock.move_to(moment(day, wave.begins))
    if wave is Wave.MARKET:
        await lines.market(county.off_line(at_market))
    await county.counters.wave(doings)


async def _settle(county: Running) -> None:
    """Returns when all neighbours have confirmed everything to each other."""
    await asyncio.gather(*(lines.on_line(client) for client in county.off_line()))
    await asyncio.gather(*(lines.confirmed(client) for client in county.counters.clients.values()))


def _day_told(county: Running, number: int, days: int, day: date, acts: int, seconds: float) -> str:
    done, again = county.counters.done, county.counters.asked_again
    return f"{day} 第{number + 1}/{days}个工作日：办理{acts}次，{seconds:.2f}秒；累计{done}次，再试{again}次"
