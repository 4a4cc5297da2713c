"""Streams, entries and heads in the tables of a book."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sync.facts import hashing
from sync.facts.streams import NO_HASH, Head, Scope, Stream
from sync.journal.schema import RowNumbers

REMEMBERED_DIGESTS = 4096
REMEMBERED_LISTS = 1024
REMEMBERED_ENTRIES = 8192

MAX_HEADS = 16
"""More branches on one stream than this: no mishap. The county retires the key."""


class EntryRow(NamedTuple):
    """An entry as it stands in the book."""

    id: int
    stream: int
    seq: int
    hash: bytes


class NewEntry(NamedTuple):
    """An entry about to be chained: its hash, the row of its fact, and its signature if it is kept."""

    hash: bytes
    fact: int
    signature: bytes | None


class Chains:
    """The journals seen through one connection. What it remembers is only what never changes."""

    def __init__(self, conn: Any) -> None:
        self.conn = conn
        self._rows: dict[Stream, int] = {}
        self._streams: dict[int, Stream] = {}
        self._keys: dict[int, bytes] = {}
        self._by_scope: dict[Scope, list[Stream]] = {}
        self._last_stream = 0
        self.next_fact = RowNumbers(conn, "facts")
        self._next_entry = RowNumbers(conn, "entries")
        self._newest: dict[int, EntryRow] = {}
        self._digests: dict[Scope, bytes] = {}
        self._behind: OrderedDict[bytes, list[Head]] = OrderedDict()
        self._lists: OrderedDict[bytes, dict[Scope, bytes]] = OrderedDict()
        self._entries: OrderedDict[bytes, EntryRow] = OrderedDict()

    # Streams.

    def _refresh(self) -> None:
        found = self.conn.execute(
            "SELECT id, author, epoch, kind, place, key FROM streams WHERE id > ? ORDER BY id",
            [self._last_stream],
        )
        for row, author, epoch, kind, place, key in found:
            stream = Stream(author, epoch, Scope(kind, place))
            self._rows[stream], self._streams[row], self._keys[row] = row, stream, key
            self._by_scope.setdefault(stream.scope, []).append(stream)
            self._last_stream = row

    def row_of(self, stream: Stream) -> int | None:
        if stream not in self._rows:
            self._refresh()
        return self._rows.get(stream)

    def stream(self, row: int) -> Stream:
        if row not in self._streams:
            self._refresh()
        return self._streams[row]

    def key(self, row: int) -> bytes:
        self.stream(row)
        return self._keys[row]

    def streams(self) -> list[Stream]:
        self._refresh()
        return list(self._rows)

    def scopes(self) -> list[Scope]:
        self._refresh()
        return sorted(self._by_scope)

    def streams_in(self, scope: Scope) -> list[Stream]:
        self._refresh()
        return sorted(self._by_scope.get(scope, ()))

    def open(self, stream: Stream, *, key: bytes) -> int:
        self.conn.execute(
            "INSERT INTO streams(author, epoch, kind, place, key) VALUES (?,?,?,?,?)",
            [stream.author, stream.epoch, stream.scope.kind, stream.scope.place, key],
        )
        row = self.row_of(stream)
        assert row is not None
        return row

    def forget(self) -> None:
        """After a rollback: streams opened since are gone, and entries and digests with them."""
        for remembered in (self._rows, self._streams, self._keys, self._by_scope, self._digests):
            remembered.clear()
        self._entries.clear()
        self._newest.clear()
        self._last_stream = 0
        self.next_fact.forget()
        self._next_entry.forget()

    # Entries.

    def find(self, entry_hash: bytes) -> EntryRow | None:
        known = self._entries.get(entry_hash)
        if known is None:
            found = self.conn.execute("SELECT id, stream, seq, hash FROM entries WHERE hash=?", [entry_hash]).fetchone()
            known = self._remember(EntryRow(*found)) if found else None
        return known

    def _remember(self, entry: EntryRow) -> EntryRow:
        self._entries[entry.hash] = entry
        while len(self._entries) > REMEMBERED_ENTRIES:
            self._entries.popitem(last=False)
        return entry

    def heads(self, row: int) -> list[EntryRow]:
        """All branches of a stream, lowest sequence number first."""
        found = self.conn.execute(
            "SELECT e.id, e.stream, e.seq, e.hash FROM heads h JOIN entries e ON e.id=h.entry "
            "WHERE h.stream=? ORDER BY e.seq, e.hash",
            [row],
        )
        return [EntryRow(*each) for each in found]

    def newest_head(self, row: int) -> EntryRow | None:
        """The last of a stream's branches. Remembered: only for the connection that writes."""
        if row not in self._newest and (heads := self.heads(row)):
            self._newest[row] = heads[-1]
        return self._newest.get(row)

    def add(self, row: int, new: Sequence[NewEntry], *, previous: EntryRow | None) -> None:
        """Appends entries, one after the other, to one that is held, and moves that branch's head to the last."""
        first = self._next_entry.give(len(new))
        seq = previous.seq + 1 if previous else 1
        before = [previous.id if previous else None, *range(first, first + len(new))]
        self.conn.executemany(
            "INSERT INTO entries(id, stream, seq, previous, hash, fact, signature) VALUES (?,?,?,?,?,?,?)",
            [
                (first + number, row, seq + number, before[number], each.hash, each.fact, each.signature)
                for number, each in enumerate(new)
            ],
        )
        last = len(new) - 1
        added = self._remember(EntryRow(first + last, row, seq + last, new[-1].hash))
        self._move_head(row, previous=previous, to=added)
        newest = self._newest.pop(row, None)
        if newest is not None and newest == previous:
            self._newest[row] = added
        self._digests.pop(self.stream(row).scope, None)

    def _move_head(self, row: int, *, previous: EntryRow | None, to: EntryRow) -> None:
        """Continues the branch that ended at `previous`, or begins one."""
        continued = previous and self.conn.execute(
            "UPDATE heads SET entry=? WHERE stream=? AND entry=?", [to.id, row, previous.id]
        )
        if not (continued and continued.rowcount):
            self.conn.execute("INSERT INTO heads(stream, entry) VALUES (?,?)", [row, to.id])

    # Scopes.

    def scope_heads(self, scope: Scope) -> list[Head]:
        """The heads of all streams of a scope, forks included."""
        found = self.conn.execute(
            "SELECT s.id, e.seq, e.hash FROM streams s JOIN heads h ON h.stream=s.id JOIN entries e ON e.id=h.entry "
            "WHERE s.place=? AND s.kind=?",
            [scope.place, scope.kind],
        )
        return [Head(self.stream(row), seq, entry_hash) for row, seq, entry_hash in found.fetchall()]

    def digest(self, scope: Scope) -> bytes:
        """Digest of a scope's heads. Remembered: only for the connection that writes."""
        if scope not in self._digests:
            heads = self.scope_heads(scope)
            digest = self._digests[scope] = hashing.heads_digest(heads)
            self._behind[digest] = heads
            while len(self._behind) > REMEMBERED_DIGESTS:
                self._behind.popitem(last=False)
        return self._digests[scope]

    def heads_behind(self, scope: Scope, digest: bytes) -> list[Head] | None:
        """The heads a digest of a scope was made of, if they are what is held here or was not long ago.

        A neighbour need not send heads that this node stated itself; meanwhile it may have written more.
        """
        is_held = self.digest(scope) == digest
        behind = self._behind.get(digest)
        return self.scope_heads(scope) if behind is None and is_held else behind

    def remember_list(self, list_hash: bytes, digests: dict[Scope, bytes]) -> None:
        """What this node has stated: a neighbour that holds the same answers with the hash alone."""
        self._lists[list_hash] = digests
        while len(self._lists) > REMEMBERED_LISTS:
            self._lists.popitem(last=False)

    def list_behind(self, list_hash: bytes) -> dict[Scope, bytes] | None:
        """The list a hash was made of, if this node stated it not long ago."""
        return self._lists.get(list_hash)

    def is_forked(self, row: int) -> bool:
        return len(self.conn.execute("SELECT 1 FROM heads WHERE stream=? LIMIT 2", [row]).fetchall()) > 1

    # Lineage.

    def covered(self, row: int, tips: Iterable[bytes]) -> Coverage:
        """What lies at or before the given entries of a stream, as far as they are held here."""
        held = [entry for tip in tips if tip != NO_HASH and (entry := self.find(tip)) and entry.stream == row]
        if not held:
            return Coverage(through=0, entries=None)
        if not self.is_forked(row):
            return Coverage(through=max(entry.seq for entry in held), entries=None)
        return Coverage(through=0, entries=self._ancestors(row, [entry.id for entry in held]))

    def _ancestors(self, row: int, entries: list[int]) -> frozenset[int]:
        previous = dict(self.conn.execute("SELECT id, previous FROM entries WHERE stream=?", [row]).fetchall())
        found: set[int] = set()
        for entry in entries:
            at: int | None = entry
            while at is not None and at not in found:
                found.add(at)
                at = previous[at]
        return frozenset(found)

    def count_beyond(self, stream: Stream, tips: Iterable[bytes]) -> int:
        """How many entries of a stream lie beyond what the tips cover."""
        row = self.row_of(stream)
        assert row is not None
        coverage = self.covered(row, tips)
        if coverage.entries is not None:
            (held,) = self.conn.execute("SELECT COUNT(*) FROM entries WHERE stream=?", [row]).fetchone()
            return int(held) - len(coverage.entries)
        heads = self.heads(row)
        if len(heads) == 1:
            return max(0, heads[0].seq - coverage.through)
        (held,) = self.conn.execute("SELECT COUNT(*) FROM entries WHERE stream=?", [row]).fetchone()
        return int(held)


class Coverage(NamedTuple):
    """Entries of one stream somebody has: all up to a sequence number, or in a forked stream a set of entries."""

    through: int
    entries: frozenset[int] | None

    def has(self, entry: EntryRow) -> bool:
        return entry.seq <= self.through if self.entries is None else entry.id in self.entries
