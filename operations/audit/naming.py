"""Which case a finding is about: from the fact, from the row of the case, or from another book that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from operations.audit import digests, places
from operations.audit.books import ClosedBook
from operations.audit.examining import Examined
from operations.audit.facts import case_of
from operations.audit.findings import Finding
from sync.facts.v1 import fact_pb2


class Naming:
    """Looks only where it is asked to: there are few findings and many facts."""

    def __init__(self, books: dict[int, ClosedBook], examined: dict[int, Examined]) -> None:
        self._books = books
        self._numbers = {
            case.case_id: case.number for each in examined.values() for case in each.cases.values() if case.number
        }

    def named(self, finding: Finding) -> Finding:
        cases = [case for case in self._cases(finding) if case]
        known = next((case for case in cases if case in self._numbers), cases[0] if cases else b"")
        if not known:
            return finding
        return replace(finding, case=known, number=self._numbers.get(known) or self._registered(known) or known.hex())

    def _cases(self, finding: Finding) -> Iterator[bytes]:
        yield finding.case
        if finding.fact:
            yield from self._by_fact(finding.fact)
        if finding.stream and finding.seq:
            yield from self._by_entry(finding)

    def _by_fact(self, fact_id: bytes) -> Iterator[bytes]:
        for book in self._books.values():
            for (encoded,) in book.rows("SELECT bytes FROM facts WHERE fact_id=?", fact_id):
                if digests.fact_id(encoded) == fact_id:
                    yield case_of(fact_pb2.Fact.FromString(encoded), fact_id)

    def _by_entry(self, finding: Finding) -> Iterator[bytes]:
        """The same entry of the stream in another book on the way from its home."""
        home = int.from_bytes(finding.stream[25:], "big")
        for place in places.path(home):
            if place in self._books and place != finding.book:
                for (fact_id,) in self._books[place].rows(ENTRY, *digests.columns(finding.stream), finding.seq):
                    yield from self._by_fact(fact_id)

    def _registered(self, case: bytes) -> str:
        for book in self._books.values():
            for (number,) in book.rows("SELECT number FROM cases WHERE case_id=?", case):
                if number:
                    return str(number)
        return ""


ENTRY = """
SELECT f.fact_id FROM streams s JOIN entries e ON e.stream = s.id JOIN facts f ON f.id = e.fact
WHERE s.author=? AND s.epoch=? AND s.kind=? AND s.place=? AND e.seq=?
"""
