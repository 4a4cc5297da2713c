"""A county's node in this process, with its doors open on ports of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio

from county_node import seed
from county_node.app import county_node
from operations.networks import Ports, directory, free_base, make, planned
from operations.opening import open_county
from sync.journal.clock import Clock
from sync.node.node import Node
from sync.rpc.client import OPTIONS, Client


@dataclass
class Door:
    """A running county node and a client at its door."""

    node: Node
    client: Client
    channel: grpc.aio.Channel
    address: str
    stop: asyncio.Event

    async def call(self, method: str, encoded: bytes) -> bytes:
        """One call in bytes as they are. Raises AioRpcError."""
        ask: Any = self.channel.unary_unary(method)
        answer: bytes = await ask(encoded, timeout=10)
        return answer

    async def refused(self, method: Any, request: Any) -> grpc.aio.AioRpcError:
        """The error that a call ends with."""
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await method(request, timeout=10)
        return raised.value


@asynccontextmanager
async def opened(folder: Path, *, clock: Clock | None = None) -> AsyncIterator[Door]:
    """A county without townships, its first catalogue published."""
    network = planned(seed.divisions(), townships=0, stations=0, ports=Ports(free_base(3)))
    make(folder, network)
    node, stop = county_node(directory(folder, network.county), clock), asyncio.Event()
    running = asyncio.create_task(node.run(stop))
    address = network.county.address
    try:
        await open_county(folder, network, tell=lambda _: None)
        async with Client(address) as client, grpc.aio.insecure_channel(address, options=OPTIONS) as channel:
            yield Door(node, client, channel, address, stop)
    finally:
        stop.set()
        await running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """One node for all tests of a module."""
    async with opened(tmp_path_factory.mktemp("county") / "network") as door:
        yield door


@pytest_asyncio.fixture(loop_scope="module")
async def fresh_door(tmp_path: Path) -> AsyncIterator[Door]:
    """A node of its own, for a test that counts all there is: others of its module may have run before it or not."""
    async with opened(tmp_path / "county") as door:
        yield door
