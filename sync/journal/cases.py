"""Cases as they follow from the facts of a book."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Any

from sync.cases import places
from sync.cases.fold import CaseState, Move, fold
from sync.cases.stages import ACCEPTING, Act
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.translation import act_of, body_of, move_of


@dataclass(frozen=True)
class Stored:
    """A fact of a case as it stands in the book."""

    row: int
    fact_id: bytes
    fact: fact_pb2.Fact


@dataclass(frozen=True)
class CaseFacts:
    """The facts of one case, and the case they make."""

    case_id: bytes
    home: int
    facts: tuple[Stored, ...]
    duplicates: frozenset[bytes]
    """Facts that name an act of which a smaller fact id is here: shown, not counted."""
    state: CaseState
    beyond_gap: bool = False
    """A fact of it stands in no stream yet, or beyond a gap."""

    @property
    def filed(self) -> Stored | None:
        return next((each for each in self.facts if each.fact_id == self.case_id), None)

    def by_id(self) -> dict[bytes, Stored]:
        return {each.fact_id: each for each in self.facts}


Name = tuple[int, bytes, int]


def name_of(fact: fact_pb2.Fact) -> Name:
    """(recorder, request id, index): names one act."""
    return fact.recorder.place, fact.request_id, fact.index


class OpenedCase:
    """A case taken out of the book: what is learnt of it is added, and it is folded when somebody looks."""

    def __init__(self, case_id: bytes, home: int, facts: Iterable[Stored], *, beyond_gap: Iterable[int]) -> None:
        self.case_id = case_id
        self.home = home
        self._facts = [each for each in facts if each.fact.home == home]
        self._beyond_gap = set(beyond_gap) & {each.row for each in self._facts}
        self._moves: dict[bytes, Move] = {}
        self._seen: CaseFacts | None = None

    def add(self, fact: Stored, *, beyond_gap: bool) -> None:
        if fact.fact.home == self.home:
            self._facts.append(fact)
            self._beyond_gap |= {fact.row} if beyond_gap else set()
            self._seen = None

    def chained(self, fact_row: int) -> bool:
        """A fact of it now stands in a stream without a gap. True if that is new."""
        if fact_row not in self._beyond_gap:
            return False
        self._beyond_gap.discard(fact_row)
        self._seen = None
        return True

    def seen(self) -> CaseFacts:
        """The case as its facts make it."""
        if self._seen is None:
            duplicates = _duplicates(self._facts)
            moves = [
                self._move(each)
                for each in self._facts
                if each.fact.fact_class == fact_pb2.FACT_CLASS_MOVE and each.fact_id not in duplicates
            ]
            state = fold(self.case_id, self.home, moves)
            self._seen = CaseFacts(
                self.case_id, self.home, tuple(self._facts), duplicates, state, bool(self._beyond_gap)
            )
        return self._seen

    def _move(self, each: Stored) -> Move:
        if each.fact_id not in self._moves:
            self._moves[each.fact_id] = move_of(each.fact_id, each.fact)
        return self._moves[each.fact_id]


def opened(conn: Any, case_row: int, case_id: bytes, home: int) -> OpenedCase:
    """Takes one case out of the book."""
    found = conn.execute(
        "SELECT id, fact_id, bytes, EXISTS (SELECT 1 FROM entries e WHERE e.fact=facts.id) "
        "FROM facts WHERE case_row=? ORDER BY id",
        [case_row],
    ).fetchall()
    facts = [Stored(row, name, fact_pb2.Fact.FromString(encoded)) for row, name, encoded, _ in found]
    return OpenedCase(case_id, home, facts, beyond_gap=[row for row, _, _, chained in found if not chained])


def load(conn: Any, case_row: int, case_id: bytes, home: int) -> CaseFacts:
    """Reads and folds one case."""
    return opened(conn, case_row, case_id, home).seen()


def _duplicates(facts: Iterable[Stored]) -> frozenset[bytes]:
    smallest: dict[Name, bytes] = {}
    for each in facts:
        name = name_of(each.fact)
        smallest[name] = min(each.fact_id, smallest.get(name, each.fact_id))
    return frozenset(each.fact_id for each in facts if smallest[name_of(each.fact)] != each.fact_id)


def first_filings(conn: Any, request_id: bytes, *, but: bytes = b"") -> dict[Name, bytes]:
    """By act, the smallest id of the facts that file a case: one act filed twice makes one case."""
    found = conn.execute(
        "SELECT fact_id, bytes FROM facts WHERE request_id=? AND case_row IS NOT NULL AND fact_id<>?",
        [request_id, but],
    )
    first: dict[Name, bytes] = {}
    for fact_id, encoded in found:
        fact = fact_pb2.Fact.FromString(encoded)
        if fact.body_type == fact_pb2.BODY_TYPE_CASE_FILED and not fact.case_id:
            name = name_of(fact)
            first[name] = min(fact_id, first.get(name, fact_id))
    return first


def is_repeated(conn: Any, case: CaseFacts) -> bool:
    """Whether the same act of filing is here under a smaller id, as another case."""
    filed = case.filed
    return filed is not None and first_filings(conn, filed.fact.request_id)[name_of(filed.fact)] < filed.fact_id


# When along the path of a case something was recorded.
STEPS = {
    "accepted_at_ms": ACCEPTING,
    "decided_at_ms": {Act.DECIDE},
    "closed_at_ms": {Act.CLOSE},
    "delivered_at_ms": {Act.DELIVER},
}


def columns(case: CaseFacts, *, repeated: bool) -> dict[str, object]:
    """The row of a case, by the names of its columns."""
    state, facts = case.state, case.by_id()
    row: dict[str, object] = {
        "home": case.home,
        "township": township_of(case.home),
        "stage": state.stage.value if state.stage else "",
        "custodian_place": state.custodian.place if state.custodian else 0,
        "custodian_unit": state.custodian.unit if state.custodian else "",
        "offered_place": state.offered_to.place if state.offered_to else 0,
        "offered_unit": state.offered_to.unit if state.offered_to else "",
        "outcome": int(state.outcome or 0),
        "item_code": state.item_code,
        "item_version": state.item_version,
        "release": state.filed_release,
        "open_branches": len(state.open_branches),
        "beyond_gap": int(case.beyond_gap),
        "held_for_upgrade": int(state.held_for_upgrade),
    }
    path = [facts[name].fact for name in state.path]
    row |= {name: _first_at(path, acts) for name, acts in STEPS.items()}
    row |= _reception(case.home, path)
    if case.filed:
        filed = body_of(case.filed.fact, bodies_pb2.CaseFiled)
        row |= {
            "number": filed.number,
            "serial": filed.serial,
            "filed_by": case.filed.fact.recorder.place,
            "filed_at_ms": case.filed.fact.recorded_at_ms,
            "duplicate": int(repeated),
        }
    return row


def _first_at(path: Iterable[fact_pb2.Fact], acts: Set[Act]) -> int:
    return next((fact.recorded_at_ms for fact in path if act_of(fact) in acts), 0)


def _reception(home: int, path: list[fact_pb2.Fact]) -> dict[str, object]:
    """When a township or the county first had the case, by which village road, and what was promised."""
    above = next((f for f in path if places.level(f.recorder.place) > places.VILLAGE), None)
    at_village = places.level(home) == places.VILLAGE
    handed_over = any(act_of(f) is Act.HAND_OVER for f in path) or (
        bool(path) and places.level(path[0].recorder.place) > places.VILLAGE
    )
    accepted = [f for f in path if act_of(f) in ACCEPTING]
    promised = _promised_days(accepted[-1]) if accepted else 0
    return {
        "received_at_ms": above.recorded_at_ms if above else 0,
        "via_village": int(at_village and handed_over),
        "promised_days": promised,
    }


def _promised_days(accepted: fact_pb2.Fact) -> int:
    if act_of(accepted) is Act.SUPPLY:
        return body_of(accepted, bodies_pb2.Supplied).promised_days
    return body_of(accepted, bodies_pb2.Accepted).promised_days


def township_of(home: int) -> int:
    """The township a home lies in; a county's own cases are its own."""
    return next((place for place in places.path(home) if places.level(place) >= places.TOWNSHIP), home)
