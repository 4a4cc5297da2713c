"""Signatures: each (key, signature, message) is verified once, whatever number of books carries it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

CHUNK = 2000


class Signed(NamedTuple):
    """What a key is said to have signed, and in which row of which table it stands."""

    key: bytes
    signature: bytes
    message: bytes
    table: str
    row: int


def holds(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        VerifyKey(key).verify(message, signature)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


Claim = tuple[bytes, bytes, bytes]


def failing(claims: list[Claim]) -> list[Claim]:
    """Those that do not hold."""
    return [claim for claim in claims if not holds(*claim)]


def in_chunks(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
    remaining = iter(claims)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
