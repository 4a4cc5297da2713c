"""The figures a service gave out, against those counted here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from operations.audit import counting, places
from operations.audit.counting import FIGURES, PERCENT, Figures, Period
from operations.audit.examining import Examined
from operations.audit.findings import Finding, Findings

FILE = "figures.json"


def compare(root: Path, book: Examined, findings: Findings) -> Figures:
    """Counts anew from the county's book, and names each figure of figures.json that differs. Returns the total."""
    said = _read(root / FILE, findings)
    within = int(said.get("within", book.place))
    period = Period(int(said.get("from_day", 0)), int(said.get("to_day", Period().last)))
    found = [case for case in book.cases.values() if places.contains(within, case.home)]
    total, by_place = counting.count(found, period), counting.rows(found, period, within=within)
    if said:
        _check(f"{within}合计", said["total"], total, findings)
        listed = {int(row["place"]): row["figures"] for row in said["rows"]}
        for place in sorted(listed.keys() | by_place.keys()):
            counted = by_place.get(place) or counting.count((), period)
            _check(str(place), listed.get(place, {}), counted, findings)
    return total


def _read(path: Path, findings: Findings) -> dict[str, Any]:
    """As GetFigures answers, in JSON. Empty where none was given out."""
    if not path.exists():
        return {}
    try:
        said = json.loads(path.read_bytes())
        return {name: said[name] for name in ("within", "from_day", "to_day", "total", "rows")}
    except (ValueError, KeyError, TypeError):
        findings.add("UNREADABLE", FILE)
        return {}


def _check(whose: str, said: dict[str, Any], counted: Figures, findings: Findings) -> None:
    for name in (*FIGURES, PERCENT):
        given = said.get(name, None if name == PERCENT else 0)
        if given != counted.get(name):
            findings.put(
                Finding(findings.book, "FIGURE_WRONG", f"{whose}的{name}：公布{given}，重算{counted.get(name)}")
            )
