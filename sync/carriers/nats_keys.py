"""Keys for the broker: a secret seed in a file that only its owner may read, and the public half."""

import contextlib
import os
import re
from pathlib import Path

import nkeys

from sync.errors import Malformed

PUBLIC_KEY = re.compile(r"U[A-Z2-7]{55}")


def new_seed() -> str:
    """Make a secret seed; text that begins with SU."""
    return bytes(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)).decode()


def public_key(seed: str) -> str:
    """Return the public key of a seed; text that begins with U."""
    try:
        return bytes(nkeys.from_seed(bytearray(seed.strip().encode())).public_key).decode()
    except (nkeys.NkeysError, ValueError):
        raise Malformed("消息线路的密钥种子不完整；请重新生成。") from None


def is_public_key(text: str) -> bool:
    """True for the form of a user's public key. What fails here must never reach the broker's settings."""
    return PUBLIC_KEY.fullmatch(text) is not None


def keep_seed(path: Path) -> str:
    """Return the seed in the file; the first time, make it (mode 0600)."""
    with contextlib.suppress(FileExistsError):
        _write_secret(path, text=new_seed())
    return path.read_text(encoding="ascii").strip()


def _write_secret(path: Path, *, text: str) -> None:
    """Write beside and link into place, so that a power cut never leaves half a seed."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
    finally:
        beside.unlink()
