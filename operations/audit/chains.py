"""The journals of one book: entry after entry, hash by hash, to ends that are signed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import NamedTuple

from operations.audit import digests, places
from operations.audit.digests import NO_HASH, Scope, Stream
from operations.audit.facts import Facts, Kept
from operations.audit.findings import Findings
from operations.audit.signatures import Signed

PATH, SUBTREE = 1, 2
EPOCH_BYTES = 16


class Entry(NamedTuple):
    """An entry as it stands in the book, its row number beside it."""

    stream: int
    seq: int
    previous: int | None
    hash: bytes
    fact: int
    signature: bytes | None


class End(NamedTuple):
    """The last entry of a branch."""

    seq: int
    hash: bytes


@dataclass
class Chains:
    """Streams and entries of one book by their row numbers."""

    streams: dict[int, Stream] = field(default_factory=dict)
    keys: dict[int, bytes] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)
    ends: dict[bytes, list[End]] = field(default_factory=dict)
    # Streams in which something is wrong: they are compared entry by entry.
    damaged: set[bytes] = field(default_factory=set)
    signed: list[Signed] = field(default_factory=list)


def read(conn: sqlite3.Connection, facts: Facts, findings: Findings) -> Chains:
    """Reads and checks every stream and entry."""
    chains = Chains()
    _read_streams(conn, chains, facts, findings)
    for row, *values in conn.execute(
        "SELECT id, stream, seq, previous, hash, fact, signature FROM entries ORDER BY id"
    ):
        entry = chains.entries[row] = Entry(*values)
        stream = chains.streams.get(entry.stream)
        try:
            _Check(chains, facts, findings, row, entry, stream).run()
        except (TypeError, ValueError, OverflowError):
            findings.add("UNREADABLE", f"entries {row}", stream=stream.encoded if stream else b"")
    _check_ends(conn, chains, facts, findings)
    return chains


def is_visible(scope: Scope, place: int) -> bool:
    """PATH: at the place and above it. SUBTREE: below it as well."""
    return places.contains(place, scope.place) or (scope.kind == SUBTREE and places.contains(scope.place, place))


# Streams.


def _read_streams(conn: sqlite3.Connection, chains: Chains, facts: Facts, findings: Findings) -> None:
    for row, author, epoch, kind, place, key in conn.execute("SELECT id, author, epoch, kind, place, key FROM streams"):
        stream = Stream(author, epoch, Scope(kind, place))
        if kind not in (PATH, SUBTREE) or len(epoch) != EPOCH_BYTES or not places.contains(author, place):
            findings.add("STREAM_WRONG", f"streams {row}")
            continue
        chains.streams[row], chains.keys[row] = stream, key
        if not is_visible(stream.scope, findings.book):
            findings.add("STREAM_WRONG", "此地不应看到此流", stream=stream.encoded)
        if (author, key) not in facts.certificates:
            findings.add("KEY_NOT_INTRODUCED", f"{author} {key.hex()}", stream=stream.encoded)


# Entries.


@dataclass(slots=True)
class _Check:
    """One entry against the one before it, its fact, and its stream."""

    chains: Chains
    facts: Facts
    findings: Findings
    row: int
    entry: Entry
    stream: Stream | None

    def run(self) -> None:
        fact = self.facts.by_row.get(self.entry.fact)
        if self.stream is None:
            self._say("STREAM_MISSING", fact)
        elif fact is None:
            self._say("FACT_MISSING", None)
        else:
            self._follows(self.stream.encoded, fact)
            self._belongs(self.stream, fact)
        if self.entry.signature is not None:
            self._keep_signature()

    def _say(self, what: str, fact: Kept | None, *, seq: int = 0) -> None:
        encoded = self.stream.encoded if self.stream else b""
        self.chains.damaged.add(encoded)
        fact_id, case = (fact.fact_id, fact.case_id) if fact else (b"", b"")
        self.findings.add(what, fact=fact_id, case=case, stream=encoded, seq=seq or self.entry.seq)

    def _follows(self, stream: bytes, fact: Kept) -> None:
        entry, before = self.entry, self.chains.entries.get(self.entry.previous or 0)
        if (entry.seq == 1) != (entry.previous is None) or (entry.previous is not None and before is None):
            self._say("CHAIN_BROKEN", fact)
        elif before and (before.stream, before.seq) != (entry.stream, entry.seq - 1):
            # What is missing stands between the two: its number is named, not this innocent fact.
            lost = before.stream == entry.stream and before.seq + 1 < entry.seq
            self._say("CHAIN_BROKEN", None if lost else fact, seq=before.seq + 1 if lost else 0)
        elif digests.entry_hash(before.hash if before else NO_HASH, stream, entry.seq, fact.fact_id) != entry.hash:
            self._say("ENTRY_CHANGED", fact)

    def _belongs(self, stream: Stream, fact: Kept) -> None:
        if (fact.home, fact.recorder) != (stream.scope.place, stream.author):
            self._say("WRONG_PLACE", fact)
        expected = (stream, self.chains.keys[self.entry.stream]) if self.entry.seq == 1 else None
        if fact.opens != expected:
            self._say("NOT_OPENED", fact)
        if fact.lacks_part:
            self._say("PRIVATE_PART_MISSING", fact)

    def _keep_signature(self) -> None:
        key, signature = self.chains.keys.get(self.entry.stream, b""), self.entry.signature or b""
        self.chains.signed.append(Signed(key, signature, digests.entry_message(self.entry.hash), "entries", self.row))


# Ends.


def _check_ends(conn: sqlite3.Connection, chains: Chains, facts: Facts, findings: Findings) -> None:
    followed = {entry.previous for entry in chains.entries.values()}
    ends = {(entry.stream, row) for row, entry in chains.entries.items() if row not in followed}
    stored = set(conn.execute("SELECT stream, entry FROM heads"))
    for stream, row in sorted(ends ^ stored):
        _say_of_end(chains, facts, findings, "HEAD_WRONG", stream, row)
    for stream, row in sorted(ends):
        if chains.entries[row].signature is None:
            _say_of_end(chains, facts, findings, "NOT_SIGNED", stream, row)
        if stream in chains.streams:
            end = End(chains.entries[row].seq, chains.entries[row].hash)
            chains.ends.setdefault(chains.streams[stream].encoded, []).append(end)
    for row in chains.streams.keys() - {stream for stream, _ in ends}:
        findings.add("STREAM_EMPTY", stream=chains.streams[row].encoded)


def _say_of_end(chains: Chains, facts: Facts, findings: Findings, what: str, stream_row: int, row: int) -> None:
    stream, entry = chains.streams.get(stream_row), chains.entries.get(row)
    fact = facts.by_row.get(entry.fact) if entry else None
    encoded = stream.encoded if stream else b""
    chains.damaged.add(encoded)
    fact_id, case = (fact.fact_id, fact.case_id) if fact else (b"", b"")
    detail, seq = ("", entry.seq) if entry else (f"entries {row}", 0)
    findings.add(what, detail, fact=fact_id, case=case, stream=encoded, seq=seq)
