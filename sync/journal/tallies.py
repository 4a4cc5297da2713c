"""How many cases came, ended and so on at each home on each day: kept beside their rows, in the same commit.

What a case counts for follows from its row alone; when the row changes, the difference is added.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sync.cases.stages import Stage
from sync.cases.workdays import day_numbered, number_of

DAY_MS = 24 * 60 * 60 * 1000
SHANGHAI_MS = 8 * 60 * 60 * 1000

DAY, MONTH = 0, 1
"""A tally is of a day (since 1970-01-01) or of a month (12 × year + month - 1)."""

FLOWS = (
    "handled",
    "via_village_stations",
    "closed",
    "refused",
    "withdrawn",
    "lapsed",
    "judged",
    "on_time",
    "early",
    "not_instant",
    "promised_early",
    "instant",
    "same_day",
    "extended",
    "provisional",
    "rated",
    "satisfied",
    "complaints",
    "shirked",
    "paper_claimed",
)
"""What happens on a day. The names are those of sync.cases.figures."""

STOCKS = ("open", "in_transit")
"""What there is at the end of a day: its changes, to be summed from the beginning."""

COLUMNS = FLOWS + STOCKS

# How a case may end, by the figure that counts it.
ENDINGS = {Stage.REFUSED.value: "refused", Stage.WITHDRAWN.value: "withdrawn", Stage.LAPSED.value: "lapsed"}

TABLE = (
    "CREATE TABLE tallies(unit INTEGER NOT NULL, at INTEGER NOT NULL, home INTEGER NOT NULL, "
    + "".join(f"{name} INTEGER NOT NULL, " for name in COLUMNS)
    + "PRIMARY KEY (unit, at, home)) WITHOUT ROWID"
)
_PLACES = ", ".join("?" * (3 + len(COLUMNS)))
_ADDED = ", ".join(f"{name}={name}+excluded.{name}" for name in COLUMNS)
ADD = f"INSERT INTO tallies VALUES ({_PLACES}) ON CONFLICT DO UPDATE SET {_ADDED}"

COUNTED = "duplicate=0 AND parent IS NULL AND stage<>''"
"""The rows of `cases` that count as cases: neither one once more nor a branch of one, and something is known of it."""

Row = Mapping[str, Any]
Tally = Counter[tuple[int, str]]
"""By day and figure."""


def tally_of(row: Row) -> Tally:
    """What a case counts for, by the columns of its row.

    Nothing, where it is another one once more, or a branch of one.
    """
    found: Tally = Counter()
    if not row or row["duplicate"] or row["parent"] or not row["stage"]:
        return found
    _count_reception(found, row)
    _count_transit(found, row)
    if row["ended_at_ms"]:
        _count_ending(found, row)
    if row["rated_at_ms"]:
        _add(found, row["rated_at_ms"], {"rated": True, "satisfied": row["grade"] >= 3})
    for name in ("complaints", "shirked"):
        for at_ms in json.loads(row[name]) if row[name] else ():
            _add(found, at_ms, {name: True})
    return found


def _count_reception(found: Tally, row: Row) -> None:
    received, ended = row["received_at_ms"], row["ended_at_ms"]
    if not received:
        return
    beside = {"via_village_stations": row["via_village"], "paper_claimed": row["paper"]}
    _add(found, received, {"handled": True, "open": True} | beside)
    if ended:
        found[day_at(max(received, ended)), "open"] -= 1


def _count_transit(found: Tally, row: Row) -> None:
    handed_over = row["handed_over_at_ms"]
    left = min((at_ms for at_ms in (row["received_at_ms"], row["ended_at_ms"]) if at_ms), default=0)
    if not handed_over or 0 < left <= handed_over:
        return
    found[day_at(handed_over), "in_transit"] += 1
    if left:
        found[day_at(left), "in_transit"] -= 1


def _count_ending(found: Tally, row: Row) -> None:
    figures = {"closed": True}
    if row["ending"] in ENDINGS:
        figures[ENDINGS[row["ending"]]] = True
    if row["ending"] == Stage.CLOSED and row["accepted_at_ms"]:
        figures |= {"provisional": True} if row["provisional"] else _judged(row)
    _add(found, row["ended_at_ms"], figures)


def _judged(row: Row) -> dict[str, bool]:
    """How the promise was kept."""
    instant, quick = row["promised_days"] == 0, row["used_days"] < row["promised_days"]
    same_day = instant and day_at(row["closed_at_ms"]) == day_at(row["accepted_at_ms"])
    return {
        "judged": True,
        "on_time": row["on_time"],
        "early": quick or same_day,
        "not_instant": not instant,
        "promised_early": not instant and quick,
        "instant": instant,
        "same_day": same_day,
        "extended": bool(row["extended_at_ms"] or row["legal_days_added"]),
    }


def _add(found: Tally, at_ms: int, figures: Mapping[str, Any]) -> None:
    day = day_at(at_ms)
    for name, holds in figures.items():
        if holds:
            found[day, name] += 1


def day_at(at_ms: int) -> int:
    """The day in Asia/Shanghai of a time, counted from 1970-01-01."""
    return (at_ms + SHANGHAI_MS) // DAY_MS


def month_at(day: date) -> int:
    return 12 * day.year + day.month - 1


class Tallies:
    """The table as the writer changes it: added up in memory, written when the cases are."""

    def __init__(self, conn: Any) -> None:
        self.conn = conn
        self._changes: Counter[tuple[int, int, str]] = Counter()

    def change(self, home: int, *, before: Row, after: Row) -> None:
        """A case of a home has another row now."""
        for (day, name), count in tally_of(after).items():
            self._changes[home, day, name] += count
        for (day, name), count in tally_of(before).items():
            self._changes[home, day, name] -= count

    def write(self) -> None:
        by_span: dict[tuple[int, int, int], dict[str, int]] = {}
        for (home, day, name), count in self._changes.items():
            for unit, at in ((DAY, day), (MONTH, month_at(day_numbered(day)))):
                counts = by_span.setdefault((unit, at, home), {})
                counts[name] = counts.get(name, 0) + count
        self._changes.clear()
        rows = [(*span, *(counts.get(name, 0) for name in COLUMNS)) for span, counts in by_span.items()]
        self.conn.executemany(ADD, [row for row in rows if any(row[3:])])

    def forget(self) -> None:
        self._changes.clear()

    def count_all(self) -> None:
        """Counts every case anew."""
        self.forget()
        self.conn.execute("DELETE FROM tallies")
        for row in case_rows(self.conn):
            self.change(row["home"], before={}, after=row)
        self.write()


def case_rows(
    conn: Any, where: str = "1", values: Sequence[object] | Mapping[str, object] = ()
) -> Iterator[dict[str, Any]]:
    """Rows of cases by the names of their columns, read as they are asked for."""
    found = conn.execute(f"SELECT * FROM cases WHERE {where}", values)
    names = [column[0] for column in found.description]
    return (dict(zip(names, each, strict=True)) for each in found)


# Reading.


class Span(NamedTuple):
    """Days or months, both ends included."""

    unit: int
    first: int
    last: int


def summed(
    conn: Any, *, homes: tuple[int, int], segment: int, first: date | None, last: date
) -> dict[int, Counter[str]]:
    """By the places directly below a unit, each a multiple of `segment`, what its homes count for in a period."""
    if first is None:
        return _summed(conn, COLUMNS, homes, segment, spans(None, last))
    found = _summed(conn, FLOWS, homes, segment, spans(first, last))
    for place, counts in _summed(conn, STOCKS, homes, segment, spans(None, last)).items():
        found.setdefault(place, Counter()).update(counts)
    return found


def spans(first: date | None, last: date) -> list[Span]:
    """The days of a period as whole months and what is left of those at its ends."""
    until = number_of(last)
    month = number_of(last.replace(day=1))
    if first is None:
        return [Span(MONTH, 0, month_at(last) - 1), Span(DAY, month, until)]
    since = number_of(first)
    if month_at(first) == month_at(last):
        return [Span(DAY, since, until)]
    following = number_of(_next_month(first))
    return [
        Span(DAY, since, following - 1),
        Span(MONTH, month_at(first) + 1, month_at(last) - 1),
        Span(DAY, month, until),
    ]


def _next_month(day: date) -> date:
    years, month = divmod(month_at(day) + 1, 12)
    return date(years, month + 1, 1)


def _summed(
    conn: Any, names: tuple[str, ...], homes: tuple[int, int], segment: int, wanted: list[Span]
) -> dict[int, Counter[str]]:
    sums = ", ".join(f"SUM({name})" for name in names)
    query = (
        f"SELECT home-home%? AS place, {sums} FROM tallies "
        "WHERE unit=? AND at BETWEEN ? AND ? AND home BETWEEN ? AND ? GROUP BY place"
    )
    found: dict[int, Counter[str]] = {}
    for span in wanted:
        for place, *counts in conn.execute(query, [segment, *span, *homes]):
            found.setdefault(place, Counter()).update(dict(zip(names, counts, strict=True)))
    return found
