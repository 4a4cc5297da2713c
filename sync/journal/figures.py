"""Figures of a unit for a period, from what its cases count for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, TypeVar

from sync.cases import places
from sync.cases.clocks import ClockLevel
from sync.cases.figures import Figures
from sync.cases.workdays import begin_of, end_of, number_of
from sync.journal.clocks import Judging
from sync.journal.open_cases import OpenCase, read_cases
from sync.journal.tallies import COUNTED, STOCKS, Row, case_rows, summed, tally_of

Key = TypeVar("Key", bound=Hashable)

WITHIN = f"{COUNTED} AND home BETWEEN :first AND :last"
# Found by the day they ended: `+` keeps the homes, which are many, from being gone through.
ENDED_SINCE = f"{WITHIN.replace('home', '+home')} AND ended_at_ms>=:end AND received_at_ms>0 AND received_at_ms<:end"
CONFLICTS = f"SELECT home-home%:segment, COUNT(*) FROM cases WHERE {WITHIN} AND open_branches>0 GROUP BY 1"

TIMES = ("received_at_ms", "handed_over_at_ms", "ended_at_ms", "rated_at_ms")
# Of the rest nothing has happened before the end of the period, or nothing since it began.
MAY_COUNT = (
    f"{WITHIN} AND (open_branches>0 OR complaints<>'' OR shirked<>'' "
    f"OR (ended_at_ms=0 OR MAX({', '.join(TIMES)})>=:begin) "
    f"AND ({' OR '.join(f'({each}<>0 AND {each}<:end)' for each in TIMES)}))"
)


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both ends included. `first` None = from the first case on."""

    first: date | None
    last: date

    @property
    def begin_ms(self) -> int:
        return begin_of(self.first) if self.first else 0

    @property
    def end_ms(self) -> int:
        return end_of(self.last)


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """A place with its figures, and how recent the data of its node are, milliseconds UTC. 0 = no data, or no node."""

    place: int
    figures: Figures
    data_as_of_ms: int


@dataclass(frozen=True)
class Counted:
    """Figures of each place directly below a unit that has a case or a node, and at last of the unit's own cases."""

    within: int
    period: Period
    at_ms: int
    rows: tuple[PlaceFigures, ...]

    @property
    def total(self) -> Figures:
        return sum((row.figures for row in self.rows), Figures())

    @property
    def by_place(self) -> dict[int, Figures]:
        return {row.place: row.figures for row in self.rows}


def read(conn: Any, judging: Judging, *, within: int, period: Period) -> Counted:
    """Figures of a unit from one state of the book."""
    asked = _asked(within, period)
    homes = asked["first"], asked["last"]
    found = summed(conn, homes=homes, segment=asked["segment"], first=period.first, last=period.last)
    for place, conflicts in conn.execute(CONFLICTS, asked):
        found.setdefault(place, Counter())["conflicts"] = conflicts
    late = Counter((case.home, name) for case, name in _late(conn, judging, asked, within=within))
    for (home, name), count in late.items():
        found.setdefault(places.below(within, home), Counter())[name] += count
    counted = {place: Figures(**counts) for place, counts in found.items()}
    below = sorted((counted.keys() | _nodes(conn, asked)) - {within})
    rows = (PlaceFigures(place, counted.get(place, Figures()), judging.as_of(place)) for place in [*below, within])
    return Counted(within, period, judging.now_ms, tuple(rows))


def _nodes(conn: Any, asked: Mapping[str, int]) -> set[int]:
    """The places directly below the unit that have a node, or in which one has."""
    found = conn.execute("SELECT DISTINCT place FROM keys WHERE place BETWEEN :first AND :last", asked)
    return {place - place % asked["segment"] for (place,) in found}


LATE = {ClockLevel.OVERDUE: "late", ClockLevel.OVERDUE_PROVISIONAL: "late_provisional"}


def _late(conn: Any, judging: Judging, asked: Mapping[str, int], *, within: int) -> Iterator[tuple[OpenCase, str]]:
    """Cases that are late, and what they count for."""
    open_still = (case for case in judging.open_cases(within) if 0 < case.received_at_ms < asked["end"])
    for case in chain(open_still, read_cases(conn, ENDED_SINCE, asked)):
        judged = judging.governed_before(case, asked["end"])
        if judged and judged.standing.level in LATE:
            yield case, LATE[judged.standing.level]


def late_by_row(conn: Any, judging: Judging, *, within: int, period: Period) -> dict[int, str]:
    """What is late at the end of a period, by the rows of the cases: what each counts for."""
    return {case.row: name for case, name in _late(conn, judging, _asked(within, period), within=within)}


def read_by(
    conn: Any, late: Mapping[int, str], *, within: int, period: Period, key: Callable[[Row], Key]
) -> dict[Key, Figures]:
    """Figures of a unit by something of its cases' rows, added up case by case. `late`: as `late_by_row` has it."""
    since, until = number_of(period.first), number_of(period.last)
    found: dict[Key, Counter[str]] = {}
    for row in case_rows(conn, MAY_COUNT, _asked(within, period)):
        counts = found.setdefault(key(row), Counter())
        for (day, name), count in tally_of(row).items():
            if day <= until and (day >= since or name in STOCKS):
                counts[name] += count
        counts["conflicts"] += row["open_branches"] > 0
        if row["id"] in late:
            counts[late[row["id"]]] += 1
    return {each: Figures(**counts) for each, counts in found.items()}


def _asked(within: int, period: Period) -> dict[str, int]:
    first, last = places.bounds(within)
    bounds = {"first": first, "last": last, "segment": places.segment_below(within)}
    return bounds | {"begin": period.begin_ms, "end": period.end_ms}
