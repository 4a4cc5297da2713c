"""Cases as they follow from the facts of a book."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sync.cases import clocks, places
from sync.cases.clocks import Course, Step, first_times
from sync.cases.fold import OFFERS, CaseState, Move, fold, follow
from sync.cases.joint import NeedEnded, need_ended
from sync.cases.replies import ReplyKind, Voice, replier, voices
from sync.cases.rules import LOOKED_AT, Seen, signals_of
from sync.cases.stages import ENDED, Act, Stage
from sync.cases.workdays import Calendar, number_of
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import records
from sync.journal.open_cases import LISTED_TIMES, TIMES_AND_DAYS
from sync.journal.schema import find_many
from sync.journal.translation import BODY_TYPES, act_of, asked_of, body_of, grade_of, move_of, said_of


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

    @cached_property
    def filed(self) -> Stored | None:
        return next((each for each in self.facts if each.fact_id == self.case_id), None)

    @property
    def parent_id(self) -> bytes:
        """Of a branch of a joint case: that case. Empty for any other."""
        return self.filed.fact.parent_case_id if self.filed else b""

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
        self._names = {name_of(each.fact) for each in self._facts}
        self._seen: CaseFacts | None = None
        self.written: dict[str, Any] = {}
        """The columns of its row as they were written last; empty where that is not known."""

    def add(self, fact: Stored, *, beyond_gap: bool) -> None:
        if fact.fact.home != self.home:
            return
        self._facts.append(fact)
        self._beyond_gap |= {fact.row} if beyond_gap else set()
        name, before = name_of(fact.fact), self._seen
        self._seen = None
        if before is not None and name not in self._names:
            after = self._after(before.state, fact)
            self._seen = self._as_seen(before.duplicates, after) if after else None
        self._names.add(name)

    def _after(self, state: CaseState, fact: Stored) -> CaseState | None:
        """The case with one more fact, where it need not be folded anew."""
        return follow(state, self._move(fact)) if fact.fact.fact_class == fact_pb2.FACT_CLASS_MOVE else state

    def _as_seen(self, duplicates: frozenset[bytes], state: CaseState) -> CaseFacts:
        return CaseFacts(self.case_id, self.home, tuple(self._facts), duplicates, state, bool(self._beyond_gap))

    def chained(self, fact_row: int) -> bool:
        """A fact of it now stands in a stream without a gap. True if that is new."""
        if fact_row not in self._beyond_gap:
            return False
        self._beyond_gap.discard(fact_row)
        self._seen = self._seen and self._as_seen(self._seen.duplicates, self._seen.state)
        return True

    def seen(self) -> CaseFacts:
        """The case as its facts make it."""
        if self._seen is None:
            duplicates = duplicates_among(self._facts)
            moves = [
                self._move(each)
                for each in self._facts
                if each.fact.fact_class == fact_pb2.FACT_CLASS_MOVE and each.fact_id not in duplicates
            ]
            state = fold(self.case_id, self.home, moves)
            self._seen = self._as_seen(duplicates, state)
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


def duplicates_among(facts: Iterable[Stored]) -> frozenset[bytes]:
    """Facts that name an act of which a smaller fact id is among them."""
    smallest: dict[Name, bytes] = {}
    for each in facts:
        name = name_of(each.fact)
        smallest[name] = min(each.fact_id, smallest.get(name, each.fact_id))
    return frozenset(each.fact_id for each in facts if smallest[name_of(each.fact)] != each.fact_id)


def first_filings(conn: Any, request_ids: Sequence[bytes]) -> dict[bytes, dict[Name, bytes]]:
    """By request and act, the smallest id of the facts that file a case: one act filed twice makes one case."""
    found = find_many(
        conn, "SELECT fact_id, bytes FROM facts WHERE case_row IS NOT NULL AND request_id IN", request_ids
    )
    first: dict[bytes, dict[Name, bytes]] = {each: {} for each in request_ids}
    for fact_id, encoded in found:
        fact = fact_pb2.Fact.FromString(encoded)
        if fact.body_type == fact_pb2.BODY_TYPE_CASE_FILED and not fact.case_id:
            of_request, name = first[fact.request_id], name_of(fact)
            of_request[name] = min(fact_id, of_request.get(name, fact_id))
    return first


def is_repeated(conn: Any, case: CaseFacts) -> bool:
    """Whether the same act of filing is here under a smaller id, as another case."""
    filed = case.filed
    # Which branches of a joint case count, the move that asked for them says.
    if filed is None or case.parent_id:
        return False
    request_id = filed.fact.request_id
    return first_filings(conn, [request_id])[request_id][name_of(filed.fact)] < filed.fact_id


def find(conn: Any, case_id: bytes) -> tuple[int, int] | None:
    """Row and home of a case. None: nothing of it is here."""
    found = conn.execute("SELECT id, home FROM cases WHERE case_id=?", [case_id]).fetchone()
    return (int(found[0]), int(found[1])) if found else None


def load_parent(conn: Any, case: CaseFacts) -> CaseFacts | None:
    """The joint case that a branch is of. None: nothing of it is here, or the case is no branch."""
    found = find(conn, case.parent_id) if case.parent_id else None
    return load(conn, found[0], case.parent_id, found[1]) if found else None


def need_of(case: CaseFacts, parent: CaseFacts | None) -> NeedEnded | None:
    """From when a branch is not needed any more. None: it is, or the case is no branch."""
    return need_ended(case.state, parent.state if parent else None) if case.parent_id else None


# What an act has to write down: a reason, a notice, the basis of a fee.
WRITTEN: dict[fact_pb2.BodyType, Callable[[fact_pb2.Fact], str]] = {
    fact_pb2.BODY_TYPE_REFUSED: lambda fact: body_of(fact, bodies_pb2.Refused).reason,
    fact_pb2.BODY_TYPE_SENT_BACK: lambda fact: body_of(fact, bodies_pb2.SentBack).reason,
    fact_pb2.BODY_TYPE_EXTENDED: lambda fact: body_of(fact, bodies_pb2.Extended).notice,
    fact_pb2.BODY_TYPE_FEE_CHARGED: lambda fact: body_of(fact, bodies_pb2.FeeCharged).basis,
}
LOOKED_AT_TYPES = frozenset(BODY_TYPES[act] for act in LOOKED_AT)
# The reasons that must be given, or somebody was sent from desk to desk (推拖).
SHIRKING = frozenset({fact_pb2.BODY_TYPE_REFUSED, fact_pb2.BODY_TYPE_SENT_BACK})


def columns(
    case: CaseFacts, *, repeated: bool, parent: CaseFacts | None, calendars: Sequence[Calendar]
) -> dict[str, object]:
    """The row of a case, by the names of its columns. `calendars`: all that are held, by number."""
    state, need = case.state, need_of(case, parent)
    row: dict[str, object] = {
        "home": case.home,
        "township": township_of(case.home),
        "stage": state.stage.value if state.stage else "",
        "custodian_place": state.custodian.place if state.custodian else 0,
        "custodian_unit": state.custodian.unit if state.custodian else "",
        "offered_place": state.offered_to.place if state.offered_to else 0,
        "offered_unit": state.offered_to.unit if state.offered_to else "",
        "offer": _offer(case) if state.offered_to else 0,
        "outcome": int(state.outcome or 0),
        "item_code": state.item_code,
        "item_version": state.item_version,
        "release": state.filed_release,
        "open_branches": len(state.open_branches),
        "beyond_gap": int(case.beyond_gap),
        "held_for_upgrade": int(state.held_for_upgrade),
        "parent": case.parent_id or None,
        "need_ended_at_ms": max(1, need.at_ms) if need else 0,
    }
    if case.filed:
        row |= _filing(case.home, case.filed.fact) | {"duplicate": int(repeated)}
    if state.path:
        row |= _on_the_path(case, calendars)
    return row | _said(case) | {"signals": _signals(case), "records": records.column(case)}


def _signals(case: CaseFacts) -> str:
    """What the facts of a case show against the rules of supervision, as JSON; empty: nothing, as of nearly all."""
    seen = [_seen(each) for each in case.facts if _is_looked_at(case, each)]
    found = signals_of(case.state, seen) if seen else ()
    return json.dumps([[each.rule, each.place, each.fact_id.hex(), each.at_ms] for each in found]) if found else ""


def _is_looked_at(case: CaseFacts, each: Stored) -> bool:
    fact = each.fact
    looked_at = (
        fact.body_type in LOOKED_AT_TYPES
        or fact.happened_at_ms > fact.recorded_at_ms
        or each.fact_id in case.state.not_allowed
        or (bool(case.state.forks) and fact.body_type == fact_pb2.BODY_TYPE_DECIDED)
    )
    return looked_at and each.fact_id not in case.duplicates and act_of(fact) is not None


def _seen(stored: Stored) -> Seen:
    fact, act = stored.fact, act_of(stored.fact)
    assert act is not None
    written = WRITTEN.get(fact.body_type)
    special = act is Act.BEGIN_SPECIAL
    return Seen(
        fact_id=stored.fact_id,
        act=act,
        place=fact.recorder.place,
        recorded_at_ms=fact.recorded_at_ms,
        happened_at_ms=fact.happened_at_ms,
        written=written(fact) if written else "",
        procedure=body_of(fact, bodies_pb2.SpecialBegun).procedure if special else "",
        silent=tuple(body_of(fact, bodies_pb2.Decided).silent) if act is Act.DECIDE else (),
        trusted=fact.clock_state == fact_pb2.CLOCK_STATE_TRUSTED,
    )


def _offer(case: CaseFacts) -> int:
    """The row of the fact by which the case is offered to somebody just now."""
    facts = case.by_id()
    return next(facts[name].row for name in reversed(case.state.path) if act_of(facts[name].fact) in OFFERS)


def _filing(home: int, fact: fact_pb2.Fact) -> dict[str, object]:
    filed = body_of(fact, bodies_pb2.CaseFiled)
    return {
        "number": filed.number,
        "serial": filed.serial,
        "filed_by": fact.recorder.place,
        "filed_at_ms": fact.recorded_at_ms,
        "paper": int(fact.happened_source == fact_pb2.HAPPENED_SOURCE_PAPER_PAGE),
    }


def _on_the_path(case: CaseFacts, calendars: Sequence[Calendar]) -> dict[str, object]:
    """What follows from the moves that make the case: when it came where, and how the promise was kept."""
    facts = case.by_id()
    path = [facts[name].fact for name in _understood(case.state)]
    steps = _steps(case.state, path)
    course = clocks.course(steps)
    row = {column: getattr(course, column) for column in TIMES_AND_DAYS}
    row |= {column: times(getattr(course, column)) for column in LISTED_TIMES}
    first_at = first_times(steps)
    row["closed_at_ms"], row["delivered_at_ms"] = first_at.get(Act.CLOSE, 0), first_at.get(Act.DELIVER, 0)
    row["shirked"] = times(fact.recorded_at_ms for fact in path if _is_shirked(fact))
    row |= _reception(case.home, path, handed_over=bool(course.handed_over_at_ms))
    row |= _ending(case.state)
    named = next((fact.calendar for step, fact in zip(steps, path, strict=True) if step.act is Act.DECIDE), 0)
    return row | _verdict(course, calendars, named=named)


def steps_of(case: CaseFacts) -> list[tuple[bytes, Step]]:
    """The moves that make a case, the filing first, with what the clocks read of each."""
    facts, names = case.by_id(), _understood(case.state)
    return list(zip(names, _steps(case.state, [facts[name].fact for name in names]), strict=True))


def _understood(state: CaseState) -> tuple[bytes, ...]:
    """The path without the move at its end that this version does not know."""
    return state.path[:-1] if state.held_for_upgrade else state.path


def _steps(state: CaseState, path: list[fact_pb2.Fact]) -> list[Step]:
    stages = {entered.move_id: entered.stage for entered in state.stage_history}
    holders = {taken.move_id: taken.holder.place for taken in state.custody_history}
    stage, holder, steps = Stage.RECEIVED, 0, []
    for name, fact in zip(_understood(state), path, strict=True):
        stage, holder = stages.get(name, stage), holders.get(name, holder)
        act = act_of(fact)
        assert act is not None
        steps.append(Step(act, fact.recorder.place, fact.recorded_at_ms, stage, holder, **_limits(act, fact)))
    return steps


def _limits(act: Act, fact: fact_pb2.Fact) -> dict[str, Any]:
    """What a move says of limits."""
    if act is Act.FILE:
        asked = asked_of(fact)
        return {"opinion_days": asked.branch.limit_days} if asked else {}
    if act is Act.ACCEPT:
        return {"promised_days": body_of(fact, bodies_pb2.Accepted).promised_days}
    if act is Act.SUPPLY:
        return {"promised_days": body_of(fact, bodies_pb2.Supplied).promised_days}
    if act is Act.BEGIN_SPECIAL:
        begun = body_of(fact, bodies_pb2.SpecialBegun)
        return {
            "special": begun.procedure,
            "special_days": begun.limit_days,
            "within_legal_limit": begun.within_legal_limit,
        }
    if act is Act.EXTEND:
        extended = body_of(fact, bodies_pb2.Extended)
        moved = extended.kind == bodies_pb2.EXTENSION_KIND_PROMISE
        return {"extended_to_day": extended.to_day} if moved else {"days_added": extended.days}
    return {}


def _reception(home: int, path: list[fact_pb2.Fact], *, handed_over: bool) -> dict[str, object]:
    """When a township or the county first had the case, and whether it came by a village's road."""
    above = next((f for f in path if places.level(f.recorder.place) > places.VILLAGE), None)
    keyed_in = above is path[0]
    return {
        "received_at_ms": above.recorded_at_ms if above else 0,
        "via_village": int(places.level(home) == places.VILLAGE and (handed_over or keyed_in)),
    }


def _ending(state: CaseState) -> dict[str, object]:
    end = next((entered for entered in state.stage_history if entered.stage in ENDED), None)
    return {"ended_at_ms": end.at_ms if end else 0, "ending": end.stage.value if end else ""}


def _is_shirked(fact: fact_pb2.Fact) -> bool:
    return fact.body_type in SHIRKING and not WRITTEN[fact.body_type](fact).strip()


def _verdict(course: Course, calendars: Sequence[Calendar], *, named: int) -> dict[str, object]:
    found = clocks.verdict(course, calendars=calendars, named=named)
    return {
        "used_days": found.used_days if found else 0,
        "deadline_day": number_of(found.deadline) if found else 0,
        "on_time": int(found.on_time) if found else 0,
        "verdict_calendar": found.calendar if found else 0,
        "provisional": int(found.provisional) if found else 0,
    }


def _said(case: CaseFacts) -> dict[str, object]:
    """What applicants said of the case: one rating, the one with the smallest fact id, and every complaint."""
    said = _annotations(case)
    complaints = (each for each in said if each.fact.body_type == fact_pb2.BODY_TYPE_COMPLAINED)
    rated, whose = _rating(said), caller(case.state, case.home)
    needing = _voices(said, caller=whose)
    waits = any(each.grade and not each.replied_at_ms for each in needing)
    return {
        "complaints": times(sorted(each.fact.recorded_at_ms for each in complaints)),
        "rated_at_ms": rated.fact.recorded_at_ms if rated else 0,
        "grade": grade_of(rated.fact) if rated else 0,
        "replies": _voices_column(needing),
        "call_back_place": whose if waits else 0,
    }


def caller(state: CaseState, home: int) -> int:
    """Whose turn it is to call back."""
    custodian = state.custodian.place if state.custodian else home
    return replier(ReplyKind.CALL_BACK, home=home, custodian=custodian)


def voices_of(case: CaseFacts) -> tuple[Voice, ...]:
    """What was said of a case that needs a reply."""
    return _voices(_annotations(case), caller=caller(case.state, case.home))


def is_rated(case: CaseFacts) -> bool:
    """Whether a rating of the case is held."""
    return _rating(_annotations(case)) is not None


def _voices(said: list[Stored], *, caller: int) -> tuple[Voice, ...]:
    known = [said_of(each.fact_id, each.fact) for each in said]
    return voices([each for each in known if each is not None], caller=caller)


def _annotations(case: CaseFacts) -> list[Stored]:
    return [
        each
        for each in case.facts
        if each.fact.fact_class == fact_pb2.FACT_CLASS_ANNOTATION and each.fact_id not in case.duplicates
    ]


def _rating(said: Iterable[Stored]) -> Stored | None:
    """The one that counts."""
    return min((each for each in said if grade_of(each.fact)), key=lambda each: each.fact_id, default=None)


def _voices_column(found: Iterable[Voice]) -> str:
    listed = [(each.fact_id.hex(), *each[1:]) for each in found]
    return json.dumps(listed) if listed else ""


def voices_in(column: str) -> tuple[Voice, ...]:
    """What needs a reply, as the column `replies` of a case has it."""
    return tuple(Voice(bytes.fromhex(name), *rest) for name, *rest in json.loads(column)) if column else ()


def times(at_ms: Iterable[int]) -> str:
    """Times in one column: a JSON list, empty text where there are none."""
    listed = list(at_ms)
    return json.dumps(listed) if listed else ""


def township_of(home: int) -> int:
    """The township a home lies in; a county's own cases are its own."""
    return next((place for place in places.path(home) if places.level(place) >= places.TOWNSHIP), home)
