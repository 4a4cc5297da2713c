"""The auditor works out on its own what the nodes work out: both must come to the same case."""

from __future__ import annotations

import random

from hypothesis import event, given, settings
from hypothesis import strategies as st

from operations.audit import cases as audit
from operations.audit.cases import STEPS, Said, course
from sync.cases import places
from sync.cases.fold import CaseState, Move, fold
from sync.cases.stages import RESUME, SAME, TRANSITIONS, Act, Row, Who, acts_open_at
from sync.catalogue.items import Branch
from sync.journal.translation import BODY_TYPES
from tests.county import COUNTY, TOWNSHIP, VILLAGE

WHO = {
    Who.CUSTODIAN: audit.CUSTODIAN,
    Who.LEAD: audit.LEAD,
    Who.OFFERED: audit.OFFERED,
    Who.ABOVE_CUSTODIAN: audit.ABOVE,
    Who.ON_THE_WAY_BACK: audit.ON_THE_WAY_BACK,
}
TARGETS = {RESUME: audit.RESUME, SAME: audit.SAME}
MOVES = sorted({row.act for row in TRANSITIONS} | {Act.FILE})
OFFICES = (VILLAGE, TOWNSHIP, COUNTY)
UNITS = ("", "窗口")
EARLY = (Act.REFUSE, Act.WITHDRAW, Act.LAPSE)


def as_step(row: Row) -> tuple[str, str, str]:
    to = TARGETS[row.to] if row.to in TARGETS else str(row.to)
    return WHO[row.who], to, str(row.resume or "")


def test_both_have_the_same_table_of_acts() -> None:
    rows = {(str(row.stage), int(BODY_TYPES[row.act])): as_step(row) for row in TRANSITIONS}
    assert {key: tuple(step) for key, step in STEPS.items()} == rows


def moves_of_one_case(chance: random.Random) -> list[Move]:
    """A filing, and acts that mostly could follow where they stand; some are anybody's after anything."""
    asked = Branch("ZZ", chance.choice(UNITS), 5) if chance.random() < 0.2 else None
    moves = [Move(chance.randbytes(32), Act.FILE, place=chance.choice(OFFICES), branch=asked)]
    for _ in range(chance.randint(0, 24)):
        case = fold(moves[0].id, VILLAGE, moves)
        moves.append(plausible(case, chance) if chance.random() < 0.7 else anything(moves, chance))
    if chance.random() < 0.05:
        del moves[0]
    chance.shuffle(moves)
    return moves


def plausible(case: CaseState, chance: random.Random) -> Move:
    assert case.stage is not None
    assert case.custodian is not None
    # What ends a case early comes seldom, or few would get far.
    act = chance.choice([act for act in acts_open_at(case.stage) if act not in EARLY or chance.random() < 0.1])
    holder = case.offered_to if act is Act.TAKE_IN and case.offered_to else case.custodian
    above = chance.choice(places.path(holder.place)[1:3] or OFFICES) if act is Act.OVERRIDE else holder.place
    return a_move(chance, act, based_on=(case.path[-1], *case.open_tips[:1]), place=above, unit=holder.unit)


def anything(moves: list[Move], chance: random.Random) -> Move:
    after = chance.choice([*(move.id for move in moves[-4:]), b"?" * 32])
    act = chance.choice([*MOVES, None])
    return a_move(chance, act, based_on=(after,), place=chance.choice(OFFICES), unit=chance.choice(UNITS))


def a_move(chance: random.Random, act: Act | None, *, based_on: tuple[bytes, ...], place: int, unit: str) -> Move:
    to_place, to_unit = chance.choice((*OFFICES, 0)), chance.choice(UNITS)
    return Move(chance.randbytes(32), act, based_on, place, unit, to_place, to_unit, next_unit=chance.choice(UNITS))


def as_said(move: Move) -> Said:
    offers = move.act in (Act.HAND_OVER, Act.PASS_UP)
    return Said(
        id=move.id,
        act=int(BODY_TYPES[move.act]) if move.act else 0,
        is_move=True,
        based_on=move.based_on[0] if move.based_on else b"",
        place=move.place,
        unit=move.unit,
        home=VILLAGE,
        request=(move.place, move.id, 0),
        at_ms=0,
        to_place=move.to_place,
        to_unit=move.branch.unit if move.branch else move.to_unit if offers else move.next_unit,
        parent=bytes(32) if move.branch else b"",
    )


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**64))
def test_both_fold_the_same_facts_into_the_same_case(seed: int) -> None:
    moves = moves_of_one_case(random.Random(seed))
    case_id = next((move.id for move in moves if move.act is Act.FILE and not move.based_on), b"")
    case = fold(case_id, VILLAGE, moves)
    found = course(case_id, VILLAGE, map(as_said, moves))
    event(f"stage {case.stage}")
    event(f"open branches {min(len(case.open_branches), 3)}")
    assert tuple(said.id for said in found.path) == case.path
    assert found.stage == (case.stage or "")
