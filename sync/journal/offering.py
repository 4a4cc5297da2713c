"""What a neighbour lacks: nothing is an outbox, it is worked out from what the neighbour has confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sync.facts.streams import NO_HASH, Scope, Stream
from sync.facts.v1 import journal_pb2
from sync.journal import statements
from sync.journal.chains import Chains
from sync.journal.receiving import BEYOND_GAP

SEGMENT_BYTES = 256 * 1024

WAITING = b"waiting:"
"""Before the hash of a segment passed on while it waits for a gap: it says nothing of the entries before it."""

Assumed = Mapping[Stream, set[bytes]]
"""Entries a connection remembers having sent, by stream: taken as held until it forgets."""


@dataclass
class Offer:
    """Segments a neighbour lacks, cut to size. `more`: there are others behind these."""

    segments: list[journal_pb2.Segment] = field(default_factory=list)
    tips: list[tuple[Stream, bytes]] = field(default_factory=list)
    entries: int = 0
    size: int = 0
    more: bool = False


class _Row(NamedTuple):
    id: int
    seq: int
    previous: int | None
    hash: bytes
    signature: bytes | None
    fact: bytes
    private: bytes | None


def unsent(
    conn: Any, chains: Chains, *, here: int, peer: int, scopes: Iterable[Scope], assumed: Assumed, limit: int
) -> Offer:
    """The entries in `scopes` that `peer` has neither confirmed nor been sent, at most about `limit` bytes of them."""
    offer = Offer()
    refused = _refused_by(conn, peer)
    for segment, tip in _in_order(conn, chains, here=here, peer=peer, scopes=scopes, assumed=assumed):
        if tip[1].removeprefix(WAITING) in refused:
            continue
        if offer.segments and offer.size + segment.ByteSize() > limit:
            offer.more = True
            return offer
        _put(offer, segment, tip)
    return offer


def _in_order(
    conn: Any, chains: Chains, *, here: int, peer: int, scopes: Iterable[Scope], assumed: Assumed
) -> Iterator[tuple[journal_pb2.Segment, tuple[Stream, bytes]]]:
    """What waits here for a gap comes last: else one who never closes his gaps would keep all others' from going."""
    seen = sorted(scope for scope in scopes if scope.visible_at(here) and scope.visible_at(peer))
    for scope in seen:
        stated = statements.stated_heads(conn, signer=peer, peer=here, scope=scope)
        yield from _lacking(conn, chains, scope, stated, assumed)
    for scope in seen:
        yield from _parked(conn, scope, assumed)


def _put(offer: Offer, segment: journal_pb2.Segment, tip: tuple[Stream, bytes]) -> None:
    offer.segments.append(segment)
    offer.tips.append(tip)
    offer.entries += len(segment.entries)
    offer.size += segment.ByteSize()


def _refused_by(conn: Any, peer: int) -> frozenset[bytes]:
    found = conn.execute("SELECT segment_hash FROM refusals WHERE peer=? AND by_peer=1", [peer]).fetchall()
    return frozenset(bytes(each) for (each,) in found)


def _lacking(
    conn: Any, chains: Chains, scope: Scope, stated: Assumed, assumed: Assumed
) -> Iterator[tuple[journal_pb2.Segment, tuple[Stream, bytes]]]:
    beyond: dict[Stream, None] = {}
    for head in sorted(chains.scope_heads(scope)):
        if head.hash not in stated.get(head.stream, ()) and head.hash not in assumed.get(head.stream, ()):
            beyond[head.stream] = None
    for stream in beyond:
        row = chains.row_of(stream)
        assert row is not None
        known = stated.get(stream, set()) | assumed.get(stream, set())
        for run in _runs(conn, chains, row, known):
            yield from _cut(conn, stream, run)


def _runs(conn: Any, chains: Chains, row: int, known: set[bytes]) -> Iterator[Iterator[_Row]]:
    """Runs of consecutive entries beyond what is known; one, unless the stream is forked."""
    coverage = chains.covered(row, known)
    if coverage.entries is None and not chains.is_forked(row):
        yield _rows(conn, row, above=coverage.through)
        return
    held = coverage.entries or frozenset()
    by_id = {each.id: each for each in _rows(conn, row, above=0)}
    emitted: set[int] = set(held)
    for head in chains.heads(row):
        run: list[_Row] = []
        at: int | None = head.id
        while at is not None and at not in emitted:
            emitted.add(at)
            run.append(by_id[at])
            at = by_id[at].previous
        yield iter(reversed(run))


def _rows(conn: Any, row: int, *, above: int) -> Iterator[_Row]:
    found = conn.execute(
        "SELECT e.id, e.seq, e.previous, e.hash, e.signature, f.bytes, p.part FROM entries e "
        "JOIN facts f ON f.id=e.fact LEFT JOIN private_parts p ON p.fact=f.id "
        "WHERE e.stream=? AND e.seq>? ORDER BY e.seq, e.id",
        [row, above],
    )
    for each in found:
        yield _Row(*each)


def _cut(conn: Any, stream: Stream, run: Iterator[_Row]) -> Iterator[tuple[journal_pb2.Segment, tuple[Stream, bytes]]]:
    """Cuts a run at signed entries, near SEGMENT_BYTES."""
    rows: list[_Row] = []
    size = 0
    for each in run:
        rows.append(each)
        size += len(each.fact) + len(each.private or b"") + 80
        if each.signature and size >= SEGMENT_BYTES:
            yield _segment(conn, stream, rows), (stream, rows[-1].hash)
            rows, size = [], 0
    if rows:
        yield _segment(conn, stream, rows), (stream, rows[-1].hash)


def _segment(conn: Any, stream: Stream, rows: list[_Row]) -> journal_pb2.Segment:
    segment = journal_pb2.Segment(stream=stream.proto(), first_seq=rows[0].seq, previous_hash=NO_HASH)
    if rows[0].previous is not None:
        (segment.previous_hash,) = conn.execute("SELECT hash FROM entries WHERE id=?", [rows[0].previous]).fetchone()
    for each in rows:
        segment.entries.add(fact=each.fact, signature=each.signature or b"", private_part=each.private or b"")
    return segment


def _parked(conn: Any, scope: Scope, assumed: Assumed) -> Iterator[tuple[journal_pb2.Segment, tuple[Stream, bytes]]]:
    """Segments that wait here for a gap to close count above as well: they are passed on."""
    found = conn.execute(
        "SELECT author, epoch, last_hash, segment FROM parked WHERE place=? AND kind=? AND reason=?",
        [scope.place, scope.kind, BEYOND_GAP],
    ).fetchall()
    for author, epoch, last_hash, segment in found:
        stream = Stream(author, epoch, scope)
        tip = WAITING + last_hash
        if tip not in assumed.get(stream, set()):
            yield journal_pb2.Segment.FromString(segment), (stream, tip)
