"""Making a whole county's nodes on one machine: directories, keys, addresses."""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass
from pathlib import Path

import msgspec

from county_node.seed import Divisions
from sync.cases import places
from sync.errors import Malformed
from sync.journal.clock import wall_ms
from sync.node import identity, settings
from sync.node.settings import ALWAYS, ON_REQUEST, Grpc, Nats, Numbering, Parent, Settings, Web

LOCAL = "127.0.0.1"
PLAN = "network.json"

# Below the ports the kernel gives to callers: one of those could take a dead node's port.
LOWEST_PORT, HIGHEST_PORT = 15_000, 27_000

ON_LINE, WITHOUT_LINE = "A", "B"
"""Classes of stations that have a node."""


class Spot(msgspec.Struct, frozen=True):
    """One node of a network: its place, its directory's name and its ports. port 0 = none."""

    place: int
    name: str
    level: str
    grpc: int
    nats: int = 0
    web: int = 0
    homes: tuple[int, ...] = ()
    has_line: bool = True
    """False: a station whose line is opened on market days only."""

    @property
    def address(self) -> str:
        return f"{LOCAL}:{self.grpc}"


class Network(msgspec.Struct, frozen=True):
    """A county and its nodes, the county first, each after its parent."""

    spots: tuple[Spot, ...]

    @property
    def county(self) -> Spot:
        return self.spots[0]

    def at(self, level: str) -> tuple[Spot, ...]:
        return tuple(spot for spot in self.spots if spot.level == level)

    def spot(self, place: int) -> Spot:
        return next(spot for spot in self.spots if spot.place == place)


@dataclass
class Ports:
    """Hands out ports: one after the other from a base, or free ones."""

    base: int = 0

    def next(self) -> int:
        if not self.base:
            return free_port()
        self.base += 1
        return self.base - 1


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        return int(probe.getsockname()[1])


def free_base(count: int) -> int:
    """The first of `count` ports in a row that nothing listens on."""
    while True:
        base = random.randrange(LOWEST_PORT, HIGHEST_PORT)
        if all(_is_free(port) for port in range(base, base + count)):
            return base


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCAL, port))
        except OSError:
            return False
    return True


def planned(
    county: Divisions, *, townships: int, stations: int, ports: Ports, web: int = 0, classes: str = ON_LINE
) -> Network:
    """The county, its first `townships` townships, and in each `stations` stations of these classes, if there are."""
    chosen = county.townships[:townships]
    units = {
        township.code: [u for u in township.units if u.station_class and u.station_class in classes][:stations]
        for township in chosen
    }
    everywhere = [county.code, *(t.code for t in county.townships)]
    everywhere += [unit.code for township in county.townships for unit in township.units]
    spots = [
        Spot(
            county.code,
            f"{county.name}政务服务中心",
            "county",
            ports.next(),
            ports.next(),
            web or ports.next(),
            tuple(everywhere),
        )
    ]
    for township in chosen:
        homes = (township.code, *(unit.code for unit in township.units))
        name = f"{township.name}便民服务中心"
        spots.append(Spot(township.code, name, "township", ports.next(), ports.next(), homes=homes))
        spots += [
            Spot(
                unit.code,
                f"{unit.short}便民服务站",
                "village",
                ports.next(),
                homes=(unit.code,),
                has_line=unit.station_class == ON_LINE,
            )
            for unit in units[township.code]
        ]
    return Network(tuple(spots))


def make(root: Path, network: Network, *, at_ms: int | None = None) -> None:
    """Makes the directories of all nodes, now or at another time. Raises Malformed if `root` holds something else."""
    if root.exists() and any(root.iterdir()):
        raise Malformed(f"{root} is not empty. Choose another directory.")
    root.mkdir(parents=True, exist_ok=True)
    for spot in network.spots:
        directory(root, spot).mkdir()
    county = network.county
    root_key = identity.make_county(directory(root, county), place=county.place, at_ms=at_ms or wall_ms()).hex()
    for spot in network.spots:
        settings.write(directory(root, spot), _settings(network, spot, root_key))
    (root / PLAN).write_bytes(msgspec.json.encode(network))


def directory(root: Path, spot: Spot) -> Path:
    """Where a node keeps its book and keys."""
    return root / str(spot.place)


def load(root: Path) -> Network | None:
    """The network made in `root` before. None if there is none."""
    plan = root / PLAN
    return msgspec.json.decode(plan.read_bytes(), type=Network) if plan.exists() else None


def _settings(network: Network, spot: Spot, root_key: str) -> Settings:
    parent = None
    if spot is not network.county:
        above = next(each for each in network.spots if each.place == places.parent(spot.place))
        line = ALWAYS if spot.has_line else ON_REQUEST
        parent = Parent(place=above.place, grpc=above.address, nats=f"nats://{LOCAL}:{above.nats}", line=line)
    return Settings(
        place=spot.place,
        name=spot.name,
        root_key=root_key,
        homes=spot.homes,
        grpc=Grpc(port=spot.grpc),
        web=Web(port=spot.web),
        nats=Nats(port=spot.nats),
        parent=parent,
        numbering=Numbering(),
    )
