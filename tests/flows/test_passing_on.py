"""What waits for a gap is passed on at once; what closes the gap follows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sync.carriers.loopback import Loopback
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
async def linked(county: County) -> AsyncIterator[Link]:
    """The township and the county on a line without faults, and without calls."""
    line = Loopback(child=TOWNSHIP, parent=COUNTY)
    up = Link(county.books[TOWNSHIP], peer=COUNTY, road=line.child_end)
    down = Link(county.books[COUNTY], peer=TOWNSHIP, road=line.parent_end)
    running = [asyncio.create_task(each.run()) for each in (up, down)]
    try:
        yield up
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_whoever_passes_on_what_waits_for_a_gap_is_still_told_what_closes_it(county: County) -> None:
    """He was taken to hold all that came before it, for five minutes."""
    top, township = county.books[COUNTY], county.books[TOWNSHIP]
    scribe = Scribe().open().write(1, 2, 3)
    async with linked(county) as up:
        await take(top, scribe.segment(3), sender=TOWNSHIP)
        # The county passes it on to the township as well.
        await eventually(lambda: rows(township, "SELECT COUNT(*) FROM parked") == [(1,)])
        await eventually(lambda: up.counts.parcels_received > 0)
        await take(township, scribe.segment(1, 2))
        await eventually(lambda: scribe.hashes[-1] in heads_of(top, BOX))
