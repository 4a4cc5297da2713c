"""What waits for a gap is passed on at once; what closes the gap follows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sync.facts.streams import Stream
from sync.facts.v1 import journal_pb2
from sync.journal.book import Book
from sync.journal.offering import unsent
from tests.county import BOX, COUNTY, TOWNSHIP, VILLAGE, County, Scribe, heads_of, know, rows, take


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
