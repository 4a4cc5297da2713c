"""The relay from village to county under every fault a bad line, a power cut and an old copy can bring."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeVar

import pytest
from hypothesis import HealthCheck, currently_in_test_context, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from sync.cases.stages import Act
from sync.errors import Unavailable
from sync.facts.streams import PATH, Scope
from sync.journal import statements
from sync.journal.book import Book
from sync.journal.cases import CaseFacts
from sync.journal.chains import EntryRow
from sync.journal.counter import Asked
from sync.journal.receiving import BEYOND_GAP, Receipt
from sync.journal.verify import verify
from tests.books.test_open_cases import kept
from tests.county import COUNTY, NEXT_VILLAGE, ROOT, TOWNSHIP, VILLAGE, heads_of, rows
from tests.flows.laying_out import (
    DECIDED_ABOVE,
    DECIDED_BELOW,
    EXAMINED,
    ITEMS,
    Course,
    lay_out,
    short_lived_folder,
)
from tests.flows.relay import Carried, Relay, Road, cases_of

T = TypeVar("T")

VILLAGES = (VILLAGE, NEXT_VILLAGE)
CHILDREN = (*VILLAGES, TOWNSHIP)
PLACES = (*CHILDREN, COUNTY)
HOUR_MS = 3_600_000
ROADS: tuple[Road, ...] = tuple((child, TOWNSHIP) for child in VILLAGES) + ((TOWNSHIP, COUNTY),)
BOTH_WAYS = ROADS + tuple((above, child) for child, above in ROADS)
PAPER_VILLAGE = 510524100203
"""It has no node: the township files for it."""

FAULTS = (
    "lost",
    "twice",
    "out of order",
    "receipt lost",
    "answer lost",
    "restarted",
    "set back",
    "override",
    "gap never closed",
    "clock wrong",
)
# Cases as a machine finds them, one at each turn of the road.
BUSY_WEEK: tuple[Course, ...] = (
    Course(VILLAGE, DECIDED_BELOW),
    Course(VILLAGE, DECIDED_BELOW, ((VILLAGE, Act.HAND_OVER),)),
    Course(NEXT_VILLAGE, DECIDED_BELOW, ((NEXT_VILLAGE, Act.HAND_OVER), *EXAMINED)),
    Course(NEXT_VILLAGE, DECIDED_ABOVE, ((NEXT_VILLAGE, Act.HAND_OVER), *EXAMINED, (TOWNSHIP, Act.PASS_UP))),
    Course(TOWNSHIP, DECIDED_BELOW, (*EXAMINED[1:], (TOWNSHIP, Act.DECIDE), (TOWNSHIP, Act.CLOSE))),
)


class Copy(NamedTuple):
    """A book as it stood at some time, kept aside."""

    place: int
    name: str


ROAD = st.sampled_from(BOTH_WAYS)
PICK = st.integers(0, 20)
HOUR = st.lists(st.tuples(PICK, PICK), min_size=1, max_size=4)


class RelayMachine(RuleBasedStateMachine):
    """Two villages, their township and the county; people at their counters, and whatever befalls them."""

    template: ClassVar[Path]
    took_place: ClassVar[Counter[str]] = Counter()

    on_the_way = Bundle("on_the_way")
    copies = Bundle("copies")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=self.template.parent))
        self.runner = asyncio.Runner()
        self.relay = Relay(self.folder)
        self.sound = True
        self.under_way: dict[int, Carried] = {}
        self.newest: dict[Road, int] = {}
        """Of what arrived by each road, the number of the parcel sent last."""
        self.copies_kept = 0
        self.was_set_back = False
        self.filed: list[Asked] = []
        self.at_risk: set[bytes] = set()
        """Filings that are lost unless somebody else holds them."""
        self.run(self.relay.__aenter__())
        self.run(self.relay.begin(self.template, *PLACES))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """One step in the machine's own event loop."""
        try:
            return self.runner.run(work)
        except BaseException:
            self.sound = False
            raise

    def strikes(self, fault: str) -> None:
        assert fault in FAULTS
        self.took_place[fault] += 1
        if currently_in_test_context():
            event(fault)

    # At the counters.

    @rule(place=st.sampled_from((*VILLAGES, *PLACES)), item=st.sampled_from(ITEMS), paper=st.booleans())
    def a_case_is_filed(self, place: int, item: str, paper: bool) -> None:
        """A township may file for a village without a node. Whoever asks twice gets the same answer."""
        case_id = self.file(item, at=place, home=PAPER_VILLAGE if paper and place == TOWNSHIP else place)
        assert self.run(self.relay.ask(self.filed[-1])) == case_id

    @rule(place=st.sampled_from(VILLAGES), hour=HOUR)
    def a_village_works(self, place: int, hour: list[tuple[int, int]]) -> None:
        self.work(hour, at=place)

    @rule(hour=HOUR)
    def the_township_works(self, hour: list[tuple[int, int]]) -> None:
        self.work(hour, at=TOWNSHIP)

    @rule(hour=HOUR)
    def the_county_works(self, hour: list[tuple[int, int]]) -> None:
        self.work(hour, at=COUNTY)

    @rule(place=st.sampled_from(PLACES))
    def look_at_open_cases(self, place: int) -> None:
        self.run(kept(self.relay.books[place]))

    @rule(pick=PICK)
    def override(self, pick: int) -> None:
        """The county takes a case out of the hands of a village or the township."""
        if self.do(Act.OVERRIDE, at=COUNTY, pick=pick):
            self.strikes("override")

    def work(self, hour: list[tuple[int, int]], *, at: int) -> None:
        """One act after another: which, and on which of the cases that are open to it."""
        for which, whose in hour:
            acts = sorted({act for _, act in self.relay.open_to(at)} - {Act.OVERRIDE})
            if acts:
                self.do(acts[which % len(acts)], at=at, pick=whose)

    def do(self, act: Act, *, at: int, pick: int) -> bool:
        """An act on one of the cases it is open on."""
        cases = [case for case, open_act in self.relay.open_to(at) if open_act is act]
        if cases:
            self.run(self.relay.act(at, act, cases[pick % len(cases)].case_id))
        return bool(cases)

    def file(self, item: str, *, at: int, home: int) -> bytes:
        self.filed.append(self.relay.filing(item, at=at, home=home))
        return self.run(self.relay.ask(self.filed[-1]))

    # On the roads.

    @rule(road=ROAD)
    def a_parcel_arrives(self, road: Road) -> None:
        self.take_in(self.send(road))

    @rule(road=ROAD)
    def lost(self, road: Road) -> None:
        self.send(road)
        self.strikes("lost")

    @rule(road=ROAD)
    def twice(self, road: Road) -> None:
        parcel = self.send(road)
        self.take_in(parcel)
        assert self.take_in(parcel).new_entries == 0
        self.strikes("twice")

    @rule(target=on_the_way, road=ROAD)
    def receipt_lost(self, road: Road) -> Carried:
        """Taken in and committed, but the road does not know, and will bring it again."""
        parcel = self.send(road)
        self.under_way[parcel.number] = parcel
        self.take_in(parcel)
        self.strikes("receipt lost")
        return parcel

    @rule(target=on_the_way, road=ROAD)
    def late(self, road: Road) -> Carried:
        parcel = self.send(road)
        self.under_way[parcel.number] = parcel
        return parcel

    @rule(parcel=consumes(on_the_way))
    def out_of_order(self, parcel: Carried) -> None:
        """What was late arrives after what was sent later, if anything was."""
        del self.under_way[parcel.number]
        if self.newest.get(parcel.road, 0) > parcel.number:
            self.strikes("out of order")
        self.take_in(parcel)

    @rule(line=st.sampled_from(ROADS))
    def neighbours_state_what_they_hold(self, line: Road) -> None:
        child, above = line
        for road in ((child, above), (above, child)):
            self.take_in(self.run(self.relay.send(road, stating_only=True)))

    def send(self, road: Road) -> Carried:
        return self.run(self.relay.send(road))

    def take_in(self, parcel: Carried) -> Receipt:
        self.newest[parcel.road] = max(parcel.number, self.newest.get(parcel.road, 0))
        return self.run(self.relay.take_in(parcel))

    @rule(child=st.sampled_from(CHILDREN), answer_lost=st.sampled_from((0, 0, 0, 1, 2, 3)), line_is_new=st.booleans())
    def exchanges(self, child: int, answer_lost: int, line_is_new: bool) -> None:
        """Where an answer is lost, the place above has committed what it was told, and the child never learns that.

        A new line remembers nothing of what was sent.
        """
        if line_is_new:
            self.relay.forget(child)
        try:
            self.run(self.relay.call(child, breaks_at=answer_lost))
        except Unavailable:
            self.sound = True
            self.strikes("answer lost")

    @rule(child=st.sampled_from(CHILDREN))
    def gap_never_closed(self, child: int) -> None:
        """An entry in between never travels by this road. What follows counts above, and moves no head there."""
        road = next(road for road in ROADS if road[0] == child)
        missing = self.file(DECIDED_BELOW, at=child, home=child)
        self.relay.withheld.setdefault(road, set()).add(missing)
        beyond = self.file(DECIDED_BELOW, at=child, home=child)
        receipt = self.take_in(self.send(road))
        above = self.relay.books[road[1]]
        assert BEYOND_GAP in receipt.parked
        assert heads_of(above).isdisjoint(newest_entries(self.relay.books[child], 2))
        assert rows(above, "SELECT beyond_gap FROM cases WHERE case_id=?", beyond) == [(1,)]
        assert rows(above, "SELECT 1 FROM cases WHERE case_id=?", missing) == []
        self.strikes("gap never closed")

    # At the nodes.

    @rule(target=copies, place=st.sampled_from(PLACES))
    def restarted(self, place: int) -> Copy:
        """Somebody keeps a copy of the book while it is closed."""
        self.copies_kept += 1
        copy = Copy(place, f"copy-{self.copies_kept}")
        self.run(self.relay.restart(place, copy=copy.name))
        self.strikes("restarted")
        return copy

    @initialize(target=copies)
    def copies_were_kept_last_week(self) -> MultipleResults[Copy]:
        return multiple(*(Copy(place, str(self.template / f"{place}.sqlite")) for place in PLACES))

    @rule(copy=copies, told=st.booleans(), then=st.sampled_from(("rests", "works on", "is asked again")))
    def set_back(self, copy: Copy, told: bool, then: str) -> None:
        """What a place wrote since is lost, unless it told a neighbour. It goes on as if nothing had been."""
        if told:
            self.work_on(copy.place)
            self.run(self.relay.call(TOWNSHIP if copy.place == COUNTY else copy.place))
        self.run(self.relay.go_back(copy.place, copy=copy.name))
        self.was_set_back = True
        known = {request for (request,) in rows(self.relay.books[copy.place], "SELECT request_id FROM requests")}
        lost = [each for each in self.filed if each.actor.place == copy.place and each.request_id not in known]
        self.at_risk |= {each.request_id for each in lost}
        if then == "works on":
            self.work_on(copy.place)
        if then == "is asked again" and lost:
            self.run(self.relay.ask(lost[-1]))
        self.strikes("set back")

    def work_on(self, place: int) -> None:
        """Something new, and something about the oldest case."""
        self.file(DECIDED_BELOW, at=place, home=place)
        self.do(Act.COMPLAIN, at=place, pick=0)

    @rule(place=st.sampled_from(PLACES), hours=st.sampled_from((-30, -1, 0, 0, 1, 30)))
    def clock_wrong(self, place: int, hours: int) -> None:
        self.relay.clocks[place].off_ms = hours * HOUR_MS
        self.strikes("clock wrong")

    # What must hold.

    @invariant()
    def what_is_held_is_what_was_written_without_holes_and_counts_once(self) -> None:
        self.relay.look()

    def teardown(self) -> None:
        try:
            if self.sound:
                self.nobody_was_told_too_much()
                self.run(self.heal())
                self.all_is_well()
        finally:
            self.runner.run(self.relay.__aexit__(None, None, None))
            self.runner.close()
            shutil.rmtree(self.folder)

    def nobody_was_told_too_much(self) -> None:
        """A filing is shown as received above only if it has been."""
        for village in VILLAGES:
            for entry in own_entries(self.relay.books[village]):
                for signer in (TOWNSHIP, COUNTY):
                    told = self.is_told_of(village, entry, by=signer)
                    assert not told or entry.hash in self.relay.ever[signer], (village, signer)

    def is_told_of(self, village: int, entry: EntryRow, *, by: int) -> bool:
        """乡镇已收, 县已收."""
        book = self.relay.books[village]
        return statements.covers(book.reader, book.read_chains, signer=by, entry=entry)

    async def heal(self) -> None:
        """What is on the way arrives, and all lines come back for good."""
        for parcel in self.under_way.values():
            await self.relay.take_in(parcel)
        self.relay.withheld.clear()
        self.relay.memories.clear()
        await self.relay.settle_down()
        for child in (TOWNSHIP, *VILLAGES):  # What the county has stated is passed down.
            await self.relay.call(child)
        for book in self.relay.books.values():
            await kept(book)

    def all_is_well(self) -> None:
        books = self.relay.books
        self.every_filing_has_arrived_once()
        self.nothing_is_missing_but_what_nobody_holds()
        for child, above in ROADS:
            assert_in_step(books[child], books[above])
        for village in VILLAGES:
            assert all(self.is_told_of(village, entry, by=COUNTY) for entry in own_entries(books[village]))
        for place in PLACES:
            assert verify(self.relay.path(place), ROOT.public) == []

    def every_filing_has_arrived_once(self) -> None:
        counted = "SELECT f.request_id FROM cases c JOIN facts f ON f.fact_id=c.case_id WHERE c.duplicate=0"
        held = {
            place: Counter(request for (request,) in rows(book, counted)) for place, book in self.relay.books.items()
        }
        surely = {each.request_id for each in self.filed} - self.at_risk
        assert held[COUNTY] == Counter(surely.union(*held.values()))

    def nothing_is_missing_but_what_nobody_holds(self) -> None:
        """A gap stays only where a book was set back before the entry in it had gone anywhere."""
        gaps = {gap for book in self.relay.books.values() for (gap,) in rows(book, "SELECT previous_hash FROM parked")}
        assert self.was_set_back or not gaps
        for book in self.relay.books.values():
            assert all(book.read_chains.find(gap) is None for gap in gaps)
            assert rows(book, "SELECT reason FROM refusals") == []


# Looking into books.


def newest_entries(book: Book, number: int) -> list[bytes]:
    found = rows(book, "SELECT hash FROM entries ORDER BY id DESC LIMIT ?", number)
    return [entry_hash for (entry_hash,) in found]


def own_entries(book: Book) -> list[EntryRow]:
    """What a place wrote itself, of its own home."""
    own = "SELECT e.id, stream, seq, hash FROM entries e JOIN streams s ON s.id=e.stream WHERE author=?"
    return [EntryRow(*each) for each in rows(book, own, book.identity.place)]


def assert_in_step(below: Book, above: Book) -> None:
    """Both hold the same of all they share, and make the same cases of it."""
    here, there = below.identity.place, above.identity.place
    for scope in statements.shared_scopes(above.read_chains, there, here):
        assert heads_of(below, scope) == heads_of(above, scope), scope
    seen = {case.case_id: as_seen(case) for case in cases_of(above) if Scope(PATH, case.home).visible_at(here)}
    assert {case.case_id: as_seen(case) for case in cases_of(below)} == seen


def as_seen(case: CaseFacts) -> tuple[Any, ...]:
    """All of a case that does not depend on whose book it stands in."""
    return case.state, case.duplicates, case.beyond_gap, frozenset(each.fact_id for each in case.facts)


# The tests.


@pytest.fixture
def machine() -> Iterator[type[RelayMachine]]:
    """A machine that begins in the middle of a busy week."""
    with short_lived_folder() as folder:
        laid_out = folder / "template"
        laid_out.mkdir()
        asyncio.run(lay_out(laid_out, *PLACES, courses=BUSY_WEEK))

        class Machine(RelayMachine):
            template = laid_out
            took_place: ClassVar[Counter[str]] = Counter()

        yield Machine
    assert [each.name for each in threading.enumerate() if each.name.startswith("book-")] == []


@contextmanager
def living(machine: type[RelayMachine]) -> Iterator[RelayMachine]:
    """A machine that is told what befalls it, and checked at the end."""
    state = machine()
    try:
        yield state
    finally:
        state.teardown()


def run(machine: type[RelayMachine], *, examples: int) -> None:
    bounds = settings(
        max_examples=examples, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    run_state_machine_as_test(machine, settings=bounds)


def test_what_alone_is_held_of_a_village_and_waits_for_a_gap_is_passed_on(machine: type[RelayMachine]) -> None:
    """A township files for a village without a node. The filing is lost on its way, what follows waits at the county,
    and the township's book is set back: only the county can tell it that it wrote anything at all."""
    up = (TOWNSHIP, COUNTY)
    with living(machine) as state:
        before = state.restarted(TOWNSHIP)
        state.a_case_is_filed(TOWNSHIP, DECIDED_BELOW, paper=True)
        state.lost(up)
        state.the_township_works([(0, 0)])
        state.a_parcel_arrives(up)
        assert rows(state.relay.books[COUNTY], "SELECT place FROM parked") == [(PAPER_VILLAGE,)]
        state.set_back(before, told=False, then="rests")
        state.run(state.heal())
        epochs = "SELECT COUNT(DISTINCT epoch) FROM streams WHERE author=?"
        assert rows(state.relay.books[TOWNSHIP], epochs, TOWNSHIP) == [(2,)]


@pytest.mark.timeout(600)
def test_whatever_befalls_the_relay_every_filing_arrives_once_and_all_see_the_same(machine: type[RelayMachine]) -> None:
    run(machine, examples=200)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_the_same_holds_twenty_times_as_long(machine: type[RelayMachine]) -> None:
    run(machine, examples=4000)
    assert set(machine.took_place) == set(FAULTS)


def test_a_schedule_with_every_fault_ends_as_well(machine: type[RelayMachine]) -> None:
    up, down = (VILLAGE, TOWNSHIP), (TOWNSHIP, VILLAGE)
    with living(machine) as state:
        of_next_village = state.restarted(NEXT_VILLAGE)
        of_county = state.restarted(COUNTY)
        state.a_case_is_filed(VILLAGE, DECIDED_BELOW, paper=False)
        state.lost(up)
        state.a_case_is_filed(VILLAGE, DECIDED_ABOVE, paper=False)
        late = state.late(up)
        state.do(Act.HAND_OVER, at=VILLAGE, pick=-1)
        state.twice(up)
        state.out_of_order(late)
        state.exchanges(VILLAGE, answer_lost=1, line_is_new=True)
        state.receipt_lost(down)
        state.gap_never_closed(VILLAGE)
        # The same case: taken in by the township, and taken over by the county, which does not know that yet.
        assert state.do(Act.TAKE_IN, at=TOWNSHIP, pick=0)
        state.override(pick=1)
        state.set_back(of_next_village, told=True, then="works on")
        state.clock_wrong(COUNTY, hours=-30)
        state.set_back(of_county, told=True, then="works on")
        state.clock_wrong(COUNTY, hours=0)
        state.set_back(of_county, told=True, then="is asked again")
        state.run(state.heal())
        township = state.relay.books[TOWNSHIP]
        assert rows(township, "SELECT COUNT(*) FROM cases WHERE open_branches=1") == [(1,)]
        assert rows(township, "SELECT COUNT(*) FROM (SELECT 1 FROM heads GROUP BY stream HAVING COUNT(*)=2)") == [(2,)]
    assert set(machine.took_place) == set(FAULTS)
