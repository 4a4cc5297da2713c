"""What is hashed and signed, byte by byte, as docs/ARCHITECTURE.md lists it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from sync.facts.v1 import bodies_pb2, journal_pb2

NO_HASH = bytes(32)


class Scope(NamedTuple):
    """Ordered as it is hashed."""

    kind: int
    place: int

    @property
    def encoded(self) -> bytes:
        return bytes([self.kind]) + number(self.place)


class Stream(NamedTuple):
    """One journal."""

    author: int
    epoch: bytes
    scope: Scope

    @property
    def encoded(self) -> bytes:
        return number(self.author) + self.epoch + self.scope.encoded


def number(value: int) -> bytes:
    return value.to_bytes(8, "big", signed=value < 0)


def _hash(domain: bytes, *parts: bytes) -> bytes:
    return hashlib.sha256(domain + b"".join(parts)).digest()


def fact_id(encoded: bytes) -> bytes:
    return _hash(b"cuntong/fact/1", encoded)


def entry_hash(previous: bytes, stream: bytes, seq: int, fact: bytes) -> bytes:
    return _hash(b"cuntong/entry/1", previous, stream, number(seq), fact)


def private_hash(part: bytes) -> bytes:
    return _hash(b"cuntong/private/1", part)


def heads_digest(heads: Iterable[tuple[bytes, int, bytes]]) -> bytes:
    """Over (stream, seq, hash) of all heads of a scope."""
    rows = sorted((stream, number(seq), name) for stream, seq, name in heads)
    return _hash(b"cuntong/heads/1", *(part for row in rows for part in row))


def list_hash(digests: Iterable[tuple[Scope, bytes]]) -> bytes:
    """Over (scope, digest) of all scopes shared on a link."""
    return _hash(b"cuntong/checkpoint-list/1", *(scope.encoded + digest for scope, digest in sorted(digests)))


# What signatures cover.


def entry_message(entry: bytes) -> bytes:
    return b"cuntong/entry-signature/1" + entry


def checkpoint_message(c: journal_pb2.Checkpoint) -> bytes:
    named = [number(c.signer), c.key, c.epoch, number(c.peer), number(c.counter), number(c.at_ms)]
    return b"cuntong/checkpoint/1" + b"".join([*named, bytes([c.clock_state]), c.list_hash])


def certificate_message(c: bodies_pb2.KeyCertificate) -> bytes:
    return b"cuntong/key/1" + number(c.place) + c.key + number(c.issued_at_ms) + c.nats_key.encode()


# Names of streams.


def scope_of(message: journal_pb2.Scope) -> Scope:
    return Scope(int(message.kind), message.place)


def stream_of(message: journal_pb2.StreamId) -> Stream:
    return Stream(message.author, message.epoch, scope_of(message.scope))


def columns(stream: bytes) -> tuple[int, bytes, int, int]:
    """Author, epoch, kind and place of a stream by its 33 bytes, as the table of streams has them."""
    return int.from_bytes(stream[:8], "big"), stream[8:24], stream[24], int.from_bytes(stream[25:], "big")
