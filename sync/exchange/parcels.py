"""Making up and taking in parcels, whatever road they travel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from sync.errors import Malformed
from sync.facts.streams import Scope
from sync.facts.v1 import journal_pb2
from sync.journal import statements
from sync.journal.book import Book
from sync.journal.offering import Assumed, Offer, unsent
from sync.journal.receiving import BEYOND_GAP, MAX_PARCEL_BYTES, MAX_PARTS, Receipt, receive

VERSION = 1

PARCEL_BYTES = 512 * 1024
"""Segments are put into a parcel up to about this size; it must stay below MAX_PARCEL_BYTES with all the rest."""


@dataclass
class MadeUp:
    """A parcel and what it holds."""

    parcel: journal_pb2.Parcel
    offer: Offer = field(default_factory=Offer)


async def make_up(
    book: Book,
    *,
    peer: int,
    scopes: Iterable[Scope] = (),
    assumed: Assumed | None = None,
    statement: bool = True,
    brief: bool = False,
    listed: bool = False,
    refusals: Iterable[journal_pb2.SegmentRefusal] = (),
    forward: Iterable[journal_pb2.Statement] = (),
) -> MadeUp:
    """A parcel for `peer`: what it lacks in `scopes`, this node's statement, and what is passed on.

    The statement is signed after the commit that makes it true.
    """
    here = book.identity.place
    parcel = journal_pb2.Parcel(version=VERSION, sender=here, receiver=peer, refusals=refusals)
    offer = await lacking(book, peer=peer, scopes=scopes, assumed=assumed or {})
    parcel.segments.extend(offer.segments)
    if statement:
        stated = await book.write(lambda tx: statements.make_statement(tx, peer=peer, brief=brief, listed=listed))
        parcel.statements.append(stated)
    parcel.statements.extend(forward)
    return MadeUp(parcel, offer)


async def lacking(book: Book, *, peer: int, scopes: Iterable[Scope], assumed: Assumed) -> Offer:
    """What `peer` lacks in `scopes`, up to a parcel's size."""
    wanted = list(scopes)
    if not wanted:
        return Offer()
    await asyncio.sleep(0)  # Others may run between two parcels of a long catch-up.
    return unsent(
        book.reader,
        book.read_chains,
        here=book.identity.place,
        peer=peer,
        scopes=wanted,
        assumed=assumed,
        limit=PARCEL_BYTES,
    )


def shared(book: Book, peer: int) -> list[Scope]:
    """All scopes this node and `peer` both see, of those held here."""
    return statements.shared_scopes(book.read_chains, book.identity.place, peer)


def to_offer(book: Book, peer: int) -> list[Scope]:
    """These, and those of which nothing is held here but what waits for a gap: nobody else may know of it."""
    here = book.identity.place
    waiting = (Scope(kind, place) for kind, place in book.reader.execute(WAITING, [BEYOND_GAP]).fetchall())
    both = {scope for scope in waiting if scope.visible_at(here) and scope.visible_at(peer)}
    return sorted(both.union(shared(book, peer)))


WAITING = "SELECT DISTINCT kind, place FROM parked WHERE reason=?"


async def take_in(book: Book, parcel: journal_pb2.Parcel, *, neighbour: int) -> Receipt:
    """Commits what a parcel brings. Whatever the parcel says of its sender, it came from `neighbour`.

    Raises Malformed for more parts than any parcel holds that was made up here.
    """
    if max(len(parcel.segments), len(parcel.statements), len(parcel.refusals)) > MAX_PARTS:
        raise Malformed(f"A parcel holds at most {MAX_PARTS} segments, statements or refusals.")
    return await book.write(lambda tx: receive(tx, parcel, neighbour=neighbour))


def read(payload: bytes) -> journal_pb2.Parcel:
    """Raises Malformed for bytes that are no parcel, or one of a version this node does not read."""
    if len(payload) > MAX_PARCEL_BYTES:
        raise Malformed(f"A parcel of {len(payload)} bytes is too large.")
    try:
        parcel = journal_pb2.Parcel.FromString(payload)
    except DecodeError:
        raise Malformed("These bytes are no parcel.") from None
    if parcel.version != VERSION:
        raise Malformed(f"A parcel of version {parcel.version} cannot be read here. Bring this node up to date.")
    return parcel


def count_unconfirmed(book: Book, peer: int) -> int:
    """How many entries held here `peer` has not confirmed."""
    total = 0
    for scope in shared(book, peer):
        stated = statements.stated_heads(book.reader, signer=peer, peer=book.identity.place, scope=scope)
        for stream in book.read_chains.streams_in(scope):
            total += book.read_chains.count_beyond(stream, stated.get(stream, set()))
    return total
