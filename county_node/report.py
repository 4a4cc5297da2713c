"""A report on the county as supervisors see it: what each unit did in a period, its score, and how far data reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from county_node.overview import AsOf, Names, how_recent
from sync.cases import masking
from sync.cases.figures import Figures
from sync.cases.scores import Score, Weights, score
from sync.cases.workdays import SHANGHAI
from sync.catalogue.release import Catalogue
from sync.journal import reports
from sync.journal.book import Book
from sync.journal.figures import Period
from sync.journal.reports import By, ReportRow


@dataclass(frozen=True, slots=True)
class Row:
    """A unit as shown. `behind`, `nodes`: how many of its nodes have not told everything up to the period's end."""

    name: str
    figures: Figures
    confirmed: int
    score: Score | None
    as_of: AsOf | None
    nodes: int
    behind: int


@dataclass(frozen=True)
class Seen:
    """A report as shown."""

    at: datetime
    period: Period
    by: By
    rows: tuple[Row, ...]
    total: Row


async def shown(book: Book, *, names: Names, weights: Weights, period: Period, by: By) -> Seen:
    """The report as the book has it now."""
    catalogue = book.catalogues.catalogue()
    found = await reports.read(book, within=names.county, period=period, by=by)

    def row(each: ReportRow, name: str) -> Row:
        return _row(each, name, weights=weights, at_ms=found.at_ms)

    return Seen(
        at=datetime.fromtimestamp(found.at_ms // 1000, SHANGHAI),
        period=found.period,
        by=by,
        rows=tuple(row(each, _name(each, names, catalogue, by=by)) for each in found.rows),
        total=row(found.total, "合计"),
    )


def _row(found: ReportRow, name: str, *, weights: Weights, at_ms: int) -> Row:
    assert found.confirmed is not None
    reach = found.reach
    return Row(
        name=name,
        figures=found.figures,
        confirmed=found.confirmed.findings,
        score=score(found.figures, found.confirmed, weights=weights, also_above=found.also_above),
        as_of=how_recent(reach.as_of_ms, now_ms=at_ms) if reach else None,
        nodes=reach.nodes if reach else 0,
        behind=reach.behind if reach else 0,
    )


def _name(found: ReportRow, names: Names, catalogue: Catalogue, *, by: By) -> str:
    place, name = found.unit
    if by is By.DEPARTMENT:
        department = catalogue.departments.get(name)
        return department.name if department else masking.text(name) or "目录中没有的事项"
    if by is By.WINDOW:
        # Free text: whatever somebody has written there, no person's number is shown.
        return f"{names.of(place)}·{masking.text(name) or '未分窗口'}"
    return "县本级" if place == names.county else names.of(place)
