"""Accountability records as supervisors see them: nothing of the applicant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from county_node.overview import Level, Names
from sync.cases import masking, places
from sync.cases.accountability import Record, Status
from sync.cases.rules import RULES
from sync.cases.workdays import day_numbered, day_of
from sync.journal.book import Book
from sync.journal.cases import load
from sync.journal.records import cases_with_records, records_of

CASES_ON_A_PAGE = 50

LEVELS = {
    Status.UPHELD: Level.OVERDUE,
    Status.HANDLED: Level.OVERDUE,
    Status.REVIEWED: Level.OVERDUE,
    Status.CANCELLED: Level.NORMAL,
    Status.ARCHIVED: Level.UNTIMED,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A record as shown."""

    level: Level
    words: str
    name: str
    office: str
    number: str
    opened: date
    reply_by: date | None
    assignee: str


@dataclass(frozen=True)
class Seen:
    """A page of records, and where the next one begins (0 = no more)."""

    rows: tuple[Row, ...]
    more: int


async def shown(book: Book, *, names: Names, before: int) -> Seen:
    """Those of the newest cases, or of cases before one."""

    def look(conn: Any) -> Seen:
        homes = places.bounds(book.identity.place)
        found = cases_with_records(conn, within=homes, before=before, limit=CASES_ON_A_PAGE + 1)
        return Seen(
            tuple(
                _row(record, number, names)
                for row, case_id, home, number in found[:CASES_ON_A_PAGE]
                for record in records_of(load(conn, row, case_id, home))
            ),
            found[CASES_ON_A_PAGE - 1][0] if len(found) > CASES_ON_A_PAGE else 0,
        )

    return await book.look(look)


def _row(record: Record, number: str, names: Names) -> Row:
    withdrawn = "（已按时办理）" if record.withdrawn else ""
    return Row(
        level=LEVELS.get(record.status, Level.LAST_DAY),
        words=f"{record.status.label}{withdrawn}",
        name=RULES[record.rule].name,
        office=names.of(record.office),
        number=masking.text(number),
        opened=day_of(record.opened_at_ms),
        reply_by=day_numbered(record.reply_by_day) if record.reply_by_day else None,
        assignee=masking.text(record.assignee),
    )
