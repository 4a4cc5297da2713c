"""What a case is: the facts of it, folded along the branch that counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from itertools import pairwise
from typing import Any, NamedTuple

from sync.cases import places
from sync.cases.stages import (
    ACCEPTING,
    TRANSITIONS,
    WAITING,
    Act,
    ExtensionKind,
    Opinion,
    Outcome,
    Row,
    Stage,
    Who,
    rows_by_stage_and_act,
    target,
)
from sync.catalogue.items import Branch

# The acts that offer the case to somebody.
OFFERS = frozenset({Act.HAND_OVER, Act.PASS_UP})
# The acts that name the unit of the place that goes on.
HANDED_ON = frozenset({Act.STAGE_DONE, Act.SEND_BACK, Act.REASSIGN})
# The acts after which opinions asked for are not needed: decided, over, in other hands, or asked for anew.
ENDS_FORK = frozenset({Act.DECIDE, Act.WITHDRAW, Act.TAKE_IN, Act.OVERRIDE, Act.FORK})


class NotAllowed(StrEnum):
    """Why a move that is here is not part of the case."""

    NO_SUCH_ACT = "ACT_NOT_ALLOWED_IN_STAGE"
    NOT_CUSTODIAN = "NOT_CUSTODIAN"
    NOT_OFFERED = "NOT_OFFERED"
    NOT_ABOVE = "NOT_ABOVE_CUSTODIAN"
    NOT_ON_THE_WAY = "NOT_ON_THE_WAY_BACK"
    NOT_LEAD = "NOT_LEAD_OF_PLACE"
    NOT_ON_PATH = "PLACE_NOT_ON_PATH"
    # It follows a move that is not allowed.
    FOLLOWS = "FOLLOWS_NOT_ALLOWED"


class Move(NamedTuple):
    """What the fold reads of a fact of class move. Times are milliseconds UTC, ids 32 bytes.

    `place`, `unit`: the recorder. `to_place`, `to_unit`: of HandedOver and PassedUp. `next_unit`: of
    StageDone, and the unit of Overridden, SentBack and Reassigned. `due_day`: of AskedOnce; `extension`, `to_day`,
    `days`: of Extended; days since 1970-01-01. `within_legal_limit`: of SpecialBegun. `item_code`, `item_version`,
    `release`: as the envelope names them. `branch`: of the filing of a branch of a joint case; `branches`, their ids:
    of Forked; `opinion`: of OpinionGiven.
    """

    id: bytes
    # None: a body this version does not know.
    act: Act | None
    based_on: tuple[bytes, ...] = ()
    place: int = 0
    unit: str = ""
    to_place: int = 0
    to_unit: str = ""
    next_unit: str = ""
    outcome: Outcome | None = None
    due_day: int = 0
    extension: ExtensionKind = ExtensionKind.UNSPECIFIED
    to_day: int = 0
    days: int = 0
    within_legal_limit: bool = False
    recorded_at_ms: int = 0
    happened_at_ms: int = 0
    item_code: str = ""
    item_version: int = 0
    release: int = 0
    branch: Branch | None = None
    branches: tuple[bytes, ...] = ()
    opinion: Opinion | None = None


class Holder(NamedTuple):
    """An office. `unit` empty = any of the place."""

    place: int
    unit: str = ""

    def is_held_by(self, place: int, unit: str) -> bool:
        return self.place == place and self.unit in ("", unit)


class StageEntered(NamedTuple):
    """A case came to a stage, by which move, recorded when."""

    stage: Stage
    move_id: bytes
    at_ms: int


class CustodyTaken(NamedTuple):
    """A case came into somebody's hands, by which move, recorded when."""

    holder: Holder
    move_id: bytes
    at_ms: int


# What everybody folds by, ready for use.
_ROWS = rows_by_stage_and_act(TRANSITIONS)


@dataclass(frozen=True, slots=True)
class Extension:
    """A limit was moved: PROMISE to a day (days since 1970-01-01), LEGAL by working days."""

    kind: ExtensionKind
    to_day: int
    days: int
    at_ms: int


class Fork(NamedTuple):
    """A joint case has asked for opinions. `ended_by`, `ended_at_ms`: the move after which they are not needed."""

    branches: tuple[bytes, ...]
    ended_by: bytes = b""
    ended_at_ms: int = 0


@dataclass(frozen=True)
class CaseState:
    """A case as everybody who holds the same facts sees it. Where the filing is not here, `path` is empty."""

    case_id: bytes
    home: int
    # Ids of the moves that make the case, the filing first.
    path: tuple[bytes, ...] = ()
    stage: Stage | None = None
    # What a case in transit or standing still takes up again.
    resume: Stage | None = None
    custodian: Holder | None = None
    offered_to: Holder | None = None
    # How often custody changed along the path.
    fence: int = 0
    outcome: Outcome | None = None
    # Beside the path, neither dropped nor counted, as long as nobody settled them.
    conflict: frozenset[bytes] = frozenset()
    late: frozenset[bytes] = frozenset()
    not_allowed: Mapping[bytes, NotAllowed] = field(default_factory=dict)
    # The move they follow is not here, or not understood.
    waiting: frozenset[bytes] = frozenset()
    closed_by_settlement: frozenset[bytes] = frozenset()
    # The ends of the branches nobody settled yet: naming them settles all of them.
    open_tips: tuple[bytes, ...] = ()
    # The path ends at a move this version does not know.
    held_for_upgrade: bool = False
    stage_history: tuple[StageEntered, ...] = ()
    custody_history: tuple[CustodyTaken, ...] = ()
    item_code: str = ""
    # As accepted, before that as filed.
    item_version: int = 0
    release: int = 0
    filed_release: int = 0
    accepted_at_ms: int = 0
    # By when what was asked for must be supplied, days since 1970-01-01. 0 = nothing was asked for.
    due_day: int = 0
    extensions: tuple[Extension, ...] = ()
    # 村级协办
    village_act_done: bool = False
    # Of each special procedure, whether the legal limit goes on meanwhile.
    specials: tuple[bool, ...] = ()
    # Of a joint case, in the order in which they were asked for.
    forks: tuple[Fork, ...] = ()
    # Of a branch: what is asked of whom, and the answer.
    branch: Branch | None = None
    opinion: Opinion | None = None

    @property
    def branches(self) -> tuple[bytes, ...]:
        """The branches whose opinions are needed now."""
        return self.forks[-1].branches if self.forks and not self.forks[-1].ended_by else ()

    @property
    def tip(self) -> bytes | None:
        """The move the next one follows."""
        return self.path[-1] if self.path else None

    @property
    def open_branches(self) -> frozenset[bytes]:
        """Moves beside the path that the custodian has to look at."""
        return self.conflict | self.late | frozenset(self.not_allowed)


def fold(case_id: bytes, home: int, moves: Iterable[Move], table: tuple[Row, ...] = TRANSITIONS) -> CaseState:
    """The case that these moves make, in whatever order they come."""
    known = list(moves)
    if len(known) == 1 and known[0].id == case_id and known[0].act is Act.FILE:
        return _filed(home, known[0])
    tree = _Tree(case_id, home=home, moves=known, table=table)
    if not tree.has_root:
        return CaseState(case_id, home, waiting=frozenset(tree.moves))
    tree.walk_down()
    tree.judge_up()
    return _seen(tree)


def _filed(home: int, filing: Move) -> CaseState:
    """The case that a filing alone makes: most are this at first."""
    begun, at_ms = _begun(filing), filing.recorded_at_ms
    stage, holder = begun.stage, begun.custodian
    return CaseState(
        case_id=filing.id,
        home=home,
        path=(filing.id,),
        stage=stage,
        custodian=holder,
        stage_history=(StageEntered(stage, filing.id, at_ms),),
        custody_history=(CustodyTaken(holder, filing.id, at_ms),),
        item_code=filing.item_code,
        item_version=filing.item_version,
        release=filing.release,
        filed_release=filing.release,
        branch=filing.branch,
    )


def _begun(filing: Move) -> _At:
    """A branch is from the start in the hands of the unit that is asked."""
    if filing.branch is not None:
        return _At(Stage.CONSULTING, Holder(filing.place, filing.branch.unit))
    return _At(Stage.RECEIVED, Holder(filing.place))


def follow(state: CaseState, move: Move) -> CaseState | None:
    """The case after one more move, the same as `fold` of all. None where that must be asked: the move does not
    simply follow the newest one.

    What a branch is worth only grows with it, so the branch that wins goes on winning.
    """
    in_doubt = state.waiting or state.held_for_upgrade or move.act is Act.SETTLE
    if in_doubt or move.based_on != (state.tip,) or state.stage is None or state.custodian is None:
        return None
    before = _At(state.stage, state.custodian, state.resume, state.offered_to, state.fence)
    after = _step(before, move, rows=_ROWS, path_of_home=places.path(state.home))
    if not isinstance(after, _At) or after.held:
        return None
    return replace(state, path=(*state.path, move.id), **_moved_on(state, before, after, move))


def _moved_on(state: CaseState, before: _At, after: _At, move: Move) -> dict[str, Any]:
    """The fields that a move changes."""
    changed: dict[str, Any] = {
        "stage": after.stage,
        "resume": after.resume,
        "custodian": after.custodian,
        "offered_to": after.offered_to,
        "fence": after.fence,
    }
    if after.stage is not before.stage:
        changed["stage_history"] = (*state.stage_history, StageEntered(after.stage, move.id, move.recorded_at_ms))
    if after.fence > before.fence:
        taken = CustodyTaken(after.custodian, move.id, move.recorded_at_ms)
        changed["custody_history"] = (*state.custody_history, taken)
    if move.act in ACCEPTING:
        changed |= {"item_version": move.item_version, "release": move.release, "accepted_at_ms": move.recorded_at_ms}
    if move.act is Act.DECIDE:
        changed["outcome"] = move.outcome
    if move.act is Act.VILLAGE_ACT_DONE:
        changed["village_act_done"] = True
    if move.act is Act.BEGIN_SPECIAL:
        changed["specials"] = (*state.specials, move.within_legal_limit)
    if move.act is Act.ASK_ONCE:
        changed["due_day"] = move.due_day
    if move.act is Act.EXTEND:
        extension = Extension(move.extension, move.to_day, move.days, move.recorded_at_ms)
        changed["extensions"] = (*state.extensions, extension)
    if move.act is Act.GIVE_OPINION:
        changed["opinion"] = move.opinion
    changed["forks"] = _forks_after(state.forks, move)
    return changed


def _forks_after(forks: tuple[Fork, ...], move: Move) -> tuple[Fork, ...]:
    if move.act in ENDS_FORK and forks and not forks[-1].ended_by:
        forks = (*forks[:-1], forks[-1]._replace(ended_by=move.id, ended_at_ms=move.recorded_at_ms))
    return (*forks, Fork(move.branches)) if move.act is Act.FORK else forks


class _At(NamedTuple):
    """The state after a move, along its own path."""

    stage: Stage
    custodian: Holder
    resume: Stage | None = None
    offered_to: Holder | None = None
    fence: int = 0
    held: bool = False


class _Worth(NamedTuple):
    """What a branch brings when it is weighed against its siblings."""

    highest_level: int
    custody_changes: int


class _Tree:
    """Moves by what they follow. Never recursive: a case may have many thousands."""

    def __init__(self, case_id: bytes, *, home: int, moves: Iterable[Move], table: tuple[Row, ...]) -> None:
        self.case_id = case_id
        self.path_of_home = places.path(home)
        self.home = home
        self.rows = _ROWS if table is TRANSITIONS else rows_by_stage_and_act(table)
        self.moves = {move.id: move for move in moves}
        self.children: dict[bytes, list[bytes]] = {}
        for move in self.moves.values():
            if move.id != case_id and move.based_on:
                self.children.setdefault(move.based_on[0], []).append(move.id)
        # The state after each valid move, in an order in which parents come first.
        self.at: dict[bytes, _At] = {}
        self.not_allowed: dict[bytes, NotAllowed] = {}
        self.worth: dict[bytes, _Worth] = {}
        self.winner: dict[bytes, bytes] = {}

    @property
    def has_root(self) -> bool:
        root = self.moves.get(self.case_id)
        return root is not None and root.act is Act.FILE

    def walk_down(self) -> None:
        """Gives each move its state, or the reason why it has none."""
        root = self.moves[self.case_id]
        self.at[root.id] = _begun(root)
        todo = [root.id]
        while todo:
            parent = todo.pop()
            if not self.at[parent].held:
                todo += [child for child in self.children.get(parent, ()) if self._admit(child, self.at[parent])]

    def _admit(self, child: bytes, before: _At) -> bool:
        after = _step(before, self.moves[child], rows=self.rows, path_of_home=self.path_of_home)
        if isinstance(after, _At):
            self.at[child] = after
            return True
        self.not_allowed[child] = after
        self.not_allowed |= dict.fromkeys(self.below(child), NotAllowed.FOLLOWS)
        return False

    def below(self, move_id: bytes) -> list[bytes]:
        """Everything that follows a move, directly or not."""
        found = list(self.children.get(move_id, ()))
        for each in found:
            found += self.children.get(each, ())
        return found

    def judge_up(self) -> None:
        """Weighs the branches from their ends, so that each fork knows its winner."""
        for move_id in reversed(self.at):
            rivals = [child for child in self.children.get(move_id, ()) if child in self.at]
            own = _Worth(self._own_level(move_id), self.at[move_id].fence)
            if rivals:
                best = self.winner[move_id] = min(rivals, key=self._rank)
                worth = self.worth[best]
                own = _Worth(max(own.highest_level, worth.highest_level), worth.custody_changes)
            self.worth[move_id] = own

    def _rank(self, move_id: bytes) -> tuple[int, int, bytes]:
        worth = self.worth[move_id]
        return -worth.highest_level, -worth.custody_changes, move_id

    def _own_level(self, move_id: bytes) -> int:
        """A settlement closes branches; it must never make one win."""
        move = self.moves[move_id]
        return -1 if move.act is Act.SETTLE else places.level(move.place)

    def path(self) -> tuple[bytes, ...]:
        found = [self.case_id]
        while (following := self.winner.get(found[-1])) is not None:
            found.append(following)
        return tuple(found)


def _step(
    before: _At, move: Move, *, rows: Mapping[tuple[Stage, Act], Row], path_of_home: tuple[int, ...]
) -> _At | NotAllowed:
    if move.act is None:
        return before._replace(held=True) if _concerns(before, move) else NotAllowed.NOT_CUSTODIAN
    row = rows.get((before.stage, move.act))
    if row is None:
        return NotAllowed.NO_SUCH_ACT
    no = why_not(
        row.who,
        place=move.place,
        unit=move.unit,
        custodian=before.custodian,
        offered_to=before.offered_to,
        path_of_home=path_of_home,
    )
    if no is not None:
        return no
    if move.act in OFFERS and move.to_place not in path_of_home:
        return NotAllowed.NOT_ON_PATH
    return _after(row, before, move)


def _after(row: Row, before: _At, move: Move) -> _At:
    custodian = _custodian_after(before, move)
    changed = move.act in (Act.TAKE_IN, Act.OVERRIDE) or custodian != before.custodian
    return _At(
        stage=target(row, resume=before.resume),
        custodian=custodian,
        resume=_resume_after(row, before),
        offered_to=_offered_after(before, move),
        fence=before.fence + changed,
    )


def _custodian_after(before: _At, move: Move) -> Holder:
    if move.act is Act.TAKE_IN and before.offered_to:
        return before.offered_to
    if move.act is Act.OVERRIDE:
        return Holder(move.place, move.next_unit)
    if move.act in HANDED_ON:
        return Holder(before.custodian.place, move.next_unit)
    return before.custodian


def _offered_after(before: _At, move: Move) -> Holder | None:
    if move.act in OFFERS:
        return Holder(move.to_place, move.to_unit)
    return before.offered_to if move.act is Act.SETTLE else None


def _resume_after(row: Row, before: _At) -> Stage | None:
    if row.resume is not None:
        return row.resume
    return before.resume if target(row, resume=before.resume) in WAITING else None


def why_not(
    who: Who,
    *,
    place: int,
    unit: str,
    custodian: Holder,
    offered_to: Holder | None,
    path_of_home: tuple[int, ...],
) -> NotAllowed | None:
    """Why an office is not the one the table asks for. None: it is."""
    if who is Who.CUSTODIAN:
        return None if custodian.is_held_by(place, unit) else NotAllowed.NOT_CUSTODIAN
    if who is Who.OFFERED:
        return None if offered_to and offered_to.is_held_by(place, unit) else NotAllowed.NOT_OFFERED
    if who is Who.ABOVE_CUSTODIAN:
        return None if _is_above(place, custodian.place) else NotAllowed.NOT_ABOVE
    if who is Who.LEAD:
        return None if (place, unit) == (custodian.place, "") else NotAllowed.NOT_LEAD
    if who is Who.ON_PATH:
        return None if place in path_of_home else NotAllowed.NOT_ON_PATH
    on_the_way = place in path_of_home and places.contains(custodian.place, place)
    return None if on_the_way else NotAllowed.NOT_ON_THE_WAY


def _is_above(place: int, below: int) -> bool:
    return place != below and place in places.path(below)


def _concerns(before: _At, move: Move) -> bool:
    """Whether a move of unknown kind comes from somebody who could move the case at all."""
    offices = (before.custodian, before.offered_to)
    meant = any(office and office.is_held_by(move.place, move.unit) for office in offices)
    return meant or _is_above(move.place, before.custodian.place)


def _seen(tree: _Tree) -> CaseState:
    path = tree.path()
    end = tree.at[path[-1]]
    losers = _losers(tree, path=path)
    closed = _closed(tree, path=path, beside=losers.keys() | tree.not_allowed.keys())
    open_still = (losers.keys() | tree.not_allowed.keys()) - closed
    root, accepted = tree.moves[path[0]], _last(tree, path=path, acts=ACCEPTING)
    asked, decided, opined = (
        _last(tree, path=path, acts={act}) for act in (Act.ASK_ONCE, Act.DECIDE, Act.GIVE_OPINION)
    )
    judged = accepted or root
    return CaseState(
        case_id=tree.case_id,
        home=tree.home,
        path=path,
        stage=end.stage,
        resume=end.resume,
        custodian=end.custodian,
        offered_to=end.offered_to,
        fence=end.fence,
        outcome=decided.outcome if decided else None,
        conflict=frozenset(each for each, late in losers.items() if not late and each not in closed),
        late=frozenset(each for each, late in losers.items() if late and each not in closed),
        not_allowed={each: why for each, why in sorted(tree.not_allowed.items()) if each not in closed},
        waiting=frozenset(tree.moves.keys() - tree.at.keys() - tree.not_allowed.keys()),
        closed_by_settlement=closed,
        open_tips=_tips(tree, of=open_still),
        held_for_upgrade=end.held,
        stage_history=_stage_history(tree, path=path),
        custody_history=_custody_history(tree, path=path),
        item_code=root.item_code,
        item_version=judged.item_version,
        release=judged.release,
        filed_release=root.release,
        accepted_at_ms=accepted.recorded_at_ms if accepted else 0,
        due_day=asked.due_day if asked else 0,
        extensions=_extensions(tree, path=path),
        village_act_done=_last(tree, path=path, acts={Act.VILLAGE_ACT_DONE}) is not None,
        specials=tuple(tree.moves[e].within_legal_limit for e in path if tree.moves[e].act is Act.BEGIN_SPECIAL),
        forks=reduce(_forks_after, (tree.moves[each] for each in path), ()),
        branch=root.branch,
        opinion=opined.opinion if opined else None,
    )


def _last(tree: _Tree, *, path: tuple[bytes, ...], acts: Set[Act]) -> Move | None:
    return next((tree.moves[each] for each in reversed(path) if tree.moves[each].act in acts), None)


def _extensions(tree: _Tree, *, path: tuple[bytes, ...]) -> tuple[Extension, ...]:
    moves = (tree.moves[each] for each in path if tree.moves[each].act is Act.EXTEND)
    return tuple(Extension(move.extension, move.to_day, move.days, move.recorded_at_ms) for move in moves)


def _losers(tree: _Tree, *, path: tuple[bytes, ...]) -> dict[bytes, bool]:
    """Valid moves beside the path, and whether they are late: the winner of their fork changed custody."""
    found: dict[bytes, bool] = {}
    for parent, winner in pairwise(path):
        late = tree.at[winner].fence > tree.at[parent].fence
        for rival in tree.children[parent]:
            if rival != winner and rival in tree.at:
                found |= {each: late for each in (rival, *tree.below(rival)) if each in tree.at}
    return found


def _closed(tree: _Tree, *, path: tuple[bytes, ...], beside: Iterable[bytes]) -> frozenset[bytes]:
    """What settlements on the path name, with what it follows, as far as it lies beside the path."""
    open_still, closed = set(beside), set[bytes]()
    settlements = (tree.moves[each] for each in path if tree.moves[each].act is Act.SETTLE)
    todo = [named for move in settlements for named in move.based_on[1:]]
    for each in todo:
        if each in open_still:
            open_still.discard(each)
            closed.add(each)
            todo.append(tree.moves[each].based_on[0])
    return frozenset(closed)


def _tips(tree: _Tree, *, of: set[bytes]) -> tuple[bytes, ...]:
    return tuple(sorted(each for each in of if not of.intersection(tree.children.get(each, ()))))


def _stage_history(tree: _Tree, *, path: tuple[bytes, ...]) -> tuple[StageEntered, ...]:
    found: list[StageEntered] = []
    for each in path:
        if not found or tree.at[each].stage is not found[-1].stage:
            found.append(StageEntered(tree.at[each].stage, each, tree.moves[each].recorded_at_ms))
    return tuple(found)


def _custody_history(tree: _Tree, *, path: tuple[bytes, ...]) -> tuple[CustodyTaken, ...]:
    found: list[CustodyTaken] = []
    for before, each in zip((None, *path), path, strict=False):
        if before is None or tree.at[each].fence > tree.at[before].fence:
            found.append(CustodyTaken(tree.at[each].custodian, each, tree.moves[each].recorded_at_ms))
    return tuple(found)
