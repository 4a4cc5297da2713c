"""A link under attack: a full disk, a parcel that trips a mistake, a line that loses, doubles and mixes up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from sync.carriers.loopback import Loopback
from sync.errors import Unavailable
from sync.exchange import link as links
from sync.exchange.link import Link
from sync.exchange.rounds import answer
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2
from sync.journal import receiving, statements
from sync.journal.book import Book
from sync.journal.cases import OpenedCase
from sync.journal.projections import Projections
from sync.journal.schema import sqlite3
from sync.journal.writing import Draft
from tests.county import (
    BOX,
    COUNTY,
    NEXT_VILLAGE,
    TOWNSHIP,
    VILLAGE,
    County,
    append,
    file_cases,
    heads_of,
    note,
    parcel,
    rows,
)
from tests.eventually import eventually


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    async with County(tmp_path) as county:
        await county.open(COUNTY, TOWNSHIP, VILLAGE)
        await county.know_each_other()
        yield county


@asynccontextmanager
async def linked(county: County, line: Loopback, *, calls: bool = True) -> AsyncIterator[tuple[Link, Link]]:
    """The village and its township on one line. Whatever ends a link fails the test."""

    async def call(request: journal_pb2.Parcel) -> journal_pb2.Parcel:
        return await answer(county.books[TOWNSHIP], request, peer=VILLAGE)

    up = Link(county.books[VILLAGE], peer=TOWNSHIP, road=line.child_end, call=call if calls else None)
    down = Link(county.books[TOWNSHIP], peer=VILLAGE, road=line.parent_end)
    running = [asyncio.create_task(each.run()) for each in (up, down)]
    try:
        yield up, down
        ended = [task for task in running if task.done()]
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    assert not ended, ended[0].exception()


def agree(county: County) -> bool:
    return heads_of(county.books[VILLAGE], BOX) == heads_of(county.books[TOWNSHIP], BOX)


async def fill_disk(book: Book, *, full: bool) -> None:
    """SQLite says of its own limit what it says of a full disk."""
    (pages,) = rows(book, "PRAGMA page_count")[0]
    limit = pages if full else 1_000_000
    await asyncio.to_thread(book._conn.execute, f"PRAGMA max_page_count={limit}")


async def test_a_full_disk_stops_no_link_and_all_goes_on_when_there_is_room(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next statement could not be signed, and the node went down with it."""
    monkeypatch.setattr(links, "HEARTBEAT_S", 0.05)
    village, honest, tried = county.books[VILLAGE], statements.make_statement, 0

    def full(*words: Any, **more: Any) -> journal_pb2.Statement:
        nonlocal tried
        tried += words[0].identity.place == VILLAGE
        raise sqlite3.OperationalError("database or disk is full")

    async with linked(county, Loopback(child=VILLAGE, parent=TOWNSHIP)) as (up, _):
        await file_cases(village, 1)
        await eventually(lambda: agree(county))
        monkeypatch.setattr(statements, "make_statement", full)
        await file_cases(village, 2)
        await eventually(lambda: tried >= 3)
        assert "disk is full" in up.counts.last_error
        monkeypatch.setattr(statements, "make_statement", honest)
        await eventually(lambda: agree(county))


async def test_a_full_disk_at_the_receiver_loses_nothing(county: County) -> None:
    village, township = county.books[VILLAGE], county.books[TOWNSHIP]
    line = Loopback(child=VILLAGE, parent=TOWNSHIP, ack_wait_s=0.2)
    async with linked(county, line, calls=False) as (_, down):
        await file_cases(village, 1)
        await eventually(lambda: agree(county))
        await fill_disk(township, full=True)
        for number in range(2, 60):
            await file_cases(village, number)
        await eventually(lambda: "disk is full" in down.counts.last_error)
        assert not agree(county)
        await fill_disk(township, full=False)
        await eventually(lambda: agree(county), within=15)


async def test_a_parcel_that_trips_a_mistake_is_thrown_away_and_the_rest_goes_on(
    county: County, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It ended the link, the link ended the node, and the parcel waited for its next start."""
    honest = receiving._check_stream

    def poisoned(tx: Any, stream: Any) -> None:
        if stream.epoch == bytes(16):
            raise ArithmeticError("a mistake of ours")
        honest(tx, stream)

    monkeypatch.setattr(receiving, "_check_stream", poisoned)
    line = Loopback(child=VILLAGE, parent=TOWNSHIP, ack_wait_s=0.1)
    async with linked(county, line, calls=False):
        poison = parcel(journal_pb2.Segment(stream=journal_pb2.StreamId(epoch=bytes(16))))
        await line.child_end.send(poison.SerializeToString())
        await eventually(lambda: "could not be taken in" in caplog.text)
        await file_cases(county.books[VILLAGE], 1)
        await eventually(lambda: agree(county))


async def test_a_mistake_in_what_follows_from_facts_hits_only_who_sent_them(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Projections._columns

    def poisoned(self: Projections, row: int, opened: OpenedCase, before: dict[str, Any]) -> dict[str, Any]:
        if self.conn.execute("SELECT COUNT(*) FROM streams WHERE author=?", [VILLAGE]).fetchone()[0]:
            raise ArithmeticError("a mistake of ours")
        return honest(self, row, opened, before)

    async with linked(county, Loopback(child=VILLAGE, parent=TOWNSHIP, ack_wait_s=0.1), calls=False) as (_, down):
        await eventually(lambda: agree(county))
        monkeypatch.setattr(Projections, "_columns", poisoned)
        with pytest.raises(ArithmeticError):
            await file_cases(county.books[VILLAGE], 1)
        monkeypatch.setattr(Projections, "_columns", honest)
        await file_cases(county.books[VILLAGE], 2)
        await eventually(lambda: agree(county))
        assert not down.counts.last_error


@pytest.mark.parametrize("seed", range(3))
async def test_a_bad_line_without_calls_comes_to_the_same_heads(
    county: County, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Parcels alone, lost, doubled and out of order: what is forgotten is offered again."""
    monkeypatch.setattr(links, "FORGET_AFTER_S", 0.3)
    monkeypatch.setattr(links, "HEARTBEAT_S", 0.2)
    faults = {"lost": 0.3, "twice": 0.2, "out of order": 0.3, "receipt lost": 0.2, "delayed": 0.2}
    line = Loopback(child=VILLAGE, parent=TOWNSHIP, seed=seed, chances=faults, ack_wait_s=0.1, duplicate_window_s=0.0)
    async with linked(county, line, calls=False):
        for number in range(1, 40):
            await file_cases(county.books[VILLAGE], number)
            await asyncio.sleep(0.01)
        await eventually(lambda: agree(county), within=20)
        assert rows(county.books[TOWNSHIP], "SELECT COUNT(*) FROM parked") == [(0,)]
    assert line.took_place["lost"]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for what may come with it."""
    for pause in ("PAUSE_S", "LONG_PAUSE_S", "FORWARD_S"):
        monkeypatch.setattr(links, pause, 0.01)


@pytest.mark.usefixtures("hurried")
async def test_neighbours_with_nothing_to_say_are_silent(county: County) -> None:
    """No statement may answer a statement."""
    async with linked(county, Loopback(child=VILLAGE, parent=TOWNSHIP)) as (up, down):
        await file_cases(county.books[VILLAGE], 1, 2, 3)
        await eventually(lambda: agree(county))
        await asyncio.sleep(0.5)
        sent = up.counts.parcels_sent, down.counts.parcels_sent
        await asyncio.sleep(2.0)
        assert (up.counts.parcels_sent, down.counts.parcels_sent) == sent
        assert sum(sent) <= 20


async def test_what_is_written_while_a_busy_line_rests_travels_together(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "BUSY_S", 1e-9)  # However fast this machine is.
    async with linked(county, Loopback(child=VILLAGE, parent=TOWNSHIP), calls=False) as (up, _):
        await file_cases(county.books[VILLAGE], 1)
        await eventually(lambda: agree(county))
        before, began = (up.counts.parcels_sent, up.counts.entries_sent), monotonic()
        for number in range(2, 62):
            await file_cases(county.books[VILLAGE], number)
        await eventually(lambda: agree(county))
        parcels, entries = up.counts.parcels_sent - before[0], up.counts.entries_sent - before[1]
        rests = (monotonic() - began) / links.REST_S
        assert (entries, parcels <= 2 * rests + 2) == (60, True), (parcels, rests)


@pytest.fixture
async def resting(county: County, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[bytes]:
    """A line on which a case has gone up and that rests from then on, though there is more. Gives the case."""
    monkeypatch.setattr(links, "BUSY_S", 1e-9)
    monkeypatch.setattr(links, "REST_S", 60.0)
    async with linked(county, Loopback(child=VILLAGE, parent=TOWNSHIP), calls=False):
        (case,) = await file_cases(county.books[VILLAGE], 1)
        await eventually(lambda: agree(county))
        await file_cases(county.books[VILLAGE], 2)
        yield case


@pytest.mark.usefixtures("resting")
async def test_a_rest_is_over_when_nothing_more_is_written(county: County) -> None:
    await asyncio.sleep(links.QUIET_S / 2)
    assert not agree(county)
    await eventually(lambda: agree(county))


async def test_a_case_passed_on_waits_for_no_rest(
    county: County, resting: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "QUIET_S", 60.0)
    await file_cases(county.books[VILLAGE], 3)
    await asyncio.sleep(0.2)
    assert not agree(county)
    await append(county.books[VILLAGE], passed_on(resting))
    await eventually(lambda: agree(county))


def passed_on(case: bytes) -> Draft:
    return replace(
        note(1),
        fact_class=fact_pb2.FACT_CLASS_MOVE,
        body_type=fact_pb2.BODY_TYPE_HANDED_OVER,
        body=bodies_pb2.HandedOver(to_place=TOWNSHIP).SerializeToString(),
        case_id=case,
        based_on=(case,),
    )


async def test_a_link_that_works_for_hours_remembers_only_the_newest(county: County) -> None:
    """Each parcel left its tip, and every offer looked at all of them."""
    stream = county.books[VILLAGE].read_chains.streams()[0]
    memory = links.Memory()
    for number in range(1000):
        memory.add([(stream, number.to_bytes(32, "big"))], at=number)
    assert memory.assumed[stream] == {number.to_bytes(32, "big") for number in range(1000 - links.TIPS, 1000)}
    assert memory.expire(before=999) == {stream.scope}
    assert (memory.assumed[stream], memory.oldest()) == ({(999).to_bytes(32, "big")}, 999)


async def test_calls_carry_everything_while_the_line_is_down(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """A county that lost its book lets nobody onto its line before it has been told the keys: by a call."""
    monkeypatch.setattr(links, "WITHOUT_LINE_S", 0.2)
    line = Loopback(child=VILLAGE, parent=TOWNSHIP)
    async with linked(county, line) as (up, _):
        await file_cases(county.books[VILLAGE], 1)
        await eventually(lambda: agree(county))
        line.cut()
        exchanged = up.counts.exchanges
        await eventually(lambda: up.counts.exchanges > exchanged)
        await file_cases(county.books[VILLAGE], 2)
        await eventually(lambda: agree(county))


class HungBroker:
    """A road whose line is up and whose broker confirms nothing."""

    connected = True

    def __init__(self, line: Loopback) -> None:
        self._end = line.child_end
        self.receive, self.on_connected, self.on_disconnected = (
            self._end.receive,
            self._end.on_connected,
            self._end.on_disconnected,
        )
        self.refused = 0

    async def send(self, payload: bytes) -> None:
        self.refused += 1
        raise Unavailable("no confirmation came")


async def test_a_broker_that_hangs_does_not_keep_filings_from_a_township_that_answers(county: County) -> None:
    """The line looked well for as long as the broker hung, and calls were not tried before ten minutes."""
    line = Loopback(child=VILLAGE, parent=TOWNSHIP)

    async def call(request: journal_pb2.Parcel) -> journal_pb2.Parcel:
        return await answer(county.books[TOWNSHIP], request, peer=VILLAGE)

    road = HungBroker(line)
    up = Link(county.books[VILLAGE], peer=TOWNSHIP, road=road, call=call)
    running = asyncio.create_task(up.run())
    try:
        await eventually(lambda: up.counts.exchanges > 0 and road.refused > 0)
        await file_cases(county.books[VILLAGE], 1)
        await eventually(lambda: agree(county))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.usefixtures("hurried")
async def test_a_village_is_not_told_of_each_filing_of_its_neighbours(county: County) -> None:
    """The county's word went down to every village for every filing of any of them."""
    await county.open(NEXT_VILLAGE)
    await county.know_each_other()
    await county.settle_down()
    line = Loopback(child=NEXT_VILLAGE, parent=TOWNSHIP)
    down = Link(county.books[TOWNSHIP], peer=NEXT_VILLAGE, road=line.parent_end)
    running = asyncio.create_task(down.run())

    async def file_and_confirm(number: int, *, home: int) -> int:
        before = down.counts.parcels_sent
        await file_cases(county.books[home], number, home=home)
        await county.exchange(home)
        await county.exchange(TOWNSHIP)
        await asyncio.sleep(0.1)
        return down.counts.parcels_sent - before

    try:
        await file_and_confirm(1, home=VILLAGE)
        assert sum([await file_and_confirm(number, home=VILLAGE) for number in range(2, 7)]) == 0
        assert await file_and_confirm(1, home=NEXT_VILLAGE) > 0
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
