"""Through when all is known here that a place did in a scope.

Nobody is accused of an act that may still be on its way. What a place did until a checkpoint is known when every entry
of its own that the checkpoint states is held here. Between the last checkpoint held of one life of its store and the
opening of the next lies a hole: what it did then may never come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sync.cases.limits import Coverage
from sync.facts.streams import NO_HASH, SUBTREE, Scope, Stream, heads_in, scope_of
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2
from sync.journal.clock import TOLERANCE_MS
from sync.journal.schema import find_many
from sync.journal.translation import body_of

if TYPE_CHECKING:
    from sync.journal.chains import Chains
    from sync.journal.writing import Incoming, Transaction

WHOLE_LIFE = Scope(0, 0)
"""Stands for all scopes of a life: whether its store is alive says nothing of any one of them."""

KEEP = (
    "INSERT INTO known VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
    "until_ms=MAX(until_ms, excluded.until_ms), stated_ms=MAX(stated_ms, excluded.stated_ms) "
    "WHERE excluded.until_ms>until_ms OR excluded.stated_ms>stated_ms"
)

OPENINGS = (
    "SELECT s.epoch, f.bytes FROM streams s JOIN entries e ON e.stream=s.id AND e.seq=1 JOIN facts f ON f.id=e.fact "
    "WHERE s.author=? AND s.place=? AND s.kind=?"
)


def note_alive(tx: Transaction, checkpoint: journal_pb2.Checkpoint, *, received_at_ms: int) -> None:
    """A life of a store has stated something: two that do so in turn must both be seen, though the last word counts."""
    stated_ms = _counted(checkpoint, received_at_ms)
    tx.conn.execute(KEEP, [checkpoint.signer, checkpoint.epoch, WHOLE_LIFE.kind, WHOLE_LIFE.place, 0, stated_ms])


def are_of_two_stores(one: journal_pb2.Checkpoint, other: journal_pb2.Checkpoint) -> bool:
    """Whether two statements on a link show that two stores of one life make them, or one that was set back: a number
    given twice, or a lower one at a later time. `one` came after `other`."""
    if (one.epoch, one.key) != (other.epoch, other.key):
        return False
    if one.counter == other.counter:
        return one.signature != other.signature
    trusted = one.clock_state == other.clock_state == fact_pb2.CLOCK_STATE_TRUSTED
    return trusted and one.counter < other.counter and one.at_ms > other.at_ms + TOLERANCE_MS


def note_two_stores(tx: Transaction, checkpoint: journal_pb2.Checkpoint) -> None:
    """Of such a life nobody but a person can say what was done when, and that all is here."""
    tx.conn.execute(
        "INSERT OR IGNORE INTO two_stores VALUES (?,?,?)",
        [checkpoint.signer, checkpoint.epoch, tx.reading().now_ms],
    )


def has_two_stores(conn: Any, *, place: int, epoch: bytes) -> bool:
    """Whether two stores of this life were seen."""
    found = conn.execute("SELECT 1 FROM two_stores WHERE signer=? AND epoch=?", [place, epoch]).fetchone()
    return found is not None


def note_known(tx: Transaction, *, signer: int | None = None) -> None:
    """Writes down through when all is known of every place that has stated anything, or of one."""
    here = set(tx.chains.scopes())
    for said in _last_words(tx.conn, signer):
        for scope in said.digests.keys() & here:
            if said.at_ms and scope.visible_at(tx.identity.place):
                held_ms = said.at_ms if _is_held(tx.conn, tx.chains, said, scope) else 0
                tx.conn.execute(KEEP, [said.signer, said.epoch, scope.kind, scope.place, held_ms, said.at_ms])


def held_until(conn: Any, chains: Chains, *, place: int, scope: Scope) -> int:
    """The time of a place's last word of a scope, if all that it states there is here; milliseconds UTC, 0 = none.

    `chains`: seen through `conn`.
    """
    said = (each for each in _last_words(conn, place) if scope in each.digests)
    return max((each.at_ms for each in said if _is_held(conn, chains, each, scope)), default=0)


class _Said(NamedTuple):
    """What a place has stated last on one link. at_ms: when, as far as it can be trusted; 0 where it cannot."""

    signer: int
    peer: int
    epoch: bytes
    at_ms: int
    digests: dict[Scope, bytes]


def _last_words(conn: Any, signer: int | None) -> Iterator[_Said]:
    """Of a place, or of all, on every link."""
    found = conn.execute(
        "SELECT signer, peer, checkpoint, digests, received_at_ms FROM stated WHERE ?1 IS NULL OR signer=?1", [signer]
    )
    for place, peer, encoded, digests, received_at_ms in found.fetchall():
        checkpoint = journal_pb2.Checkpoint.FromString(encoded)
        listed = {scope_of(row.scope): row.digest for row in journal_pb2.Statement.FromString(digests).digests}
        yield _Said(place, peer, checkpoint.epoch, _counted(checkpoint, received_at_ms), listed)


def _counted(checkpoint: journal_pb2.Checkpoint, received_at_ms: int) -> int:
    """When a checkpoint was made, as far as it can be trusted; 0 where it cannot."""
    trusted = checkpoint.clock_state == fact_pb2.CLOCK_STATE_TRUSTED
    return min(checkpoint.at_ms, received_at_ms) if trusted else 0


def _is_held(conn: Any, chains: Chains, said: _Said, scope: Scope) -> bool:
    """Whether every entry of its own that a place has stated of a scope is held here."""
    digest = said.digests[scope]
    if chains.digest(scope) == digest:
        return True
    found = conn.execute(
        "SELECT heads FROM stated_heads WHERE signer=? AND peer=? AND place=? AND kind=? AND digest=?",
        [said.signer, said.peer, scope.place, scope.kind, digest],
    ).fetchone()
    if found is None:
        return False
    return all(chains.find(head.hash) is not None for head in heads_in(found[0]) if head.stream.author == said.signer)


# What is known.


@dataclass(frozen=True)
class _Life:
    """A life of a place's store in a scope, milliseconds UTC. `opened_ms` None: it cannot be said when it began."""

    opened_ms: int | None
    reason: bodies_pb2.OpenReason
    predecessors: frozenset[bytes]


@dataclass(frozen=True)
class Evidence:
    """What is held of the lives of a place's store in a scope. `own`: of the place whose book it is."""

    own: bool
    lives: dict[bytes, _Life]
    known: dict[bytes, tuple[int, int]]
    two_stores: bool

    def covers(self, window_ms: tuple[int, int]) -> Coverage:
        """Whether all that the place did in the scope within a time is here."""
        if self.own:
            return _own_coverage(self.lives.values(), window_ms[0])
        if self.two_stores:
            return Coverage.HOLE
        epochs = self.lives.keys() | self.known.keys()
        found = {_life_covers(epoch, self.lives, self.known, window_ms) for epoch in epochs} - {Coverage.KNOWN}
        if Coverage.HOLE in found:
            return Coverage.HOLE
        return Coverage.NOT_YET if found or not epochs else Coverage.KNOWN


def evidence(conn: Any, *, here: int, place: int, scope: Scope) -> Evidence:
    """`conn`: of the book of the place `here`."""
    lives, known = _lives(conn, place, scope), _known(conn, place, scope)
    two_stores = any(has_two_stores(conn, place=place, epoch=epoch) for epoch in lives.keys() | known.keys())
    return Evidence(place == here, lives, known, two_stores)


def coverage(conn: Any, *, here: int, place: int, scope: Scope, window_ms: tuple[int, int]) -> Coverage:
    """Whether all that a place did in a scope within a time is here. `conn`: of the book of the place `here`."""
    return evidence(conn, here=here, place=place, scope=scope).covers(window_ms)


def known_through(conn: Any, *, place: int, scope: Scope) -> int:
    """Through when all is here that a place did in a scope, holes aside; milliseconds UTC, 0 = unknown."""
    return max((until_ms for until_ms, _ in _known(conn, place, scope).values()), default=0)


def _own_coverage(lives: Iterable[_Life], begun_ms: int) -> Coverage:
    """A place knows what it did itself, but not across a day on which its own store was set back."""
    set_back = (life for life in lives if life.reason != bodies_pb2.OPEN_REASON_FIRST)
    doubtful = any(life.opened_ms is None or life.opened_ms >= begun_ms for life in set_back)
    return Coverage.HOLE if doubtful else Coverage.KNOWN


def _life_covers(
    epoch: bytes, lives: dict[bytes, _Life], known: dict[bytes, tuple[int, int]], window_ms: tuple[int, int]
) -> Coverage:
    begun_ms, ended_ms = window_ms
    life, (until_ms, stated_ms) = lives.get(epoch), known.get(epoch, (0, 0))
    # A trusted clock may be put back a little, and what is written then bears a time before the checkpoint.
    if until_ms >= ended_ms + TOLERANCE_MS:
        return Coverage.KNOWN
    if life is None:  # If another life is known to have gone on, this one may never come.
        gone_on = any(until_ms > ended_ms + TOLERANCE_MS for until_ms, _ in known.values())
        return Coverage.HOLE if gone_on else Coverage.NOT_YET
    if life.opened_ms is None:
        return Coverage.HOLE
    if life.opened_ms > ended_ms:
        return Coverage.KNOWN
    closed = [each.opened_ms for each in lives.values() if epoch in each.predecessors]
    if not closed:
        return Coverage.NOT_YET
    times = [at_ms for at_ms in closed if at_ms is not None]
    # Closed, and yet it goes on: two stores are writing.
    if len(times) < len(closed) or stated_ms > max(times) + TOLERANCE_MS:
        return Coverage.HOLE
    hole_ends_ms = min(times) if stated_ms <= min(times) + TOLERANCE_MS else max(times)
    return Coverage.HOLE if begun_ms <= hole_ends_ms else Coverage.KNOWN


def _lives(conn: Any, place: int, scope: Scope) -> dict[bytes, _Life]:
    found = {}
    for epoch, encoded in conn.execute(OPENINGS, [place, scope.place, scope.kind]).fetchall():
        fact = fact_pb2.Fact.FromString(encoded)
        opened = body_of(fact, bodies_pb2.StreamOpened)
        trusted = fact.clock_state == fact_pb2.CLOCK_STATE_TRUSTED
        found[bytes(epoch)] = _Life(
            opened_ms=fact.recorded_at_ms if trusted else None,
            reason=opened.reason,
            predecessors=frozenset(each.epoch for each in opened.predecessors),
        )
    return found


def _known(conn: Any, place: int, scope: Scope) -> dict[bytes, tuple[int, int]]:
    """By epoch that has stated anything of the scope: through when all is known of it, and when it last stated."""
    found = conn.execute(
        "SELECT k.epoch, k.until_ms, MAX(k.stated_ms, COALESCE(w.stated_ms, 0)) FROM known k "
        "LEFT JOIN known w ON w.signer=k.signer AND w.epoch=k.epoch AND w.place=0 AND w.kind=0 "
        "WHERE k.signer=? AND k.place=? AND k.kind=?",
        [place, scope.place, scope.kind],
    )
    return {bytes(epoch): (until_ms, stated_ms) for epoch, until_ms, stated_ms in found.fetchall()}


def is_back_in_touch(conn: Any, *, here: int, township: int) -> bool:
    """Whether a township has stated anything since the store of this place was last set back: what was told before
    comes back from there."""
    lives = _lives(conn, here, Scope(SUBTREE, here)).values()
    set_back = [life.opened_ms or 0 for life in lives if life.reason != bodies_pb2.OPEN_REASON_FIRST]
    if not set_back:
        return True
    heard = conn.execute("SELECT MAX(stated_ms) FROM known WHERE signer=?", [township]).fetchone()
    return heard[0] is None or heard[0] > max(set_back)


def went_back(conn: Any, fact: int) -> bool:
    """Whether the store that wrote a fact, by its row, shows a sign of having been set back or copied."""
    streams = conn.execute(
        "SELECT s.id, s.author, s.place, s.kind, s.epoch FROM entries e JOIN streams s ON s.id=e.stream WHERE e.fact=?",
        [fact],
    ).fetchall()
    return any(
        len(conn.execute("SELECT 1 FROM heads WHERE stream=? LIMIT 2", [row]).fetchall()) > 1
        or has_two_stores(conn, place=author, epoch=epoch)
        or was_succeeded(conn, place=author, scope=Scope(kind, place), epoch=epoch)
        for row, author, place, kind, epoch in streams
    )


def was_succeeded(conn: Any, *, place: int, scope: Scope, epoch: bytes) -> bool:
    """Whether a later life of a place's store began because this one was set back or copied."""
    lives = _lives(conn, place, scope).values()
    return any(epoch in each.predecessors and each.reason != bodies_pb2.OPEN_REASON_FIRST for each in lives)


# What was written later than it says.


def written_later(
    tx: Transaction, stream: Stream, first_seq: int, arrived: Sequence[Incoming]
) -> list[tuple[bytes, int]]:
    """Facts that come for the first time although their author signed, at a later time than they say, for a journal
    without them; with that time. To be asked before what comes with the same parcel is taken in."""
    if stream.author == tx.identity.place:
        return []
    oldest_ms = min(each.fact.recorded_at_ms for each in arrived)
    contradicted = {
        each.fact_id: at_ms
        for at_ms, upto_seq in sorted(_signed_for(tx, stream, after_ms=oldest_ms + TOLERANCE_MS))
        for seq, each in enumerate(arrived, start=first_seq)
        if seq > upto_seq
        and each.fact.recorded_at_ms < at_ms - TOLERANCE_MS
        and each.fact.clock_state == fact_pb2.CLOCK_STATE_TRUSTED
    }
    held = {
        bytes(name) for (name,) in find_many(tx.conn, "SELECT fact_id FROM facts WHERE fact_id IN", list(contradicted))
    }
    return [(name, at_ms) for name, at_ms in contradicted.items() if name not in held]


def _signed_for(tx: Transaction, stream: Stream, *, after_ms: int) -> list[tuple[int, int]]:
    """Of each link, when the author of a stream last signed for it there, if after a time, and up to which entry."""
    found = []
    stated = tx.conn.execute("SELECT peer, checkpoint, received_at_ms FROM stated WHERE signer=?", [stream.author])
    for peer, encoded, received_at_ms in stated.fetchall():
        checkpoint = journal_pb2.Checkpoint.FromString(encoded)
        at_ms = _counted(checkpoint, received_at_ms)
        if checkpoint.epoch != stream.epoch or at_ms <= after_ms:
            continue
        (digests,) = tx.conn.execute(
            "SELECT digests FROM stated WHERE signer=? AND peer=?", [stream.author, peer]
        ).fetchone()
        listed = {scope_of(row.scope): row.digest for row in journal_pb2.Statement.FromString(digests).digests}
        row = tx.conn.execute(
            "SELECT heads FROM stated_heads WHERE signer=? AND peer=? AND place=? AND kind=? AND digest=?",
            [stream.author, peer, stream.scope.place, stream.scope.kind, listed.get(stream.scope, NO_HASH)],
        ).fetchone()
        if row is not None:
            heads = heads_in(row[0])
            found.append((at_ms, max((head.seq for head in heads if head.stream == stream), default=0)))
    return found


def note_written_later(tx: Transaction, found: Sequence[tuple[bytes, int]]) -> None:
    tx.conn.executemany(
        "INSERT OR IGNORE INTO backdated SELECT id, ? FROM facts WHERE fact_id=?",
        [(not_before_ms, fact_id) for fact_id, not_before_ms in found],
    )
