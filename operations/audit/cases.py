"""What a case is, worked out anew from its facts: the table of acts, and which of several branches counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from operations.audit import places
from sync.facts.v1 import fact_pb2 as pb

# Stages.
RECEIVED, IN_TRANSIT, AWAITING = "RECEIVED", "IN_TRANSIT", "AWAITING_SUPPLEMENT"
EXAMINING, REVIEWING, SUSPENDED, DECIDED = "EXAMINING", "REVIEWING", "SUSPENDED", "DECIDED"
CLOSED, DELIVERED, REFUSED, LAPSED, WITHDRAWN = "CLOSED", "DELIVERED", "REFUSED", "LAPSED", "WITHDRAWN"
CONSULTING, OPINED = "CONSULTING", "OPINED"
ENDED = (CLOSED, DELIVERED, REFUSED, LAPSED, WITHDRAWN, OPINED)
RESUME, SAME = "what it was before it was handed over or stood still", "what it is"

# Who may do it.
CUSTODIAN, LEAD, OFFERED, ABOVE, ON_THE_WAY_BACK = "custodian", "lead", "offered", "above", "on the way back"

FILED, HANDED_OVER, TAKEN_IN = pb.BODY_TYPE_CASE_FILED, pb.BODY_TYPE_HANDED_OVER, pb.BODY_TYPE_TAKEN_IN
PASSED_UP, STAGE_DONE, OVERRIDDEN = pb.BODY_TYPE_PASSED_UP, pb.BODY_TYPE_STAGE_DONE, pb.BODY_TYPE_OVERRIDDEN
SETTLED, SENT_BACK, REASSIGNED = pb.BODY_TYPE_SETTLED, pb.BODY_TYPE_SENT_BACK, pb.BODY_TYPE_REASSIGNED
SPECIAL_BEGUN, SPECIAL_ENDED = pb.BODY_TYPE_SPECIAL_BEGUN, pb.BODY_TYPE_SPECIAL_ENDED
RATED, COMPLAINED, REFUSING = pb.BODY_TYPE_RATED, pb.BODY_TYPE_COMPLAINED, pb.BODY_TYPE_REFUSED
ACCEPTED_COMPLAINT, ANSWERED_COMPLAINT = pb.BODY_TYPE_COMPLAINT_ACCEPTED, pb.BODY_TYPE_COMPLAINT_ANSWERED
CALLED_BACK = pb.BODY_TYPE_RATING_CALLED_BACK
ACCEPTED, SUPPLIED, ASKED_ONCE = pb.BODY_TYPE_ACCEPTED, pb.BODY_TYPE_SUPPLIED, pb.BODY_TYPE_ASKED_ONCE
DECIDED_SO, EXTENDED = pb.BODY_TYPE_DECIDED, pb.BODY_TYPE_EXTENDED
CONFIRMED, FINDING_WITHDRAWN = pb.BODY_TYPE_FINDING_CONFIRMED, pb.BODY_TYPE_FINDING_WITHDRAWN
FINDING_SETTLED = pb.BODY_TYPE_FINDING_SETTLED
FORKED, OPINION_GIVEN = pb.BODY_TYPE_FORKED, pb.BODY_TYPE_OPINION_GIVEN
OFFERS = (HANDED_OVER, PASSED_UP)


class Step(NamedTuple):
    """Who may do the act, what the case is then, and what it takes up again when it is taken in."""

    who: str
    to: str
    resume: str = ""


STEPS: dict[tuple[str, int], Step] = {
    (RECEIVED, HANDED_OVER): Step(CUSTODIAN, IN_TRANSIT, RECEIVED),
    (RECEIVED, ACCEPTED): Step(CUSTODIAN, EXAMINING),
    (RECEIVED, REFUSING): Step(CUSTODIAN, REFUSED),
    (RECEIVED, ASKED_ONCE): Step(CUSTODIAN, AWAITING),
    (AWAITING, SUPPLIED): Step(CUSTODIAN, EXAMINING),
    (AWAITING, pb.BODY_TYPE_LAPSED): Step(CUSTODIAN, LAPSED),
    (IN_TRANSIT, TAKEN_IN): Step(OFFERED, RESUME),
    (IN_TRANSIT, HANDED_OVER): Step(CUSTODIAN, SAME),
    (IN_TRANSIT, PASSED_UP): Step(CUSTODIAN, SAME),
    (EXAMINING, STAGE_DONE): Step(CUSTODIAN, REVIEWING),
    (EXAMINING, PASSED_UP): Step(CUSTODIAN, IN_TRANSIT, EXAMINING),
    (REVIEWING, PASSED_UP): Step(CUSTODIAN, IN_TRANSIT, EXAMINING),
    (RECEIVED, pb.BODY_TYPE_VILLAGE_ACT_DONE): Step(CUSTODIAN, SAME),
    (EXAMINING, SPECIAL_BEGUN): Step(CUSTODIAN, SUSPENDED, EXAMINING),
    (REVIEWING, SPECIAL_BEGUN): Step(CUSTODIAN, SUSPENDED, REVIEWING),
    (SUSPENDED, SPECIAL_ENDED): Step(CUSTODIAN, RESUME),
    (REVIEWING, SENT_BACK): Step(CUSTODIAN, EXAMINING),
    (REVIEWING, DECIDED_SO): Step(CUSTODIAN, DECIDED),
    (DECIDED, pb.BODY_TYPE_CLOSED): Step(CUSTODIAN, CLOSED),
    (CLOSED, pb.BODY_TYPE_DELIVERED): Step(ON_THE_WAY_BACK, DELIVERED),
    (IN_TRANSIT, OVERRIDDEN): Step(ABOVE, RESUME),
}
for _stage in (RECEIVED, AWAITING, EXAMINING, REVIEWING, SUSPENDED, DECIDED):
    STEPS[_stage, OVERRIDDEN] = Step(ABOVE, SAME)
    STEPS[_stage, REASSIGNED] = Step(LEAD, SAME)
for _stage in (RECEIVED, AWAITING, EXAMINING, REVIEWING, SUSPENDED):
    STEPS[_stage, pb.BODY_TYPE_WITHDRAWN] = Step(CUSTODIAN, WITHDRAWN)
for _stage in (EXAMINING, REVIEWING):
    STEPS[_stage, EXTENDED] = Step(CUSTODIAN, SAME)
    STEPS[_stage, FORKED] = Step(CUSTODIAN, SAME)
STEPS[CONSULTING, OPINION_GIVEN] = Step(CUSTODIAN, OPINED)
STEPS[CONSULTING, REASSIGNED] = Step(LEAD, SAME)
for _stage in (RECEIVED, IN_TRANSIT, AWAITING, EXAMINING, REVIEWING, SUSPENDED, DECIDED, CONSULTING, *ENDED):
    STEPS[_stage, SETTLED] = Step(CUSTODIAN, SAME)
ACTS = frozenset({FILED, *(act for _, act in STEPS)})


class Limit(NamedTuple):
    """Of a finding: which limit, whose act was due, and the day it ran from."""

    kind: int
    place: int
    start_day: int


class Said(NamedTuple):
    """What the auditor keeps of a fact of a case. `act` 0: a move of a kind that is not known.

    `finding`: what a finding is about; `withdraws`: the one that is taken back; `settles`: of which limit a person says
    whether it was `late`.
    """

    id: bytes
    act: int
    is_move: bool
    based_on: bytes
    place: int
    unit: str
    home: int
    request: tuple[int, bytes, int]
    at_ms: int
    to_place: int = 0
    to_unit: str = ""
    reasoned: bool = True
    grade: int = 0
    named: bytes = b""
    number: str = ""
    serial: int = 0
    from_paper: bool = False
    calendar: int = 0
    promised_days: int = 0
    to_day: int = 0
    days_added: int = 0
    finding: Limit | None = None
    withdraws: bytes = b""
    settles: Limit | None = None
    late: bool = False
    # Of the filing of a branch of a joint case: that case.
    parent: bytes = b""
    branches: tuple[bytes, ...] = ()
    trusted: bool = True


@dataclass(frozen=True, slots=True)
class _At:
    """The state after a move, along its own path."""

    stage: str
    place: int
    unit: str
    resume: str = ""
    offered: tuple[int, str] | None = None
    fence: int = 0
    held: bool = False


@dataclass(frozen=True)
class Course:
    """The branch that counts: its moves from the filing on, whose turn it was after each, and the state at its end."""

    path: tuple[Said, ...] = ()
    holders: tuple[int, ...] = ()
    stage: str = ""


def course(case_id: bytes, home: int, moves: Iterable[Said]) -> Course:
    """The highest level that acted, then the most changes of custody, then the smallest id."""
    tree = _Tree(home, {move.id: move for move in moves})
    root = tree.moves.get(case_id)
    if root is None or root.act != FILED:
        return Course()
    tree.walk_down(root)
    tree.judge_up()
    return tree.course(case_id)


@dataclass
class _Tree:
    home: int
    moves: dict[bytes, Said]
    at: dict[bytes, _At] = field(default_factory=dict)
    worth: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    winner: dict[bytes, bytes] = field(default_factory=dict)
    children: dict[bytes, list[bytes]] = field(default_factory=dict)

    def walk_down(self, root: Said) -> None:
        for move in self.moves.values():
            if move.id != root.id and move.based_on:
                self.children.setdefault(move.based_on, []).append(move.id)
        # A branch is in the hands of the unit that is asked.
        self.at[root.id] = _At(CONSULTING, root.place, root.to_unit) if root.parent else _At(RECEIVED, root.place, "")
        todo = [root.id]
        for parent in todo:
            if self.at[parent].held:
                continue
            for child in self.children.get(parent, ()):
                after = _after(self.at[parent], self.moves[child], self.home)
                if after is not None:
                    self.at[child] = after
                    todo.append(child)

    def judge_up(self) -> None:
        for name in reversed(self.at):
            move = self.moves[name]
            # A settlement closes branches; it must never make one win.
            level = -1 if move.act == SETTLED else places.level(move.place)
            rivals = [child for child in self.children.get(name, ()) if child in self.at]
            if not rivals:
                self.worth[name] = (level, self.at[name].fence)
                continue
            best = self.winner[name] = min(rivals, key=lambda c: (-self.worth[c][0], -self.worth[c][1], c))
            self.worth[name] = (max(level, self.worth[best][0]), self.worth[best][1])

    def course(self, case_id: bytes) -> Course:
        names = [case_id]
        while (following := self.winner.get(names[-1])) is not None:
            names.append(following)
        return Course(
            path=tuple(self.moves[name] for name in names),
            holders=tuple(self.at[name].place for name in names),
            stage=self.at[names[-1]].stage,
        )


def _after(before: _At, move: Said, home: int) -> _At | None:
    """The state after a move. None: it is not allowed."""
    if not move.act:
        return _held(before, move)
    step = STEPS.get((before.stage, move.act))
    if step is None or not _may(step.who, before, move, home):
        return None
    if move.act in OFFERS and move.to_place not in places.path(home):
        return None
    place, unit = _custodian_after(before, move)
    changed = move.act in (TAKEN_IN, OVERRIDDEN) or (place, unit) != (before.place, before.unit)
    stage = {SAME: before.stage, RESUME: before.resume or RECEIVED}.get(step.to, step.to)
    return _At(
        stage=stage,
        place=place,
        unit=unit,
        resume=step.resume or (before.resume if stage in (IN_TRANSIT, SUSPENDED) else ""),
        offered=_offered_after(before, move),
        fence=before.fence + changed,
    )


def _held(before: _At, move: Said) -> _At | None:
    """A move of unknown kind holds the case, if it comes from somebody who could move it at all."""
    offices = ((before.place, before.unit), before.offered or (0, ""))
    if any(_is(office, move) for office in offices) or _is_above(move.place, before.place):
        return _At(before.stage, before.place, before.unit, before.resume, before.offered, before.fence, held=True)
    return None


def _may(who: str, before: _At, move: Said, home: int) -> bool:
    if who == CUSTODIAN:
        return _is((before.place, before.unit), move)
    if who == LEAD:
        return (move.place, move.unit) == (before.place, "")
    if who == OFFERED:
        return before.offered is not None and _is(before.offered, move)
    if who == ABOVE:
        return _is_above(move.place, before.place)
    return move.place in places.path(home) and places.contains(before.place, move.place)


def _is(office: tuple[int, str], move: Said) -> bool:
    return office[0] == move.place and office[1] in ("", move.unit)


def _is_above(place: int, below: int) -> bool:
    return place != below and places.contains(place, below)


def _custodian_after(before: _At, move: Said) -> tuple[int, str]:
    if move.act == TAKEN_IN and before.offered:
        return before.offered
    if move.act == OVERRIDDEN:
        return move.place, move.to_unit
    if move.act in (STAGE_DONE, SENT_BACK, REASSIGNED):
        return before.place, move.to_unit
    return before.place, before.unit


def _offered_after(before: _At, move: Said) -> tuple[int, str] | None:
    if move.act in OFFERS:
        return move.to_place, move.to_unit
    return before.offered if move.act == SETTLED else None
