"""Catching up over gRPC: checkpoints first, then lists and heads, then segments both ways."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from sync.errors import Malformed
from sync.exchange import parcels
from sync.facts import hashing
from sync.facts.streams import Scope, Stream
from sync.facts.v1 import fact_pb2, journal_pb2
from sync.journal import statements
from sync.journal.book import Book
from sync.journal.receiving import Receipt

log = logging.getLogger(__name__)

Call = Callable[[journal_pb2.Parcel], Awaitable[journal_pb2.Parcel]]

MAX_ROUNDS = 10_000
SMALL_ROUNDS = 3
"""Rounds that would have held more before a difference is left to the road and the next exchange: a refusal, a gap,
a key to come, or what is being written just now."""


async def exchange(book: Book, *, peer: int, call: Call) -> int:
    """Brings this node and its parent to the same heads. Returns the round trips it took.

    Raises Unavailable if the parent does not answer.
    """
    small = 0
    # What the parent has answered to is not sent twice: a segment that waits there for a gap moves no head of its own.
    sent: dict[Stream, set[bytes]] = {}
    for number in range(1, MAX_ROUNDS + 1):
        first = number == 1
        made = await parcels.make_up(
            book,
            peer=peer,
            scopes=[] if first else _readable(book, peer),
            assumed=sent,
            brief=first,
            listed=not first,
            forward=_forward(book, peer, first),
        )
        asked_ms = book.clock.now()
        answer = await call(made.parcel)
        _compare_clocks(book, answer, peer=peer, asked_ms=asked_ms)
        for stream, tip in made.offer.tips:
            sent.setdefault(stream, set()).add(tip)
        receipt = await parcels.take_in(book, answer, neighbour=peer)
        unread = first and receipt.incomplete  # Of places beyond the parent: it tells more when asked again.
        if _same(made.parcel, answer) and not (
            made.offer.segments or receipt.new_entries or receipt.new_epoch or unread
        ):
            return number
        catching_up = made.offer.more or _size(answer) > parcels.PARCEL_BYTES // 2 or number <= 2
        small = 0 if catching_up else small + 1
        if small >= SMALL_ROUNDS:
            log.info("exchange left differences", extra={"peer": peer, "rounds": number})
            return number
    return MAX_ROUNDS


def _size(parcel: journal_pb2.Parcel) -> int:
    return sum(segment.ByteSize() for segment in parcel.segments)


def _readable(book: Book, peer: int) -> list[Scope]:
    """Shared scopes of which it is known here what `peer` holds. The others wait a round, or all would go again."""
    unread = statements.unread_scopes(book.reader, signer=peer, peer=book.identity.place)
    return [scope for scope in parcels.to_offer(book, peer) if scope not in unread]


def _compare_clocks(book: Book, answer: journal_pb2.Parcel, *, peer: int, asked_ms: int) -> None:
    """How far the parent's clock is certainly from ours: its checkpoint was signed between question and answer."""
    answered_ms = book.clock.now()
    stated = [s.checkpoint for s in answer.statements if s.checkpoint.signer == peer]
    if stated and stated[0].clock_state == fact_pb2.CLOCK_STATE_TRUSTED:
        at_ms = stated[0].at_ms
        book.clock.offset_ms = min(at_ms - asked_ms, 0) or max(at_ms - answered_ms, 0)


def _forward(book: Book, peer: int, first: bool) -> list[journal_pb2.Statement]:
    return [] if first else statements.forwarded(book.reader, here=book.identity.place, to=peer)


async def answer(book: Book, parcel: journal_pb2.Parcel, *, peer: int) -> journal_pb2.Parcel:
    """The parent's side of a round: takes in the child's parcel and makes up its own."""
    receipt: Receipt = await parcels.take_in(book, parcel, neighbour=peer)
    own = [s for s in parcel.statements if s.checkpoint.signer == peer]
    if len(own) != 1:
        raise Malformed("An exchange parcel carries exactly one statement of its sender.")
    known = bool(own[0].digests)
    if not known and not receipt.new_entries and _equal(book, own[0], peer=peer):
        beyond = statements.forwarded(book.reader, here=book.identity.place, to=peer, brief=True)
        made = await parcels.make_up(book, peer=peer, brief=True, refusals=receipt.refused, forward=beyond)
        return made.parcel
    made = await parcels.make_up(
        book,
        peer=peer,
        scopes=_readable(book, peer) if known else [],
        listed=True,
        refusals=receipt.refused,
        forward=_forward(book, peer, not known),
    )
    return made.parcel


def _equal(book: Book, statement: journal_pb2.Statement, *, peer: int) -> bool:
    """Whether the child stated what is held here."""
    chains = book.read_chains
    own = [(scope, hashing.heads_digest(chains.scope_heads(scope))) for scope in parcels.shared(book, peer)]
    return hashing.list_hash(own) == statement.checkpoint.list_hash


def _same(mine: journal_pb2.Parcel, theirs: journal_pb2.Parcel) -> bool:
    """Whether both stated the same heads in this round."""
    stated = [s.checkpoint for parcel in (mine, theirs) for s in parcel.statements]
    between = {mine.sender, mine.receiver}
    return len({c.list_hash for c in stated if {c.signer, c.peer} == between}) == 1
