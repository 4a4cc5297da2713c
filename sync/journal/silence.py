"""Offices not heard of for too long (失联): a finding of its own, never turned into an overdue one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sync.cases import places
from sync.cases.clocks import NO_CALENDAR
from sync.cases.workdays import day_of

if TYPE_CHECKING:
    from sync.journal.writing import Transaction

SILENT_AFTER_DAYS = {places.TOWNSHIP: 3, places.VILLAGE: 10}
"""Working days without a word. A station without a line comes to the market, or sends a stick, every week or so."""

HEARD = "SELECT signer, MAX(stated_ms) FROM known GROUP BY signer HAVING MAX(stated_ms)>0"


class Silence(NamedTuple):
    """Nothing has been heard of a place since a time, milliseconds UTC."""

    place: int
    since_ms: int
    found_at_ms: int


def note_silences(tx: Transaction) -> None:
    """Notes who has fallen silent, and who is heard again."""
    now_ms, calendar = tx.reading().now_ms, tx.catalogues.calendar() or NO_CALENDAR
    for place, heard_ms in tx.conn.execute(HEARD).fetchall():
        tx.conn.execute(
            "UPDATE silences SET ended_at_ms=? WHERE place=? AND ended_at_ms=0 AND since_ms<?",
            [heard_ms, place, heard_ms],
        )
        silent_days = calendar.working_days_between(day_of(heard_ms), day_of(now_ms))
        if silent_days >= SILENT_AFTER_DAYS.get(places.level(place), silent_days + 1):
            tx.conn.execute(
                "INSERT OR IGNORE INTO silences(place, since_ms, found_at_ms, ended_at_ms) VALUES (?,?,?,0)",
                [place, heard_ms, now_ms],
            )


def silent(conn: Any, *, within: tuple[int, int]) -> list[Silence]:
    """Who is silent now, the longest first."""
    found = conn.execute(
        "SELECT place, since_ms, found_at_ms FROM silences WHERE ended_at_ms=0 AND place BETWEEN ? AND ? "
        "ORDER BY since_ms, place",
        within,
    )
    return [Silence(*each) for each in found]
