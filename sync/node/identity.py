"""The keys of a node, in files only their owner may read."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from sync.carriers import nats_keys
from sync.errors import Malformed
from sync.facts import signing
from sync.facts.signing import KEY_BYTES, SigningKey
from sync.journal.book import Identity
from sync.node.settings import Settings

OPERATING_KEY = "operating.key"
ROOT_KEY = "root.key"
NATS_SEED = "nats.seed"
OWN_CERTIFICATE = "own.certificate"


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a new node shows the county: who it is and the public halves of its keys."""

    place: int
    key: str
    """64 hexadecimal digits."""
    nats_key: str


def keep_key(path: Path) -> SigningKey:
    """The key in a file; the first time, a new one (mode 0600)."""
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(SigningKey.new().seed.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    return read_key(path)


def read_key(path: Path) -> SigningKey:
    """Raises Malformed if the file holds no key."""
    try:
        seed = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        raise Malformed(f"{path} holds no key. Restore it from the node's backup, or enrol the node anew.") from None
    if len(seed) != KEY_BYTES:
        raise Malformed(f"{path} holds no whole key. Restore it from the node's backup, or enrol the node anew.")
    return SigningKey(seed)


def identity_of(directory: Path, settings: Settings) -> Identity:
    try:
        root = bytes.fromhex(settings.root_key)
    except ValueError:
        root = b""
    if len(root) != KEY_BYTES:
        raise Malformed("root_key in node.toml must be 64 hexadecimal digits: copy it from the county.")
    return Identity(
        place=settings.place,
        key=keep_key(directory / OPERATING_KEY),
        root_key=root,
        homes=settings.homes or (settings.place,),
        serial_start=settings.numbering.start,
        certificate=_own_certificate(directory),
    )


def _own_certificate(directory: Path) -> bytes:
    path = directory / OWN_CERTIFICATE
    return path.read_bytes() if path.exists() else b""


def make_county(directory: Path, *, place: int, at_ms: int) -> bytes:
    """A county's keys: root key, operating key, and the certificate by which it introduces itself. Returns the root's
    public half."""
    root = keep_key(directory / ROOT_KEY)
    own = keep_key(directory / OPERATING_KEY)
    certificate = signing.certify(root, place=place, key=own.public, nats_key="", at_ms=at_ms)
    (directory / OWN_CERTIFICATE).write_bytes(certificate.SerializeToString(deterministic=True))
    return root.public


def nats_seed(directory: Path) -> str:
    return nats_keys.keep_seed(directory / NATS_SEED)


def enrolment(directory: Path, place: int) -> Enrolment:
    """What to hand to the county so that it introduces this node's key."""
    key = keep_key(directory / OPERATING_KEY)
    return Enrolment(place=place, key=key.public.hex(), nats_key=nats_keys.public_key(nats_seed(directory)))
