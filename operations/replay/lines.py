"""The lines between nodes: those that are open on market days only, and whether all is confirmed over all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from operations.replay.patience import patiently
from sync.errors import Unavailable
from sync.exchange.retries import Policy
from sync.rpc.client import Client
from sync.rpc.v1 import node_service_pb2 as pb

AT_MARKET = Policy(first_s=0.2, bound_s=0.2)
"""A station's day waits for nothing else: it goes home as soon as it may."""


async def market(stations: Iterable[Client]) -> None:
    """Each station comes on line, is brought in step with its township, and goes off line again."""
    await asyncio.gather(*(_carried(client) for client in stations))


async def _carried(client: Client) -> None:
    await on_line(client)
    await client.ask(client.node.SetLine, pb.SetLineRequest(open=False))


async def on_line(client: Client) -> None:
    """Opens the line; returns when everything is confirmed both ways. Raises NotDone if that takes too long."""

    async def in_step() -> None:
        status = await client.ask(client.node.GetStatus, pb.GetStatusRequest())
        link = status.links[0]
        if not link.connected:  # A station that was started again in between has its line closed.
            await client.ask(client.node.SetLine, pb.SetLineRequest(open=True))
        if not (link.connected and link.exchanges) or link.entries_unconfirmed:
            raise Unavailable(f"{status.place}还有{link.entries_unconfirmed}条没有确认。{link.last_error}")

    await patiently(in_step, lambda: "村站联网", AT_MARKET)


async def confirmed(client: Client) -> None:
    """Returns when no neighbour of a node has anything left to confirm. Raises NotDone if that takes too long."""

    async def nothing_open() -> None:
        status = await client.ask(client.node.GetStatus, pb.GetStatusRequest())
        waiting = {link.peer: link.entries_unconfirmed for link in status.links if link.entries_unconfirmed}
        if waiting:
            raise Unavailable(f"{status.place}还有没有确认的：{waiting}")

    await patiently(nothing_open, lambda: "逐级确认")
