"""The processes that run a county's nodes, and one that is killed in the middle of its work."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from operations.networks import Network, Spot, directory
from operations.processes import Processes

TOWNSHIP_PROCESSES = 2
ON_LINE_PROCESSES = 2

ANSWERED_BEFORE_A_KILL = 3


def dealt(network: Network) -> dict[str, list[Spot]]:
    """Which process runs which nodes."""
    stations = network.at("village")
    off_line = [spot for spot in stations if not spot.has_line]
    return {
        "county": [network.county],
        **_hands("townships", network.at("township"), TOWNSHIP_PROCESSES),
        **_hands("stations", [spot for spot in stations if spot.has_line], ON_LINE_PROCESSES),
        **({"stations-off-line": off_line} if off_line else {}),
    }


def _hands(name: str, spots: Sequence[Spot], hands: int) -> dict[str, list[Spot]]:
    return {f"{name}-{hand + 1}": list(spots[hand::hands]) for hand in range(hands) if spots[hand::hands]}


@dataclass
class Hosts:
    """Processes by their names. `clock` is the file they read the time from, None the machine's own."""

    root: Path
    processes: Processes
    clock: Path | None
    spots: Mapping[str, Sequence[Spot]]
    restarts: Counter[str] = field(default_factory=Counter)
    """How often one was killed and started again, by the level of its nodes."""

    async def start(self, name: str) -> None:
        await self.processes.host(name, [directory(self.root, spot) for spot in self.spots[name]], clock=self.clock)

    async def restart(self, name: str) -> None:
        """kill -9, and from the start again."""
        await self.processes.kill(name)
        await self.start(name)
        self.restarts[self.spots[name][0].level] += 1

    async def strike(self, blow: Blow) -> None:
        """Restarts a process as soon as it is in the middle of its work."""
        await blow.now.wait()
        await self.restart(blow.name)


@dataclass
class Blow:
    """Watches the calls at the nodes of one process until some were answered and others are under way."""

    name: str
    places: frozenset[int]
    day: int
    is_due: bool = False
    now: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    answered: int = 0

    def begun(self, place: int) -> None:
        if place in self.places:
            self.under_way += 1

    def ended(self, place: int) -> None:
        if place in self.places:
            self.under_way -= 1
            self.answered += self.is_due
        if self.answered >= ANSWERED_BEFORE_A_KILL and self.under_way > 0:
            self.now.set()


def blows(spots: Mapping[str, Sequence[Spot]], *, days: int, chance: random.Random) -> list[Blow]:
    """At each level one process, on a day that chance names."""
    by_level: dict[str, list[str]] = {}
    for name, running in spots.items():
        by_level.setdefault(running[0].level, []).append(name)
    struck = [chance.choice(names) for names in by_level.values()]
    return [Blow(name, frozenset(s.place for s in spots[name]), day=chance.randrange(days)) for name in struck]
