"""Whole histories, lived by real books and by the county's own model at once, end alike."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

import pytest
from google.protobuf.message import Message

from sync.cases.stages import Act, Stage
from sync.facts import hashing
from sync.facts.streams import PATH, Scope
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from sync.journal.translation import BODY_TYPES
from sync.journal.writing import Draft
from tests.county import append, rows
from tests.flows.laying_out import lay_out, short_lived_folder
from tests.flows.relay import EVERYWHERE, Carried, Relay
from tests.rules.oracle.words import CODES, as_the_model_says, from_the_model, model
from tests.rules.oracle.world import Named, World

T = TypeVar("T")

STEPS = 60

# What happens, and how often.
WEIGHTS = {
    "file": 3,
    "note": 2,
    "act": 9,
    "override": 1,
    "overstep": 1,
    "send": 6,
    "send with a hole": 2,
    "deliver": 5,
    "lose": 2,
    "deliver twice": 1,
    "meet": 3,
    "keep a copy": 2,
    "restore": 1,
    "restore unnoticed": 1,
}


class Step(NamedTuple):
    """Who it happens to, and which of all possible ways: any number will do, so steps can be left out."""

    what: str
    who: int
    pick: int


def schedule(seed: int) -> list[Step]:
    chance = random.Random(seed)
    names = chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=STEPS)
    return [Step(name, chance.randrange(1000), chance.randrange(1000)) for name in names]


class Reached(NamedTuple):
    """Where a case stands after a move. The model counts stages, the product names them."""

    stage: Stage
    resume: Stage | None = None


# What the model calls a stage, and where it leads. A decided case is handed from one to another there, nothing more.
STAGES: dict[Stage, tuple[tuple[Act, Stage], ...]] = {
    Stage.RECEIVED: ((Act.ACCEPT, Stage.EXAMINING),),
    Stage.EXAMINING: ((Act.STAGE_DONE, Stage.REVIEWING),),
    Stage.REVIEWING: ((Act.SEND_BACK, Stage.EXAMINING), (Act.DECIDE, Stage.DECIDED)),
    Stage.DECIDED: ((Act.REASSIGN, Stage.DECIDED),),
    # Not open there, in the model as little as in the product.
    Stage.IN_TRANSIT: ((Act.ACCEPT, Stage.IN_TRANSIT),),
}
BODIES: dict[Act, Callable[[int], Message]] = {
    Act.HAND_OVER: lambda to: pb.HandedOver(to_place=to),
    Act.PASS_UP: lambda to: pb.PassedUp(to_place=to),
    Act.TAKE_IN: lambda to: pb.TakenIn(),
    Act.OVERRIDE: lambda to: pb.Overridden(reason="样例理由"),
    Act.ACCEPT: lambda to: pb.Accepted(promised_days=5),
    Act.STAGE_DONE: lambda to: pb.StageDone(),
    Act.SEND_BACK: lambda to: pb.SentBack(reason="样例理由"),
    Act.DECIDE: lambda to: pb.Decided(outcome=pb.OUTCOME_GRANTED),
    Act.REASSIGN: lambda to: pb.Reassigned(reason="样例理由"),
    Act.COMPLAIN: lambda to: pb.Complained(channel="phone"),
}


class Case(NamedTuple):
    """A case as the model sees it at some place."""

    home: str
    case_id: str
    path: tuple[str, ...]
    custodian: str
    offered: str | None


class Copy(NamedTuple):
    """A store and a book of the same moment."""

    of: str
    store: Any
    book: str


class BothWorlds:
    """One history: each step is taken by the model's stores and by the books."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.world = World(random.Random(0))
        self.on_the_way: list[tuple[Any, Carried]] = []
        self.copies: list[Copy] = []
        self.reached: dict[str, Reached] = {}
        self.steps: dict[str, Callable[[str, int], Awaitable[bool]]] = {
            "file": self.file,
            "note": self.note,
            "act": self.act,
            "override": self.override,
            "overstep": self.overstep,
            "send": self.send,
            "send with a hole": partial(self.send, whole=False),
            "deliver": self.deliver,
            "lose": self.lose,
            "deliver twice": partial(self.deliver, stays=True),
            "meet": self.meet,
            "keep a copy": self.keep_copy,
            "restore": self.restore,
            "restore unnoticed": partial(self.restore, noticed=False),
        }

    async def live(self, steps: list[Step]) -> None:
        names = list(CODES)
        for step in steps:
            at = step.who % len(names)
            for name in names[at:] + names[:at]:  # The first to whom it can happen.
                if await self.steps[step.what](name, step.pick):
                    break
            self.world.now += 1
            for name in CODES:
                assert self.facts_in_book(name) == self.facts_in_model(name), (step, name)

    # At the counters.

    async def file(self, name: str, pick: int) -> bool:
        """At its own window or, by a township, for one of its villages."""
        homes = [name, *model.CHILDREN[name]] if model.PARENT[name] else []
        return bool(homes) and await self.write("filed", by=name, home=homes[pick % len(homes)])

    async def note(self, name: str, pick: int) -> bool:
        case = chosen(self.cases_at(name), pick)
        return case is not None and await self.write("note", by=name, home=case.home, case=case.case_id)

    async def act(self, name: str, pick: int) -> bool:
        """What the one does next who holds a case, or to whom it was offered."""
        case = chosen([case for case in self.cases_at(name) if name == (case.offered or case.custodian)], pick)
        if case is None:
            return False
        kind = "taken" if case.offered == name else "stage" if pick % 3 else "offer"
        return await self.move(kind, case, by=name, pick=pick)

    async def override(self, name: str, pick: int) -> bool:
        below = [case for case in self.cases_at(name) if name in model.path(case.custodian)[1:]]
        case = chosen(below, pick)
        return case is not None and await self.move("override", case, by=name, pick=pick)

    async def overstep(self, name: str, pick: int) -> bool:
        """Somebody does what may not be open to him, perhaps after a move that is not the last one any more."""
        case, kind = chosen(self.cases_at(name), pick), ("offer", "taken", "stage", "override")[pick // 7 % 4]
        return case is not None and await self.move(kind, case, by=name, pick=pick, after=pick // 31)

    async def move(self, kind: str, case: Case, *, by: str, pick: int, after: int = -1) -> bool:
        assert self.case_in_book(by, case.case_id) == self.case_in_model(by, case.case_id), by
        based = case.path[after % len(case.path)]
        if kind == "offer" and self.reached[based].stage is Stage.DECIDED:
            kind = "stage"  # What is decided is not handed on any more; the model does not know that.
        offices = [office for office in model.path(case.home) if office != by] or ["C"]
        to = (model.PARENT[by] or offices[0]) if pick % 2 else offices[pick % len(offices)]
        return await self.write(kind, by=by, home=case.home, case=case.case_id, based=based, to=to, pick=pick)

    async def write(
        self, kind: str, *, by: str, home: str, case: str = "", based: str = "", to: str = "", pick: int = 0
    ) -> bool:
        """First in the book: the model takes the name from there."""
        to = to if kind == "offer" else ""
        act, reached = self.worded(kind, after=self.reached.get(based, Reached(Stage.RECEIVED)), pick=pick)
        number = self.world.rnd()
        draft = Draft(
            scope=Scope(PATH, CODES[home]),
            fact_class=fact_pb2.FACT_CLASS_ANNOTATION if kind == "note" else fact_pb2.FACT_CLASS_MOVE,
            body_type=BODY_TYPES[act],
            body=body(act, to=CODES.get(to, 0)).SerializeToString(),
            actor=fact_pb2.Actor(place=CODES[by]),
            request_id=hashing.number(number) * 2,
            case_id=bytes.fromhex(case),
            based_on=[bytes.fromhex(based)] if based else [],
        )
        (fact_id,) = await append(self.relay.books[CODES[by]], draft)
        fact = Named(kind, by, home, number, self.world.now, case=case, based=based, to=to, name=fact_id.hex())
        self.world.write(fact)
        self.reached[fact.name] = reached
        return True

    def worded(self, kind: str, *, after: Reached, pick: int) -> tuple[Act, Reached]:
        """The act a kind of the model is at some stage, and where it leads."""
        if kind == "stage":
            ways = STAGES[after.stage]
            act, stage = ways[pick % len(ways)]
            return act, after._replace(stage=stage)
        if kind == "offer":
            resume = Stage.EXAMINING if after.stage is Stage.REVIEWING else after.stage
            waiting = after if after.stage is Stage.IN_TRANSIT else Reached(Stage.IN_TRANSIT, resume)
            return Act.HAND_OVER if after.stage is Stage.RECEIVED else Act.PASS_UP, waiting
        if kind in ("taken", "override"):
            return (Act.TAKE_IN if kind == "taken" else Act.OVERRIDE), Reached(after.resume or after.stage)
        return (Act.COMPLAIN if kind == "note" else Act.FILE), after

    # On the roads.

    async def send(self, name: str, pick: int, *, whole: bool = True) -> bool:
        """All that a neighbour is not known to hold or, with a hole in it, all but one fact that was written here."""
        to = self.neighbour(name, pick)
        parcel = self.world.parcel(name, to)
        hole = None if whole else chosen(self.world.new_of(name, parcel), pick)
        if not whole and hole is None:
            return False
        if hole:
            parcel["segs"].remove(hole)
        missing = bytes.fromhex(hole[0].fact.id) if hole else b""
        carried = await self.relay.send((CODES[name], CODES[to]), remembering=False, hole=missing)
        self.on_the_way.append((parcel, carried))
        return True

    async def deliver(self, _: str, pick: int, *, stays: bool = False) -> bool:
        both = chosen(self.on_the_way, pick)
        if both is None:
            return False
        if not stays:
            self.on_the_way.remove(both)
        await self.take_in(*both)
        return True

    async def take_in(self, parcel: Any, carried: Carried) -> None:
        """A statement that cannot be read calls for an exchange, as it does on a link."""
        receipt = await self.relay.take_in(carried)
        self.world.take_in(parcel)
        if receipt.incomplete:
            await self.come_together(parcel["frm"], parcel["to"])

    async def lose(self, _: str, pick: int) -> bool:
        both = chosen(self.on_the_way, pick)
        if both is not None:
            self.on_the_way.remove(both)
        return both is not None

    async def meet(self, name: str, pick: int) -> bool:
        await self.come_together(name, self.neighbour(name, pick))
        return True

    async def come_together(self, one: str, other: str) -> None:
        child, above = (one, other) if model.PARENT[one] == other else (other, one)
        await self.relay.meet(CODES[child])
        self.world.meet(child, above)

    def neighbour(self, name: str, pick: int) -> str:
        neighbours: list[str] = [*filter(None, [model.PARENT[name]]), *model.CHILDREN[name]]
        return neighbours[pick % len(neighbours)]

    # Going back.

    async def keep_copy(self, name: str, _: int) -> bool:
        copy = f"copy-{len(self.copies)}"
        await self.relay.restart(CODES[name], copy=copy)
        self.copies.append(Copy(name, self.world.copy(name), copy))
        return True

    async def restore(self, _: str, pick: int, *, noticed: bool = True) -> bool:
        """With or without anybody knowing that it was an old copy."""
        copy = chosen(self.copies, pick)
        if copy is None:
            return False
        await self.relay.go_back(CODES[copy.of], copy=copy.book)
        if noticed:
            await self.relay.books[CODES[copy.of]].write(lambda tx: tx.open_epoch(pb.OPEN_REASON_RESTORE))
        self.world.restore(copy.of, copy.store, noticed=noticed)
        return True

    # At the end.

    async def heal(self) -> None:
        for both in self.on_the_way:
            await self.take_in(*both)
        await self.relay.settle_down()
        self.world.settle_down()

    def compare(self) -> None:
        for name in CODES:
            assert self.facts_in_book(name) == self.facts_in_model(name), name
            assert self.beyond_gap_in_book(name) == self.world.beyond_gap(name), name
            for case_id in self.world.facts_by_case(name):
                assert self.case_in_book(name, case_id) == self.case_in_model(name, case_id), (name, case_id)

    # Looking into both.

    def cases_at(self, name: str) -> list[Case]:
        """Cases of which the filing is here."""
        folded = {
            case_id: (facts[0][1].home, model.fold_tree(facts))
            for case_id, facts in sorted(self.world.facts_by_case(name).items())
        }
        return [
            Case(home, case_id, seen["path"], seen["cust"], seen["offered"])
            for case_id, (home, seen) in folded.items()
            if seen["path"]
        ]

    def facts_in_model(self, name: str) -> set[str]:
        return {identity for identity, _ in self.world.stores[name].facts()}

    def facts_in_book(self, name: str) -> set[str]:
        found = rows(self.relay.books[CODES[name]], "SELECT fact_id FROM facts WHERE case_row IS NOT NULL")
        return {fact_id.hex() for (fact_id,) in found}

    def beyond_gap_in_book(self, name: str) -> set[str]:
        unchained = "SELECT fact_id FROM facts f WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.fact=f.id)"
        return {fact_id.hex() for (fact_id,) in rows(self.relay.books[CODES[name]], unchained)}

    def case_in_model(self, name: str, case_id: str) -> dict[str, Any]:
        return from_the_model(self.world.facts_by_case(name)[case_id])

    def case_in_book(self, name: str, case_id: str) -> dict[str, Any]:
        """As the writer left it at hand: not folded anew."""
        book, facts = self.relay.books[CODES[name]], self.world.facts_by_case(name)[case_id]
        ((row, home),) = rows(book, "SELECT id, home FROM cases WHERE case_id=?", bytes.fromhex(case_id))
        return as_the_model_says(book.case(row, case_id=bytes.fromhex(case_id), home=home).state, facts=facts)


def chosen(among: Sequence[T], pick: int) -> T | None:
    return among[pick % len(among)] if among else None


def body(act: Act, *, to: int) -> Message:
    return pb.CaseFiled() if act is Act.FILE else BODIES[act](to)


# Living a history, and finding what of it fails.


async def failure(template: Path, steps: list[Step]) -> str:
    """What is wrong after these steps. Empty: nothing."""
    with TemporaryDirectory(dir=template.parent) as folder:
        async with Relay(Path(folder)) as relay:
            await relay.begin(template, *EVERYWHERE)
            both = BothWorlds(relay)
            try:
                await both.live(steps)
                await both.heal()
                both.compare()
            except Exception as error:
                return f"{type(error).__name__}: {error}"
    return ""


async def shortest(steps: list[Step], fails: Callable[[list[Step]], Awaitable[bool]]) -> list[Step]:
    """The steps that still fail when as many as possible are left out: first halves, then less and less."""
    size = max(1, len(steps) // 2)
    while size:
        at = 0
        while at < len(steps):
            fewer = steps[:at] + steps[at + size :]
            if await fails(fewer):
                steps = fewer
            else:
                at += size
        size //= 2
    return steps


async def live_alike(template: Path, seed: int) -> None:
    """Lives the history of a seed. A failing one is shortened first."""
    steps = schedule(seed)
    if not await failure(template, steps):
        return

    async def fails(fewer: list[Step]) -> bool:
        return bool(await failure(template, fewer))

    fewest = await shortest(steps, fails)
    listed = "\n".join(f"    {step}," for step in fewest)
    pytest.fail(f"history of seed {seed}, as short as it still fails:\n{listed}\n{await failure(template, fewest)}")


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with short_lived_folder() as folder:
        laid_out = folder / "template"
        laid_out.mkdir()
        asyncio.run(lay_out(laid_out, *EVERYWHERE))
        yield laid_out


@pytest.mark.parametrize("group", range(10))
async def test_a_history_ends_in_the_books_as_in_the_model(template: Path, group: int) -> None:
    for seed in range(group * 30, (group + 1) * 30):
        await live_alike(template, seed)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("group", range(10))
async def test_thousands_of_histories_end_alike(template: Path, group: int) -> None:
    for seed in range(1000 + group * 300, 1000 + (group + 1) * 300):
        await live_alike(template, seed)
