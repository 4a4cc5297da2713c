"""A book that another key, another file or another process got hold of."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sync.errors import Corrupt, Malformed, Refused
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.book import Book
from sync.journal.clock import Clock
from sync.journal.receiving import learn_key
from sync.journal.verify import verify
from sync.journal.writing import Transaction
from sync.node import identity, settings
from sync.node.node import BOOK, Node
from tests.county import (
    BOX,
    COUNTY,
    ROOT,
    TOWNSHIP,
    VILLAGE,
    County,
    Watch,
    cases_of,
    file_cases,
    filing,
    heads_of,
    key_introduced,
    rows,
)


async def test_a_book_with_a_new_key_goes_on_in_a_new_epoch(county: County) -> None:
    """It went on in streams opened with the old key, and nobody ever took what it wrote."""
    await county.open(COUNTY, TOWNSHIP, VILLAGE)
    await county.know_each_other()
    await file_cases(county.books[VILLAGE], 1)
    await county.exchange(VILLAGE)
    await county.close(VILLAGE)
    enrolled = Book(county.path(VILLAGE), county.identity(VILLAGE, life=1), clock=Clock(now=Watch(), built_at_ms=0))
    county.books[VILLAGE] = await enrolled.__aenter__()
    await file_cases(enrolled, 2)
    for book in county.books.values():
        await book.write(lambda tx: learn_key(tx, key_introduced(VILLAGE, life=1)))
    await county.settle_down(rounds=2)
    assert heads_of(enrolled, BOX) == heads_of(county.books[COUNTY], BOX)
    assert len(cases_of(county.books[COUNTY])) == 2
    (opened,) = rows(
        enrolled,
        "SELECT f.bytes FROM facts f JOIN entries e ON e.fact=f.id JOIN streams s ON s.id=e.stream "
        "WHERE e.seq=1 AND s.place=? AND s.author=? ORDER BY s.id DESC LIMIT 1",
        VILLAGE,
        VILLAGE,
    )
    assert _reason(opened[0]) == bodies_pb2.OPEN_REASON_ENROL


def _reason(encoded: bytes) -> int:
    return bodies_pb2.StreamOpened.FromString(fact_pb2.Fact.FromString(encoded).body).reason


async def test_the_same_key_opens_no_new_epoch(county: County) -> None:
    await county.open(VILLAGE)
    before = rows(county.books[VILLAGE], "SELECT COUNT(*) FROM streams")
    await county.close(VILLAGE)
    await county.open(VILLAGE)
    assert rows(county.books[VILLAGE], "SELECT COUNT(*) FROM streams") == before


def test_a_book_whose_key_is_lost_does_not_get_another_one(tmp_path: Path) -> None:
    plain = settings.Settings(place=VILLAGE, name="村", root_key=ROOT.public.hex(), nats=settings.Nats(port=0))
    settings.write(tmp_path, plain)
    (tmp_path / BOOK).touch()
    with pytest.raises(Malformed, match=r"operating\.key"):
        Node(tmp_path, has_children=False)
    assert not (tmp_path / identity.OPERATING_KEY).exists()


def test_settings_that_are_no_text_are_malformed(tmp_path: Path) -> None:
    (tmp_path / settings.FILE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Malformed, match="TOML"):
        settings.read(tmp_path)


def test_a_file_that_is_no_book_is_said_to_be_corrupt(county: County) -> None:
    county.path(VILLAGE).write_bytes(b"no book at all, " * 500)
    with pytest.raises(Corrupt, match="cannot be opened"):
        Book(county.path(VILLAGE), county.identity(VILLAGE))


def test_a_folder_in_place_of_a_book_is_said_to_be_corrupt(county: County) -> None:
    county.path(VILLAGE).mkdir()
    with pytest.raises(Corrupt, match="cannot be opened"):
        Book(county.path(VILLAGE), county.identity(VILLAGE))


async def test_who_hangs_up_leaves_whole_facts_and_a_living_writer(county: County) -> None:
    """Calls broken off, jobs that fail before and after they sealed, all in the same commits."""
    village = await county.open(VILLAGE)

    def fails(tx: Transaction) -> None:
        tx.append([filing(900_000)])
        tx.seal()
        raise Refused("NO", "no")

    calls = [asyncio.create_task(file_cases(village, n) if n % 4 else village.write(fails)) for n in range(400)]
    await asyncio.sleep(0.01)
    for call in calls[::3]:
        call.cancel()
    said = await asyncio.gather(*calls, return_exceptions=True)
    told = {each[0] for each in said if isinstance(each, list)}
    held = {fact_id for (fact_id,) in rows(village, "SELECT fact_id FROM facts WHERE case_row IS NOT NULL")}
    assert told <= held
    assert set(cases_of(village)) == held
    assert not rows(village, "SELECT 1 FROM cases WHERE serial=900000 OR stage=''")
    await county.close(VILLAGE)
    assert verify(county.path(VILLAGE), ROOT.public) == []


async def test_closing_answers_everybody_who_waits(county: County) -> None:
    village = await county.open(VILLAGE)
    calls = [asyncio.create_task(file_cases(village, number)) for number in range(600)]
    await asyncio.sleep(0)
    await county.close(VILLAGE)
    async with asyncio.timeout(5):
        said = await asyncio.gather(*calls)
    assert len(said) == 600
    await county.open(VILLAGE)
    assert len(cases_of(county.books[VILLAGE])) == 600
