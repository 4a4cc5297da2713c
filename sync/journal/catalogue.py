"""The catalogue and the calendars as they follow from the facts of a book."""

from __future__ import annotations

from typing import Any


class Catalogues:
    """Releases and calendars held. A number counts only if none before it is missing."""

    def __init__(self, conn: Any) -> None:
        self.conn = conn

    def newest_release(self) -> int:
        """Number of the newest release held without a gap. 0 = none."""
        return _unbroken(self.conn, "releases")

    def newest_calendar(self) -> int:
        """Number of the newest calendar held. 0 = none."""
        return _unbroken(self.conn, "calendars")


def _unbroken(conn: Any, table: str) -> int:
    numbers = [n for (n,) in conn.execute(f"SELECT DISTINCT number FROM {table} ORDER BY number").fetchall()]
    return next((i for i, n in enumerate(numbers) if n != i + 1), len(numbers))
