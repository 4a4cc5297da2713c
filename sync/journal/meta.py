"""Small values a store keeps of itself."""

from __future__ import annotations

from typing import Any


class Meta:
    """Values by name, seen through the connection that writes them, each read once."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn
        self._known: dict[str, bytes | None] = {}

    def get(self, name: str) -> bytes | None:
        if name not in self._known:
            found = self._conn.execute("SELECT value FROM meta WHERE name=?", [name]).fetchone()
            self._known[name] = bytes(found[0]) if found else None
        return self._known[name]

    def set(self, name: str, value: bytes) -> None:
        self._known[name] = value
        self._conn.execute(
            "INSERT INTO meta VALUES (?,?) ON CONFLICT(name) DO UPDATE SET value=excluded.value",
            [name, value],
        )

    def forget(self) -> None:
        """After something was taken back."""
        self._known.clear()
