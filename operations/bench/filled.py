"""A county whose books are full: a year of filings, written at the nodes' own books and brought in step by their own
exchange, with no line and no process between them."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from county_node.supervising import sweep
from operations.bench.county import CLOCK, Tell, prepare, request_of
from operations.networks import Network, Spot, directory
from operations.shared_clock import SharedClock
from sync.cases import places
from sync.cases.decide import ActRequest
from sync.cases.stages import Act
from sync.exchange.rounds import answer, exchange
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import counter
from sync.journal.book import Book
from sync.journal.clock import Clock, wall_ms
from sync.journal.counter import Asked
from sync.journal.writing import REQUEST_BYTES, Transaction
from sync.node import identity, settings
from sync.node.node import BOOK

DAYS = 360
DAY_MS = 24 * 60 * 60 * 1000

OPEN_DAYS = 15
"""Cases still open came on the last of these days."""

AT_A_VILLAGE = 5
"""Filings that still lie at each village: each writes journals of its own."""

REASON = "样例理由：所交材料与本事项无关，已当面说明。" * 3 + "样例理由：已告知。样例"
"""With it the facts of a refusal and a rating are encoded in about as many bytes as that of a filing."""

CLERK = "样例办事员"


@dataclass(frozen=True)
class Share:
    """What one township does in its year."""

    ended: int
    still_open: int


async def filled(root: Path, network: Network, *, cases: int, still_open: int, tell: Tell) -> None:
    """Makes a county in the empty directory `root` whose books hold `cases` cases, and which has looked at all of them
    once; all nodes have stopped."""
    began = wall_ms() - (DAYS + 1) * DAY_MS
    tell("建立全县节点，发布目录")
    await prepare(root, network, tell=tell, at_ms=began)
    townships = network.at("township")
    shares = [
        Share(len(range(cases - still_open)[n :: len(townships)]), len(range(still_open)[n :: len(townships)]))
        for n in range(len(townships))
    ]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("spawn")) as pool:
        work = [
            asyncio.get_running_loop().run_in_executor(pool, _live, root, network, township, share, began)
            for township, share in zip(townships, shares, strict=True)
        ]
        for count, done in enumerate(asyncio.as_completed(work), start=1):
            await done
            tell(f"写满各乡镇账本：{count}/{len(work)}")
    clock = SharedClock(root / CLOCK)
    clock.move_to(began + DAYS * DAY_MS)
    async with book_of(root, network.county, clock.for_node()) as county:
        # It was restored from a copy once: its journals before and after stand side by side.
        await county.write(lambda tx: tx.open_epoch(bodies_pb2.OPEN_REASON_RESTORE))
        for count, township in enumerate(townships, start=1):
            async with book_of(root, township, clock.for_node()) as book:
                await _in_step(book, county)
            tell(f"汇入县账本：{count}/{len(townships)}")
        tell("首次全部核查")
        await sweep(county)


def _live(root: Path, network: Network, township: Spot, share: Share, began: int) -> None:
    asyncio.run(_year(root, network, township, share, began))


async def _year(root: Path, network: Network, township: Spot, share: Share, began: int) -> None:
    """A township's year at its counter, day by day, then what its villages have written."""
    now = began
    clock = Clock(now=lambda: now, built_at_ms=began)
    stations = [spot for spot in network.at("village") if places.parent(spot.place) == township.place]
    homes = sorted({*township.homes} - {spot.place for spot in stations})
    asking = Counter(township.place, homes)
    async with book_of(root, township, clock) as book:
        for day in range(DAYS):
            now = began + (day + 1) * DAY_MS
            ended = len(range(share.ended)[day::DAYS])
            left = len(range(share.still_open)[day % OPEN_DAYS :: OPEN_DAYS]) if day >= DAYS - OPEN_DAYS else 0
            filings = list(asking.filings(ended + left))
            filed = await book.write(partial(_do_all, asked=filings))
            acts = [Act.REFUSE] * ended + [Act.ACCEPT] * left
            answers = [asking.act(act, case) for act, case in zip(acts, filed, strict=True)]
            await book.write(partial(_do_all, asked=answers))
            await book.write(partial(_do_all, asked=[asking.act(Act.RATE, case) for case in filed[:ended]]))
        for spot in stations:
            async with book_of(root, spot, clock) as village:
                filings = list(Counter(spot.place).filings(AT_A_VILLAGE))
                await village.write(partial(_do_all, asked=filings))
                await _in_step(village, book)


def book_of(root: Path, spot: Spot, clock: Clock) -> Book:
    """The book of a node that does not run."""
    folder = directory(root, spot)
    return Book(folder / BOOK, identity.identity_of(folder, settings.read(folder)), clock=clock)


async def _in_step(child: Book, parent: Book) -> None:
    here, above = child.identity.place, parent.identity.place
    await exchange(child, peer=above, call=lambda parcel: answer(parent, parcel, peer=here))


def _do_all(tx: Transaction, *, asked: Sequence[Asked]) -> list[bytes]:
    return [counter.do(tx, each) for each in asked]


class Counter:
    """What people ask for at one counter: of each home in turn, if it files for others."""

    def __init__(self, place: int, homes: Sequence[int] = ()) -> None:
        self._place = place
        self._homes = homes or [place]
        self._actor = fact_pb2.Actor(place=place, person=CLERK)
        self._count = 0

    def filings(self, count: int) -> Iterator[Asked]:
        for _ in range(count):
            self._count += 1
            request = request_of(self._place, self._count)
            home = self._homes[self._count % len(self._homes)]
            yield Asked(
                request.request_id,
                counter.digest_of(request),
                ActRequest(Act.FILE, self._place, "", home=home, item_code=request.item_code),
                self._actor,
                applicant=request.applicant,
                materials=tuple(request.materials),
                channel=request.channel,
                paper_places=frozenset(self._homes),
            )

    def act(self, act: Act, case: bytes) -> Asked:
        request = ActRequest(act, self._place, "")
        if act is Act.REFUSE:
            request = replace(request, reason=REASON, review_way="样例复议途径")
        if act is Act.RATE:
            request = replace(request, grade=4, reason=REASON, detail="phone")
        request_id = hashlib.blake2b(case + act.value.encode(), digest_size=REQUEST_BYTES).digest()
        return Asked(request_id, case, request, self._actor, case=case.hex())
