"""What follows from the facts, kept at hand and changed in the same commit."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from sync.cases import places
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import cases
from sync.journal.catalogue import Catalogues
from sync.journal.translation import applicant_name, body_of

AT_HAND = 512
"""Cases kept open from one commit to the next: whoever acts on one often acts on it again soon."""


class Projections:
    """Cases and catalogue. Lives as long as the connection that writes; what was taken back must be forgotten."""

    def __init__(self, conn: Any, catalogues: Catalogues) -> None:
        self.conn = conn
        self.catalogues = catalogues
        self.published = False
        """Releases or calendars came with this commit."""
        self.folded: dict[int, cases.CaseFacts] = {}
        """Cases folded in this commit, by their rows."""
        self.forgot = False
        """Something was taken back in this commit: what was folded before it is in doubt."""
        self._changed: set[int] = set()
        self._opened: OrderedDict[int, cases.OpenedCase] = OrderedDict()
        self._first_filings: OrderedDict[bytes, dict[cases.Name, bytes]] = OrderedDict()

    # What comes in.

    def case_row(self, fact: fact_pb2.Fact, *, fact_id: bytes) -> int | None:
        """The row of the case a fact belongs to, made at its first sight. None for a fact of no case."""
        if fact.fact_class == fact_pb2.FACT_CLASS_ADMIN or not (fact.case_id or is_filing(fact)):
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

    def learn(self, stored: cases.Stored, *, case_row: int | None, beyond_gap: bool) -> None:
        """Notes a fact that is new in the book. `beyond_gap`: nothing says yet that it stands in a stream."""
        fact = stored.fact
        if case_row is not None:
            self._changed.add(case_row)
            if case_row in self._opened:
                self._opened[case_row].add(stored, beyond_gap=beyond_gap)
            if is_filing(fact):
                # The case may have been known by later facts, or by ones that named another home.
                self.conn.execute("UPDATE cases SET home=? WHERE id=?", [fact.home, case_row])
                self._opened.pop(case_row, None)
                self._recount_repeats(fact, fact_id=stored.fact_id)
            return
        if _is_published_by_a_county(fact):
            self._learn_published(fact, fact_id=stored.fact_id)

    def chained(self, fact_row: int, *, case_row: int | None) -> None:
        """Notes that a fact now stands in a stream without a gap."""
        if case_row is None:
            return
        case = self._opened.get(case_row)
        if case is None or case.chained(fact_row):
            self._changed.add(case_row)

    def named(self, fact_row: int, private_part: bytes) -> None:
        """Notes the applicant of a filing whose private part is here."""
        if name := applicant_name(private_part):
            self.conn.execute(
                "INSERT OR REPLACE INTO applicants SELECT case_row, ? FROM facts WHERE id=? AND case_row IS NOT NULL",
                [name, fact_row],
            )

    def forget(self) -> None:
        """After something was taken back. A case that is no longer there is not folded."""
        self._opened.clear()
        self.folded.clear()
        self.forgot = True
        self._first_filings.clear()
        self.catalogues.published()

    # Cases.

    def case(self, row: int, *, case_id: bytes, home: int) -> cases.CaseFacts:
        """A case with all that this commit has brought so far."""
        return self._open(row, case_id, home).seen()

    def _open(self, row: int, case_id: bytes, home: int) -> cases.OpenedCase:
        if row not in self._opened:
            self._opened[row] = cases.opened(self.conn, row, case_id, home)
        self._opened.move_to_end(row)
        return self._opened[row]

    def changed(self) -> set[int]:
        """Cases that are to be folded anew."""
        return set(self._changed)

    def look_again(self, cases: set[int]) -> None:
        """Has these cases folded anew: what was folded of them has been taken back."""
        self._changed |= cases

    def look_at_all(self) -> None:
        """Has every case folded anew, and every applicant noted."""
        self._changed |= {row for (row,) in self.conn.execute("SELECT id FROM cases")}
        held = self.conn.execute("SELECT f.id, f.bytes, p.part FROM private_parts p JOIN facts f ON f.id=p.fact")
        for row, encoded, part in held:
            if is_filing(fact_pb2.Fact.FromString(encoded)):
                self.named(row, part)

    def refresh(self) -> None:
        """Folds the cases that changed, once each."""
        changed, self._changed = self._changed, set()
        for row in sorted(changed):
            self._refold(row)
            self.tidy()

    def tidy(self) -> None:
        """Lets go of what was not looked at for long."""
        for at_hand in (self._opened, self._first_filings):
            while len(at_hand) > AT_HAND:
                at_hand.popitem(last=False)

    def _refold(self, row: int) -> None:
        found = self.conn.execute("SELECT case_id, home FROM cases WHERE id=?", [row]).fetchone()
        if found is None:
            return  # The job that brought it was taken back.
        case = self.folded[row] = self._open(row, *found).seen()
        values = cases.columns(case, repeated=self._is_repeated(case), calendars=self.catalogues.calendars())
        assignments = ", ".join(f"{name}=?" for name in values)
        self.conn.execute(f"UPDATE cases SET {assignments} WHERE id=?", [*values.values(), row])

    # The same act filed twice.

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
        self._first_filings.move_to_end(request_id)
        return self._first_filings[request_id]

    def _is_repeated(self, case: cases.CaseFacts) -> bool:
        filed = case.filed
        return filed is not None and self._filings_of(filed.fact.request_id)[cases.name_of(filed.fact)] < case.case_id

    # Catalogue and calendar.

    def _learn_published(self, fact: fact_pb2.Fact, *, fact_id: bytes) -> None:
        if fact.body_type == fact_pb2.BODY_TYPE_CATALOGUE_RELEASED:
            number = body_of(fact, bodies_pb2.CatalogueReleased).number
            self._publish("releases", number=number, fact_id=fact_id)
        if fact.body_type == fact_pb2.BODY_TYPE_CALENDAR_PUBLISHED:
            number = body_of(fact, bodies_pb2.CalendarPublished).number
            self._publish("calendars", number=number, fact_id=fact_id)
            self._judge_again(number)

    def _publish(self, table: str, *, number: int, fact_id: bytes) -> None:
        self.conn.execute(f"INSERT OR IGNORE INTO {table} VALUES (?,?)", [number, fact_id])
        self.published = True
        self.catalogues.published()

    def _judge_again(self, number: int) -> None:
        """Cases judged for want of a calendar, or by another one of this number."""
        found = self.conn.execute("SELECT id FROM cases WHERE provisional=1 OR verdict_calendar>=?", [number])
        self._changed |= {row for (row,) in found}


def is_filing(fact: fact_pb2.Fact) -> bool:
    return fact.body_type == fact_pb2.BODY_TYPE_CASE_FILED and not fact.case_id


def _is_published_by_a_county(fact: fact_pb2.Fact) -> bool:
    """Only the county's own word makes catalogue and calendar."""
    return fact.home == fact.recorder.place and places.level(fact.home) == places.COUNTY
