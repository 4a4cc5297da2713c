"""What the journals held here say of a station, for the check-lists 八统一 and 八个有."""

from __future__ import annotations

from typing import Any

from sync.cases import places
from sync.cases.checklists import Evidence
from sync.cases.numbers import HIGHEST_SERIAL
from sync.catalogue.items import CaseKind, Level, ServiceItem
from sync.catalogue.release import Catalogue
from sync.facts.v1 import fact_pb2
from sync.journal.tallies import COUNTED


def evidence(conn: Any, place: int, *, here: int, catalogue: Catalogue) -> Evidence:
    """Places and counts. What another node holds of the catalogue is what its newest records say."""
    recorded_by = _recorded_by(conn, place, here=here)
    items = catalogue.items_in_force()
    cases, odd, beyond_gap = conn.execute(
        "SELECT COUNT(*), TOTAL(open_branches>0 OR held_for_upgrade>0), TOTAL(beyond_gap) FROM cases "
        f"WHERE home=? AND {COUNTED}",
        [place],
    ).fetchone()
    # Also the numbers of acts that were filed once more: they were given.
    (skipped,) = conn.execute(
        "SELECT COALESCE(MAX(serial)-MIN(serial)+1-COUNT(DISTINCT serial), 0) FROM cases "
        "WHERE home=? AND parent IS NULL AND serial BETWEEN 1 AND ?",
        [place, HIGHEST_SERIAL],
    ).fetchone()
    (waiting,) = conn.execute("SELECT COUNT(*) FROM parked WHERE place=?", [place]).fetchone()
    return Evidence(
        recorded_by=recorded_by,
        release=catalogue.release if recorded_by == here else _release_of(conn, recorded_by),
        newest=catalogue.release,
        items=len(items),
        guided=sum(map(_is_guided, items)),
        published=sum(_is_published(each, catalogue) for each in items),
        cases=cases,
        odd=int(odd),
        skipped=skipped,
        beyond_gap=int(beyond_gap) + waiting,
    )


def _recorded_by(conn: Any, place: int, *, here: int) -> int:
    """The node nearest to a place: its own, or that of the place above that keys in for it."""
    known = {here, *(each for (each,) in conn.execute("SELECT DISTINCT place FROM keys"))}
    return next((each for each in places.path(place) if each in known), 0)


def _release_of(conn: Any, author: int) -> int:
    """The newest release under which a node has written, as far as its journals are here."""
    newest = conn.execute(
        "SELECT f.bytes FROM streams s JOIN heads h ON h.stream=s.id JOIN entries e ON e.id=h.entry "
        "JOIN facts f ON f.id=e.fact WHERE s.author=?",
        [author],
    )
    return max((fact_pb2.Fact.FromString(encoded).release for (encoded,) in newest), default=0)


def _is_guided(item: ServiceItem) -> bool:
    return bool(item.materials and item.stages and item.legal_basis.strip())


def _is_published(item: ServiceItem, catalogue: Catalogue) -> bool:
    limited = bool(item.promised_days) or item.case_kind is CaseKind.INSTANT
    return limited and item.decided_at is not Level.UNSPECIFIED and item.department in catalogue.departments
