"""A relay of books under way: opened from a template, parcels on bad roads, and what must hold after every step."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Self
from unittest.mock import patch

from sync.cases import places, workdays
from sync.cases.decide import ActRequest, allowed_acts
from sync.cases.stages import Act, Outcome
from sync.errors import Unavailable
from sync.exchange import parcels
from sync.exchange.link import Memory
from sync.facts import hashing, signing
from sync.facts.streams import Scope, stream_of
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2
from sync.journal import counter, statements, writing
from sync.journal.book import Book
from sync.journal.cases import CaseFacts, is_rated
from sync.journal.counter import Asked, do
from sync.journal.receiving import Receipt
from tests.county import (
    COUNTY,
    FAR_VILLAGE,
    NEXT_VILLAGE,
    OTHER_TOWNSHIP,
    TOWNSHIP,
    VILLAGE,
    County,
    Traffic,
    Watch,
    rows,
)
from tests.flows.holding import Held

EVERYWHERE = (COUNTY, TOWNSHIP, OTHER_TOWNSHIP, VILLAGE, NEXT_VILLAGE, FAR_VILLAGE)
# What is done with a case, and what has to be said with it. Left out: what ends a case early.
SAID: dict[Act, dict[str, Any]] = {
    Act.HAND_OVER: {},
    Act.TAKE_IN: {},
    Act.ACCEPT: {},
    Act.ASK_ONCE: {"missing": ("样例材料",)},
    Act.SUPPLY: {},
    Act.STAGE_DONE: {"reason": "样例意见"},
    Act.SEND_BACK: {"reason": "样例理由"},
    Act.PASS_UP: {"reason": "样例意见"},
    Act.DECIDE: {"outcome": Outcome.GRANTED, "detail": "样例字1号"},
    Act.CLOSE: {},
    Act.DELIVER: {"detail": "当面"},
    Act.SETTLE: {"reason": "样例理由"},
    Act.OVERRIDE: {"reason": "样例理由"},
    Act.COMPLAIN: {"detail": "phone", "said": True},
    Act.RATE: {"grade": 5},
}

VERIFIED = lru_cache(100_000)(signing.verified)
"""A signature is checked once, however many books it comes to: checking takes longer than all the rest."""


def above_of(child: int) -> int:
    above = places.parent(child)
    assert above is not None
    return above


Road = tuple[int, int]
"""From a place to a neighbour of it."""


@dataclass(frozen=True)
class Carried:
    """A parcel on its way, as bytes."""

    number: int
    road: Road
    payload: bytes

    def __repr__(self) -> str:
        return f"parcel {self.number}"


@dataclass
class Worn(Watch):
    """The clock of one place: the true time, and by how much it is wrong there."""

    true: Watch = field(default_factory=Watch)
    off_ms: int = 0

    def __call__(self) -> int:
        self.now_ms = self.true() + self.off_ms
        return self.now_ms


@dataclass
class Relay(County):
    """Books of neighbours, the roads between them, and all that any of them ever wrote or stated."""

    luck: random.Random = field(default_factory=lambda: random.Random(1))
    """What is random in a book: drawn here, so that what failed once fails again."""
    time: Watch = field(default_factory=Watch)
    """One true time for all."""
    held: dict[int, Held] = field(default_factory=dict)
    written: set[bytes] = field(default_factory=set)
    """Hashes of all entries that stood in their author's book."""
    signed: set[bytes] = field(default_factory=set)
    """Signatures of all statements that were true when they were made."""
    memories: dict[Road, Memory] = field(default_factory=dict)
    withheld: dict[Road, set[bytes]] = field(default_factory=dict)
    """Facts that never travel by a road, whatever goes before and after them."""
    ever: dict[int, set[bytes]] = field(default_factory=dict)
    """Hashes of all entries each place has held at some time."""
    parcels_made: int = 0

    def __post_init__(self) -> None:
        self.homes |= {FAR_VILLAGE: (FAR_VILLAGE,)}
        self.clocks = {place: Worn(true=self.time) for place in EVERYWHERE}
        self.watches |= self.clocks
        luck = SimpleNamespace(urandom=self.luck.randbytes)
        self._patches = (
            patch.object(writing, "os", luck),
            patch.object(counter, "os", luck),
            patch.object(signing, "verified", VERIFIED),
        )

    async def __aenter__(self) -> Self:
        for each in self._patches:
            each.start()
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        for each in self._patches:
            each.stop()

    async def begin(self, template: Path, *wanted: int) -> None:
        """Opens copies of the books of a template."""
        self.homes[COUNTY] = wanted
        for place in wanted:
            shutil.copyfile(template / f"{place}.sqlite", self.path(place))
        await self.open(*wanted)
        for book in self.books.values():
            stated = [
                journal_pb2.Checkpoint.FromString(each) for (each,) in rows(book, "SELECT checkpoint FROM stated")
            ]
            self.signed |= {each.signature for each in stated}
            self.time.now_ms = max(self.time.now_ms, *(each.at_ms for each in stated))
        self.look()

    async def open(self, *wanted: int) -> Book:
        self.held |= {place: Held() for place in wanted}
        return await super().open(*wanted)

    # At the counters.

    def filing(self, item: str, *, at: int, home: int) -> Asked:
        """A case is to be filed. A township files for a village without a node."""
        return self._asked(
            ActRequest(Act.FILE, at, home=home, item_code=item),
            applicant=bodies_pb2.Applicant(name="样例甲"),
            paper_places=frozenset({home}) - {at},
        )

    def _asked(self, act: ActRequest, **more: Any) -> Asked:
        return Asked(self.luck.randbytes(16), bytes(32), act, fact_pb2.Actor(place=act.place), **more)

    async def ask(self, asked: Asked) -> bytes:
        """The id of the case."""
        return await self.books[asked.actor.place].write(lambda tx: do(tx, asked))

    async def act(self, at: int, act: Act, case_id: bytes) -> None:
        text = "样例内容" if act is Act.COMPLAIN else ""
        await self.ask(self._asked(ActRequest(act, at, **SAID[act]), case=case_id.hex(), private_text=text))

    def open_to(self, place: int) -> list[tuple[CaseFacts, Act]]:
        """What a place may do just now with the cases it sees."""
        catalogue = self.books[place].catalogues.catalogue()
        today = workdays.day_of(self.watches[place].now_ms)
        return [
            (case, act)
            for case in cases_of(self.books[place])
            for act in allowed_acts(
                case.state, place=place, unit="", catalogue=catalogue, today=today, rated=is_rated(case)
            )
            if act in SAID
        ]

    # Neighbours.

    def roads(self) -> list[Road]:
        """Both ways of every line between open books."""
        return [road for child in self.children() for road in ((child, above_of(child)), (above_of(child), child))]

    def children(self) -> list[int]:
        return [child for child in self.books if places.parent(child) in self.books]

    def forget(self, place: int) -> None:
        """What a node sent, and what its neighbours sent to it, is forgotten: its lines are opened anew."""
        for road in self.roads():
            if place in road:
                self.memories.pop(road, None)

    def memory(self, road: Road) -> Memory:
        return self.memories.setdefault(road, Memory())

    # Roads.

    async def send(
        self, road: Road, *, remembering: bool = True, stating_only: bool = False, hole: bytes = b""
    ) -> Carried:
        """What a place would send a neighbour now. `remembering`: without what the connection sent before.

        `hole`: a fact that stays behind.
        """
        here, peer = road
        book, memory = self.books[here], self.memory(road) if remembering else Memory()
        made = await parcels.make_up(
            book,
            peer=peer,
            scopes=[] if stating_only else parcels.to_offer(book, peer),
            assumed=memory.assumed,
            forward=statements.forwarded(book.reader, here=here, to=peer),
        )
        memory.add(made.offer.tips, at=0.0)
        stay = self.withheld.get(road, set()) | {hole}
        parts = [part for each in made.parcel.segments for part in without(each, stay)]
        del made.parcel.segments[:]
        made.parcel.segments.extend(parts)
        self.look()
        self.hear(here, made.parcel)
        self.parcels_made += 1
        return Carried(self.parcels_made, road, made.parcel.SerializeToString())

    async def take_in(self, carried: Carried) -> Receipt:
        """What a neighbour says to a parcel that has arrived."""
        here, peer = carried.road
        parcel = parcels.read(carried.payload)
        receipt = await parcels.take_in(self.books[peer], parcel, neighbour=here)
        assert receipt.refused == [], [str(each) for each in receipt.refused]
        return receipt

    async def call(self, child: int, *, breaks_at: int = 0) -> int:
        """A whole exchange: both hold the same afterwards.

        Of the answer number `breaks_at` the child never learns, and Unavailable is raised.
        """
        trips = await self.exchange(child, traffic=Overheard(self, child, breaks_at))
        self.look()
        assert self.hold_the_same(child)
        return trips

    async def meet(self, child: int) -> None:
        """A line comes back: both sides exchange, and pass on what waits at one of them for a gap to close."""
        await self.call(child)
        for road in ((child, above_of(child)), (above_of(child), child)):
            if rows(self.books[road[0]], "SELECT 1 FROM parked LIMIT 1"):
                await self.take_in(await self.send(road, remembering=False))

    async def settle_down(self, *, rounds: int = 4) -> None:
        """Lines come back, again and again until all neighbours are in step."""
        lines = sorted(self.children(), key=places.level)
        for _ in range(rounds):
            self.look()
            if all(map(self._is_in_step, lines)):
                return
            for child in lines:
                if not self._is_in_step(child):
                    await self.meet(child)
                    self.look()
        raise AssertionError(f"not in step after {rounds} rounds")

    def hold_the_same(self, child: int) -> bool:
        """Whether a place and the one above have the same heads in all they share."""
        above = above_of(child)
        return len({self.held[place].list_hash(child, above) for place in (child, above)}) == 1

    def _is_in_step(self, child: int) -> bool:
        """The same, and the same waits at both."""
        waiting = [self._waiting(place, seen_at=child) for place in (child, above_of(child))]
        return self.hold_the_same(child) and waiting[0] == waiting[1]

    def _waiting(self, place: int, *, seen_at: int) -> set[bytes]:
        found = rows(self.books[place], "SELECT kind, place, last_hash FROM parked")
        return {last_hash for kind, home, last_hash in found if Scope(kind, home).visible_at(seen_at)}

    # Going back.

    async def restart(self, place: int, *, copy: str) -> None:
        """Between closing and opening, a copy is kept."""
        await self.close(place)
        self.copy(place, name=copy)
        await self.open(place)
        self.forget(place)

    async def go_back(self, place: int, *, copy: str) -> None:
        await self.close(place)
        self.set_back(place, name=copy)
        await self.open(place)
        self.forget(place)

    # What must hold after every step.

    def look(self) -> None:
        """No book holds what its author never wrote, nothing stands behind a hole, and nothing counts twice."""
        news = {place: self.held[place].look(book) for place, book in self.books.items()}
        for place, new in news.items():
            self.ever.setdefault(place, set()).update(entry_hash for _, entry_hash in new)
            self.written |= {entry_hash for stream, entry_hash in new if stream.author == place}
        for place, new in news.items():
            assert self.written.issuperset(entry_hash for _, entry_hash in new), place

    def hear(self, place: int, parcel: journal_pb2.Parcel) -> None:
        """What a place states of itself is what it holds just now; of others it passes on what they stated."""
        for statement in parcel.statements:
            checkpoint = statement.checkpoint
            if checkpoint.signer == place:
                assert checkpoint.list_hash == self.held[place].list_hash(place, checkpoint.peer)
                self.signed.add(checkpoint.signature)
            assert checkpoint.signature in self.signed


class Overheard(Traffic):
    """Checks what both say in an exchange. Breaks the line at one of the answers."""

    def __init__(self, relay: Relay, child: int, breaks_at: int) -> None:
        super().__init__()
        self.relay, self.child, self.above, self.breaks_at = relay, child, above_of(child), breaks_at

    def goes(self, payload: bytes) -> bytes:
        self._hear(self.child, payload)
        return super().goes(payload)

    def comes(self, payload: bytes) -> bytes:
        self._hear(self.above, payload)
        if self.calls == self.breaks_at:
            raise Unavailable("the answer was lost")
        return super().comes(payload)

    def _hear(self, place: int, payload: bytes) -> None:
        self.relay.look()
        self.relay.hear(place, parcels.read(payload))


def cases_of(book: Book) -> list[CaseFacts]:
    """The cases that count, as they came."""
    found = rows(book, "SELECT id, case_id, home FROM cases WHERE duplicate=0 ORDER BY id")
    return [book.case(row, case_id=case_id, home=home) for row, case_id, home in found]


def without(segment: journal_pb2.Segment, stay: set[bytes]) -> list[journal_pb2.Segment]:
    """A segment of which some facts stay behind: what came before, between and after them."""
    stream, previous, parts = stream_of(segment.stream), segment.previous_hash, list[journal_pb2.Segment]()
    whole = False
    for seq, entry in enumerate(segment.entries, start=segment.first_seq):
        fact_id = hashing.fact_id(entry.fact)
        if fact_id not in stay and not whole:
            parts.append(journal_pb2.Segment(stream=segment.stream, first_seq=seq, previous_hash=previous))
        whole = fact_id not in stay
        if whole:
            parts[-1].entries.append(entry)
        previous = hashing.entry_hash(previous, stream, seq, fact_id)
    return parts
