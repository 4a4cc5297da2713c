"""What follows from the facts, kept at hand and changed in the same commit."""

from __future__ import annotations

from typing import Any

from sync.cases import places
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import cases
from sync.journal.catalogue import Catalogues
from sync.journal.translation import body_of


class Projections:
    """Cases and catalogue, as far as one commit changes them."""

    def __init__(self, conn: Any, catalogues: Catalogues) -> None:
        self.conn = conn
        self.catalogues = catalogues
        self._changed: set[int] = set()
        self._first_filings: dict[bytes, dict[cases.Name, bytes]] = {}

    def case_row(self, fact: fact_pb2.Fact, *, fact_id: bytes) -> int | None:
        """The row of the case a fact belongs to, made at its first sight. None for a fact of no case."""
        if fact.fact_class == fact_pb2.FACT_CLASS_ADMIN or not (fact.case_id or _is_filing(fact)):
            return None
        case_id = fact.case_id or fact_id
        found = self.conn.execute("SELECT id FROM cases WHERE case_id=?", [case_id]).fetchone()
        if found:
            return int(found[0])
        cursor = self.conn.execute(
            "INSERT INTO cases(case_id, home, township) VALUES (?,?,?)",
            [case_id, fact.home, cases.township_of(fact.home)],
        )
        return int(cursor.lastrowid)

    def learn(self, fact: fact_pb2.Fact, *, fact_id: bytes, case_row: int | None) -> None:
        """Notes a fact that is new in the book."""
        if case_row is not None:
            self._changed.add(case_row)
            if _is_filing(fact):
                # The case may have been known by later facts, or by ones that named another home.
                self.conn.execute("UPDATE cases SET home=? WHERE id=?", [fact.home, case_row])
                self._recount_repeats(fact, fact_id=fact_id)
            return
        if _is_published_by_a_county(fact):
            self._learn_published(fact, fact_id=fact_id)

    def chained(self, fact_row: int) -> None:
        """Notes that a fact now stands in a stream without a gap."""
        found = self.conn.execute("SELECT case_row FROM facts WHERE id=?", [fact_row]).fetchone()
        if found and found[0] is not None:
            self._changed.add(found[0])

    def forget(self) -> None:
        """After something was taken back."""
        self._first_filings.clear()

    def _recount_repeats(self, fact: fact_pb2.Fact, *, fact_id: bytes) -> None:
        """The case that counted until now, if this one has the smaller id."""
        first, name = self._filings_of(fact.request_id, but=fact_id), cases.name_of(fact)
        known = first.setdefault(name, fact_id)
        if fact_id < known:
            first[name] = fact_id
            found = self.conn.execute("SELECT case_row FROM facts WHERE fact_id=?", [known]).fetchone()
            self._changed.add(found[0])

    def _filings_of(self, request_id: bytes, *, but: bytes = b"") -> dict[cases.Name, bytes]:
        """The filing that counts of each act of a request, read once: a node may write one request id many times."""
        if request_id not in self._first_filings:
            self._first_filings[request_id] = cases.first_filings(self.conn, request_id, but=but)
        return self._first_filings[request_id]

    def _is_repeated(self, case: cases.CaseFacts) -> bool:
        filed = case.filed
        return filed is not None and self._filings_of(filed.fact.request_id)[cases.name_of(filed.fact)] < case.case_id

    def _learn_published(self, fact: fact_pb2.Fact, *, fact_id: bytes) -> None:
        if fact.body_type == fact_pb2.BODY_TYPE_CATALOGUE_RELEASED:
            number = body_of(fact, bodies_pb2.CatalogueReleased).number
            self.conn.execute("INSERT OR IGNORE INTO releases VALUES (?,?)", [number, fact_id])
        if fact.body_type == fact_pb2.BODY_TYPE_CALENDAR_PUBLISHED:
            number = body_of(fact, bodies_pb2.CalendarPublished).number
            self.conn.execute("INSERT OR IGNORE INTO calendars VALUES (?,?)", [number, fact_id])

    def changed(self) -> set[int]:
        """Cases that are to be folded anew."""
        return set(self._changed)

    def look_again(self, cases: set[int]) -> None:
        """Has these cases folded anew: what was folded of them has been taken back."""
        self._changed |= cases

    def refresh(self) -> None:
        """Folds the cases that changed, once each."""
        changed, self._changed = self._changed, set()
        for row in sorted(changed):
            self._refold(row)

    def _refold(self, row: int) -> None:
        found = self.conn.execute("SELECT case_id, home FROM cases WHERE id=?", [row]).fetchone()
        if found is None:
            return  # The job that brought it was taken back.
        case = cases.load(self.conn, row, found[0], found[1])
        values = cases.columns(case, repeated=self._is_repeated(case))
        assignments = ", ".join(f"{name}=?" for name in values)
        self.conn.execute(f"UPDATE cases SET {assignments} WHERE id=?", [*values.values(), row])


def _is_filing(fact: fact_pb2.Fact) -> bool:
    return fact.body_type == fact_pb2.BODY_TYPE_CASE_FILED and not fact.case_id


def _is_published_by_a_county(fact: fact_pb2.Fact) -> bool:
    """Only the county's own word makes catalogue and calendar."""
    return fact.home == fact.recorder.place and places.level(fact.home) == places.COUNTY
