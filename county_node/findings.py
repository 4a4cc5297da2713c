"""What supervision has found, as supervisors see it: who let a limit pass, who may have, and who is silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from county_node.overview import Level, Names
from sync.cases import masking, places
from sync.cases.clocks import ClockKind
from sync.cases.limits import Standing
from sync.cases.workdays import SHANGHAI, day_numbered, day_of
from sync.journal import findings, silence
from sync.journal.book import Book
from sync.journal.findings import WITHDRAWN, Found
from sync.journal.records import SETTLED
from sync.node import explaining

ON_A_PAGE = 50

LEVELS = {
    Standing.CONFIRMED.value: Level.OVERDUE,
    Standing.SUSPECTED.value: Level.AWAITING,
    Standing.FOR_A_PERSON.value: Level.LAST_DAY,
    Standing.IN_TIME.value: Level.NORMAL,
    WITHDRAWN: Level.NORMAL,
    SETTLED[True]: Level.OVERDUE,
    SETTLED[False]: Level.NORMAL,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A finding as shown: nothing of the applicant."""

    level: Level
    words: str
    number: str
    kind: str
    office: str
    start: date
    deadline: date
    found_on: date


@dataclass(frozen=True, slots=True)
class Silent:
    """An office of which nothing is heard."""

    office: str
    since: datetime


@dataclass(frozen=True)
class Seen:
    """A page of findings, where the next one begins (0 = no more), and who is silent."""

    rows: tuple[Row, ...]
    everything: bool
    more: int
    silent: tuple[Silent, ...]


async def shown(book: Book, *, names: Names, before: int, everything: bool) -> Seen:
    """The newest findings, or those before one; `everything`: also those that are settled in favour of the office."""
    homes = places.bounds(book.identity.place)
    standings = explaining.KEPT if everything else (*(each.value for each in findings.LATE), SETTLED[True])

    def look(conn: Any) -> Seen:
        found = findings.found(conn, within=homes, standings=standings, place=0, before=before, limit=ON_A_PAGE + 1)
        return Seen(
            everything=everything,
            rows=tuple(_row(each, names) for each in found[:ON_A_PAGE]),
            more=found[ON_A_PAGE - 1].row if len(found) > ON_A_PAGE else 0,
            silent=tuple(
                Silent(names.of(each.place), datetime.fromtimestamp(each.since_ms // 1000, SHANGHAI))
                for each in silence.silent(conn, within=homes)
            ),
        )

    return await book.look(look)


def _row(found: Found, names: Names) -> Row:
    return Row(
        level=LEVELS[found.standing],
        words=explaining.STANDINGS[found.standing],
        number=masking.text(found.number) or "—",
        kind=ClockKind(found.kind).label,
        office="·".join(filter(None, [names.of(found.place), masking.text(found.unit)])),
        start=day_numbered(found.start_day),
        deadline=day_numbered(found.deadline_day),
        found_on=day_of(found.found_at_ms),
    )
