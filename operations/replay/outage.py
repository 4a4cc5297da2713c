"""A county whose lines break for days, with dishonest offices: what its supervision finds, beside what was planned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from county_node import seed
from county_node.supervising import sweep
from operations.bench.county import prepare
from operations.bench.filled import book_of
from operations.networks import ON_LINE, Network, Ports, free_base, planned
from operations.replay.outages import DECISION, ITEM, PROMISE, Handling, Scenario, day_numbered, scenario
from sync.cases.clocks import ClockKind
from sync.cases.decide import ActRequest
from sync.cases.stages import Act, Outcome
from sync.cases.workdays import SHANGHAI, Calendar
from sync.exchange.rounds import answer, exchange
from sync.facts.streams import SUBTREE, Scope
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import counter
from sync.journal.book import Book
from sync.journal.catalogue_translation import calendar_message
from sync.journal.clock import Clock, Reading
from sync.journal.counter import Asked
from sync.journal.writing import Draft, Transaction

OPENS, SPEAKS, LOOKS = 10, 17, 18
"""Hours of a day: acts at the counter, the evening's exchange, the county's look at everything."""

MEDIAN_DAYS_TO_CONFIRM = 5
COVERAGE_EVERY = 10

KINDS = {DECISION: ClockKind.DECISION, PROMISE: ClockKind.PROMISE}

COUNTED = "SELECT c.case_id, b.fact FROM backdated b JOIN facts f ON f.id=b.fact JOIN cases c ON c.id=f.case_row"

Tell = Callable[[str], None]


@dataclass
class _Time:
    """One true time for all."""

    now_ms: int = 0

    def __call__(self) -> int:
        return self.now_ms

    def at(self, day: int, hour: int) -> int:
        when = day_numbered(day)
        return int(datetime(when.year, when.month, when.day, hour, tzinfo=SHANGHAI).timestamp() * 1000)

    def move_to(self, day: int, hour: int) -> None:
        self.now_ms = self.at(day, hour)


@dataclass
class _Seen:
    """What was seen on the way."""

    provisional_peak: int = 0
    coverage: list[float] = field(default_factory=list)
    confirmed_on: dict[tuple[int, str], int] = field(default_factory=dict)
    accused: set[tuple[int, str]] = field(default_factory=set)


async def replay_outage(
    root: Path, *, seed_number: int, days: int, townships: int, late: int, tell: Tell
) -> dict[str, Any]:
    """Acts the scenario in the empty directory `root`. `ok` only where everybody late was found, and nobody else."""
    plan = scenario(seed_number, days=days, offices=townships, late=late)
    network = planned(
        seed.divisions(), townships=townships, stations=0, ports=Ports(free_base(2 * townships + 4)), classes=ON_LINE
    )
    time = _Time()
    time.move_to(0, OPENS)
    tell("建立全县节点，发布目录")
    await prepare(root, network, tell=tell, at_ms=time.now_ms)
    async with AsyncExitStack() as opened:
        books = [
            await opened.enter_async_context(book_of(root, spot, Clock(now=time, built_at_ms=time.now_ms)))
            for spot in network.spots
        ]
        await books[0].write(_publish_plain_weeks)
        return await _Acting(plan, network, books[0], books[1:], time).run(tell)


def _publish_plain_weeks(tx: Transaction) -> None:
    """A calendar without holidays, so that the scenario can count its days."""
    plain = Calendar(
        tx.catalogues.newest_calendar() + 1, day_numbered(0), day_numbered(5 * 200), frozenset(), frozenset()
    )
    draft = Draft(
        scope=Scope(SUBTREE, tx.identity.place),
        fact_class=fact_pb2.FACT_CLASS_ADMIN,
        body_type=fact_pb2.BODY_TYPE_CALENDAR_PUBLISHED,
        body=calendar_message(plain, source="样例：没有节假日").SerializeToString(deterministic=True),
        actor=fact_pb2.Actor(place=tx.identity.place),
        request_id=tx.fresh_request_id(),
    )
    tx.append([draft])


class _Acting:
    """The county at work, day by day."""

    def __init__(self, plan: Scenario, network: Network, county: Book, offices: Sequence[Book], time: _Time) -> None:
        self._plan = plan
        self._network = network
        self._county = county
        self._offices = offices
        self._time = time
        self._case_ids: dict[int, bytes] = {}
        self._seen = _Seen()

    async def run(self, tell: Tell) -> dict[str, Any]:
        for day in range(1, self._plan.days + 1):
            self._time.move_to(day, OPENS)
            for case in self._plan.cases:
                await self._act(case, day)
            self._time.move_to(day, SPEAKS)
            for number, book in enumerate(self._offices):
                if day not in self._plan.down[number]:
                    await self._speak(book)
            self._time.move_to(day, LOOKS)
            await sweep(self._county)
            self._note(day)
            if day % COVERAGE_EVERY == 0:
                tell(f"第{day}/{self._plan.days}个工作日")
        return self._told()

    # Acts.

    async def _act(self, case: Handling, day: int) -> None:
        book = self._offices[case.office]
        if day == case.filed:
            (self._case_ids[case.number],) = await self._do(book, case, [Act.FILE])
        if day == case.accepted:
            await self._do(book, case, [Act.ACCEPT])
        if day == case.decided:
            with _saying(book, None if case.claims is None else self._time.at(case.claims, OPENS)):
                await self._do(book, case, [Act.STAGE_DONE, Act.DECIDE, Act.CLOSE, Act.DELIVER])

    async def _do(self, book: Book, case: Handling, acts: Sequence[Act]) -> list[bytes]:
        asked = [self._asked(book.identity.place, case, act) for act in acts]
        return await book.write(lambda tx: [counter.do(tx, each) for each in asked])

    def _asked(self, place: int, case: Handling, act: Act) -> Asked:
        said = {
            Act.FILE: {"home": place, "item_code": ITEM},
            Act.STAGE_DONE: {"reason": "样例意见"},
            Act.DECIDE: {"outcome": Outcome.GRANTED, "detail": "样例字1号"},
            Act.DELIVER: {"detail": "当面领取"},
        }.get(act, {})
        name = f"{case.number:08d}{act.value:_<8}"[:16].encode()
        case_id = self._case_ids.get(case.number, b"")
        return Asked(
            request_id=name,
            digest=name,
            act=ActRequest(act, place, "", **said),  # type: ignore[arg-type]
            actor=fact_pb2.Actor(place=place, person="样例办事员"),
            case=case_id.hex(),
            applicant=bodies_pb2.Applicant(name=f"样例村民{case.number:05d}") if act is Act.FILE else None,
        )

    async def _speak(self, book: Book) -> None:
        here, above = book.identity.place, self._county.identity.place
        await exchange(book, peer=above, call=lambda parcel: answer(self._county, parcel, peer=here))

    # What is seen.

    def _note(self, day: int) -> None:
        numbers = {case_id: number for number, case_id in self._case_ids.items()}
        conn = self._county.reader
        (suspected,) = conn.execute(
            "SELECT COUNT(*) FROM findings WHERE standing IN ('suspected', 'for_a_person')"
        ).fetchone()
        self._seen.provisional_peak = max(self._seen.provisional_peak, suspected)
        found = conn.execute(
            "SELECT c.case_id, n.kind FROM findings n JOIN cases c ON c.id=n.case_row WHERE n.standing='confirmed'"
        )
        names = {kind: name for name, kind in KINDS.items()}
        for case_id, kind in found.fetchall():
            key = numbers[bytes(case_id)], names.get(ClockKind(kind), ClockKind(kind).name)
            self._seen.accused.add(key)
            self._seen.confirmed_on.setdefault(key, day)
        if day % COVERAGE_EVERY == 0:
            self._seen.coverage.append(self._covered(day))

    def _covered(self, day: int) -> float:
        """The share of offices whose data reach into this day."""
        (covered,) = self._county.reader.execute(
            "SELECT COUNT(DISTINCT signer) FROM known WHERE until_ms>=?", [self._time.at(day, 0)]
        ).fetchone()
        return round(int(covered) / len(self._offices), 3)

    def _told(self) -> dict[str, Any]:
        plan, seen, conn = self._plan, self._seen, self._county.reader
        late, numbers = plan.late(), {case_id: number for number, case_id in self._case_ids.items()}
        standing = {
            (numbers[bytes(case_id)], ClockKind(kind))
            for case_id, kind in conn.execute(
                "SELECT c.case_id, n.kind FROM findings n JOIN cases c ON c.id=n.case_row WHERE n.standing='confirmed'"
            ).fetchall()
        }
        marked = {numbers[bytes(case_id)] for case_id, _ in conn.execute(COUNTED).fetchall()}
        planted = {each.number for each in plan.backdated()}
        (silent,) = conn.execute("SELECT COUNT(*) FROM silences").fetchone()
        waited = [
            seen.confirmed_on[key] - plan.speaks_after(case.office, case.due)
            for case in plan.cases
            for name in case.truly_late
            if (key := (case.number, name)) in seen.confirmed_on
        ]
        result: dict[str, Any] = {
            "days": plan.days,
            "offices": plan.offices,
            "cases": len(plan.cases),
            "false_accusations": len({key for key in seen.accused if key not in late}),
            "late_planted": len(late),
            "late_in_outages": self._in_outages(late),
            "late_unprovable": len(plan.unprovable()),
            "late_found": len({key for key in late if (key[0], KINDS[key[1]]) in standing}),
            "backdated_planted": len(planted),
            "backdated_found": len(planted & marked),
            "backdated_undetectable": len(plan.undetectable()),
            "honest_marked_backdated": len(marked - {each.number for each in plan.cases if each.claims is not None}),
            "silent_planted": plan.silences(),
            "silent_found": silent,
            "provisional_peak": seen.provisional_peak,
            "median_days_to_confirm": median(waited) if waited else None,
            "coverage": seen.coverage,
        }
        result["faults"] = faults(result)
        result["ok"] = not result["faults"]
        return result

    def _in_outages(self, late: set[tuple[int, str]]) -> int:
        cases = {each.number: each for each in self._plan.cases}
        return sum(cases[number].due in self._plan.down[cases[number].office] for number, _ in late)


def faults(result: dict[str, Any]) -> list[str]:
    """What is not as it was planned."""
    pairs = [(f"{what}_planted", f"{what}_found") for what in ("late", "backdated", "silent")]
    found = [f"{one} {result[one]}，{other} {result[other]}" for one, other in pairs if result[one] != result[other]]
    found += [
        f"{name} {result[name]}" for name in ("false_accusations", "honest_marked_backdated") if result[name] != 0
    ]
    waited = result["median_days_to_confirm"]
    if waited is not None and waited > MEDIAN_DAYS_TO_CONFIRM:
        found.append(f"median_days_to_confirm {waited}")
    return found


@contextmanager
def _saying(book: Book, at_ms: int | None) -> Any:
    """A dishonest office writes another time than its clock shows, and calls it trusted."""
    if at_ms is None:
        yield
        return
    honest, said = book.clock, Clock(built_at_ms=0)
    said.reading = lambda **_: Reading(at_ms, fact_pb2.CLOCK_STATE_TRUSTED, 0)  # type: ignore[method-assign]
    book.clock = said
    try:
        yield
    finally:
        book.clock = honest
