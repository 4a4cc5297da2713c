"""Figures of a unit for a period, from what its cases count for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from sync.cases import places
from sync.cases.clocks import ClockLevel
from sync.cases.figures import Figures
from sync.cases.workdays import end_of
from sync.journal.clocks import Judging
from sync.journal.open_cases import read_cases
from sync.journal.tallies import summed

COUNTED = "duplicate=0 AND parent IS NULL AND stage<>'' AND home BETWEEN :first AND :last"
# Found by the day they ended: `+` keeps the homes, which are many, from being gone through.
ENDED_SINCE = f"{COUNTED.replace('home', '+home')} AND ended_at_ms>=:end AND received_at_ms>0 AND received_at_ms<:end"
CONFLICTS = f"SELECT home-home%:segment, COUNT(*) FROM cases WHERE {COUNTED} AND open_branches>0 GROUP BY 1"


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both ends included. `first` None = from the first case on."""

    first: date | None
    last: date

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
    first, last = places.bounds(within)
    asked = {"first": first, "last": last, "segment": places.segment_below(within)}
    asked |= {"end": period.end_ms}
    found = summed(conn, homes=(first, last), segment=asked["segment"], first=period.first, last=period.last)
    for place, conflicts in conn.execute(CONFLICTS, asked):
        found.setdefault(place, Counter())["conflicts"] = conflicts
    counted = {place: Figures(**counts) for place, counts in found.items()}
    late = _late(conn, judging, asked, within=within)
    below = sorted((counted.keys() | _nodes(conn, asked)) - {within})
    rows = (
        PlaceFigures(place, counted.get(place, Figures()) + late.get(place, Figures()), judging.as_of(place))
        for place in [*below, within]
    )
    return Counted(within, period, judging.now_ms, tuple(rows))


def _nodes(conn: Any, asked: Mapping[str, int]) -> set[int]:
    """The places directly below the unit that have a node, or in which one has."""
    found = conn.execute("SELECT DISTINCT place FROM keys WHERE place BETWEEN :first AND :last", asked)
    return {place - place % asked["segment"] for (place,) in found}


LATE = {ClockLevel.OVERDUE: Figures(late=1), ClockLevel.OVERDUE_PROVISIONAL: Figures(late_provisional=1)}


def _late(conn: Any, judging: Judging, asked: Mapping[str, int], *, within: int) -> dict[int, Figures]:
    late: dict[int, Figures] = {}
    open_still = (case for case in judging.open_cases(within) if 0 < case.received_at_ms < asked["end"])
    for case in chain(open_still, read_cases(conn, ENDED_SINCE, asked)):
        judged = judging.governed_before(case, asked["end"])
        if judged and judged.standing.level in LATE:
            place = case.home - case.home % asked["segment"]
            late[place] = late.get(place, Figures()) + LATE[judged.standing.level]
    return late
