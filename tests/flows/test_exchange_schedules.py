"""Hundreds of random schedules over three books and two bad lines: nothing lost, nothing twice, all alike."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest

from sync.errors import Unavailable
from sync.exchange import parcels
from sync.facts.streams import Stream
from sync.facts.v1 import journal_pb2
from sync.journal import statements
from sync.journal.book import Book
from sync.journal.verify import verify
from tests.county import (
    COUNTY,
    ROOT,
    TOWNSHIP,
    VILLAGE,
    County,
    Traffic,
    cases_of,
    file_cases,
    heads_of,
    rows,
)

SCHEDULES, STEPS, GROUPS = 100, 25, 10
LINES = ((VILLAGE, TOWNSHIP), (TOWNSHIP, COUNTY))
FAULTS = {"lost", "twice", "out of order", "request lost", "reply lost"}


class BadLine(Traffic):
    """Breaks once, before or after the parent took in what was sent."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = fault

    def goes(self, payload: bytes) -> bytes:
        self._break("request lost")
        return super().goes(payload)

    def comes(self, payload: bytes) -> bytes:
        self._break("reply lost")
        return super().comes(payload)

    def _break(self, fault: str) -> None:
        if self.fault == fault:
            raise Unavailable(fault)


class Schedule:
    """One random run: filings, exchanges, and single parcels on the way, with every fault of a bad line."""

    def __init__(self, county: County, seed: int, faults: Counter[str]) -> None:
        self.county = county
        self.chance = random.Random(seed)
        self.faults = faults
        self.filed: list[bytes] = []
        self.on_the_way: dict[tuple[int, int], list[bytes]] = {}
        self.steps: dict[str, tuple[Callable[[], Awaitable[None]], int]] = {
            "file": (self.file, 6),
            "exchange": (self.exchange, 4),
            "send": (self.send, 7),
            "deliver": (self.deliver, 8),
            "lose": (self.lose, 2),
        }

    async def run(self) -> None:
        names, weights = list(self.steps), [weight for _, weight in self.steps.values()]
        for name in self.chance.choices(names, weights, k=STEPS):
            await self.steps[name][0]()
            assert_prefixes(list(self.county.books.values()))

    async def file(self) -> None:
        place = self.chance.choice([VILLAGE, VILLAGE, VILLAGE, TOWNSHIP, COUNTY])
        self.filed += await file_cases(self.county.books[place], len(self.filed) + 1)

    async def exchange(self) -> None:
        child, _ = self.chance.choice(LINES)
        fault = self.chance.choice(["", "request lost", "reply lost"])
        try:
            await self.county.exchange(child, traffic=BadLine(fault))
        except Unavailable:
            self.faults[fault] += 1

    async def send(self) -> None:
        here, peer = self.chance.choice([*LINES, *((up, down) for down, up in LINES)])
        book = self.county.books[here]
        made = await parcels.make_up(
            book,
            peer=peer,
            scopes=parcels.shared(book, peer),
            forward=statements.forwarded(book.reader, here=here, to=peer),
        )
        payload = made.parcel.SerializeToString()
        waiting = self.on_the_way.setdefault((here, peer), [])
        waiting.append(payload)
        if self.chance.random() < 0.3:
            waiting.append(payload)
            self.faults["twice"] += 1

    async def deliver(self) -> None:
        if line := self._busy_line():
            waiting = self.on_the_way[line]
            at = self.chance.randrange(len(waiting))
            self.faults["out of order"] += at > 0
            parcel = journal_pb2.Parcel.FromString(waiting.pop(at))
            receipt = await parcels.take_in(self.county.books[line[1]], parcel, neighbour=line[0])
            assert receipt.refused == []

    async def lose(self) -> None:
        if line := self._busy_line():
            self.on_the_way[line].pop(self.chance.randrange(len(self.on_the_way[line])))
            self.faults["lost"] += 1

    def _busy_line(self) -> tuple[int, int] | None:
        busy = [line for line, waiting in self.on_the_way.items() if waiting]
        return self.chance.choice(busy) if busy else None


def chains_of(book: Book) -> dict[Stream, list[bytes]]:
    found: dict[Stream, list[bytes]] = {}
    for row, entry_hash in rows(book, "SELECT stream, hash FROM entries ORDER BY stream, seq"):
        found.setdefault(book.read_chains.stream(row), []).append(entry_hash)
    return found


def assert_prefixes(books: list[Book]) -> None:
    """Of each stream, what one book holds is the beginning of what another holds, and has one head, its last."""
    chains = [chains_of(book) for book in books]
    for stream in {stream for each in chains for stream in each}:
        held = sorted((each.get(stream, []) for each in chains), key=len)
        assert all(longer[: len(shorter)] == shorter for shorter, longer in pairwise(held)), stream
    for book, each in zip(books, chains, strict=True):
        assert heads_of(book) == {chain[-1] for chain in each.values()}


@pytest.mark.parametrize("group", range(GROUPS))
async def test_whatever_the_lines_do_every_filing_arrives_once_and_all_see_the_same(tmp_path: Path, group: int) -> None:
    faults: Counter[str] = Counter()
    for seed in range(group * SCHEDULES // GROUPS, (group + 1) * SCHEDULES // GROUPS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        async with County(folder) as county:
            await county.open(COUNTY, TOWNSHIP, VILLAGE)
            await county.introduce(COUNTY, TOWNSHIP, VILLAGE)
            await county.know_each_other()
            schedule = Schedule(county, seed, faults)
            await schedule.run()
            await county.settle_down(rounds=2)
            assert_all_alike(county, schedule.filed)
            if seed % GROUPS == 0:
                assert [verify(county.path(place), ROOT.public) for place in county.books] == [[], [], []]
    assert set(faults) == FAULTS


def assert_all_alike(county: County, filed: list[bytes]) -> None:
    books = list(county.books.values())
    for book in books:
        assert set(cases_of(book)) == set(filed)
        assert cases_of(book) == cases_of(books[0])
        assert rows(book, "SELECT COUNT(*) FROM parked") == [(0,)]
        assert rows(book, "SELECT COUNT(*) FROM refusals") == [(0,)]
        assert rows(book, "SELECT COUNT(*) FROM cases WHERE duplicate=1 OR beyond_gap=1") == [(0,)]
        twice = "SELECT fact FROM entries GROUP BY fact HAVING COUNT(*) > 1"
        assert rows(book, twice) == []
    for child, parent in LINES:
        here, there = county.books[child], county.books[parent]
        for scope in statements.shared_scopes(there.read_chains, parent, child):
            assert heads_of(here, scope) == heads_of(there, scope)
