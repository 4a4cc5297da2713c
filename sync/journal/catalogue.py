"""The catalogue and the calendars as they follow from the facts of a book."""

from __future__ import annotations

from typing import Any

from sync.cases import places
from sync.cases.workdays import Calendar
from sync.catalogue.release import Catalogue, apply
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.catalogue_translation import calendar_of, release_of
from sync.journal.translation import body_of


class Catalogues:
    """Releases and calendars held here, read once. A number counts only if none before it is missing."""

    def __init__(self, conn: Any, place: int) -> None:
        self.conn = conn
        self._empty = Catalogue(county=_county_of(place))
        self._read: dict[tuple[bytes, ...], Catalogue] = {}
        self._calendars: dict[bytes, Calendar] = {}
        self._numbered: dict[str, tuple[int, list[bytes]]] = {}
        self._times_published = 0
        self._added_up: tuple[list[bytes], Catalogue] = [], self._empty

    def newest_release(self) -> int:
        """Number of the newest release held. 0 = none."""
        return self.catalogue().release

    def newest_calendar(self) -> int:
        """Number of the newest calendar held. 0 = none."""
        return len(self.calendar_facts())

    def release_facts(self) -> list[bytes]:
        """Fact ids of releases 1, 2, … as far as they are held."""
        return self._unbroken("releases")

    def calendar_facts(self) -> list[bytes]:
        """Fact ids of calendars 1, 2, … as far as they are held."""
        return self._unbroken("calendars")

    def published(self) -> None:
        """A release or calendar came, or was taken back: read again what is held."""
        self._times_published += 1

    def _unbroken(self, table: str) -> list[bytes]:
        # Counted before reading: what is published meanwhile by another thread is then read at the next time.
        times = self._times_published
        known = self._numbered.get(table)
        if known is None or known[0] != times:
            known = self._numbered[table] = times, _unbroken(self.conn, table)
        return known[1]

    def catalogue(self) -> Catalogue:
        """All releases held, added up, as far as this version can read them."""
        catalogue, facts = self._empty, self.release_facts()
        if facts is self._added_up[0]:
            return self._added_up[1]
        for count in range(1, len(facts) + 1):
            read = tuple(facts[:count])
            if read not in self._read:
                message = body_of(self._fact(read[-1]), bodies_pb2.CatalogueReleased)
                try:
                    self._read[read] = apply(catalogue, release_of(message))
                except ValueError:
                    return catalogue
            catalogue = self._read[read]
        self._added_up = facts, catalogue
        return catalogue

    def published_release(self, number: int) -> tuple[bodies_pb2.CatalogueReleased, int]:
        """A release that is held and read here, and when it was published, milliseconds UTC."""
        fact = self._fact(self.release_facts()[number - 1])
        return body_of(fact, bodies_pb2.CatalogueReleased), fact.recorded_at_ms

    def calendar(self) -> Calendar | None:
        """The newest calendar held."""
        held = self.calendars()
        return held[-1] if held else None

    def calendars(self) -> list[Calendar]:
        """Calendars 1, 2, … as far as they are held."""
        return [self._calendar(fact_id) for fact_id in self.calendar_facts()]

    def _calendar(self, fact_id: bytes) -> Calendar:
        if fact_id not in self._calendars:
            self._calendars[fact_id] = calendar_of(body_of(self._fact(fact_id), bodies_pb2.CalendarPublished))
        return self._calendars[fact_id]

    def _fact(self, fact_id: bytes) -> fact_pb2.Fact:
        (encoded,) = self.conn.execute("SELECT bytes FROM facts WHERE fact_id=?", [fact_id]).fetchone()
        return fact_pb2.Fact.FromString(encoded)


def _unbroken(conn: Any, table: str) -> list[bytes]:
    """A number published twice counts once, by the smallest fact id."""
    found = conn.execute(f"SELECT number, MIN(fact_id) FROM {table} GROUP BY number ORDER BY number").fetchall()
    facts: list[bytes] = []
    for number, fact_id in found:
        if number != len(facts) + 1:
            break
        facts.append(bytes(fact_id))
    return facts


def _county_of(place: int) -> int:
    return next((each for each in places.path(place) if places.level(each) == places.COUNTY), place)
