"""What follows from the facts, kept at hand and changed in the same commit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from sync.cases import places
from sync.cases.numbers import HIGHEST_SERIAL
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import cases, posts
from sync.journal.catalogue import Catalogues
from sync.journal.registers import row_of
from sync.journal.schema import RowNumbers, defaults, find_many
from sync.journal.tallies import Tallies, case_rows
from sync.journal.translation import applicant_name, body_of

if TYPE_CHECKING:
    from sync.journal.writing import Incoming

AT_HAND = 512
"""Cases kept open from one commit to the next: whoever acts on one often acts on it again soon."""


class NewCase(NamedTuple):
    """A case whose row is not written yet: it is written once, with all that is known of it. `made_here`: in this
    commit, so that nothing else can name it yet."""

    row: int
    home: int
    made_here: bool = False


class Noted(NamedTuple):
    """What a commit has noted so far and not yet written."""

    changed: set[int]
    unwritten: dict[bytes, NewCase]


class Projections:
    """Cases and catalogue. Lives as long as the connection that writes; what was taken back must be forgotten."""

    def __init__(self, conn: Any, catalogues: Catalogues) -> None:
        self.conn = conn
        self.catalogues = catalogues
        self.published = False
        """Releases or calendars came with this commit."""
        self.folded: dict[int, cases.CaseFacts] = {}
        """Cases folded in this commit, by their rows."""
        self.arrived: set[int] = set()
        """Cases whose offers have arrived by what came with this commit."""
        self.awaited: set[int] = set()
        """Places that cases were passed to in this commit, or that have to hand out a result since."""
        self.forgot = False
        """Something was taken back in this commit: what was folded before it is in doubt."""
        self._tallies = Tallies(conn)
        self._next_case = RowNumbers(conn, "cases")
        self._serials: dict[int, int] = {}
        self._changed: set[int] = set()
        self._unwritten: dict[bytes, NewCase] = {}
        self._opened: OrderedDict[int, cases.OpenedCase] = OrderedDict()
        self._first_filings: OrderedDict[bytes, dict[cases.Name, bytes]] = OrderedDict()
        self._joint: set[bytes] = set()
        """Cases by which a branch may be needed or not otherwise than when it was folded last."""

    # What comes in.

    def case_rows(self, came: Sequence[Incoming], *, made_here: bool) -> list[int | None]:
        """The rows of the cases that facts belong to, given at their first sight. None for a fact of no case."""
        names = [_case_of(each) for each in came]
        new = {each.fact_id for each in came if made_here and is_filing(each.fact)}
        wanted = {name for name in names if name} - self._unwritten.keys() - new
        known = dict(find_many(self.conn, "SELECT case_id, id FROM cases WHERE case_id IN", list(wanted)))
        self._know_filings([each.fact.request_id for each in came if is_filing(each.fact)])
        for each, name in zip(came, names, strict=True):
            if name and name not in known and name not in self._unwritten:
                self._begin(name, home=each.fact.home, made_here=name in new)
        return [known.get(name) or self._unwritten[name].row if name else None for name in names]

    def _begin(self, case_id: bytes, *, home: int, made_here: bool) -> None:
        row = self._next_case.give()
        self._unwritten[case_id] = NewCase(row, home, made_here)
        self._opened[row] = cases.OpenedCase(case_id, home, [], beyond_gap=[])

    def learn(self, stored: cases.Stored, *, case_row: int | None, beyond_gap: bool) -> None:
        """Notes a fact that is new in the book. `beyond_gap`: nothing says yet that it stands in a stream."""
        fact = stored.fact
        if case_row is not None:
            self._changed.add(case_row)
            if case_row in self._opened:
                self._opened[case_row].add(stored, beyond_gap=beyond_gap)
            if is_filing(fact):
                self._set_home(case_row, stored)
                self._recount_repeats(fact, fact_id=stored.fact_id)
            return
        if _is_published_by_a_county(fact):
            self._learn_published(fact, fact_id=stored.fact_id)
        self._enter(stored)
        self._learn_posts(fact, fact_id=stored.fact_id)

    def _enter(self, stored: cases.Stored) -> None:
        row = row_of(stored.fact)
        if row is not None:
            self.conn.execute("INSERT OR IGNORE INTO register VALUES (?,?,?,?,?,?)", [stored.row, *row])

    def _set_home(self, case_row: int, filing: cases.Stored) -> None:
        """The filing says where a case belongs; what was known of it before may have said otherwise."""
        opened, home = self._opened.get(case_row), filing.fact.home
        if opened is not None and opened.home == home:
            return
        if filing.fact_id in self._unwritten:
            self._unwritten[filing.fact_id] = NewCase(case_row, home)
        else:
            self.conn.execute("UPDATE cases SET home=? WHERE id=?", [home, case_row])
        self._opened.pop(case_row, None)

    def chained(self, fact_row: int, *, case_row: int | None) -> None:
        """Notes that a fact now stands in a stream without a gap."""
        if case_row is None:
            return
        case = self._opened.get(case_row)
        if case is None or case.chained(fact_row):
            self._changed.add(case_row)

    def named(self, filings: Iterable[tuple[int | None, bytes]]) -> None:
        """Notes the applicants of filings whose private parts are here: the case's row, and the part."""
        found = ((row, applicant_name(part)) for row, part in filings if row is not None)
        self.conn.executemany("INSERT OR REPLACE INTO applicants VALUES (?,?)", [each for each in found if each[1]])

    def noted(self) -> Noted:
        """What is to be folded and written, to come back to if more of it is taken back than that."""
        return Noted(set(self._changed), dict(self._unwritten))

    def note_again(self, noted: Noted) -> None:
        """Goes back to what was noted: what was folded and written of it since has been taken back."""
        self._changed, self._unwritten = set(noted.changed), dict(noted.unwritten)
        self._next_case.forget(unwritten=max((case.row for case in self._unwritten.values()), default=0))

    def forget(self) -> None:
        """After something was taken back. A case that is no longer there is not folded."""
        self._changed.clear()
        self._unwritten.clear()
        self._tallies.forget()
        self._next_case.forget()
        self._serials.clear()
        self._opened.clear()
        self.folded.clear()
        self.awaited.clear()
        self.forgot = True
        self._first_filings.clear()
        self._joint.clear()
        self.catalogues.published()

    # Cases.

    def case(self, row: int, *, case_id: bytes, home: int) -> cases.CaseFacts:
        """A case with all that this commit has brought so far."""
        return self._open(row, case_id, home).seen()

    def case_of(self, case_id: bytes) -> cases.CaseFacts | None:
        """The same by its id. None: nothing of it is here."""
        new = self._unwritten.get(case_id)
        found = (new.row, new.home) if new else cases.find(self.conn, case_id)
        return self.case(found[0], case_id=case_id, home=found[1]) if found else None

    def _open(self, row: int, case_id: bytes, home: int) -> cases.OpenedCase:
        if row not in self._opened:
            self._opened[row] = cases.opened(self.conn, row, case_id, home)
        self._opened.move_to_end(row)
        return self._opened[row]

    def look_again(self, rows: Iterable[int]) -> None:
        """Has these cases folded anew."""
        self._changed |= set(rows)

    def look_at_all(self) -> None:
        """Folds and counts every case anew, and notes every applicant, entry of a register and roster."""
        self.look_again(row for (row,) in self.conn.execute("SELECT id FROM cases"))
        self.refresh()
        self._tallies.count_all()
        held = self.conn.execute("SELECT f.case_row, f.bytes, p.part FROM private_parts p JOIN facts f ON f.id=p.fact")
        for row, encoded, part in held.fetchall():
            if is_filing(fact_pb2.Fact.FromString(encoded)):
                self.named([(row, part)])
        of_no_case = self.conn.execute("SELECT id, fact_id, bytes FROM facts WHERE case_row IS NULL")
        for row, fact_id, encoded in of_no_case.fetchall():
            fact = fact_pb2.Fact.FromString(encoded)
            self._enter(cases.Stored(row, fact_id, fact))
            self._learn_posts(fact, fact_id=fact_id)

    def keep_up(self) -> None:
        """Folds what has changed before it is too much to keep at hand. All of it must stand in its stream by now."""
        if len(self._changed) >= AT_HAND // 2:
            self.refresh()

    def write_filed(self) -> None:
        """Writes the cases filed in this commit, so that they are found; what else has changed can wait."""
        if self._unwritten:
            self.refresh()

    def refresh(self) -> None:
        """Folds the cases that changed, once each."""
        changed, self._changed = self._changed, set()
        new = {case.row for case in self._unwritten.values()}
        self._write_new([self._new_row(name, case) for name, case in self._unwritten.items()])
        self._unwritten = {}
        self._rewrite_all(changed - new)
        self._rewrite_all(self._branches_of_joint_cases() - changed - new)
        self._tallies.write()

    def _rewrite_all(self, rows: Iterable[int]) -> None:
        for row in sorted(rows):
            self._rewrite(row)
            self.tidy()

    def _branches_of_joint_cases(self) -> set[int]:
        """Whether a branch is needed still follows from the case it is of."""
        parents, self._joint = sorted(self._joint), set()
        return {row for (row,) in find_many(self.conn, "SELECT id FROM cases WHERE parent IN", parents)}

    def tidy(self) -> None:
        """Lets go of what was not looked at for long."""
        for at_hand in (self._opened, self._first_filings):
            while len(at_hand) > AT_HAND:
                at_hand.popitem(last=False)

    def _new_row(self, case_id: bytes, case: NewCase) -> dict[str, Any]:
        before = self._defaults | {"id": case.row, "case_id": case_id}
        if not case.made_here:
            self._joint.add(case_id)
        return self._columns(case.row, self._open(case.row, case_id, case.home), before)

    def _write_new(self, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            names, values = ", ".join(self._defaults), ", ".join("?" * len(self._defaults))
            self.conn.executemany(f"INSERT INTO cases({names}) VALUES ({values})", [[*row.values()] for row in rows])

    def _rewrite(self, row: int) -> None:
        """What differs from the row as it was written last."""
        known = self._opened.get(row)
        before = known.written if known else {}
        if not before:
            (before,) = case_rows(self.conn, "id=?", [row])
        if not before["stage"]:
            self._joint.add(before["case_id"])
        values = self._columns(row, known or self._open(row, before["case_id"], before["home"]), before)
        differing = {name: value for name, value in values.items() if before[name] != value}
        if differing:
            assignments = ", ".join(f"{name}=?" for name in differing)
            self.conn.execute(f"UPDATE cases SET {assignments} WHERE id=?", [*differing.values(), row])

    def _columns(self, row: int, opened: cases.OpenedCase, before: dict[str, Any]) -> dict[str, Any]:
        """The row of a case as it is now. What it counts for is counted."""
        case = self.folded[row] = opened.seen()
        if any(each.fact.body_type == fact_pb2.BODY_TYPE_FORKED for each in case.facts):
            self._joint.add(case.case_id)
        found = cases.columns(
            case,
            repeated=self._is_repeated(case),
            parent=self.case_of(case.parent_id) if case.parent_id else None,
            calendars=self.catalogues.calendars(),
        )
        opened.written = before | found
        if case.home in self._serials and opened.written["serial"] <= HIGHEST_SERIAL:
            self._serials[case.home] = max(self._serials[case.home], opened.written["serial"])
        self._tallies.change(case.home, before=before, after=opened.written)
        self._await(before, opened.written)
        return opened.written

    def _await(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        passed_to = after["offered_place"] if after["offered_place"] != before["offered_place"] else 0
        handed_out_by = after["filed_by"] if after["ended_at_ms"] and not before["ended_at_ms"] else 0
        self.awaited |= {place for place in (passed_to, handed_out_by) if place}

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return defaults(self.conn, "cases")

    def highest_serial(self, home: int) -> int:
        """The highest serial number in use for cases of a home, those of this commit included. 0 = none so far."""
        self.write_filed()
        if home not in self._serials:
            (self._serials[home],) = self.conn.execute(
                "SELECT COALESCE(MAX(serial), 0) FROM cases WHERE home=? AND serial<=?", [home, HIGHEST_SERIAL]
            ).fetchone()
        return self._serials[home]

    # The same act filed twice.

    def _recount_repeats(self, fact: fact_pb2.Fact, *, fact_id: bytes) -> None:
        """The case that counted until now, if this one has the smaller id."""
        first, name = self._first_filings[fact.request_id], cases.name_of(fact)
        known = first.setdefault(name, fact_id)
        if fact_id < known:
            first[name] = fact_id
            found = self.conn.execute("SELECT case_row FROM facts WHERE fact_id=?", [known]).fetchone()
            self._changed.add(found[0])

    def _know_filings(self, request_ids: Iterable[bytes]) -> None:
        """The filings that count of these requests, read once: a node may write one request id many times."""
        unknown = {each for each in request_ids if each not in self._first_filings}
        if unknown:
            self._first_filings |= cases.first_filings(self.conn, sorted(unknown))

    def _is_repeated(self, case: cases.CaseFacts) -> bool:
        filed = case.filed
        if filed is None or case.parent_id:
            return False
        self._know_filings([filed.fact.request_id])
        self._first_filings.move_to_end(filed.fact.request_id)
        return self._first_filings[filed.fact.request_id][cases.name_of(filed.fact)] < case.case_id

    # Posts.

    def _learn_posts(self, fact: fact_pb2.Fact, *, fact_id: bytes) -> None:
        row = posts.row_of(fact_id, fact)
        if row is not None:
            self.conn.execute("INSERT OR IGNORE INTO posts VALUES (?,?,?)", row)

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


def _case_of(came: Incoming) -> bytes:
    """The case a fact belongs to. Empty: to none."""
    fact = came.fact
    if fact.fact_class == fact_pb2.FACT_CLASS_ADMIN or not (fact.case_id or is_filing(fact)):
        return b""
    return fact.case_id or came.fact_id


def is_filing(fact: fact_pb2.Fact) -> bool:
    return fact.body_type == fact_pb2.BODY_TYPE_CASE_FILED and not fact.case_id


def _is_published_by_a_county(fact: fact_pb2.Fact) -> bool:
    """Only the county's own word makes catalogue and calendar."""
    return fact.home == fact.recorder.place and places.level(fact.home) == places.COUNTY
