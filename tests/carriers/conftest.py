"""Real brokers on free ports, and the two ends of a line through them."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sync.carriers.nats import Hub, Line, StreamLimits
from sync.carriers.nats_keys import new_seed, public_key
from sync.carriers.nats_server import NatsServer

TOWNSHIP = 510524100000
VILLAGE = 510524100201
NEIGHBOUR = 510524100202
QUICK = StreamLimits(ack_wait_s=0.5)


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Township:
    """A running broker with its owner's hub, and the seeds of two villages that are let in."""

    server: NatsServer
    hub: Hub
    seeds: dict[int, str] = field(default_factory=dict)

    def line(self, place: int) -> Line:
        """The village's end."""
        return Line(self.server.url, place, self.seeds[place], parent=TOWNSHIP, patience=3.0)


@asynccontextmanager
async def open_township(directory: Path) -> AsyncIterator[Township]:
    """A broker with streams for two villages."""
    async with AsyncExitStack() as parts:
        server = NatsServer(directory, port=free_port())
        seeds = {place: new_seed() for place in (VILLAGE, NEIGHBOUR)}
        await server.set_children({place: public_key(seed) for place, seed in seeds.items()})
        await parts.enter_async_context(server)
        hub = await parts.enter_async_context(Hub(server.url, server.owner_seed, limits=QUICK, patience=3.0))
        for place in seeds:
            await hub.ensure(place)
        yield Township(server=server, hub=hub, seeds=seeds)


@pytest.fixture
async def township(tmp_path: Path) -> AsyncIterator[Township]:
    """A running township."""
    async with open_township(tmp_path / "nats") as opened:
        yield opened
