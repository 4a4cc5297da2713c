"""Segments are cut and joined at signed entries by anyone on the way, and overlap as they like."""

from __future__ import annotations

import random

import pytest

from sync.facts.v1 import journal_pb2
from sync.journal.book import Book
from sync.journal.offering import unsent
from tests.county import BOX, COUNTY, TOWNSHIP, VILLAGE, County, Scribe, heads_of, know, rows, take

TRIALS, PARTS = 300, 6


def written(chance: random.Random, *, epoch: bytes) -> tuple[Scribe, list[int]]:
    """A stream of a few commits of one to four entries, and the numbers of its signed entries."""
    scribe = Scribe(epoch=epoch).open()
    cuts, number = [1], 0
    for _ in range(chance.randint(2, 8)):
        size = chance.randint(1, 4)
        scribe.commit(*(scribe.fact(number + each) for each in range(1, size + 1)))
        number += size
        cuts.append(number + 1)
    return scribe, cuts


def held_through(book: Book, scribe: Scribe) -> int:
    row = book.read_chains.row_of(scribe.stream)
    return rows(book, "SELECT COALESCE(MAX(seq), 0) FROM entries WHERE stream=?", row)[0][0] if row else 0


def recut(book: Book, scribe: Scribe, *, after: int) -> list[journal_pb2.Segment]:
    """What the relay offers to somebody who holds a stream up to an entry."""
    assumed = {scribe.stream: {scribe.hashes[after - 1]}} if after else {}
    offer = unsent(
        book.reader, book.read_chains, here=TOWNSHIP, peer=COUNTY, scopes=[BOX], assumed=assumed, limit=1 << 20
    )
    return [segment for segment in offer.segments if segment.stream.epoch == scribe.epoch]


async def trial(relay: Book, county: Book, number: int) -> tuple[int, int, int]:
    """The author cuts as it likes and repeats itself; the relay cuts anew; a part of all this is lost."""
    chance = random.Random(number)
    scribe, cuts = written(chance, epoch=number.to_bytes(16, "big"))
    refused = 0

    async def forward(*, loss: float) -> int:
        segments = [s for s in recut(relay, scribe, after=held_through(county, scribe)) if chance.random() >= loss]
        return len((await take(county, *segments, sender=TOWNSHIP)).refused)

    for upto in cuts:
        begin = chance.choice([0, *(cut for cut in cuts if cut < upto)])
        if chance.random() < 0.65:
            receipt = await take(relay, scribe.segment(begin + 1, upto), scribe.segment(chance.randint(1, upto), upto))
            refused += len(receipt.refused)
        if chance.random() < 0.4:
            refused += await forward(loss=0.5)
    # Nothing is lost any more.
    await take(relay, scribe.segment(held_through(relay, scribe) + 1))
    refused += await forward(loss=0)
    assert refused == 0
    return held_through(relay, scribe), held_through(county, scribe), len(scribe.entries)


@pytest.mark.parametrize("part", range(PARTS))
async def test_a_relay_may_cut_and_join_and_the_county_still_gets_every_entry(county: County, part: int) -> None:
    await county.open(TOWNSHIP, COUNTY)
    for book in county.books.values():
        await know(book, VILLAGE)
    for number in range(part * TRIALS // PARTS, (part + 1) * TRIALS // PARTS):
        relay, above, all_of_it = await trial(county.books[TOWNSHIP], county.books[COUNTY], number)
        assert (relay, above) == (all_of_it, all_of_it), number
    assert heads_of(county.books[TOWNSHIP], BOX) >= heads_of(county.books[COUNTY], BOX) - heads_of_own(county)
    assert rows(county.books[COUNTY], "SELECT COUNT(*) FROM parked") == [(0,)]


def heads_of_own(county: County) -> set[bytes]:
    book = county.books[COUNTY]
    return {head.hash for head in book.read_chains.scope_heads(BOX) if head.stream.author == COUNTY}


def mutated(chance: random.Random, scribe: Scribe, kind: str) -> journal_pb2.Segment | None:
    """A segment with one fault, or None where these bounds allow none."""
    first = chance.randint(1, len(scribe.entries))
    last = chance.randint(first, len(scribe.entries))
    segment = journal_pb2.Segment.FromString(scribe.segment(first, last).SerializeToString())
    if kind == "cut at an unsigned entry":
        return None if segment.entries[-1].signature else segment
    if not segment.entries[-1].signature:
        return None
    if kind == "a fact changed":
        entry = chance.choice(segment.entries)
        at = chance.randrange(len(entry.fact))
        entry.fact = entry.fact[:at] + bytes([entry.fact[at] ^ 1]) + entry.fact[at + 1 :]
    elif kind == "one in the middle missing":
        if len(segment.entries) < 3:
            return None
        del segment.entries[chance.randrange(1, len(segment.entries) - 1)]
    else:
        segment.first_seq += 1
    return segment


@pytest.mark.parametrize(
    "kind", ["cut at an unsigned entry", "a fact changed", "one in the middle missing", "numbered wrongly"]
)
async def test_a_segment_with_a_fault_is_always_refused(county: County, kind: str) -> None:
    township = await county.open(TOWNSHIP)
    await know(township, VILLAGE)
    tried = 0
    for number in range(120):
        chance = random.Random(number)
        scribe, _ = written(chance, epoch=number.to_bytes(16, "big"))
        segment = mutated(chance, scribe, kind)
        if segment is None:
            continue
        await take(township, scribe.segment(1, 1))
        receipt = await take(township, segment)
        # A signature that no known key made may be one of a machine enrolled later: nothing is taken, it waits.
        assert [each.code for each in receipt.refused], (number, kind)
        assert receipt.new_entries == 0
        tried += 1
    assert tried >= 30
    assert rows(township, "SELECT COUNT(*) FROM cases") == [(0,)]


async def test_a_relay_never_offers_a_cut_at_an_entry_whose_signature_it_did_not_check(township: Book) -> None:
    scribe = Scribe().open().write(1, 2)
    segment = scribe.segment()
    segment.entries[1].signature = bytes(64)
    assert (await take(township, segment)).new_entries == 3
    (offered,) = recut(township, scribe, after=0)
    assert [bool(entry.signature) for entry in offered.entries] == [False, False, True]
