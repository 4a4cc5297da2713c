"""Floods: what one neighbour sends must neither stop the writer nor take the room of the others."""

from __future__ import annotations

import asyncio
import time
from datetime import date, timedelta
from typing import Any

import pytest

from sync.cases.workdays import Calendar, Deadline, day_of
from sync.errors import Malformed
from sync.exchange import parcels
from sync.exchange.parcels import take_in
from sync.facts import hashing, signing
from sync.facts.streams import SUBTREE, Scope
from sync.facts.v1 import fact_pb2, journal_pb2
from sync.journal import receiving, statements
from sync.journal.book import Book
from sync.journal.cases import OpenedCase
from sync.journal.projections import Projections
from sync.journal.receiving import BEYOND_GAP
from sync.journal.writing import Transaction
from tests.county import (
    BOX,
    COUNTY,
    NEXT_VILLAGE,
    TOWNSHIP,
    VILLAGE,
    County,
    Scribe,
    append,
    file_cases,
    heads_of,
    key_of,
    note,
    rows,
    take,
)


def gap(number: int, *, size: int = 10, **more: Any) -> journal_pb2.Segment:
    """A segment whose predecessor nobody will ever send."""
    scribe = Scribe(epoch=hashing.number(number) * 2, **more)
    scribe.entries, scribe.hashes = [journal_pb2.Entry()], [bytes([1]) * 32]
    return scribe.commit(scribe.fact(number, body=bytes(size))).segment(2)


def duplicates(book: Book) -> dict[bytes, int]:
    return dict(rows(book, "SELECT case_id, duplicate FROM cases"))


# Many facts that name one request.


async def test_a_request_id_written_very_often_costs_no_more_than_other_ids(township: Book) -> None:
    scribe = Scribe().open()
    for index in range(1500):
        scribe.commit(scribe.fact(0, index=index), signed=False)
    scribe.entries[-1].signature = scribe.key.sign(signing.entry_message(scribe.hashes[-1]))
    began = time.monotonic()
    receipt = await take(township, scribe.segment())
    assert receipt.new_entries == 1501
    assert set(duplicates(township).values()) == {0}
    assert time.monotonic() - began < 2.0  # It was 3 seconds, and 6 minutes for a full parcel.


async def test_the_smallest_of_one_act_counts_whatever_comes_first(township: Book) -> None:
    scribe = Scribe().open()
    same = [scribe.fact(7, paper_page=str(page)) for page in range(12)]
    for fact in same:
        scribe.commit(fact)
    for first in range(1, len(scribe.entries) + 1):
        await take(township, scribe.segment(first, first))
    ids = [hashing.fact_id(fact.SerializeToString(deterministic=True)) for fact in same]
    assert duplicates(township) == {each: int(each != min(ids)) for each in ids}


async def test_a_segment_that_was_refused_makes_no_case_a_duplicate(township: Book, monkeypatch: Any) -> None:
    scribe = Scribe().open()
    facts = sorted(
        (scribe.fact(7, paper_page=str(page)) for page in range(2)),
        key=lambda fact: hashing.fact_id(fact.SerializeToString(deterministic=True)),
    )
    smaller = Scribe(epoch=bytes(16)).open().commit(facts[0])
    larger = scribe.commit(facts[1])
    monkeypatch.setattr(receiving, "MAX_HEADS", 0)
    refused = journal_pb2.Parcel(version=1, segments=[smaller.segment()])

    def both(tx: Transaction) -> list[str]:
        receipt = receiving.receive(tx, refused, neighbour=VILLAGE)
        monkeypatch.setattr(receiving, "MAX_HEADS", 16)
        receiving.receive(tx, journal_pb2.Parcel(version=1, segments=[larger.segment()]), neighbour=VILLAGE)
        return [each.code for each in receipt.refused]

    assert await township.write(both) == ["TOO_MANY_HEADS"]
    assert list(duplicates(township).values()) == [0]


# Room.


async def test_one_neighbour_cannot_fill_the_room_for_what_waits(
    township: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MAX_PARKED_BYTES_FROM_ONE", 100_000)
    flood = await take(township, *(gap(number, size=30_000) for number in range(8)), sender=VILLAGE)
    assert flood.parked == [BEYOND_GAP] * 3
    assert {each.code for each in flood.refused} == {"PARKED_FULL"}
    honest = gap(9, place=COUNTY, scope=Scope(SUBTREE, COUNTY), key=key_of(COUNTY))
    assert (await take(township, honest, sender=COUNTY)).parked == [BEYOND_GAP]


async def test_many_small_segments_are_bounded_by_number(township: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MAX_PARKED_FROM_ONE", 5)
    flood = await take(township, *map(gap, range(9)), sender=VILLAGE)
    assert (len(flood.parked), len(flood.refused)) == (5, 4)
    assert (await take(township, gap(20), sender=NEXT_VILLAGE)).parked == [BEYOND_GAP]


async def test_refusals_of_one_neighbour_leave_room_for_another(
    township: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MAX_REFUSALS", 3)
    said = [journal_pb2.SegmentRefusal(segment_hash=bytes([n]) * 32, code="BAD_FACT") for n in range(9)]
    await take(township, refusals=said, sender=VILLAGE)
    await take(township, refusals=said[:2], sender=COUNTY)
    assert rows(township, "SELECT peer, COUNT(*) FROM refusals GROUP BY peer") == [(COUNTY, 2), (VILLAGE, 3)]


async def test_a_refusal_that_names_no_hash_is_not_kept(township: Book) -> None:
    said = [journal_pb2.SegmentRefusal(segment_hash=bytes(size), code="BAD_FACT") for size in (0, 31, 100_000)]
    await take(township, refusals=said)
    assert rows(township, "SELECT * FROM refusals") == []


@pytest.mark.parametrize("part", ["segments", "statements", "refusals"])
async def test_a_parcel_of_very_many_parts_is_malformed(township: Book, part: str) -> None:
    parcel = journal_pb2.Parcel(version=1)
    for _ in range(receiving.MAX_PARTS + 1):
        getattr(parcel, part).add()
    assert parcel.ByteSize() < receiving.MAX_PARCEL_BYTES
    with pytest.raises(Malformed):
        await take_in(township, parcel, neighbour=VILLAGE)
    getattr(parcel, part).pop()
    await take_in(township, parcel, neighbour=VILLAGE)


async def test_no_full_parcel_made_up_here_has_too_many_parts(county: County) -> None:
    village = await county.open(VILLAGE)
    for number in range(300):
        await append(village, note(number, size=0))
    offer = await parcels.lacking(village, peer=TOWNSHIP, scopes=[BOX], assumed={})
    smallest = min(segment.ByteSize() for segment in [*offer.segments, gap(1, size=0)])
    assert parcels.PARCEL_BYTES / smallest < receiving.MAX_PARTS


async def test_what_waits_for_a_gap_does_not_keep_the_rest_from_going(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the county, as passed on by a township: it filled every answer, and no catalogue came down any more."""
    await county.open(COUNTY, TOWNSHIP)
    await county.know_each_other()
    await county.settle_down(rounds=1)
    monkeypatch.setattr(parcels, "PARCEL_BYTES", 20_000)
    flood = [gap(number, size=15_000, place=TOWNSHIP, key=key_of(TOWNSHIP)) for number in range(4)]
    await take(county.books[COUNTY], *flood, sender=TOWNSHIP)
    await county.introduce(VILLAGE)
    await county.exchange(TOWNSHIP)
    down = Scope(SUBTREE, COUNTY)
    assert heads_of(county.books[TOWNSHIP], down) == heads_of(county.books[COUNTY], down)


# Words without measure.


async def test_a_checkpoint_with_an_epoch_of_another_length_is_not_kept(county: County) -> None:
    await county.open(VILLAGE, TOWNSHIP)
    await county.know_each_other()
    await file_cases(county.books[VILLAGE], 1)
    stated = await county.books[VILLAGE].write(lambda tx: statements.make_statement(tx, peer=TOWNSHIP, listed=True))
    stated.checkpoint.epoch = bytes(100_000)
    stated.checkpoint.signature = key_of(VILLAGE).sign(signing.checkpoint_message(stated.checkpoint))
    assert (await take(county.books[TOWNSHIP], statements=[stated])).statements == 0
    assert rows(county.books[TOWNSHIP], "SELECT 1 FROM checkpoints WHERE signer=?", VILLAGE) == []


def test_a_time_beyond_all_dates_is_the_last_day() -> None:
    assert day_of((1 << 53) - 1) == date.max
    assert day_of(253_402_185_600_000 - 1) < date.max


CALENDAR = Calendar(
    1, date(2027, 1, 1), date(2027, 12, 31), frozenset({date(2027, 1, 1)}), frozenset({date(2027, 1, 2)})
)


def test_a_limit_nobody_sets_has_no_day_and_takes_no_time() -> None:
    began = time.monotonic()
    deadline = CALENDAR.deadline(date(2027, 1, 4), (1 << 32) - 1)
    assert deadline == Deadline(date.max, True)
    assert CALENDAR.deadline(date.max, 20) == Deadline(date.max, True)
    assert CALENDAR.working_days_left(date(2027, 1, 4), deadline) > 2_000_000
    assert time.monotonic() - began < 0.2


def test_working_days_are_counted_as_they_are_walked() -> None:
    first = date(2026, 12, 25)
    for start in range(20):
        after = first + timedelta(days=start)
        walked = 0
        for number in range(1, 400):
            until = after + timedelta(days=number)
            walked += CALENDAR.is_working(until)
            assert CALENDAR.working_days_between(after, until) == walked
        assert CALENDAR.working_days_between(after, first) == 0


async def test_a_mistake_in_one_job_does_not_undo_the_others(village: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only shows when the commit is sealed hit everybody who shared the commit."""
    honest = Projections._columns

    def poisoned(self: Any, row: int, opened: OpenedCase, before: Any) -> Any:
        found = self.conn.execute("SELECT bytes FROM facts WHERE case_row=?", [row]).fetchone()
        if fact_pb2.Fact.FromString(found[0]).request_id == hashing.number(VILLAGE) + hashing.number(2):
            raise ArithmeticError("a mistake of ours")
        return honest(self, row, opened, before)

    monkeypatch.setattr(Projections, "_columns", poisoned)
    filed = await asyncio.gather(*(file_cases(village, number) for number in (1, 2, 3)), return_exceptions=True)
    assert [isinstance(each, ArithmeticError) for each in filed] == [False, True, False]
    assert rows(village, "SELECT COUNT(*) FROM facts WHERE case_row IS NOT NULL") == [(2,)]
    assert len(await file_cases(village, 4)) == 1
