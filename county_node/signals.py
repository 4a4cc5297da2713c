"""What is shown against the rules of supervision, as supervisors see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from county_node.overview import Level, Names
from sync.cases import masking, places
from sync.cases.clocks import NO_CALENDAR
from sync.cases.rules import RULES, Colour
from sync.cases.workdays import day_of
from sync.journal import signals
from sync.journal.book import Book
from sync.journal.clocks import Judging, judge
from sync.journal.signals import Signalled

ON_A_PAGE = 50

LEVELS = {
    Colour.BLUE: Level.REMINDER,
    Colour.YELLOW: Level.LAST_DAY,
    Colour.RED: Level.OVERDUE,
    Colour.RED_PLUS: Level.OVERDUE,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A signal as shown: nothing of the applicant."""

    level: Level
    colour: str
    name: str
    when: str
    kind: str
    office: str
    number: str
    about: str


@dataclass(frozen=True)
class Seen:
    """A page of signals, and where the next one begins (0 = no more)."""

    rows: tuple[Row, ...]
    more: int


async def shown(book: Book, *, names: Names, before: int) -> Seen:
    """Those of the catalogue and of offices first, then those of the newest cases, or of cases before one."""
    county, now_ms = book.identity.place, book.clock.now()
    catalogue, calendar = book.catalogues.catalogue(), book.catalogues.calendar() or NO_CALENDAR

    def look(conn: Any, judging: Judging) -> Seen:
        homes = places.bounds(county)
        first = [] if before else signals.of_catalogue(catalogue, calendar, today=day_of(now_ms))
        first += [] if before else signals.of_offices(conn, within=homes)
        first += [] if before else signals.of_posts(conn, here=county, within=homes, now_ms=now_ms)
        first += [] if before else signals.of_replies(conn, judging, within=homes)
        cases, more = signals.of_cases(conn, catalogue, here=county, within=homes, before=before, limit=ON_A_PAGE)
        return Seen(tuple(_row(each, names) for each in (*first, *cases)), more)

    return await judge(book, look)


def _row(signal: Signalled, names: Names) -> Row:
    rule = RULES[signal.rule]
    return Row(
        level=LEVELS[rule.colour],
        colour=rule.colour.value,
        name=rule.name,
        when=str(day_of(signal.at_ms)) if signal.at_ms else "现在",
        kind=f"{rule.phase.value}·{rule.kind.value}",
        office=names.of(signal.place),
        number=masking.text(signal.number),
        about=signal.about,
    )
