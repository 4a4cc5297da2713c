"""The figures a service gave out, against those counted here."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from operations.audit import counting, places
from operations.audit.counting import FIGURES, PERCENTS, Against, Case, Figures, Period
from operations.audit.examining import Examined
from operations.audit.findings import Finding, Findings

FIGURES_FILE, REPORT_FILE = "figures.json", "report.json"
CONFIRMED = "confirmed"


def compare(root: Path, book: Examined, findings: Findings) -> Figures:
    """Counts anew from the county's book, and names each figure in the files that differs. Returns the total."""
    said = _read(root / FIGURES_FILE, findings)
    _check_all(said, book, findings)
    _check_all(_read(root / REPORT_FILE, findings), book, findings)
    return counting.count(_found(said, book), _period(said))


def _read(path: Path, findings: Findings) -> dict[str, Any]:
    """As GetFigures, or GetReport by place, answers, in JSON. Empty where none was given out."""
    if not path.exists():
        return {}
    try:
        said = json.loads(path.read_bytes())
        return {name: said[name] for name in ("within", "from_day", "to_day", "total", "rows")}
    except (ValueError, KeyError, TypeError):
        findings.add("UNREADABLE", path.name)
        return {}


def _period(said: dict[str, Any]) -> Period:
    return Period(int(said.get("from_day", 0)), int(said.get("to_day", Period().last)))


def _found(said: dict[str, Any], book: Examined) -> list[Case]:
    within = int(said.get("within", book.place))
    return [case for case in book.cases.values() if places.contains(within, case.home)]


def _check_all(said: dict[str, Any], book: Examined, findings: Findings) -> None:
    if not said:
        return
    within, period, found = int(said["within"]), _period(said), _found(said, book)
    by_place = counting.rows(found, period, within=within)
    against = _by_place(counting.confirmed(book.cases.values(), period), within=within)
    listed = {int(row["place"]): row for row in said["rows"]}
    for place in sorted(listed.keys() | by_place.keys() | against.keys()):
        counted = by_place.get(place) or counting.count((), period)
        _check(str(place), listed.get(place, {}), counted, against.get(place, Against()), findings)
    _check(f"{within}合计", said["total"], counting.count(found, period), _sum(against.values()), findings)


def _by_place(against: dict[int, Against], *, within: int) -> dict[int, Against]:
    """Of the offices of a unit, those of each place directly below it together."""
    found: dict[int, list[Against]] = {}
    for office, count in against.items():
        if places.contains(within, office):
            found.setdefault(places.below(within, office), []).append(count)
    return {place: _sum(counts) for place, counts in found.items()}


def _sum(counts: Iterable[Against]) -> Against:
    return Against(*map(sum, zip(Against(), *counts, strict=True)))


def _check(whose: str, said: dict[str, Any], counted: Figures, against: Against, findings: Findings) -> None:
    """A row of GetReport has its figures one level deeper, and what was confirmed beside them."""
    figures = said.get("figures", said)
    pairs: dict[str, tuple[Any, Any]] = {name: (figures.get(name, 0), counted[name]) for name in FIGURES}
    pairs |= {name: (figures.get(name), counted.get(name)) for name in PERCENTS}
    if CONFIRMED in said and said[CONFIRMED] not in range(against.told, against.told + against.said + 1):
        pairs[CONFIRMED] = said[CONFIRMED], against.told
    for name, (given, anew) in pairs.items():
        if given != anew:
            findings.put(Finding(findings.book, "FIGURE_WRONG", f"{whose}的{name}：公布{given}，重算{anew}"))
