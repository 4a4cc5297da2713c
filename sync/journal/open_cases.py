"""The open cases of a book, kept at hand: whoever looks at figures or clocks looks at all of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sync.cases.clocks import Course
from sync.cases.stages import Stage
from sync.cases.workdays import Calendar
from sync.catalogue.release import Catalogue

if TYPE_CHECKING:
    from sync.journal.clocks import Judged
    from sync.journal.findings import Rests

# Of a course, what has a column of its name.
TIMES_AND_DAYS = (
    "filed_at_ms",
    "handed_over_at_ms",
    "taken_in_at_ms",
    "asked_at_ms",
    "accepted_at_ms",
    "decided_at_ms",
    "promised_days",
    "extended_at_ms",
    "extended_to_day",
    "legal_days_added",
    "legal_extended_at_ms",
    "village_act_at_ms",
    "special",
    "special_days",
    "opinion_days",
)
# As JSON.
LISTED_TIMES = ("stage_at_ms", "special_at_ms", "legal_special_at_ms")
COLUMNS = (
    "id, home, parent IS NOT NULL, received_at_ms, item_code, item_version, beyond_gap, stage, custodian_place, "
    "offered_place, "
    f"COALESCE((SELECT at_ms FROM arrivals WHERE fact=offer), 0), {', '.join(LISTED_TIMES + TIMES_AND_DAYS)}"
)
AT_MOST = 10_000
"""Changed rows noted one by one; where nobody looks for long, all are read."""

NOT_ENDED = "duplicate=0 AND stage<>'' AND ended_at_ms=0 AND need_ended_at_ms=0"


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case as its clocks see it: its row, what it is about, and its course. received_at_ms 0 = not received yet."""

    row: int
    home: int
    # Of a joint case: no case of its own in the figures.
    is_branch: bool
    received_at_ms: int
    item_code: str
    item_version: int
    beyond_gap: bool
    course: Course

    def is_of_before(self, end_ms: int) -> bool:
        """Whether all that was done on it was done before a time."""
        course = self.course
        return end_ms > max(
            self.received_at_ms,
            course.handed_over_at_ms,
            course.asked_at_ms,
            course.accepted_at_ms,
            course.decided_at_ms,
            course.extended_at_ms,
            course.village_act_at_ms,
            *course.special_at_ms,
        )


def read_cases(conn: Any, where: str, values: Mapping[str, int]) -> Iterator[OpenCase]:
    """The cases that fulfil a condition on their rows."""
    for found in conn.execute(f"SELECT {COLUMNS} FROM cases WHERE {where}", values):
        (
            row,
            home,
            is_branch,
            received_at_ms,
            code,
            version,
            beyond_gap,
            stage,
            holder,
            offered_place,
            arrived_at_ms,
            *columns,
        ) = found
        listed = [tuple(json.loads(each)) if each else () for each in columns[: len(LISTED_TIMES)]]
        course = Course(
            Stage[stage],
            holder,
            offered_place=offered_place,
            arrived_at_ms=arrived_at_ms,
            **dict(zip(LISTED_TIMES + TIMES_AND_DAYS, listed + columns[len(LISTED_TIMES) :], strict=True)),
        )
        yield OpenCase(row, home, bool(is_branch), received_at_ms, code, version, bool(beyond_gap), course)


class OpenCases:
    """All cases that have not ended. The writer says which rows changed; whoever looks next reads these anew.

    `looking` is held while somebody looks, from before his state of the book begins.
    """

    def __init__(self) -> None:
        self.looking = threading.Lock()
        self.governed: dict[int, Judged | None] = {}
        """The clock that governs a case, by its row, where nothing but the case changes how it stands."""
        self.earliest: dict[int, date] = {}
        """The first day on which a limit of a case ends, by its row."""
        self.rests: dict[int, Rests] = {}
        """On what that which was found of a case rests, by its row. Written inside a commit: what changes a case
        later is noted later."""
        self._noting = threading.Lock()
        self._changed: set[int] | None = None
        """Rows to be read anew. None: all."""
        self._cases: dict[int, OpenCase] = {}
        self._rules: tuple[Catalogue, Calendar, date] | None = None

    def change(self, rows: Iterable[int]) -> None:
        """Notes rows that a commit has changed; to be called after it."""
        with self._noting:
            if self._changed is not None:
                self._changed.update(rows)
                self._changed = self._changed if len(self._changed) <= AT_MOST else None

    def forget(self) -> None:
        """Notes that any row may have changed."""
        with self._noting:
            self._changed = None

    def read(self, conn: Any) -> Mapping[int, OpenCase]:
        """By their rows. The state of the book that `conn` sees must begin with this reading."""
        # Taken before anything is read: what is committed meanwhile is noted for whoever looks next.
        with self._noting:
            changed, self._changed = self._changed, set()
        try:
            self._read(conn, changed)
        except BaseException:
            self.forget()
            raise
        return self._cases

    def _read(self, conn: Any, changed: set[int] | None) -> None:
        if changed is None:
            self._forget_judged()
            self.rests.clear()
            self._cases = {case.row: case for case in read_cases(conn, NOT_ENDED, {})}
            return
        for row in changed:
            self._cases.pop(row, None)
            self.governed.pop(row, None)
            self.earliest.pop(row, None)
            self.rests.pop(row, None)
            self._cases |= {case.row: case for case in read_cases(conn, f"id=:row AND {NOT_ENDED}", {"row": row})}

    def judged_by(self, catalogue: Catalogue, calendar: Calendar, today: date) -> None:
        """Forgets how cases stand, unless they were judged by these very rules."""
        before, self._rules = self._rules, (catalogue, calendar, today)
        same_rules = before is not None and before[0] is catalogue and before[1] is calendar
        if not same_rules:
            self.rests.clear()
        if not (same_rules and before and before[2] == today):
            self._forget_judged()

    def _forget_judged(self) -> None:
        self.governed.clear()
        self.earliest.clear()
