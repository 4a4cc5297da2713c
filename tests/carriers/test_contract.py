"""What every carrier promises, asked of each of them with the same words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.carriers.loopback import Loopback
from sync.carriers.nats import Hub, Line
from sync.carriers.road import MAX_PARCEL_BYTES, Delivery, Road
from sync.errors import Malformed
from tests.carriers.conftest import TOWNSHIP, VILLAGE, open_township


@dataclass
class Pair:
    """The two ends of one line."""

    child: Road
    parent: Road


@pytest.fixture(params=["nats", "loopback"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as parts:
        if request.param == "loopback":
            line = Loopback(child=VILLAGE, parent=TOWNSHIP, ack_wait_s=0.3)
            yield Pair(child=line.child_end, parent=line.parent_end)
        else:
            township = await parts.enter_async_context(open_township(tmp_path / "nats"))
            child = await parts.enter_async_context(township.line(VILLAGE))
            yield Pair(child=child, parent=township.hub.road(VILLAGE))


@pytest.fixture(params=["up", "down"])
def way(request: pytest.FixtureRequest, pair: Pair) -> tuple[Road, Road, int]:
    """Sender, receiver, and who the sender is."""
    if request.param == "up":
        return pair.child, pair.parent, VILLAGE
    return pair.parent, pair.child, TOWNSHIP


async def take(road: Road, *, ack: bool = True, within: float = 5.0) -> Delivery:
    async with asyncio.timeout(within), aclosing(road.receive()) as came:
        delivery = await anext(came)
        if ack:
            await delivery.ack()
        return delivery


async def take_all(road: Road, *, within: float) -> list[bytes]:
    """Everything that comes in this time, acknowledged."""
    payloads: list[bytes] = []
    try:
        async with asyncio.timeout(within), aclosing(road.receive()) as came:
            async for delivery in came:
                payloads.append(delivery.payload)
                await delivery.ack()
    except TimeoutError:
        pass
    return payloads


async def test_a_parcel_comes_once_with_its_sender(way: tuple[Road, Road, int]) -> None:
    sender, receiver, who = way
    await sender.send(b"parcel")
    delivery = await take(receiver)
    assert (delivery.payload, delivery.sent_by) == (b"parcel", who)
    assert await take_all(receiver, within=0.8) == []


async def test_a_parcel_nobody_acknowledged_comes_again(way: tuple[Road, Road, int]) -> None:
    sender, receiver, _ = way
    await sender.send(b"parcel")
    first = await take(receiver, ack=False)
    second = await take(receiver)
    assert first.payload == second.payload == b"parcel"


async def test_a_refused_parcel_is_gone(pair: Pair) -> None:
    await pair.child.send(b"unreadable")
    await (await take(pair.parent, ack=False)).refuse()
    await pair.child.send(b"next")
    assert await take_all(pair.parent, within=0.8) == [b"next"]


async def test_the_same_content_is_carried_once_within_the_window(way: tuple[Road, Road, int]) -> None:
    sender, receiver, _ = way
    for payload in (b"same", b"same", b"other", b"same"):
        await sender.send(payload)
    assert sorted(await take_all(receiver, within=0.4)) == [b"other", b"same"]


async def test_parcels_wait_for_a_receiver_that_comes_later(way: tuple[Road, Road, int]) -> None:
    sender, receiver, _ = way
    sent = [b"parcel %d" % number for number in range(20)]
    for payload in sent:
        await sender.send(payload)
    async with asyncio.timeout(5), aclosing(receiver.receive()) as came:
        for payload in sent:
            delivery = await anext(came)
            await delivery.ack()
            assert delivery.payload == payload


async def test_a_receiver_that_goes_away_gives_back_what_it_did_not_look_at(pair: Pair) -> None:
    sent = [b"parcel %d" % number for number in range(5)]
    for payload in sent:
        await pair.child.send(payload)
    await take(pair.parent)
    async with asyncio.timeout(0.4):  # sooner than anything comes again by itself
        assert sorted([(await take(pair.parent)).payload for _ in sent[1:]]) == sent[1:]


async def test_the_largest_parcel_passes_and_one_byte_more_is_malformed(way: tuple[Road, Road, int]) -> None:
    sender, receiver, _ = way
    with pytest.raises(Malformed, match="拆成小包"):
        await sender.send(bytes(MAX_PARCEL_BYTES + 1))
    largest = bytes(MAX_PARCEL_BYTES)
    await sender.send(largest)
    assert (await take(receiver)).payload == largest


async def test_an_open_line_says_so(pair: Pair) -> None:
    await pair.child.send(b"parcel")
    assert pair.child.connected
    assert pair.parent.connected


def test_both_sides_of_nats_are_roads() -> None:
    road: type[Road] = Line
    assert road is Line
    assert hasattr(Hub, "road")
