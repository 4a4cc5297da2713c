"""Reports on a unit for a period: its figures by place, by department or by window, with what was confirmed against its
offices, and how far the data of its nodes reach.

The figures are those of sync.journal.figures; here they are only put side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from sync.cases import places
from sync.cases.clocks import ClockKind
from sync.cases.figures import Figures
from sync.cases.limits import Standing
from sync.cases.scores import Confirmed
from sync.cases.workdays import begin_of, number_of
from sync.facts.v1 import fact_pb2
from sync.journal import figures
from sync.journal.clocks import Judging, judge_and_go_on
from sync.journal.figures import Period
from sync.journal.records import SETTLED
from sync.journal.tallies import Row, tally_of
from sync.journal.translation import asked_of

if TYPE_CHECKING:
    from sync.journal.book import Book


class By(IntEnum):
    """What a row of a report is. Numbers as in the calls."""

    # The places directly below the unit, and the unit's own cases.
    PLACE = 1
    # The departments of the items.
    DEPARTMENT = 2
    # Who holds a case, or held it last: the place, and the window or office there.
    WINDOW = 3

    @property
    def label(self) -> str:
        return ("", "单位", "部门", "窗口")[self]


class Unit(NamedTuple):
    """Whose row it is. `place` 0: a department, by its code. `name` empty: a place, or no window of it."""

    place: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class DataReach:
    """How far the data of a unit's nodes reach.

    `as_of_ms`: of the place's own node, milliseconds UTC, 0 = no data, or no node. `behind`: of its `nodes`, those
    whose data do not reach the end of the period, or this morning while that end lies ahead.
    """

    as_of_ms: int
    nodes: int
    behind: int


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A unit with its figures. `confirmed` None: findings are not kept here. `reach` None: a department has no node.
    `also_above`: the figures count what a place above it did with the cases of its homes."""

    unit: Unit
    figures: Figures
    confirmed: Confirmed | None
    reach: DataReach | None
    also_above: bool


@dataclass(frozen=True)
class Report:
    """Rows, and at last the whole unit."""

    within: int
    period: Period
    at_ms: int
    rows: tuple[ReportRow, ...]
    total: ReportRow


async def read(book: Book, *, within: int, period: Period, by: By) -> Report:
    """A report from one state of the book. Whoever looks at open cases does not wait until all is added up."""

    def judged(conn: Any, judging: Judging) -> _Reading:
        reading = _Reading(conn, judging, within, period, by)
        reading.judge()
        return reading

    return await judge_and_go_on(book, judged, _Reading.report)


@dataclass
class _Reading:
    conn: Any
    judging: Judging
    within: int
    period: Period
    by: By
    by_place: dict[Unit, Figures] = field(default_factory=dict)
    late: dict[int, str] = field(default_factory=dict)

    def judge(self) -> None:
        """Whatever needs open cases to be judged."""
        asked: dict[str, Any] = {"within": self.within, "period": self.period}
        if self.by is By.PLACE:
            rows = figures.read(self.conn, self.judging, **asked).rows
            self.by_place = {Unit(row.place): row.figures for row in rows}
        else:
            self.late = figures.late_by_row(self.conn, self.judging, **asked)

    def report(self) -> Report:
        counted, (confirmed, whole) = self._counted(), self._confirmed()
        units = [*counted, *(confirmed.keys() - counted.keys())]
        if self.by is not By.PLACE:
            # Places have their order, and are shown although nothing has happened there.
            units = sorted(unit for unit in units if unit in confirmed or counted[unit] != Figures())
        kept = places.level(self.judging.here) == places.COUNTY
        rows = tuple(
            ReportRow(
                unit,
                counted.get(unit, Figures()),
                confirmed.get(unit, Confirmed()) if kept else None,
                self._reach(unit.place, alone=self.by is By.WINDOW or unit.place == self.within)
                if unit.place
                else None,
                also_above=self.by is By.PLACE and _has_others_above(unit.place),
            )
            for unit in units
        )
        total = ReportRow(
            Unit(self.within),
            sum(counted.values(), Figures()),
            whole if kept else None,
            self._reach(self.within, alone=False),
            also_above=_has_others_above(self.within),
        )
        return Report(self.within, self.period, self.judging.now_ms, rows, total)

    def _counted(self) -> dict[Unit, Figures]:
        if self.by is By.PLACE:
            return self.by_place
        return figures.read_by(self.conn, self.late, within=self.within, period=self.period, key=self._unit_of)

    def _unit_of(self, row: Row) -> Unit:
        if self.by is By.PLACE:
            return Unit(places.below(self.within, row["home"]))
        if self.by is By.WINDOW:
            return Unit(row["custodian_place"], row["custodian_unit"])
        item = self.judging.catalogue.item_to_judge_by(row["item_code"], row["item_version"])
        return Unit(name=item.department if item else "")

    def _confirmed(self) -> tuple[dict[Unit, Confirmed], Confirmed]:
        """Of the offices of the unit, and of all together: what the county told in the period and has not withdrawn, or
        a person said; and the cases closed late in it for which they answer, whenever that was told."""
        told, broken = Counter[Unit | None](), dict[int, set[Unit | None]]()
        for row in self._findings():
            unit = self._found_against(row)
            if self._is_in_period(row):
                told[unit] += 1
            if row["kind"] == ClockKind.PROMISE and self._is_closed_late(row):
                broken.setdefault(row["id"], set()).update({unit} & {self._unit_of(row)})
        promises = Counter(unit for units in broken.values() for unit in units)
        found = {unit: Confirmed(told[unit], promises[unit]) for unit in told.keys() | promises.keys() if unit}
        return found, Confirmed(told.total(), len(broken))

    def _is_in_period(self, row: Row) -> bool:
        told_ms = fact_pb2.Fact.FromString(row["told"]).recorded_at_ms
        return self.period.begin_ms <= told_ms < self.period.end_ms

    def _is_closed_late(self, row: Row) -> bool:
        """A case of the unit's homes, in the period."""
        since, until = number_of(self.period.first), number_of(self.period.last)
        counts = {name for day, name in tally_of(row) if since <= day <= until}
        return places.contains(self.within, row["home"]) and "judged" in counts and "on_time" not in counts

    def _findings(self) -> Iterator[dict[str, Any]]:
        first, last = places.bounds(self.within)
        found = self.conn.execute(CONFIRMED, [first, last])
        names = [column[0] for column in found.description]
        for values in found.fetchall():
            yield dict(zip(names, values, strict=True))

    def _found_against(self, row: Row) -> Unit | None:
        """A finding is of a place, and of the window there that had the case on the last day. A late opinion on a joint
        case is of the department that was asked, and the lead does not answer for what it had to wait for."""
        if self.by is By.PLACE:
            return Unit(places.below(self.within, row["place"]))
        if row["awaited"] and row["kind"] in (ClockKind.PROMISE, ClockKind.LEGAL):
            return None
        if self.by is By.DEPARTMENT and row["asked"]:
            asked = asked_of(fact_pb2.Fact.FromString(row["asked"]))
            return Unit(name=asked.branch.department if asked else "")
        return self._unit_of(row) if self.by is By.DEPARTMENT else Unit(row["place"], row["unit"])

    def _reach(self, place: int, *, alone: bool) -> DataReach:
        """`alone`: without the places below it."""
        first, last = (place, place) if alone else places.bounds(place)
        due_ms = min(self.period.end_ms, begin_of(self.judging.today))
        nodes = [node for (node,) in self.conn.execute(NODES, [first, last])]
        behind = sum(self.judging.as_of(node) < due_ms for node in nodes)
        return DataReach(self.judging.as_of(place), len(nodes), behind)


def _has_others_above(place: int) -> bool:
    return places.level(place) < places.COUNTY


NODES = "SELECT DISTINCT place FROM keys WHERE place BETWEEN ? AND ?"

FOUND_LATE = f"IN ('{Standing.CONFIRMED.value}', '{SETTLED[True]}')"

# 超期认定: by the evidence, or by a person (人工核定), whose word then stands first. `told`: the fact that says so;
# `awaited`: an opinion on a joint case that was found late by then.
CONFIRMED = f"""
SELECT c.*, n.kind, n.place, n.unit, f.bytes AS told,
    (SELECT b.bytes FROM facts b WHERE c.parent IS NOT NULL AND b.fact_id=c.case_id) AS asked,
    EXISTS (SELECT 1 FROM cases b JOIN findings o ON o.case_row=b.id WHERE b.parent=c.case_id
        AND o.kind={int(ClockKind.OPINION)} AND o.standing {FOUND_LATE} AND o.deadline_day<=n.deadline_day) AS awaited
FROM findings n JOIN facts f ON f.fact_id=COALESCE(n.confirmed_by, unhex(json_extract(n.evidence, '$[0]')))
JOIN cases c ON c.id=n.case_row
WHERE n.standing {FOUND_LATE} AND n.place BETWEEN ? AND ?
"""
