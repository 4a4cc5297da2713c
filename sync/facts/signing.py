"""Who said it: Ed25519 keys, and the exact bytes they sign."""

from __future__ import annotations

import nacl.signing
from nacl.exceptions import BadSignatureError

from sync.facts.hashing import number
from sync.facts.v1 import bodies_pb2, journal_pb2

ENTRY_SIGNATURE = b"cuntong/entry-signature/1"
CHECKPOINT = b"cuntong/checkpoint/1"
KEY = b"cuntong/key/1"

KEY_BYTES = 32


class SigningKey:
    """An Ed25519 private key: a node's operating key, or the county's root key."""

    def __init__(self, seed: bytes) -> None:
        self.seed = seed
        self._private = nacl.signing.SigningKey(seed)
        self.public = bytes(self._private.verify_key)

    @classmethod
    def new(cls) -> SigningKey:
        return cls(bytes(nacl.signing.SigningKey.generate()))

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message).signature


def verified(public: bytes, signature: bytes, message: bytes) -> bool:
    """True if `signature` is that of the key `public` over `message`. Never raises on bad input."""
    try:
        nacl.signing.VerifyKey(public).verify(message, signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def entry_message(entry_hash: bytes) -> bytes:
    """What the signature on the last entry of a commit covers."""
    return ENTRY_SIGNATURE + entry_hash


def checkpoint_message(checkpoint: journal_pb2.Checkpoint) -> bytes:
    """What the signature of a checkpoint covers: everything in it but the signature."""
    c = checkpoint
    return b"".join(
        [CHECKPOINT, number(c.signer), c.key, c.epoch, number(c.peer), number(c.counter)]
        + [number(c.at_ms), bytes([c.clock_state & 0xFF]), c.list_hash]
    )


def certificate_message(certificate: bodies_pb2.KeyCertificate) -> bytes:
    """What the root key signs about a node's key."""
    c = certificate
    return KEY + number(c.place) + c.key + number(c.issued_at_ms) + c.nats_key.encode()


def certify(root: SigningKey, *, place: int, key: bytes, nats_key: str, at_ms: int) -> bodies_pb2.KeyCertificate:
    """The root key's word that `key` is the key of `place`."""
    certificate = bodies_pb2.KeyCertificate(place=place, key=key, nats_key=nats_key, issued_at_ms=at_ms)
    certificate.signature = root.sign(certificate_message(certificate))
    return certificate


def is_certified(root: bytes, certificate: bodies_pb2.KeyCertificate) -> bool:
    return verified(root, certificate.signature, certificate_message(certificate))
