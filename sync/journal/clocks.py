"""The clocks of open cases, from the rows of a book."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from sync.cases import clocks, places
from sync.cases.clocks import NO_CALENDAR, Clock, ClockLevel, Course, Standing
from sync.cases.workdays import Calendar, day_of, end_of, number_of
from sync.catalogue import delegation
from sync.catalogue.items import Power, ServiceItem
from sync.catalogue.release import Catalogue
from sync.facts.streams import PATH, Scope
from sync.journal import known, statements
from sync.journal.chains import Chains
from sync.journal.open_cases import OpenCase, OpenCases

if TYPE_CHECKING:
    from sync.journal.book import Book

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Judged:
    """A clock of a case, the item it is judged by, and how it stands."""

    case: OpenCase
    # None: its item is not held here.
    item: ServiceItem | None
    clock: Clock
    standing: Standing

    @property
    def position(self) -> int:
        """Its place in a list, the least time left first; no two clocks have the same."""
        return (number_of(self.clock.deadline.day) * 100 + self.clock.kind) * 10**10 + self.case.row


class Judging:
    """Judges open cases at one moment, by the catalogue, the newest calendar and the neighbours' word held here."""

    def __init__(
        self,
        conn: Any,
        cases: OpenCases,
        *,
        here: int,
        catalogue: Catalogue,
        calendar: Calendar | None,
        now_ms: int,
    ) -> None:
        self._open = cases.read(conn)
        self._governed = cases.governed
        self._earliest = cases.earliest
        self.rests = cases.rests
        self.here = here
        self.calendar = calendar or NO_CALENDAR
        self.now_ms = now_ms
        self.today = day_of(now_ms)
        self.catalogue = catalogue
        self._as_of = {**_data_as_of(conn), here: now_ms}
        self._conn, self._chains = conn, Chains(conn)
        self._held_until: dict[tuple[int, int], int] = {}
        self._powers: dict[tuple[int, str], bool] = {}
        self._seen: dict[int, Judged | None] = {}
        cases.judged_by(catalogue, self.calendar, self.today)

    def open_cases(self, within: int) -> Iterator[OpenCase]:
        """The cases of a place, and of all below it, that have not ended. Branches of joint cases are none."""
        return (case for case in self.all_within(within) if not case.is_branch)

    def all_within(self, within: int) -> Iterator[OpenCase]:
        """The same with the branches that are still needed."""
        first, last = places.bounds(within)
        return (case for case in self._open.values() if first <= case.home <= last)

    def all_open(self) -> Iterable[OpenCase]:
        """The cases that have not ended."""
        return self._open.values()

    def as_of(self, place: int) -> int:
        """How recent the data of a place are, milliseconds UTC. 0 = none."""
        return self._as_of.get(place, 0)

    def item(self, case: OpenCase) -> ServiceItem | None:
        return self.catalogue.item_to_judge_by(case.item_code, case.item_version)

    def running(self, case: OpenCase) -> list[Judged]:
        """The clocks that run."""
        found = clocks.running(
            case.course,
            item=self.item(case),
            calendar=self.calendar,
            today=self.today,
            may_accept=self._may_accept(case),
        )
        return [self._judged(case, clock, self.today) for clock in found]

    def first_deadline(self, case: OpenCase) -> date:
        """The first day on which a clock that runs ends; the last of all days, where none runs."""
        if case.row not in self._earliest:
            deadlines = (each.clock.deadline.day for each in self.running(case))
            self._earliest[case.row] = min(deadlines, default=date.max)
        return self._earliest[case.row]

    def governing(self, case: OpenCase) -> Judged | None:
        """The clock by which an open case is late or not. What is decided is judged by that day.

        What is late for certain stays so as long as nothing new of the case is here.
        """
        if case.row in self._seen:
            return self._seen[case.row]
        judged = self._governed.get(case.row)
        # What may be late may be known for certain by now.
        if case.row not in self._governed or (judged and self._has_become_known(judged)):
            judged = self._governed[case.row] = self._governing(case, case.course, self.today)
        self._seen[case.row] = judged
        return judged

    def _has_become_known(self, judged: Judged) -> bool:
        case, clock = judged.case, judged.clock
        return judged.standing.level is ClockLevel.OVERDUE_PROVISIONAL and self.is_known(
            clock.place, case.home, clock.deadline.day, beyond_gap=case.beyond_gap
        )

    def governed_before(self, case: OpenCase, before_ms: int) -> Judged | None:
        """The clock by which a case was late or not before a time."""
        if before_ms > self.now_ms and case.row in self._open and case.is_of_before(before_ms):
            return self.governing(case)
        return self._governing(case, case.course.as_of(before_ms), min(self.today, day_of(before_ms - 1)))

    def _governing(self, case: OpenCase, course: Course, today: date) -> Judged | None:
        clock = clocks.governing(
            course, item=self.item(case), calendar=self.calendar, today=today, may_accept=self._may_accept(case)
        )
        if clock is None:
            return None
        if course.decided_at_ms:
            return self._judged(case, clock, day_of(course.decided_at_ms), known=True)
        return self._judged(case, clock, today)

    def _judged(self, case: OpenCase, clock: Clock, today: date, *, known: bool = False) -> Judged:
        known = known or self.is_known(clock.place, case.home, clock.deadline.day, beyond_gap=case.beyond_gap)
        standing = clocks.standing(clock, calendar=self.calendar, today=today, known=known)
        return Judged(case, self.item(case), clock, standing)

    def is_known(self, place: int, home: int, day: date, *, beyond_gap: bool) -> bool:
        """Whether all is here that a place did on the cases of a home until the end of a day.

        That a store was set back since is not asked: what a person has to settle the findings say.
        """
        return not beyond_gap and (place == self.here or self._known_until(place, home, end_of(day)) >= end_of(day))

    def _known_until(self, place: int, home: int, needed_ms: int) -> int:
        """Through when all is known. What has been noted is enough where it goes as far as is needed."""
        if self.as_of(place) < needed_ms:
            return 0
        noted_ms = known.known_through(self._conn, place=place, scope=Scope(PATH, home))
        return noted_ms if noted_ms >= needed_ms else self._held(place, home)

    def _held(self, place: int, home: int) -> int:
        key = place, home
        if key not in self._held_until:
            scope = Scope(PATH, home)
            self._held_until[key] = known.held_until(self._conn, self._chains, place=place, scope=scope)
        return self._held_until[key]

    def _may_accept(self, case: OpenCase) -> bool:
        """Whether the place that holds the case could accept it today: the clock of that decision runs only there."""
        holder = case.course.holder
        if places.level(holder) != places.TOWNSHIP:
            return places.level(holder) > places.TOWNSHIP
        key = holder, case.item_code
        if key not in self._powers:
            self._powers[key] = delegation.may(self.catalogue, *key, Power.ACCEPT, self.today)
        return self._powers[key]


def running_clocks(judging: Judging, *, within: int) -> list[Judged]:
    """All clocks that run in a place, the least time left first."""
    cases = judging.all_within(within)
    return sorted((each for case in cases for each in judging.running(case)), key=lambda each: each.position)


async def judge(book: Book, read: Callable[[Any, Judging], T]) -> T:
    """Runs `read` beside the event loop, on one state of the book and with what judges its open cases now."""
    return await judge_and_go_on(book, read, lambda found: found)


async def judge_and_go_on(book: Book, read: Callable[[Any, Judging], T], go_on: Callable[[T], U]) -> U:
    """As `judge`; then runs `go_on`, on the same state of the book, while others may judge again."""
    catalogue, calendar, now_ms = book.catalogues.catalogue(), book.catalogues.calendar(), book.clock.now()

    def look(conn: Any) -> U:
        here = book.identity.place
        with book.open_cases.looking:
            judging = Judging(conn, book.open_cases, here=here, catalogue=catalogue, calendar=calendar, now_ms=now_ms)
            found = read(conn, judging)
        return go_on(found)

    return await book.look(look)


def _data_as_of(conn: Any) -> dict[int, int]:
    signers = conn.execute("SELECT DISTINCT signer FROM stated").fetchall()
    return {signer: statements.as_of_ms(conn, signer) for (signer,) in signers}
