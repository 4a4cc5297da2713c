"""The fold and the county's own model agree on what a case is."""

from __future__ import annotations

import random

from hypothesis import event, given, settings
from hypothesis import strategies as st

from sync.cases.fold import Move, fold
from sync.cases.stages import TRANSITIONS, Act, Row, Stage, Who
from tests.rules.oracle.words import CODES, Facts, as_the_model_says, from_the_model, model

ACTS = {
    "filed": Act.FILE,
    "offer": Act.HAND_OVER,
    "taken": Act.TAKE_IN,
    "stage": Act.STAGE_DONE,
    "override": Act.OVERRIDE,
}
# The model counts stages and does not name them: here one stage follows itself.
LOOP = (
    *(row for row in TRANSITIONS if (row.stage, row.act) != (Stage.RECEIVED, Act.STAGE_DONE)),
    Row(Stage.RECEIVED, Act.STAGE_DONE, Who.CUSTODIAN, Stage.RECEIVED),
)
KINDS = ("offer", "taken", "stage", "override", "note")
PATHS = {home: tuple(model.path(home)) for home in model.HOMES}

# What the model's own rules would make of a fact: custodian, offered to.
Custody = tuple[str, str | None]


def facts_of_one_case(seed: int) -> tuple[str, str, Facts]:
    """Home, root, and acts in any order: most plausible where they stand, others anyone's after anything."""
    chance = random.Random(seed)
    home = chance.choice(model.HOMES)
    offices = PATHS[home]
    names = [chance.randbytes(32).hex() for _ in range(chance.randint(1, 25))]
    facts = [(names[0], model.Fact("filed", chance.choice(offices), home, 0, 0))]
    custody: dict[str, Custody] = {names[0]: (facts[0][1].by, None)}
    for number, name in enumerate(names[1:], start=1):
        based = chance.choice(names[max(0, number - 3) : number])
        act = plausible(*custody[based], offices=offices, chance=chance)
        if chance.random() < 0.3:
            based = chance.choice([*names, "no such fact"])
            act = chance.choice(KINDS), chance.choice(offices), chance.choice([*offices, *model.PARENT])
        facts.append((name, model.Fact(act[0], act[1], home, number, 0, based=based, to=act[2])))
        custody[name] = after(custody.get(based, ("C", None)), *act, offices=offices)
    if chance.random() < 0.05:
        del facts[0]
    chance.shuffle(facts)
    return home, names[0], facts


def plausible(
    custodian: str, offered: str | None, *, offices: tuple[str, ...], chance: random.Random
) -> tuple[str, str, str]:
    above = offices[offices.index(custodian) + 1 :]
    if above and chance.random() < 0.15:
        return "override", chance.choice(above), ""
    if offered and chance.random() < 0.8:
        return "taken", offered, ""
    return chance.choice(("offer", "stage")), custodian, chance.choice(offices)


def after(custody: Custody, kind: str, by: str, to: str, *, offices: tuple[str, ...]) -> Custody:
    if kind == "offer":
        return custody[0], to if to in offices else None
    return (by, None) if kind in ("taken", "override") else custody


def as_moves(facts: Facts) -> list[Move]:
    return [
        Move(
            bytes.fromhex(name),
            ACTS[fact.kind],
            based_on=(_id(fact.based),) if fact.based else (),
            place=CODES[fact.by],
            to_place=CODES[fact.to] if fact.to else 0,
        )
        for name, fact in facts
        if fact.kind not in model.NOTES
    ]


def _id(name: str) -> bytes:
    return b"?" * 32 if name == "no such fact" else bytes.fromhex(name)


@settings(max_examples=1500, deadline=None)
@given(st.integers(0, 2**64))
def test_the_same_facts_make_the_same_case_as_in_the_model(seed: int) -> None:
    home, root, facts = facts_of_one_case(seed)
    case = fold(bytes.fromhex(root), CODES[home], as_moves(facts), table=LOOP)
    event(f"path of {min(len(case.path), 6)}")
    event(f"open branches {min(len(case.open_branches), 4)}")
    assert as_the_model_says(case, facts=facts) == from_the_model(facts)
