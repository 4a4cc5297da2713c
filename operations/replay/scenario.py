"""What people did at the counters of the county from October 2009 to December 2010: who, where, on which day.

A pure function of a seed. It knows nothing of what the network makes of it: no stage, no result, no figure.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate

from county_node.seed import Divisions, VillageUnit
from operations.replay.courses import RATED, Counter, Road, Step, Wave, Words, course
from sync.cases.stages import Act
from sync.cases.workdays import Calendar
from sync.catalogue.items import Level, ServiceItem

FIRST_DAY, LAST_DAY = date(2009, 10, 1), date(2010, 12, 31)

FILINGS = 35_234
THROUGH_STATIONS = 7_530
UNDER_WAY = 211
"""Those whose last step in the office comes after the last day."""
LATELY = 60
"""Working days before the last one, in which these came."""

DECIDED_BY_TOWNSHIPS = 0.8

# How busy a month is: little at the Spring Festival and the harvest, much before the year ends.
SEASON = {1: 1.1, 2: 0.6, 3: 1.3, 4: 1.1, 5: 0.9, 6: 0.9, 7: 1.0, 8: 0.9, 9: 0.8, 10: 0.9, 11: 1.2, 12: 1.2}

DAYS_BEYOND = 120

# Of a thousand villagers who give a grade. Those who give 1 or 2 say why.
GRADES = {5: 702, 4: 240, 3: 40, 2: 12, 1: 6}
UNHAPPY = Words(reason="样例：等候时间较长", detail="window")

SHORTEST_MARKET_CYCLE, LONGEST_MARKET_CYCLE = 5, 10

ENDS = (Act.CLOSE, Act.REFUSE, Act.LAPSE, Act.WITHDRAW)

PAPER_BOOKS_BEGAN, DAYS_A_PAGE = date(2009, 9, 1), 7
LONGEST_ON_PAPER = 5
"""Days until the township has keyed a page in."""


@dataclass(frozen=True, slots=True)
class Filing:
    """What is handed over at the counter. `paper_day`, `paper_page`: where it was written down on paper first."""

    item: ServiceItem
    home: int
    villager: int
    paper_day: date | None = None
    paper_page: str = ""


@dataclass(frozen=True, slots=True)
class Doing:
    """One act at a counter on a day. `case` and `step` are this scenario's own numbers for it."""

    day: date
    wave: Wave
    place: int
    case: int
    step: int
    act: Act
    words: Words
    unit: str = ""
    filing: Filing | None = None


@dataclass(frozen=True)
class Markets:
    """Each township's market days: every so many working days, from one on."""

    cycle: dict[int, int]
    first: dict[int, int]

    def next(self, township: int, day: int) -> int:
        """The number of the first working day from `day` on that is a market day."""
        return day + (self.first[township] - day) % self.cycle[township]

    def at(self, day: int) -> list[int]:
        """The townships that have market on a working day."""
        return [township for township in self.cycle if self.next(township, day) == day]


@dataclass(frozen=True)
class Scenario:
    """The working days, what is done on each, and where there is market."""

    days: tuple[date, ...]
    doings: tuple[Doing, ...]
    markets: Markets

    def on(self) -> Iterator[tuple[int, date, list[Doing]]]:
        """Each working day by its number, with its acts in their order."""
        by_day: dict[date, list[Doing]] = {day: [] for day in self.days}
        for doing in self.doings:
            by_day[doing.day].append(doing)
        return ((number, day, by_day[day]) for number, day in enumerate(self.days))


def scenario(
    seed: int, *, divisions: Divisions, items: Sequence[ServiceItem], calendar: Calendar, scale: int = 1
) -> Scenario:
    """The year with `scale` times the filings of the county's own."""
    chance = random.Random(seed)
    days = working_days(calendar)
    markets = _markets(chance, divisions)
    people = _People(chance, days, markets, items)
    doings: list[Doing] = []
    under_way = set(chance.sample(range(FILINGS * scale), UNDER_WAY * scale))
    for case, counter in enumerate(_counters(chance, divisions, scale)):
        doings += people.case(case, counter, under_way=case in under_way)
    doings.sort(key=lambda each: (each.day, each.wave))
    in_year = sum(day <= LAST_DAY for day in days)
    return Scenario(days[:in_year], tuple(_rated(chance, doings)), markets)


def working_days(calendar: Calendar) -> tuple[date, ...]:
    """Those of the period, and some beyond that an act may name."""
    every = (FIRST_DAY + timedelta(days=number) for number in range((LAST_DAY - FIRST_DAY).days + DAYS_BEYOND))
    return tuple(day for day in every if calendar.is_working(day))


def _rated(chance: random.Random, doings: list[Doing]) -> Iterator[Doing]:
    """Deals the villagers' grades: as many of each as GRADES says, whoever gives them."""
    count = sum(doing.act is Act.RATE for doing in doings)
    deck = [grade for grade, of_thousand in GRADES.items() for _ in range(round(count * of_thousand / 1000))]
    deck += [max(GRADES)] * (count - len(deck))
    chance.shuffle(deck)
    for doing in doings:
        if doing.act is Act.RATE:
            grade = deck.pop()
            doing = replace(doing, words=replace(UNHAPPY if grade <= 2 else RATED, grade=grade))
        yield doing


def _markets(chance: random.Random, divisions: Divisions) -> Markets:
    codes = [township.code for township in divisions.townships]
    cycle = {code: chance.randint(SHORTEST_MARKET_CYCLE, LONGEST_MARKET_CYCLE) for code in codes}
    return Markets(cycle, {code: chance.randrange(cycle[code]) for code in codes})


def _counters(chance: random.Random, divisions: Divisions, scale: int) -> list[Counter]:
    """To which counter each villager goes. Large townships and some villages are busier than others."""
    windows = [Counter(Road.WINDOW, township.code, township.code) for township in divisions.townships]
    size = [len(township.units) * chance.uniform(0.7, 1.3) for township in divisions.townships]
    stations = [
        _station(township.code, unit)
        for township in divisions.townships
        for unit in township.units
        if unit.station_class
    ]
    busy = [chance.uniform(0.5, 1.5) for _ in stations]
    through = THROUGH_STATIONS * scale
    chosen = chance.choices(windows, size, k=FILINGS * scale - through) + chance.choices(stations, busy, k=through)
    chance.shuffle(chosen)
    return chosen


def _station(township: int, unit: VillageUnit) -> Counter:
    road = {"A": Road.ON_LINE, "B": Road.OFF_LINE, "C": Road.PAPER}[unit.station_class or ""]
    return Counter(road, township if road is Road.PAPER else unit.code, unit.code)


class _People:
    """Draws for each villager what he comes for and when, and what becomes of it."""

    def __init__(
        self, chance: random.Random, days: tuple[date, ...], markets: Markets, items: Sequence[ServiceItem]
    ) -> None:
        self._chance = chance
        self._days = days
        self._in_year = sum(day <= LAST_DAY for day in days)
        self._markets = markets
        self._items = items
        self._usual = list(accumulate(_usual(items)))
        self._busy = list(accumulate(SEASON[day.month] for day in days[: self._in_year]))

    def case(self, case: int, counter: Counter, *, under_way: bool) -> list[Doing]:
        """The acts of one case that fall into the year; drawn again until it ends in it, or does not."""
        while True:
            (item,) = self._chance.choices(self._items, cum_weights=self._usual)
            steps = course(self._chance, counter, item)
            first = self._first_day(under_way=under_way)
            dated = list(self._dated(steps, counter.township, first))
            if self._is_received(dated) and self._is_ended(dated) is not under_way:
                filing = self._filing(item, counter, villager=case, day=self._days[first])
                numbered = [(number, step, day) for number, (step, day) in enumerate(dated) if day < self._in_year]
                return [self._doing(case, number, step, day, filing) for number, step, day in numbered]

    def _first_day(self, *, under_way: bool) -> int:
        if under_way:
            return self._chance.randrange(self._in_year - LATELY, self._in_year)
        (first,) = self._chance.choices(range(self._in_year), cum_weights=self._busy)
        return first

    def _dated(self, steps: Sequence[Step], township: int, first: int) -> Iterator[tuple[Step, int]]:
        """Each step with the number of its working day, also beyond the year."""
        day, before = first, steps[0]
        for step in steps:
            if step.travels:
                # Whoever is late for today's market goes to the next.
                day = self._markets.next(township, day + (before.wave > Wave.MARKET))
            # What one office has done today, the next one finds on its desk tomorrow.
            day, before = day + max(step.after, step.place != before.place), step
            yield step, day

    def _is_received(self, dated: Sequence[tuple[Step, int]]) -> bool:
        """Whether it comes to a township within the year."""
        day = next((day for step, day in dated if step.act is Act.TAKE_IN), dated[0][1])
        return day < self._in_year

    def _is_ended(self, dated: Sequence[tuple[Step, int]]) -> bool:
        return any(step.act in ENDS and day < self._in_year for step, day in dated)

    def _filing(self, item: ServiceItem, counter: Counter, *, villager: int, day: date) -> Filing:
        if counter.road is not Road.PAPER:
            return Filing(item, counter.home, villager)
        paper_day = day - timedelta(days=self._chance.randint(1, LONGEST_ON_PAPER))
        page = (paper_day - PAPER_BOOKS_BEGAN).days // DAYS_A_PAGE + 1
        return Filing(item, counter.home, villager, paper_day, str(page))

    def _doing(self, case: int, number: int, step: Step, day: int, filing: Filing) -> Doing:
        filed = filing if step.act is Act.FILE else None
        words = replace(step.words, day=self._days[day + step.until]) if step.until else step.words
        return Doing(self._days[day], step.wave, step.place, case, number, step.act, words, step.unit, filed)


def _usual(items: Sequence[ServiceItem]) -> list[float]:
    """How often each item is asked for: what is quick more often, and by level as it is decided."""
    shares = {Level.TOWNSHIP: DECIDED_BY_TOWNSHIPS, Level.COUNTY: 1 - DECIDED_BY_TOWNSHIPS}
    quick = [1 / (1 + item.promised_days) for item in items]
    whole = {
        level: sum(q for q, item in zip(quick, items, strict=True) if item.decided_at is level) for level in shares
    }
    return [q / whole[item.decided_at] * shares[item.decided_at] for q, item in zip(quick, items, strict=True)]
