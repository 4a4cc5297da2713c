"""One commit of a book: facts appended, sealed with a signature, and all that follows from them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from google.protobuf.message import Message

from sync.cases import places
from sync.errors import Malformed
from sync.facts import hashing, signing
from sync.facts.streams import EPOCH_BYTES, NO_HASH, PATH, SUBTREE, Scope, Stream
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.cases import Stored
from sync.journal.chains import Chains, NewEntry
from sync.journal.clock import Clock, Reading
from sync.journal.meta import Meta
from sync.journal.projections import Projections, is_filing
from sync.journal.schema import find_many

if TYPE_CHECKING:
    from sync.journal.book import Identity

T = TypeVar("T")

HELD = "SELECT fact_id, id, case_row FROM facts WHERE fact_id IN"

FACT_VERSION = 1
REQUEST_BYTES = 16

MAX_ENTRY_BYTES = 256 * 1024
"""A fact and its private part; a larger one would fit into no parcel."""

UNSIGNED_BYTES = 128 * 1024
"""A commit with more than this in one stream is signed in between, so that it can be cut to fit into parcels."""


@dataclass(frozen=True)
class Draft:
    """A fact about to be written: everything in it but when, by which node, and its place in a chain."""

    scope: Scope
    fact_class: fact_pb2.FactClass
    body_type: fact_pb2.BodyType
    body: bytes
    actor: fact_pb2.Actor
    request_id: bytes
    case_id: bytes = b""
    parent_case_id: bytes = b""
    based_on: Sequence[bytes] = ()
    on_behalf_of: fact_pb2.Actor | None = None
    happened_at_ms: int | None = None
    paper_page: str = ""
    item_code: str = ""
    item_version: int = 0
    delegation: int = 0
    private: bytes = b""


@dataclass(frozen=True)
class _Pending:
    stream: int
    fact_row: int
    case_row: int | None
    fact_id: bytes
    size: int


class Kept(NamedTuple):
    """Where a fact stands in the book: its row, and that of its case."""

    fact: int
    case: int | None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A fact that comes to the book, by whatever road, with its private part if that came along."""

    encoded: bytes
    fact: fact_pb2.Fact
    fact_id: bytes
    private: bytes


class Transaction:
    """What a job may do in the writer. Made for one commit, used by all jobs that share it."""

    def __init__(
        self, conn: Any, chains: Chains, projections: Projections, own: Meta, identity: Identity, clock: Clock
    ) -> None:
        self.conn = conn
        self.chains = chains
        self.projections = projections
        self.catalogues = projections.catalogues
        self.identity = identity
        self.clock = clock
        self._meta = own
        self.touched: set[Scope] = set()
        self.confirmed: set[Scope] = set()
        self.heard: set[int] = set()
        self.private_parts_came = False
        self._pending: list[_Pending] = []

    # Jobs.

    def attempt(
        self, work: Callable[[Transaction], T], *, alone: bool = False
    ) -> tuple[T | None, BaseException | None]:
        """Runs one job; what it wrote is taken back if it raises. `alone`: nothing else belongs to this commit."""
        # Copies: a job may seal, and what others appended is then taken back with it and must be chained again.
        pending, touched, noted = list(self._pending), set(self.touched), self.projections.noted()
        written = self.conn.total_changes
        if not alone:
            self.conn.execute("SAVEPOINT job")
        try:
            result = work(self)
        except Exception as error:
            if not self.conn.in_transaction:  # A full disk: SQLite took everything back, not this job alone.
                raise
            changed = self.conn.total_changes != written
            if not alone:
                self.conn.execute("ROLLBACK TO job")
                self.conn.execute("RELEASE job")
            elif changed:
                self.conn.execute("ROLLBACK")
                self.conn.execute("BEGIN IMMEDIATE")
            if changed:
                self.forget()
            self._pending, self.touched = pending, touched
            self.projections.note_again(noted)
            return None, error
        if not alone:
            self.conn.execute("RELEASE job")
        return result, None

    def forget(self) -> None:
        """After something was taken back: what was read since is in doubt."""
        self.chains.forget()
        self.projections.forget()
        self._meta.forget()

    # This store's life.

    def meta(self, name: str) -> bytes | None:
        return self._meta.get(name)

    def set_meta(self, name: str, value: bytes) -> None:
        self._meta.set(name, value)

    @property
    def epoch(self) -> bytes:
        return self.meta("epoch") or b""

    def begin_life(self) -> None:
        """Opens the first epoch, or the streams of homes that are new since the last start."""
        if not self.epoch:
            self.open_epoch(bodies_pb2.OPEN_REASON_FIRST)
        elif self._has_another_key():
            self.open_epoch(bodies_pb2.OPEN_REASON_ENROL)
        else:
            self._open_streams(bodies_pb2.OPEN_REASON_FIRST)

    def catch_up_with_tables(self) -> None:
        """After a migration: what follows from the facts is written anew, once."""
        if self.meta("refold"):
            self.projections.look_at_all()
            self._meta.remove("refold")

    def _has_another_key(self) -> bool:
        """Streams opened with another key can never be continued: nobody would take what this one signs in them."""
        found = self.conn.execute(
            "SELECT 1 FROM streams WHERE author=? AND epoch=? AND key<>? LIMIT 1",
            [self.identity.place, self.epoch, self.identity.key.public],
        )
        return found.fetchone() is not None

    def open_epoch(self, reason: bodies_pb2.OpenReason) -> None:
        """Begins a new life of this store: 16 random bytes, and StreamOpened in every scope it may write."""
        self.set_meta("epoch", os.urandom(EPOCH_BYTES))
        self._open_streams(reason)

    def _open_streams(self, reason: bodies_pb2.OpenReason) -> None:
        held = set(self.chains.streams())
        for scope in self.own_scopes():
            if Stream(self.identity.place, self.epoch, scope) not in held:
                self._open_stream(scope, reason)

    def own_scopes(self) -> list[Scope]:
        """The path of every home this place writes for and, above the villages, its own subtree."""
        scopes = [Scope(PATH, home) for home in self.identity.homes]
        if places.level(self.identity.place) > 0:
            scopes.append(Scope(SUBTREE, self.identity.place))
        return scopes

    def _open_stream(self, scope: Scope, reason: bodies_pb2.OpenReason) -> None:
        stream = Stream(self.identity.place, self.epoch, scope)
        opened = bodies_pb2.StreamOpened(
            stream=stream.proto(),
            key=self.identity.key.public,
            reason=reason,
            predecessors=self._predecessors(scope),
        )
        self.chains.open(stream, key=self.identity.key.public)
        draft = Draft(
            scope=scope,
            fact_class=fact_pb2.FACT_CLASS_ADMIN,
            body_type=fact_pb2.BODY_TYPE_STREAM_OPENED,
            body=opened.SerializeToString(deterministic=True),
            actor=fact_pb2.Actor(place=self.identity.place),
            request_id=self.fresh_request_id(),
        )
        self.append([draft])

    def _predecessors(self, scope: Scope) -> list[bodies_pb2.Predecessor]:
        earlier: dict[bytes, bodies_pb2.Predecessor] = {}
        for head in self.chains.scope_heads(scope):
            if head.stream.author == self.identity.place and head.stream.epoch != self.epoch:
                known = earlier.setdefault(head.stream.epoch, bodies_pb2.Predecessor(epoch=head.stream.epoch))
                known.heads.append(head.proto())
        return [earlier[epoch] for epoch in sorted(earlier)]

    def _own_stream(self, scope: Scope) -> int:
        """The stream of this epoch in a scope; of a home that was not foreseen, it is opened now."""
        wanted = Stream(self.identity.place, self.epoch, scope)
        if self.chains.row_of(wanted) is None:
            if not scope.writable_at(self.identity.place):
                raise Malformed(f"{self.identity.place} does not write for {scope.place}.")
            self._open_stream(scope, bodies_pb2.OPEN_REASON_FIRST)
        row = self.chains.row_of(wanted)
        assert row is not None
        return row

    # Appending.

    def reading(self) -> Reading:
        """The time, and whether it contradicts what this node wrote before."""
        recorded, signed = self.meta("last_recorded_at_ms"), self.meta("last_signed_at_ms")
        return self.clock.reading(not_before_ms=max(int(recorded or 0), int(signed or 0)))

    def remember_signing(self, now_ms: int) -> None:
        """A trusted time for which this node has signed is as good as one it has written down."""
        if now_ms > int(self.meta("last_signed_at_ms") or b"0"):
            self.set_meta("last_signed_at_ms", str(now_ms).encode())

    @staticmethod
    def fresh_request_id() -> bytes:
        """For facts that no caller asked for."""
        return os.urandom(REQUEST_BYTES)

    def append(self, drafts: Sequence[Draft], *, first_index: int = 0) -> list[bytes]:
        """Writes facts into this node's streams and returns their ids. They are signed when the commit is sealed.

        `first_index`: how many facts of the same request were written before.
        """
        reading = self.reading()
        ids = [self._append(draft, index=index, reading=reading) for index, draft in enumerate(drafts, first_index)]
        if reading.state == fact_pb2.CLOCK_STATE_TRUSTED:
            self._remember_time(reading.now_ms)
        return ids

    def publish(self, body_type: fact_pb2.BodyType, body: Message, *, request_id: bytes) -> bytes:
        """Writes a fact of no case into this place's own subtree and returns its id."""
        draft = Draft(
            scope=Scope(SUBTREE, self.identity.place),
            fact_class=fact_pb2.FACT_CLASS_ADMIN,
            body_type=body_type,
            body=body.SerializeToString(deterministic=True),
            actor=fact_pb2.Actor(place=self.identity.place),
            request_id=request_id,
        )
        return self.append([draft])[0]

    def _remember_time(self, now_ms: int) -> None:
        """Only a trusted time, and never back: or a clock set back would be believed from its second entry on."""
        newest = max(now_ms, int(self.meta("last_recorded_at_ms") or b"0"))
        self.set_meta("last_recorded_at_ms", str(newest).encode())

    def _append(self, draft: Draft, *, index: int, reading: Reading) -> bytes:
        fact = self._envelope(draft, index=index, reading=reading)
        encoded = fact.SerializeToString(deterministic=True)
        size = len(encoded) + len(draft.private)
        if size > MAX_ENTRY_BYTES:
            raise Malformed(f"A fact of {size} bytes is too large: at most {MAX_ENTRY_BYTES} with its private part.")
        name = hashing.fact_id(encoded)
        row = self._insert([Incoming(encoded, fact, name, draft.private)], made_here=True)[name]
        stream = self._own_stream(draft.scope)
        self._pending.append(_Pending(stream, row.fact, row.case, name, size))
        self.touched.add(draft.scope)
        return name

    def _envelope(self, draft: Draft, *, index: int, reading: Reading) -> fact_pb2.Fact:
        own = draft.happened_at_ms is None
        return fact_pb2.Fact(
            version=FACT_VERSION,
            fact_class=draft.fact_class,
            case_id=draft.case_id,
            parent_case_id=draft.parent_case_id,
            home=draft.scope.place,
            based_on=draft.based_on,
            recorder=draft.actor,
            on_behalf_of=draft.on_behalf_of,
            request_id=draft.request_id,
            index=index,
            happened_at_ms=reading.now_ms if draft.happened_at_ms is None else draft.happened_at_ms,
            happened_source=fact_pb2.HAPPENED_SOURCE_OWN if own else fact_pb2.HAPPENED_SOURCE_PAPER_PAGE,
            paper_page=draft.paper_page,
            recorded_at_ms=reading.now_ms,
            clock_state=reading.state,
            clock_offset_ms=reading.offset_ms,
            release=self.catalogues.newest_release(),
            item_code=draft.item_code,
            item_version=draft.item_version,
            calendar=self.catalogues.newest_calendar(),
            delegation=draft.delegation,
            body_type=draft.body_type,
            body_version=1,
            body=draft.body,
            private_hash=hashing.private_hash(draft.private) if draft.private else b"",
        )

    def keep_facts(self, came: Sequence[Incoming], *, beyond_gap: bool = False) -> list[Kept]:
        """Stores facts once, whatever road they came by, and lets everything that follows from them know.

        `beyond_gap`: they are not about to be chained.
        """
        held = {name: Kept(row, case) for name, row, case in find_many(self.conn, HELD, [c.fact_id for c in came])}
        new = {each.fact_id: each for each in came if each.fact_id not in held}
        for each in came:
            if each.fact_id not in new:
                self._had(each, held[each.fact_id], beyond_gap=beyond_gap)
        if new:
            held |= self._insert(list(new.values()), beyond_gap=beyond_gap)
        return [held[each.fact_id] for each in came]

    def _had(self, came: Incoming, kept: Kept, *, beyond_gap: bool) -> None:
        """A fact that was here already may have a place in a chain now, or its private part."""
        if not beyond_gap:
            self.projections.chained(kept.fact, case_row=kept.case)
        if came.private and came.fact.private_hash:
            cursor = self.conn.execute("INSERT OR IGNORE INTO private_parts VALUES (?,?)", [kept.fact, came.private])
            self.private_parts_came |= bool(cursor.rowcount)
            if cursor.rowcount and is_filing(came.fact):
                self.projections.named([(kept.case, came.private)])

    def _insert(
        self, new: Sequence[Incoming], *, beyond_gap: bool = False, made_here: bool = False
    ) -> dict[bytes, Kept]:
        cases = self.projections.case_rows(new, made_here=made_here)
        first = self.chains.next_fact.give(len(new))
        kept = {
            each.fact_id: Kept(row, case) for row, (each, case) in enumerate(zip(new, cases, strict=True), start=first)
        }
        self.conn.executemany(
            "INSERT INTO facts(id, fact_id, case_row, request_id, bytes) VALUES (?,?,?,?,?)",
            [
                (kept[each.fact_id].fact, each.fact_id, kept[each.fact_id].case, each.fact.request_id, each.encoded)
                for each in new
            ],
        )
        private = [each for each in new if each.private and each.fact.private_hash]
        self.conn.executemany(
            "INSERT INTO private_parts VALUES (?,?)", [(kept[each.fact_id].fact, each.private) for each in private]
        )
        self.projections.named([(kept[e.fact_id].case, e.private) for e in private if is_filing(e.fact)])
        for each in new:
            stored = Stored(kept[each.fact_id].fact, each.fact_id, each.fact)
            self.projections.learn(stored, case_row=kept[each.fact_id].case, beyond_gap=beyond_gap)
        return kept

    def holds_private_part(self, fact_id: bytes) -> bool:
        return bool(
            self.conn.execute(
                "SELECT 1 FROM private_parts p JOIN facts f ON f.id=p.fact WHERE f.fact_id=?", [fact_id]
            ).fetchone()
        )

    def seal(self) -> None:
        """Chains what was appended, signs the last entry of each stream, and brings projections up to date."""
        by_stream: dict[int, list[_Pending]] = {}
        for each in self._pending:
            by_stream.setdefault(each.stream, []).append(each)
        self._pending.clear()
        for row, appended in by_stream.items():
            self._chain(row, appended)
        self.projections.refresh()

    def _chain(self, row: int, appended: list[_Pending]) -> None:
        stream, previous = self.chains.stream(row), self.chains.newest_head(row)
        newest, entry_hash = (previous.seq, previous.hash) if previous else (0, NO_HASH)
        new: list[NewEntry] = []
        unsigned = 0
        for seq, each in enumerate(appended, start=newest + 1):
            # Its case may have been folded inside this commit already, when it stood in no stream yet.
            self.projections.chained(each.fact_row, case_row=each.case_row)
            entry_hash = hashing.entry_hash(entry_hash, stream, seq, each.fact_id)
            unsigned += each.size
            sign = each is appended[-1] or unsigned > UNSIGNED_BYTES
            signature = self.identity.key.sign(signing.entry_message(entry_hash)) if sign else None
            unsigned = 0 if sign else unsigned
            new.append(NewEntry(entry_hash, each.fact_row, signature))
        self.chains.add(row, new, previous=previous)
