"""What is hashed, byte by byte. Decided once: golden vectors stand in tests/frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from sync.facts.streams import Head, Scope, Stream

FACT = b"cuntong/fact/1"
ENTRY = b"cuntong/entry/1"
PRIVATE = b"cuntong/private/1"
HEADS = b"cuntong/heads/1"
CHECKPOINT_LIST = b"cuntong/checkpoint-list/1"

SALT_BYTES = 16


def number(value: int) -> bytes:
    """8 bytes, big-endian; every number that is hashed or signed."""
    return value.to_bytes(8, "big", signed=value < 0)


@lru_cache(maxsize=4096)
def stream_bytes(stream: Stream) -> bytes:
    """33 bytes: author (8), epoch (16), scope kind (1), scope place (8)."""
    return number(stream.author) + stream.epoch + scope_bytes(stream.scope)


def scope_bytes(scope: Scope) -> bytes:
    """9 bytes: kind (1), place (8)."""
    return bytes([scope.kind]) + number(scope.place)


def fact_id(fact: bytes) -> bytes:
    """32 bytes that name a fact by its own bytes, wherever it stands."""
    return hashlib.sha256(FACT + fact).digest()


def entry_hash(previous: bytes, stream: Stream, seq: int, fact: bytes) -> bytes:
    """32 bytes over the entry before, the stream, the sequence number and the fact id."""
    return hashlib.sha256(ENTRY + previous + stream_bytes(stream) + number(seq) + fact).digest()


def private_hash(part: bytes) -> bytes:
    """32 bytes over a private part: 16 bytes of salt, then the content."""
    return hashlib.sha256(PRIVATE + part).digest()


def heads_digest(heads: Iterable[Head]) -> bytes:
    """32 bytes over all heads of a scope, forks included, in the order (stream bytes, seq, hash)."""
    rows = sorted((stream_bytes(h.stream), number(h.seq), h.hash) for h in heads)
    return hashlib.sha256(HEADS + b"".join(b"".join(row) for row in rows)).digest()


def list_hash(digests: Iterable[tuple[Scope, bytes]]) -> bytes:
    """32 bytes over the digests of all scopes shared on a link, in the order (kind, place)."""
    rows = sorted(digests)
    return hashlib.sha256(CHECKPOINT_LIST + b"".join(scope_bytes(s) + d for s, d in rows)).digest()
