"""What one book holds, read entry by entry as it comes, and what no book in order has."""

from __future__ import annotations

from dataclasses import dataclass, field

from sync.facts import hashing
from sync.facts.streams import Head, Scope, Stream
from sync.journal.book import Book
from tests.county import rows

NEW_ENTRIES = "SELECT id, stream, seq, previous, hash FROM entries WHERE id>? ORDER BY id"

# What no book in order has.
FACT_TWICE = "SELECT fact FROM entries GROUP BY fact HAVING COUNT(*) > 1"
FILED_TWICE = (
    "SELECT f.request_id FROM cases c JOIN facts f ON f.fact_id=c.case_id WHERE c.duplicate=0 "
    "GROUP BY f.request_id HAVING COUNT(*) > 1"
)
WAITS_FOR_WHAT_IS_HERE = (
    "SELECT last_hash FROM parked WHERE previous_hash IN (SELECT hash FROM entries) "
    "OR last_hash IN (SELECT hash FROM entries)"
)
GAP_NOT_SHOWN = (
    "SELECT number FROM cases c WHERE beyond_gap <> EXISTS "
    "(SELECT 1 FROM facts f LEFT JOIN entries e ON e.fact=f.id WHERE f.case_row=c.id AND e.id IS NULL)"
)
FIND_NOTHING = (FACT_TWICE, FILED_TWICE, WAITS_FOR_WHAT_IS_HERE, GAP_NOT_SHOWN)


@dataclass
class Held:
    """What one book holds of each stream, read entry by entry as it comes."""

    version: int = 0
    newest: int = 0
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By row of an entry: the row of its stream, and its number in it."""
    heads: dict[Scope, dict[int, Head]] = field(default_factory=dict)

    def look(self, book: Book) -> list[tuple[Stream, bytes]]:
        """Reads what is new. Each entry follows one that is held, and nothing but the last ones are heads."""
        (version,) = rows(book, "PRAGMA data_version")[0]
        if version == self.version:
            return []
        self.version, new = version, []
        for row, stream_row, seq, previous, entry_hash in rows(book, NEW_ENTRIES, self.newest):
            begins = (seq, previous) == (1, None)
            assert begins or self.places.get(previous) == (stream_row, seq - 1), book.identity.place
            self.newest, self.places[row] = row, (stream_row, seq)
            stream = book.read_chains.stream(stream_row)
            heads = self.heads.setdefault(stream.scope, {})
            heads.pop(previous, None)
            heads[row] = Head(stream, seq, entry_hash)
            new.append((stream, entry_hash))
        stored = {entry for (entry,) in rows(book, "SELECT entry FROM heads")}
        assert stored == {row for heads in self.heads.values() for row in heads}, book.identity.place
        for query in FIND_NOTHING:
            assert rows(book, query) == [], (book.identity.place, query)
        return new

    def list_hash(self, here: int, peer: int) -> bytes:
        """What a checkpoint for a neighbour must say."""
        shared = (scope for scope in self.heads if scope.visible_at(here) and scope.visible_at(peer))
        return hashing.list_hash((scope, hashing.heads_digest(self.heads[scope].values())) for scope in shared)
