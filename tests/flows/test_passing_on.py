"""What waits for a gap is passed on at once; what closes the gap follows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sync.carriers.loopback import Loopback
from sync.carriers.road import Road
from sync.exchange import link
from sync.exchange.link import Link
from sync.facts.streams import Stream
from sync.facts.v1 import journal_pb2
from sync.journal.book import Book
from sync.journal.offering import unsent
from tests.county import BOX, COUNTY, TOWNSHIP, VILLAGE, County, Scribe, heads_of, know, rows, take
from tests.eventually import eventually


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    async with County(tmp_path) as county:
        await county.open(COUNTY, TOWNSHIP)
        for book in county.books.values():
            await know(book, COUNTY, TOWNSHIP, VILLAGE)
        yield county


def offered(township: Book, sent: dict[Stream, set[bytes]]) -> list[journal_pb2.Segment]:
    """What a connection offers that remembers what it sent."""
    offer = unsent(
        township.reader, township.read_chains, here=TOWNSHIP, peer=COUNTY, scopes=[BOX], assumed=sent, limit=10**6
    )
    for stream, tip in offer.tips:
        sent.setdefault(stream, set()).add(tip)
    return offer.segments


async def test_what_closes_a_gap_is_passed_on_by_the_same_connection(county: County) -> None:
    top, township = county.books[COUNTY], county.books[TOWNSHIP]
    scribe, sent = Scribe().open().write(1, 2, 3), dict[Stream, set[bytes]]()
    for first, last in ((1, 2), (4, 4), (3, 3)):
        await take(township, scribe.segment(first, last))
        await take(top, *offered(township, sent), sender=TOWNSHIP)
        assert offered(township, sent) == [], "sent once"
    assert scribe.hashes[-1] in heads_of(township, BOX)
    assert scribe.hashes[-1] in heads_of(top, BOX)
    assert rows(top, "SELECT COUNT(*) FROM parked") == [(0,)]


@asynccontextmanager
async def running(*links: Link) -> AsyncIterator[Link]:
    """Hands out the first."""
    tasks = [asyncio.create_task(each.run()) for each in links]
    try:
        yield links[0]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_whoever_passes_on_what_waits_for_a_gap_is_still_told_what_closes_it(county: County) -> None:
    """He was taken to hold all that came before it, for five minutes."""
    top, township = county.books[COUNTY], county.books[TOWNSHIP]
    scribe, line = Scribe().open().write(1, 2, 3), Loopback(child=TOWNSHIP, parent=COUNTY)
    up, down = Link(township, peer=COUNTY, road=line.child_end), Link(top, peer=TOWNSHIP, road=line.parent_end)
    async with running(up, down):
        await take(top, scribe.segment(3), sender=TOWNSHIP)
        # The county passes it on to the township as well.
        await eventually(lambda: rows(township, "SELECT COUNT(*) FROM parked") == [(1,)])
        await eventually(lambda: up.counts.parcels_received > 0)
        await take(township, scribe.segment(1, 2))
        await eventually(lambda: scribe.hashes[-1] in heads_of(top, BOX))


async def test_whoever_passes_back_what_waits_is_told_what_was_written_before_it_too(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all of it is held already: that the neighbour has the end of it does not mean that he has the rest."""
    top, township = county.books[COUNTY], county.books[TOWNSHIP]
    scribe, line = Scribe().open().write(1, 2, 3), Loopback(child=TOWNSHIP, parent=COUNTY)
    await take(top, scribe.segment(3), sender=TOWNSHIP)
    await take(township, scribe.segment())
    async with running(Link(top, peer=TOWNSHIP, road=line.parent_end)) as down:
        await eventually(lambda: down.counts.entries_sent > 0)
        monkeypatch.setattr(link, "GATHER_S", 0.5)  # What waits on the line comes before the first offer.
        async with running(Link(township, peer=COUNTY, road=line.child_end)) as up:
            await eventually(lambda: up.counts.parcels_received > 0)
            await eventually(lambda: scribe.hashes[-1] in heads_of(top, BOX))


class Lossy:
    """The child's end of a line that comes back while a parcel is on its way: that one is stored, and lost."""

    def __init__(self, road: Road) -> None:
        self._road = road
        self.came_back: Callable[[], None] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._road, name)

    async def send(self, payload: bytes) -> None:
        if self.came_back is None:
            await self._road.send(payload)
            return
        came_back, self.came_back = self.came_back, None
        came_back()
        await asyncio.sleep(0.05)


async def test_what_was_under_way_when_the_line_came_back_goes_again(county: County) -> None:
    top, township = county.books[COUNTY], county.books[TOWNSHIP]
    line = Loopback(child=TOWNSHIP, parent=COUNTY)
    road = Lossy(line.child_end)
    scribe = Scribe().open().write(1, 2, 3)
    up, down = Link(township, peer=COUNTY, road=road), Link(top, peer=TOWNSHIP, road=line.parent_end)
    async with running(up, down):
        await take(township, scribe.segment(1, 2))
        await eventually(lambda: scribe.hashes[1] in heads_of(top, BOX))
        road.came_back = up.begin_again
        await take(township, scribe.segment(3, 3))
        await eventually(lambda: road.came_back is None)
        await take(township, scribe.segment(4, 4))
        await eventually(lambda: scribe.hashes[-1] in heads_of(top, BOX))
