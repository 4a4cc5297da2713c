"""The closed books of a network, opened so that nothing can be written."""

from __future__ import annotations

import fcntl
import json
import sqlite3
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

KEY_BYTES = 32


class NotAuditable(Exception):
    """There is nothing that can be audited: missing, or still in use."""


@dataclass(frozen=True)
class ClosedBook:
    """A book that nobody writes. `root_key`: the one key that is trusted."""

    place: int
    path: Path
    root_key: bytes

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def open(self) -> sqlite3.Connection:
        conn = sqlite3.connect(f"file:{quote(str(self.path.resolve()))}?mode=ro&immutable=1", uri=True)
        conn.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        return conn

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """For single questions; a walk through the book keeps its own connection.

        A damaged page answers nothing: the damage was found when the whole book was read.
        """
        conn = self.open()
        try:
            return conn.execute(query, values).fetchall()
        except sqlite3.DatabaseError:
            return []
        finally:
            conn.close()


def of_network(root: Path) -> list[ClosedBook]:
    """The books of all nodes, the county's first. Raises NotAuditable in a sentence that says what to do."""
    places = _planned(root)
    root_key = _root_key(root / str(places[0]))
    return [ClosedBook(place, _closed(root / str(place)), root_key) for place in places]


def _planned(root: Path) -> list[int]:
    try:
        plan = json.loads((root / "network.json").read_bytes())
        places = [int(spot["place"]) for spot in plan["spots"]]
    except (OSError, ValueError, KeyError, TypeError):
        places = []
    if not places:
        raise NotAuditable(f"{root}里没有可审计的网络（network.json读不出）。请核对目录。")
    return places


def _root_key(county: Path) -> bytes:
    try:
        key = bytes.fromhex(tomllib.loads((county / "node.toml").read_text(encoding="utf-8"))["root_key"])
    except (OSError, ValueError, KeyError, TypeError):
        key = b""
    if len(key) != KEY_BYTES:
        raise NotAuditable(f"{county / 'node.toml'}里没有县的根密钥，无从核对签名。请补上后再审计。")
    return key


def _closed(directory: Path) -> Path:
    book = directory / "book.sqlite"
    if not book.is_file():
        raise NotAuditable(f"没有账本{book}。请核对目录，或从该节点取来账本后再审计。")
    log = book.with_name(book.name + "-wal")
    if _runs(directory) or (log.exists() and log.stat().st_size):
        raise NotAuditable(f"{directory.name}的节点还在运行，或没有正常关闭。请先停止整个网络，再审计。")
    return book


def _runs(directory: Path) -> bool:
    """A running node holds this lock; one that was killed leaves its log instead."""
    try:
        with (directory / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
