"""Figures counted from the rows of the cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sync.cases import places
from sync.cases.clocks import ClockLevel
from sync.cases.figures import Figures
from sync.cases.stages import Stage
from sync.cases.workdays import begin_of, end_of
from sync.journal.clocks import Judging, open_cases

COUNTED = "duplicate=0 AND stage<>'' AND home BETWEEN :first AND :last"
NOT_ENDED = "(ended_at_ms=0 OR ended_at_ms>=:end)"
OPEN = f"received_at_ms>0 AND received_at_ms<:end AND {NOT_ENDED}"
NOT_RECEIVED = "(received_at_ms=0 OR received_at_ms>=:end)"
IN_PERIOD = "({0}>0 AND {0}>=:begin AND {0}<:end)"
CLOSED = f"{IN_PERIOD.format('ended_at_ms')} AND ending='{Stage.CLOSED}' AND accepted_at_ms>0"
TIMES_IN_PERIOD = "CASE {0} WHEN '' THEN 0 ELSE (SELECT SUM(value>=:begin AND value<:end) FROM json_each({0})) END"

# What is true of a case, in the period or at its end.
FLAGS = {
    "place": "home-home%:segment",
    "received": IN_PERIOD.format("received_at_ms"),
    "ended": IN_PERIOD.format("ended_at_ms"),
    "rated": IN_PERIOD.format("rated_at_ms"),
    "open": OPEN,
    "in_transit": f"handed_over_at_ms>0 AND handed_over_at_ms<:end AND {NOT_RECEIVED} AND {NOT_ENDED}",
    "judged": f"{CLOSED} AND NOT provisional",
    "unjudged": f"{CLOSED} AND provisional",
    "instant": "promised_days=0",
    "early": "used_days<promised_days",
    # Days in Asia/Shanghai.
    "same_day": "(closed_at_ms+28800000)/86400000=(accepted_at_ms+28800000)/86400000",
    "extended": "extended_at_ms>0 OR legal_days_added>0",
    "conflict": "open_branches>0",
    "complaints": TIMES_IN_PERIOD.format("complaints"),
    "shirked": TIMES_IN_PERIOD.format("shirked"),
}
COLUMNS = ("via_village", "paper", "ending", "on_time", "grade")
COUNTS = {
    "handled": "received",
    "via_village_stations": "received AND via_village",
    "closed": "ended",
    "open": "open",
    "in_transit": "in_transit",
    "refused": f"ended AND ending='{Stage.REFUSED}'",
    "withdrawn": f"ended AND ending='{Stage.WITHDRAWN}'",
    "lapsed": f"ended AND ending='{Stage.LAPSED}'",
    "judged": "judged",
    "on_time": "judged AND on_time",
    "early": "judged AND (early OR (instant AND same_day))",
    "not_instant": "judged AND NOT instant",
    "promised_early": "judged AND early",
    "instant": "judged AND instant",
    "same_day": "judged AND instant AND same_day",
    "extended": "judged AND extended",
    "provisional": "unjudged",
    "rated": "rated",
    "satisfied": "rated AND grade>=3",
    "complaints": "complaints",
    "shirked": "shirked",
    "paper_claimed": "received AND paper",
    "conflicts": "conflict",
}
# Materialized: each flag is worked out once, and not in every sum it stands in.
BY_PLACE = (
    f"WITH flagged AS MATERIALIZED (SELECT {', '.join(f'{what} AS {flag}' for flag, what in FLAGS.items())}, "
    f"{', '.join(COLUMNS)} FROM cases WHERE {COUNTED}) "
    f"SELECT place, {', '.join(f'SUM({each})' for each in COUNTS.values())} FROM flagged GROUP BY place"
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
    first, last = places.bounds(within)
    asked = {"first": first, "last": last, "segment": places.segment_below(within)}
    asked |= {"begin": period.begin_ms, "end": period.end_ms}
    found = conn.execute(BY_PLACE, asked)
    counted = {place: Figures(**dict(zip(COUNTS, counts, strict=True))) for place, *counts in found}
    late = _late(conn, judging, asked)
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


def _late(conn: Any, judging: Judging, asked: Mapping[str, int]) -> dict[int, Figures]:
    late: dict[int, Figures] = {}
    for case in open_cases(conn, f"{COUNTED} AND {OPEN}", asked):
        judged = judging.governing(case, before_ms=asked["end"])
        if judged and judged.standing.level in LATE:
            place = case.home - case.home % asked["segment"]
            late[place] = late.get(place, Figures()) + LATE[judged.standing.level]
    return late
