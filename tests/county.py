"""A small county to try things out in: places, keys, books, and a scribe who writes journals without a book."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from county_node.supervising import sweep
from sync.cases import places
from sync.exchange.parcels import read
from sync.exchange.rounds import answer, exchange
from sync.facts import hashing, signing
from sync.facts.signing import SigningKey
from sync.facts.streams import NO_HASH, PATH, SUBTREE, Scope, Stream
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2
from sync.journal.book import Book, Identity
from sync.journal.clock import Clock
from sync.journal.receiving import Receipt, learn_key, receive
from sync.journal.writing import Draft, Transaction

COUNTY = 510524000000
TOWNSHIP, OTHER_TOWNSHIP = 510524100000, 510524101000
VILLAGE, NEXT_VILLAGE, FAR_VILLAGE = 510524100201, 510524100202, 510524101201

NOON_MS = 1_800_000_000_000

BOX = Scope(PATH, VILLAGE)
"""What the village files stands here."""

ROOT = SigningKey(bytes(range(32)))


def key_of(place: int, *, life: int = 0) -> SigningKey:
    """The same key for a place in every test; `life` for a machine enrolled later."""
    return SigningKey(hashing.number(place) * 3 + hashing.number(life))


def certificate_of(place: int, *, life: int = 0) -> bodies_pb2.KeyCertificate:
    return signing.certify(ROOT, place=place, key=key_of(place, life=life).public, nats_key="", at_ms=1)


def key_introduced(place: int, *, life: int = 0) -> bytes:
    return bodies_pb2.KeyIntroduced(certificate=certificate_of(place, life=life)).SerializeToString()


@dataclass
class Watch:
    """A clock that moves one second at each look, unless it is held."""

    now_ms: int = NOON_MS
    step_ms: int = 1000

    def __call__(self) -> int:
        self.now_ms += self.step_ms
        return self.now_ms


@dataclass
class County:
    """Books of a few places in one folder; closed in reverse."""

    folder: Path
    homes: dict[int, tuple[int, ...]] = field(
        default_factory=lambda: {
            COUNTY: (COUNTY, TOWNSHIP, VILLAGE, NEXT_VILLAGE),
            TOWNSHIP: (TOWNSHIP, VILLAGE, NEXT_VILLAGE),
            VILLAGE: (VILLAGE,),
            NEXT_VILLAGE: (NEXT_VILLAGE,),
            OTHER_TOWNSHIP: (OTHER_TOWNSHIP, FAR_VILLAGE),
        }
    )
    books: dict[int, Book] = field(default_factory=dict)
    watches: dict[int, Watch] = field(default_factory=dict)
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()
        for place in list(self.books):
            await self.close(place)

    def identity(self, place: int, *, life: int = 0) -> Identity:
        return Identity(place, key_of(place, life=life), ROOT.public, self.homes[place])

    def path(self, place: int) -> Path:
        return self.folder / f"{place}.sqlite"

    async def open(self, *wanted: int) -> Book:
        """Opens the books of some places and returns the last."""
        for place in wanted:
            watch = self.watches.setdefault(place, Watch())
            book = Book(self.path(place), self.identity(place), clock=Clock(now=watch, built_at_ms=0))
            self.books[place] = await book.__aenter__()
        return self.books[wanted[-1]]

    async def close(self, place: int) -> None:
        await self.books.pop(place).__aexit__(None, None, None)

    async def introduce(self, *wanted: int) -> None:
        """The county introduces the keys of some places; they go down to everybody."""

        def write(tx: Transaction) -> None:
            for place in wanted:
                learn_key(tx, key_introduced(place))
            tx.append([introduction(place, number) for number, place in enumerate(wanted)])

        await self.books[COUNTY].write(write)

    async def know_each_other(self) -> None:
        """Every open book knows every key, without anything having travelled."""
        for book in self.books.values():
            await know(book, *self.books)

    # Loss.

    def copy(self, place: int, *, name: str) -> None:
        """Keeps the closed book of a place aside."""
        shutil.copy(self.path(place), self.folder / name)

    def set_back(self, place: int, *, name: str) -> None:
        """Puts what was kept aside in place of the closed book."""
        for suffix in ("-wal", "-shm"):
            self.path(place).with_name(self.path(place).name + suffix).unlink(missing_ok=True)
        shutil.copy(self.folder / name, self.path(place))

    # Roads.

    async def exchange(self, child: int, parent: int | None = None, *, traffic: Traffic | None = None) -> int:
        """One exchange by direct calls, in bytes as on a real road."""
        above = places.parent(child) if parent is None else parent
        assert above is not None
        seen = traffic or Traffic()

        async def call(request: journal_pb2.Parcel) -> journal_pb2.Parcel:
            there = read(seen.goes(request.SerializeToString()))
            reply = await answer(self.books[above], there, peer=child)
            return read(seen.comes(reply.SerializeToString()))

        return await exchange(self.books[child], peer=above, call=call)

    async def settle_down(self, *, rounds: int = 4) -> None:
        """Exchanges on every line, a few times over."""
        for _ in range(rounds):
            for child in sorted(self.books, key=places.level):
                if places.parent(child) in self.books:
                    await self.exchange(child)


@dataclass
class Traffic:
    """Counts the bytes of an exchange."""

    sent: int = 0
    received: int = 0
    calls: int = 0

    def goes(self, payload: bytes) -> bytes:
        self.calls += 1
        self.sent += len(payload)
        return payload

    def comes(self, payload: bytes) -> bytes:
        self.received += len(payload)
        return payload


async def know(book: Book, *wanted: int) -> None:
    def learn(tx: Transaction) -> None:
        for place in wanted:
            learn_key(tx, key_introduced(place))

    await book.write(learn)


# Drafts.


def introduction(place: int, number: int = 0) -> Draft:
    return Draft(
        scope=Scope(SUBTREE, COUNTY),
        fact_class=fact_pb2.FACT_CLASS_ADMIN,
        body_type=fact_pb2.BODY_TYPE_KEY_INTRODUCED,
        body=key_introduced(place),
        actor=fact_pb2.Actor(place=COUNTY),
        request_id=hashing.number(place) + hashing.number(number),
    )


def filing(
    number: int, *, home: int = VILLAGE, at: int | None = None, private: bytes = b"", request_id: bytes = b""
) -> Draft:
    """A case is filed: at its home unless `at` says otherwise."""
    place = at or home
    return Draft(
        scope=Scope(PATH, home),
        fact_class=fact_pb2.FACT_CLASS_MOVE,
        body_type=fact_pb2.BODY_TYPE_CASE_FILED,
        body=bodies_pb2.CaseFiled(number=f"{place}-20270115-{number:06}", serial=number).SerializeToString(),
        actor=fact_pb2.Actor(place=place),
        request_id=request_id or hashing.number(place) + hashing.number(number),
        private=private,
    )


def note(number: int, *, home: int = VILLAGE, at: int | None = None, size: int = 10) -> Draft:
    """Something of no case, in the stream of a home."""
    return Draft(
        scope=Scope(PATH, home),
        fact_class=fact_pb2.FACT_CLASS_ANNOTATION,
        body_type=fact_pb2.BODY_TYPE_UNSPECIFIED,
        body=random.Random(number).randbytes(size),
        actor=fact_pb2.Actor(place=at or home),
        request_id=hashing.number(at or home) + hashing.number(1 << 32 | number),
    )


def private_part(text: str) -> bytes:
    """16 bytes of salt, then the content."""
    return bytes(range(16)) + text.encode()


def applicant(name: str) -> bytes:
    """The private part of a filing."""
    return bytes(range(16)) + bodies_pb2.Applicant(name=name).SerializeToString()


async def append(book: Book, *drafts: Draft) -> list[bytes]:
    """One commit. Returns the fact ids."""
    return await book.write(lambda tx: tx.append(drafts))


async def file_cases(book: Book, *numbers: int, home: int = VILLAGE, private: bool = True) -> list[bytes]:
    """Files cases at the book's own place, one commit each. Returns their ids."""
    filed = []
    for number in numbers:
        part = private_part(f"张三{number}") if private else b""
        draft = filing(number, home=home, at=book.identity.place, private=part)
        filed += await append(book, draft)
    return filed


# Journals written by hand.


@dataclass
class Scribe:
    """Writes one stream entry by entry, as a node with this key would, and cuts segments out of it."""

    place: int = VILLAGE
    scope: Scope = BOX
    epoch: bytes = bytes(range(16))
    key: SigningKey = field(default_factory=lambda: key_of(VILLAGE))
    entries: list[journal_pb2.Entry] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)

    @property
    def stream(self) -> Stream:
        return Stream(self.place, self.epoch, self.scope)

    def open(self) -> Self:
        body = bodies_pb2.StreamOpened(
            stream=self.stream.proto(), key=self.key.public, reason=bodies_pb2.OPEN_REASON_FIRST
        )
        opening = self.fact(0, body_type=fact_pb2.BODY_TYPE_STREAM_OPENED, body=body.SerializeToString())
        opening.fact_class = fact_pb2.FACT_CLASS_ADMIN
        return self.commit(opening)

    def fact(self, number: int, **more: Any) -> fact_pb2.Fact:
        """A case filed, unless `more` says otherwise."""
        values: dict[str, Any] = {
            "version": 1,
            "fact_class": fact_pb2.FACT_CLASS_MOVE,
            "home": self.scope.place,
            "recorder": fact_pb2.Actor(place=self.place),
            "request_id": hashing.number(self.place) + hashing.number(number),
            "recorded_at_ms": NOON_MS + number,
            "happened_at_ms": NOON_MS + number,
            "body_type": fact_pb2.BODY_TYPE_CASE_FILED,
            "body_version": 1,
            "body": bodies_pb2.CaseFiled(number=str(number), serial=number).SerializeToString(),
        }
        return fact_pb2.Fact(**(values | more))

    def commit(self, *facts: fact_pb2.Fact, private: Sequence[bytes] = (), signed: bool = True) -> Self:
        """Appends facts; the last is signed."""
        for index, fact in enumerate(facts):
            part = private[index] if index < len(private) else b""
            encoded = fact.SerializeToString(deterministic=True)
            previous = self.hashes[-1] if self.hashes else NO_HASH
            name = hashing.fact_id(encoded)
            self.hashes.append(hashing.entry_hash(previous, self.stream, len(self.hashes) + 1, name))
            self.entries.append(journal_pb2.Entry(fact=encoded, private_part=part))
        if signed:
            self.entries[-1].signature = self.key.sign(signing.entry_message(self.hashes[-1]))
        return self

    def write(self, *numbers: int) -> Self:
        """One commit for each case filed."""
        for number in numbers:
            self.commit(self.fact(number))
        return self

    def branch(self, *, after: int) -> Scribe:
        """Another life of the same store: what it wrote up to `after` entries, to go on differently."""
        return Scribe(self.place, self.scope, self.epoch, self.key, self.entries[:after], self.hashes[:after])

    def segment(self, first: int = 1, last: int | None = None) -> journal_pb2.Segment:
        """Entries `first` to `last`, from 1, both included."""
        previous = self.hashes[first - 2] if first > 1 else NO_HASH
        segment = journal_pb2.Segment(stream=self.stream.proto(), first_seq=first, previous_hash=previous)
        segment.entries.extend(self.entries[first - 1 : last])
        return segment


def parcel(*segments: journal_pb2.Segment, **more: Any) -> journal_pb2.Parcel:
    return journal_pb2.Parcel(version=1, segments=segments, **more)


async def take(book: Book, *segments: journal_pb2.Segment, sender: int = VILLAGE, **more: Any) -> Receipt:
    """What `book` says to a parcel of these segments."""
    sealed = journal_pb2.Parcel.FromString(parcel(*segments, **more).SerializeToString())
    return await book.write(lambda tx: receive(tx, sealed, neighbour=sender))


# Looking into books.


def rows(book: Book, query: str, *values: object) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = book.reader.execute(query, values).fetchall()
    return found


def heads_of(book: Book, scope: Scope | None = None) -> set[bytes]:
    """Hashes of all heads held, of one scope or of all."""
    wanted = book.read_chains.scopes() if scope is None else [scope]
    return {head.hash for each in wanted for head in book.read_chains.scope_heads(each)}


def cases_of(book: Book) -> dict[bytes, tuple[Any, ...]]:
    """Every case of a book, all columns but the local row number, by case id."""
    found = rows(book, "SELECT case_id, * FROM cases")
    return {case_id: tuple(rest[1:]) for case_id, *rest in found}


def own_stream(book: Book, scope: Scope) -> Stream:
    """The stream this node now writes in a scope."""
    ((epoch,),) = rows(book, "SELECT value FROM meta WHERE name='epoch'")
    return Stream(book.identity.place, bytes(epoch), scope)


async def looked_at_anew(book: Book) -> None:
    """Whatever was not looked at again, because nothing could have changed, would have been found the same."""
    kept = "SELECT case_row, kind, place, start_day, standing, evidence, confirmed_by FROM findings ORDER BY id"
    before = rows(book, kept)
    book.open_cases.forget()
    await sweep(book)
    assert rows(book, kept) == before
