"""A child's stream at the parent's broker is full, for as long as the parent takes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from sync.carriers.nats import Hub
from sync.carriers.road import Road
from sync.exchange.link import Link
from sync.exchange.retries import RELAY, Policy
from sync.journal.book import Book
from tests.carriers.conftest import QUICK, Township, open_township
from tests.county import BOX, COUNTY, TOWNSHIP, VILLAGE, County, append, file_cases, heads_of, note, rows
from tests.eventually import eventually

AFTER_HOURS = Policy(first_s=RELAY.bound_s, bound_s=RELAY.bound_s)
"""How long is waited between two tries once the stream has been full for a while."""

SMALL_BYTES = 32 * 1024


@asynccontextmanager
async def working(book: Book, *, peer: int, road: Road, policy: Policy = RELAY) -> AsyncIterator[Link]:
    """A link without calls: all goes by the road."""
    link = Link(book, peer=peer, road=road, policy=policy)
    running = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Township]:
    """The township's, with little room for the village."""
    async with open_township(tmp_path / "nats") as broker:
        small = replace(QUICK, max_bytes=SMALL_BYTES)
        async with Hub(broker.server.url, broker.server.owner_seed, limits=small) as hub:
            await hub.ensure(VILLAGE)
        yield broker


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    async with County(tmp_path) as county:
        await county.open(COUNTY, TOWNSHIP, VILLAGE)
        await county.know_each_other()
        yield county


async def fill(book: Book, up: Link) -> None:
    """Writes until a parcel finds no room."""

    def has_gone(before: int) -> bool:
        return up.counts.parcels_sent > before or bool(up.counts.last_error)

    for number in range(1, 10):
        before = up.counts.parcels_sent
        await append(book, note(number, size=12_000))
        await eventually(partial(has_gone, before))
        if up.counts.last_error:
            return
    raise AssertionError("there is always room")


async def test_what_waits_for_room_goes_as_soon_as_the_parent_is_heard_of_again(
    county: County, broker: Township
) -> None:
    """It went minutes later: the waits between two tries had grown as long as the stream was full."""
    village, township = county.books[VILLAGE], county.books[TOWNSHIP]
    async with (
        broker.line(VILLAGE) as line,
        working(village, peer=TOWNSHIP, road=line, policy=AFTER_HOURS) as up,
    ):
        await fill(village, up)
        assert "收件流已满，等对方取走一些再发" in up.counts.last_error
        await file_cases(village, 1, 2, 3)
        assert heads_of(village, BOX) != heads_of(township, BOX)
        async with working(township, peer=VILLAGE, road=broker.hub.road(VILLAGE)):
            await eventually(lambda: heads_of(village, BOX) == heads_of(township, BOX), within=5)
            await eventually(lambda: not up.counts.last_error, within=5)
    facts = [rows(book, "SELECT fact_id FROM facts WHERE case_row IS NOT NULL") for book in (village, township)]
    assert len(facts[0]) == 3
    assert sorted(facts[0]) == sorted(facts[1])
