"""What nodes signed that they hold: each checkpoint of one book, and whether the book's own were true."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from google.protobuf.message import DecodeError

from operations.audit import digests
from operations.audit.chains import Chains, is_visible
from operations.audit.digests import Scope, scope_of, stream_of
from operations.audit.facts import Facts
from operations.audit.findings import Findings
from operations.audit.signatures import Signed
from sync.facts.v1 import journal_pb2


class Stated(NamedTuple):
    """One row: the first and the last checkpoint with the same list hash in a row."""

    row: int
    signer: int
    peer: int
    epoch: bytes
    list_hash: bytes
    first: int
    last: int


class Held(NamedTuple):
    """A head that a signer said it holds."""

    signer: int
    stream: bytes
    seq: int
    hash: bytes


class Reach(NamedTuple):
    """One of the book's own: true of the entries up to a row."""

    upto: int
    peer: int
    list_hash: bytes
    row: int


@dataclass
class Checkpoints:
    """What one book keeps of the book's own word and that of others."""

    own: list[Stated] = field(default_factory=list)
    reaches: list[Reach] = field(default_factory=list)
    received: list[Stated] = field(default_factory=list)
    claims: list[Held] = field(default_factory=list)
    signed: list[Signed] = field(default_factory=list)
    # The latest of each (signer, peer), with its list hash.
    newest: dict[tuple[int, int], tuple[bytes, bytes]] = field(default_factory=dict)


QUERY = """
SELECT id, signer, peer, list_hash, first, last, first_received_at_ms, last_received_at_ms, upto_entry
FROM checkpoints ORDER BY id
"""


def read(conn: sqlite3.Connection, facts: Facts, chains: Chains, findings: Findings) -> Checkpoints:
    """Reads and checks all of them."""
    found = Checkpoints()
    for values in conn.execute(QUERY):
        try:
            _read_row(found, _Row(*values), facts, findings)
        except (DecodeError, TypeError):
            findings.add("UNREADABLE", f"checkpoints {values[0]}")
    _check_counters(conn, found.own, findings)
    _check_own(found.reaches, chains, findings)
    _read_stated(conn, found, findings)
    return found


class _Row(NamedTuple):
    """As it stands in the book."""

    id: int
    signer: int
    peer: int
    list_hash: bytes
    first: bytes
    last: bytes | None
    first_at_ms: int
    last_at_ms: int
    upto_entry: int | None

    @property
    def newest(self) -> bytes:
        return self.first if self.last is None else self.last


def _read_row(found: Checkpoints, row: _Row, facts: Facts, findings: Findings) -> None:
    first, last = _parsed(row.first), _parsed(row.newest)
    is_own = row.signer == findings.book
    if not _is_filed_rightly(row, first, last, is_own=is_own):
        findings.add("CHECKPOINT_WRONG", f"checkpoints {row.id}")
    for checkpoint in (first,) if row.last is None else (first, last):
        _keep_signature(found, facts, checkpoint, row.id, findings)
    stated = Stated(row.id, row.signer, row.peer, first.epoch, row.list_hash, first.counter, last.counter)
    (found.own if is_own else found.received).append(stated)
    if row.upto_entry is not None:
        found.reaches.append(Reach(row.upto_entry, row.peer, row.list_hash, row.id))
    found.newest[row.signer, row.peer] = row.newest, row.list_hash


def _is_filed_rightly(row: _Row, first: journal_pb2.Checkpoint, last: journal_pb2.Checkpoint, *, is_own: bool) -> bool:
    """The columns are those of the signed bytes; only of its own does a book know what they reach, and when."""
    named = all((c.signer, c.peer, c.list_hash) == (row.signer, row.peer, row.list_hash) for c in (first, last))
    timed = not is_own or (first.at_ms, last.at_ms) == (row.first_at_ms, row.last_at_ms)
    return named and timed and is_own == (row.upto_entry is not None)


def _parsed(encoded: bytes) -> journal_pb2.Checkpoint:
    return journal_pb2.Checkpoint.FromString(encoded)


def _keep_signature(
    found: Checkpoints, facts: Facts, checkpoint: journal_pb2.Checkpoint, row: int, findings: Findings
) -> None:
    if (checkpoint.signer, checkpoint.key) not in facts.certificates:
        findings.add("KEY_NOT_INTRODUCED", f"checkpoints {row}")
    message = digests.checkpoint_message(checkpoint)
    found.signed.append(Signed(checkpoint.key, checkpoint.signature, message, "checkpoints", row))


# The book's own.


def _check_counters(conn: sqlite3.Connection, own: list[Stated], findings: Findings) -> None:
    """One after the other, up to the newest that the book remembers having made."""
    counters: Counter[int] = Counter()
    for stated in own:
        if stated.first != counters[stated.peer] + 1:
            findings.add("CHECKPOINT_MISSING", f"checkpoints {stated.row}，致{stated.peer}")
        counters[stated.peer] = stated.last
    for name, value in conn.execute("SELECT name, value FROM meta WHERE name LIKE 'counter:%'"):
        peer = int(name.removeprefix("counter:"))
        if counters.pop(peer, 0) != int(value):
            findings.add("CHECKPOINT_MISSING", f"致{peer}的最后一份")
    for peer in counters:
        findings.add("CHECKPOINT_MISSING", f"meta counter:{peer}")


def _check_own(reaches: list[Reach], chains: Chains, findings: Findings) -> None:
    """Each list is that of the heads held when it was signed. One walk over the entries, in the order of their rows."""
    held = _HeldHeads(chains, findings.book)
    rows, at = sorted(chains.entries), 0
    false: dict[int, list[int]] = {}
    for upto, peer, list_hash, row in sorted(reaches):
        while at < len(rows) and rows[at] <= upto:
            held.take(rows[at])
            at += 1
        if held.list_hash(peer) != list_hash:
            false.setdefault(peer, []).append(row)
    for peer, wrong in false.items():
        # One lost entry makes every later checkpoint false: the first says when.
        findings.add("CHECKPOINT_FALSE", f"致{peer}，共{len(wrong)}份，自checkpoints {wrong[0]}起")


class _HeldHeads:
    """The heads as they were after each entry."""

    def __init__(self, chains: Chains, book: int) -> None:
        self._chains, self._book = chains, book
        self._heads: dict[Scope, dict[int, tuple[bytes, int, bytes]]] = {}
        self._digests: dict[Scope, bytes] = {}
        self._shared: dict[int, list[Scope]] = {}

    def take(self, row: int) -> None:
        entry = self._chains.entries[row]
        stream = self._chains.streams.get(entry.stream)
        if stream is None:
            return
        if stream.scope not in self._heads:
            self._heads[stream.scope] = {}
            self._shared.clear()
        heads = self._heads[stream.scope]
        heads.pop(entry.previous or 0, None)
        heads[row] = (stream.encoded, entry.seq, entry.hash)
        self._digests.pop(stream.scope, None)

    def list_hash(self, peer: int) -> bytes:
        if peer not in self._shared:
            self._shared[peer] = [s for s in self._heads if is_visible(s, self._book) and is_visible(s, peer)]
        return digests.list_hash((scope, self._digest(scope)) for scope in self._shared[peer])

    def _digest(self, scope: Scope) -> bytes:
        if scope not in self._digests:
            self._digests[scope] = digests.heads_digest(self._heads[scope].values())
        return self._digests[scope]


# What neighbours confirmed last, with the list and the heads behind it.


def _read_stated(conn: sqlite3.Connection, found: Checkpoints, findings: Findings) -> None:
    lists: dict[tuple[int, int], dict[Scope, bytes]] = {}
    for signer, peer, encoded, listed in conn.execute("SELECT signer, peer, checkpoint, digests FROM stated"):
        said = journal_pb2.Statement.FromString(listed).digests
        lists[signer, peer] = {scope_of(row.scope): row.digest for row in said}
        if found.newest.get((signer, peer)) != (encoded, digests.list_hash(lists[signer, peer].items())):
            findings.add("STATED_WRONG", f"stated {signer} {peer}")
    for signer, peer in found.newest.keys() - lists.keys():
        if signer != findings.book:
            findings.add("STATED_WRONG", f"stated {signer} {peer}")
    _read_stated_heads(conn, found, lists, findings)


def _read_stated_heads(
    conn: sqlite3.Connection,
    found: Checkpoints,
    lists: dict[tuple[int, int], dict[Scope, bytes]],
    findings: Findings,
) -> None:
    query = "SELECT signer, peer, kind, place, digest, heads FROM stated_heads"
    for signer, peer, kind, place, digest, encoded in conn.execute(query):
        heads = _heads_of(signer, encoded)
        fits = digests.heads_digest((head.stream, head.seq, head.hash) for head in heads) == digest
        if not fits or lists.get((signer, peer), {}).get(Scope(kind, place)) != digest:
            findings.add("STATED_WRONG", f"stated_heads {signer} {peer} {kind} {place}")
        found.claims += heads


def _heads_of(signer: int, encoded: bytes) -> list[Held]:
    heads = journal_pb2.ScopeHeads.FromString(encoded).heads
    return [Held(signer, stream_of(head.stream).encoded, head.seq, head.hash) for head in heads]
