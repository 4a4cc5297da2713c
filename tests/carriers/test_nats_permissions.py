"""A village's key opens the village's own two boxes and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import nats
import nats.errors
import pytest
from nats.aio.client import Client

from sync.carriers import nats_names as names
from sync.carriers.nats import Line
from sync.carriers.nats_keys import new_seed
from sync.errors import Unavailable
from tests.carriers.conftest import NEIGHBOUR, VILLAGE, Township
from tests.carriers.test_contract import take, take_all
from tests.eventually import eventually

UP_OTHER, DOWN_OTHER = f"UP_{NEIGHBOUR}", f"DOWN_{NEIGHBOUR}"
UP_OWN, DOWN_OWN = f"UP_{VILLAGE}", f"DOWN_{VILLAGE}"
API = "$JS.API"

DENIED_TO_PUBLISH = {
    "send as another village": f"up.{NEIGHBOUR}",
    "speak as the township to another village": f"down.{NEIGHBOUR}",
    "speak as the township to itself": f"down.{VILLAGE}",
    "take another's parcels": f"{API}.CONSUMER.MSG.NEXT.{DOWN_OTHER}.down",
    "take what another sent up": f"{API}.CONSUMER.MSG.NEXT.{UP_OTHER}.up",
    "take back what it sent itself": f"{API}.CONSUMER.MSG.NEXT.{UP_OWN}.up",
    "acknowledge for another": f"$JS.ACK.{DOWN_OTHER}.down.1.1.1.1.0",
    "acknowledge for the township": f"$JS.ACK.{UP_OWN}.up.1.1.1.1.0",
    "make a consumer of its own": f"{API}.CONSUMER.CREATE.{DOWN_OWN}.mine",
    "make a consumer on another's": f"{API}.CONSUMER.CREATE.{DOWN_OTHER}.mine",
    "delete another's consumer": f"{API}.CONSUMER.DELETE.{DOWN_OTHER}.down",
    "delete its own consumer": f"{API}.CONSUMER.DELETE.{DOWN_OWN}.down",
    "make a stream": f"{API}.STREAM.CREATE.MINE",
    "delete another's stream": f"{API}.STREAM.DELETE.{DOWN_OTHER}",
    "delete its own stream": f"{API}.STREAM.DELETE.{UP_OWN}",
    "empty another's stream": f"{API}.STREAM.PURGE.{DOWN_OTHER}",
    "read another's stream": f"{API}.STREAM.MSG.GET.{DOWN_OTHER}",
    "delete one message of another": f"{API}.STREAM.MSG.DELETE.{DOWN_OTHER}",
    "look at another's stream": f"{API}.STREAM.INFO.{DOWN_OTHER}",
    "write into another's inbox": f"{names.inbox(NEIGHBOUR)}.x",
}
DENIED_TO_HEAR = (
    f"{names.inbox(NEIGHBOUR)}.>",
    "_INBOX.>",
    ">",
    f"up.{NEIGHBOUR}",
    f"down.{NEIGHBOUR}",
    "$JS.EVENT.>",
)


@asynccontextmanager
async def thief(township: Township) -> AsyncIterator[tuple[Client, list[str]]]:
    """A bare client with the village's key, and what the broker says to it."""
    heard: list[str] = []

    async def on_error(error: Exception) -> None:
        heard.append(str(error).lower())

    client = await nats.connect(
        township.server.url,
        nkeys_seed_str=township.seeds[VILLAGE],
        inbox_prefix=names.inbox(VILLAGE),
        error_cb=on_error,
    )
    try:
        yield client, heard
    finally:
        await client.close()


async def was_denied(heard: list[str], what: str, *, wish: str) -> None:
    """The broker's refusals come on their own, after any number of other answers."""

    def said() -> bool:
        assert any(f"permissions violation for {what}" in line for line in heard), (wish, heard)
        return True

    await eventually(said, within=3)


@asynccontextmanager
async def owner(township: Township) -> AsyncIterator[Client]:
    async with await nats.connect(township.server.url, nkeys_seed_str=township.server.owner_seed) as client:
        yield client


async def books(township: Township) -> dict[str, tuple[int, int, int]]:
    """Messages, last number and consumers of every stream."""
    async with owner(township) as client:
        infos = await client.jetstream().streams_info()
    return {
        str(info.config.name): (info.state.messages, info.state.last_seq, info.state.consumer_count) for info in infos
    }


async def test_a_village_cannot_act_as_another_or_as_the_township(township: Township) -> None:
    for place in (VILLAGE, NEIGHBOUR):
        await township.hub.send(place, b"waiting")
    before = await books(township)
    async with thief(township) as (client, heard):
        for wish, subject in DENIED_TO_PUBLISH.items():
            heard.clear()
            await client.publish(subject, b"{}", reply=client.new_inbox())
            await was_denied(heard, f'publish to "{subject}"'.lower(), wish=wish)
    assert await books(township) == before
    async with township.line(NEIGHBOUR) as line:
        assert (await take(line)).payload == b"waiting"


@pytest.mark.parametrize("subject", DENIED_TO_HEAR)
async def test_a_village_cannot_listen_elsewhere(township: Township, subject: str) -> None:
    async with thief(township) as (client, heard):
        got: asyncio.Queue[object] = asyncio.Queue()
        await client.subscribe(subject, cb=got.put)
        await was_denied(heard, f'subscription to "{subject}"'.lower(), wish=subject)
        async with township.line(NEIGHBOUR) as line:
            await line.send(b"secret")  # its receipt goes to the neighbour's inbox
        await take(township.hub.road(NEIGHBOUR))
        await client.flush()
        assert got.empty()


async def test_a_receipt_stolen_from_the_wire_does_not_acknowledge_for_another(township: Township) -> None:
    await township.hub.send(NEIGHBOUR, b"waiting")
    async with owner(township) as client:
        subscription = await client.jetstream().pull_subscribe_bind("down", stream=DOWN_OTHER)
        (message,) = await subscription.fetch(1)
    async with thief(township) as (client, heard):
        await client.publish(message.reply, b"+ACK")
        await was_denied(heard, f'publish to "$js.ack.{DOWN_OTHER.lower()}', wish="acknowledge")
    async with township.line(NEIGHBOUR) as line:
        assert (await take(line)).payload == b"waiting"


async def test_answers_directed_into_anothers_box_are_not_taken_for_parcels(township: Township) -> None:
    """The broker lets a client name any subject for the answer: what lands there must not count."""
    await township.hub.send(VILLAGE, b"for the village")
    async with thief(township) as (client, _):
        await client.publish(f"up.{VILLAGE}", b"mine", reply=f"up.{NEIGHBOUR}")
        ask = names.next_message("down", place=VILLAGE)
        await client.publish(ask, b'{"batch":1}', reply=f"up.{NEIGHBOUR}")
        await client.publish(ask, b'{"batch":1}', reply=f"{API}.STREAM.DELETE.{UP_OTHER}")
        await client.publish(f"up.{VILLAGE}", b"mine too", reply=f"{API}.STREAM.DELETE.{UP_OTHER}")
        await client.flush()

    async def landed() -> bool:
        return (await books(township))[UP_OTHER][0] > 0

    async def emptied() -> bool:
        return (await books(township))[UP_OTHER][0] == 0

    await eventually(landed)  # the attack took place
    assert await take_all(township.hub.road(NEIGHBOUR), within=0.5) == []
    await eventually(emptied)
    assert set(await books(township)) == {UP_OWN, DOWN_OWN, UP_OTHER, DOWN_OTHER}


async def test_a_wrong_key_is_unavailable_at_the_first_try(township: Township) -> None:
    async with Line(township.server.url, VILLAGE, new_seed()) as line:
        with pytest.raises(Unavailable, match="Authorization Violation"):
            await line.send(b"parcel")


async def test_a_line_under_the_wrong_place_is_told_that_it_may_not(township: Township) -> None:
    seed, before = township.seeds[VILLAGE], await books(township)
    async with Line(township.server.url, NEIGHBOUR, seed, patience=0.5) as line:
        with pytest.raises(Unavailable, match="不许这样做"):
            await line.send(b"parcel")
        async with aclosing(line.receive()) as came:
            with pytest.raises(Unavailable):
                await asyncio.wait_for(anext(came), 5)
    assert await books(township) == before
