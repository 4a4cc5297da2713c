"""What a county does once before its first case: introduce its nodes, publish calendar and catalogue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from county_node.opening import publish_first
from operations.networks import Network, directory
from sync.errors import Unavailable
from sync.exchange.retries import Policy, retry
from sync.facts import signing
from sync.facts.v1 import bodies_pb2
from sync.journal.clock import wall_ms
from sync.node import identity
from sync.rpc.client import Client
from sync.rpc.v1 import catalogue_service_pb2 as catalogue_pb
from sync.rpc.v1 import node_service_pb2 as node_pb

SOON = Policy(first_s=0.1, bound_s=0.5)
"""Between two looks at a node that starts: the next thing waits for it."""


async def answering(client: Client, *, holding_release: int = 0, within_s: float = 60.0) -> node_pb.GetStatusResponse:
    """The status of a node that is starting, once it holds a release. Raises Unavailable if it takes too long."""

    async def status() -> node_pb.GetStatusResponse:
        found: node_pb.GetStatusResponse = await client.ask(client.node.GetStatus, node_pb.GetStatusRequest())
        if found.release < holding_release:
            raise Unavailable(f"release {holding_release} has not arrived yet")
        return found

    try:
        async with asyncio.timeout(within_s):
            return await retry(status, SOON)
    except TimeoutError:
        raise Unavailable(f"The node was not ready within {within_s:.0f} s. Look into its log.") from None


async def open_county(
    root: Path, network: Network, *, tell: Callable[[str], None], now: Callable[[], int] = wall_ms
) -> None:
    """Introduces all nodes and publishes the first calendar and release, as far as that is not done yet."""
    async with Client(network.county.address) as client:
        status = await answering(client)
        holdings = await client.ask(client.catalogue.GetHoldings, catalogue_pb.GetHoldingsRequest())
        known = {holding.place for holding in holdings.holdings}
        certificates = [c for c in _certificates(root, network, at_ms=now()) if c.place not in known]
        if certificates:
            tell(f"登记{len(certificates)}个节点的密钥")
        for certificate in certificates:
            await client.ask(client.node.IntroduceKey, node_pb.IntroduceKeyRequest(certificate=certificate))
        if not status.release:
            tell("发布工作日日历和第1版目录（53项涉农事项）")
            await publish_first(client)


def _certificates(root: Path, network: Network, *, at_ms: int) -> list[bodies_pb2.KeyCertificate]:
    root_key = identity.read_key(directory(root, network.county) / identity.ROOT_KEY)
    shown = [identity.enrolment(directory(root, spot), spot.place) for spot in network.spots[1:]]
    return [
        signing.certify(root_key, place=each.place, key=bytes.fromhex(each.key), nats_key=each.nats_key, at_ms=at_ms)
        for each in shown
    ]
