"""Which journal an entry stands in, and who may see and write it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from sync.cases import places
from sync.facts.v1 import journal_pb2 as pb

PATH = pb.SCOPE_KIND_PATH
SUBTREE = pb.SCOPE_KIND_SUBTREE

EPOCH_BYTES = 16
HASH_BYTES = 32
NO_HASH = bytes(HASH_BYTES)
"""What stands for the hash before the first entry of a stream."""


class Scope(NamedTuple):
    """Exactly one visibility: the path of a home, or the subtree of a place."""

    kind: int
    place: int

    def visible_at(self, place: int) -> bool:
        """PATH: at the place and above it. SUBTREE: below it as well."""
        if places.contains(place, self.place):
            return True
        return self.kind == SUBTREE and places.contains(self.place, place)

    def writable_at(self, place: int) -> bool:
        """Only the place itself and those above it write in a scope."""
        return places.contains(place, self.place)

    def proto(self) -> pb.Scope:
        return pb.Scope(kind=self.kind, place=self.place)  # type: ignore[arg-type]


class Stream(NamedTuple):
    """One append-only journal: author, 16 bytes of epoch, scope."""

    author: int
    epoch: bytes
    scope: Scope

    def proto(self) -> pb.StreamId:
        return pb.StreamId(author=self.author, epoch=self.epoch, scope=self.scope.proto())


class Head(NamedTuple):
    """The last entry of a branch of a stream."""

    stream: Stream
    seq: int
    hash: bytes

    def proto(self) -> pb.Head:
        return pb.Head(stream=self.stream.proto(), seq=self.seq, hash=self.hash)


def scope_of(message: pb.Scope) -> Scope:
    return Scope(int(message.kind), message.place)


def stream_of(message: pb.StreamId) -> Stream:
    return Stream(message.author, message.epoch, scope_of(message.scope))


def head_of(message: pb.Head) -> Head:
    return Head(stream_of(message.stream), message.seq, message.hash)


@lru_cache(maxsize=1024)
def heads_in(encoded: bytes) -> tuple[Head, ...]:
    """The heads of an encoded ScopeHeads: read again and again until a place states something else."""
    return tuple(map(head_of, pb.ScopeHeads.FromString(encoded).heads))


def is_well_formed(stream: Stream) -> bool:
    """Places are places, the epoch has its length, the kind is known."""
    return (
        places.is_place(stream.author)
        and places.is_place(stream.scope.place)
        and len(stream.epoch) == EPOCH_BYTES
        and stream.scope.kind in (PATH, SUBTREE)
    )
