"""What happens in a county whose lines break: written down before anything runs, with the truth about every office.

Days are counted, and nothing here knows a rule of the product: an office is late because it was planned so.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

FIRST_DAY = date(2027, 1, 4)
"""A Monday."""

# What the item of the scenario promises, and the law's limit for the decision to accept; working days.
ITEM, PROMISED, TO_ACCEPT = "SW03", 10, 5

LONGEST_OUTAGE, SILENT_AFTER = 15, 3
LAST_FILING_BEFORE_END = 45
FILED_A_DAY, OUTAGES_A_DAY = 0.5, 0.02
LATE_WHERE_DISHONEST, INSIDE_OUTAGES = 15, 1 / 3

BACKDATING, BACKDATING_UNSEEN, CUTTING = DISHONEST = (0, 1, 2)
"""Offices: one writes earlier days than the true ones, one does so while its line is down, one cuts its line when it is
late."""

DECISION, PROMISE = "decision", "promise"


@dataclass(frozen=True)
class Handling:
    """What one office does with a case, by the number of the working day. `claims`: the day it says it decided on."""

    number: int
    office: int
    filed: int
    accepted: int
    decided: int
    claims: int | None = None

    @property
    def truly_late(self) -> tuple[str, ...]:
        """Limits the office has let pass. Accepted too late, the promise counts from the day of receipt."""
        accepted_late = self.accepted - self.filed > TO_ACCEPT
        since = self.filed if accepted_late else self.accepted
        late = {DECISION: accepted_late, PROMISE: self.decided - since > PROMISED}
        return tuple(name for name, is_late in late.items() if is_late)

    @property
    def due(self) -> int:
        """The last day of the limit that matters."""
        return self.filed + TO_ACCEPT if DECISION in self.truly_late else self.accepted + PROMISED


@dataclass(frozen=True)
class Scenario:
    """Cases by their numbers, and the days on which an office's line is down."""

    days: int
    offices: int
    cases: tuple[Handling, ...]
    down: tuple[frozenset[int], ...]

    def backdated(self) -> list[Handling]:
        """Claims that the office signed past: it gave a word between the day claimed and the deed."""
        return [each for each in self._claiming() if self._speaks(each.office, each.claims or 0, each.decided)]

    def undetectable(self) -> list[Handling]:
        return [each for each in self._claiming() if not self._speaks(each.office, each.claims or 0, each.decided)]

    def unprovable(self) -> list[Handling]:
        """Late, and hidden by a claim: no word was given between the end of the limit and the deed."""
        return [each for each in self._claiming() if not self._speaks(each.office, each.due + 1, each.decided)]

    def late(self) -> set[tuple[int, str]]:
        """Who was late, and can be shown to have been."""
        hidden = {each.number for each in self.unprovable()}
        return {(each.number, name) for each in self.cases if each.number not in hidden for name in each.truly_late}

    def silences(self) -> int:
        """How often an office is not heard of for so long that it counts as silent."""
        return sum(length >= SILENT_AFTER for down in self.down for length in _lengths(down))

    def speaks_after(self, office: int, day: int) -> int:
        """The first day after a day on which the office's line is up."""
        return next(each for each in range(day + 1, self.days + 1) if each not in self.down[office])

    def _claiming(self) -> list[Handling]:
        return [each for each in self.cases if each.claims is not None]

    def _speaks(self, office: int, first: int, end: int) -> bool:
        """On any day from one until before another."""
        return any(day not in self.down[office] for day in range(first, end))


def day_numbered(number: int) -> date:
    """The working day of that number: Monday to Friday."""
    return FIRST_DAY + timedelta(days=7 * (number // 5) + number % 5)


def scenario(seed: int, *, days: int, offices: int, late: int) -> Scenario:
    """Everything that happens, from a seed."""
    chance = random.Random(seed)
    down = [_outages(chance, days) for _ in range(offices)]
    cases = list(_filed(chance, days, offices))
    chosen = _chosen(chance, cases, late)
    inside = int(len(chosen) * INSIDE_OUTAGES)
    for count, index in enumerate(chosen):
        cases[index] = case = _late(chance, cases[index])
        if count < inside or case.office == CUTTING:
            _cut(down[case.office], case.due - 2, case.due + 4, days=days)
    _lie(cases, down, days=days)
    return Scenario(days, offices, tuple(cases), tuple(frozenset(each) for each in down))


def _outages(chance: random.Random, days: int) -> set[int]:
    down: set[int] = set()
    day = 2
    while day < days - LAST_FILING_BEFORE_END // 2:
        if chance.random() < OUTAGES_A_DAY:
            length = chance.randint(1, LONGEST_OUTAGE)
            down |= set(range(day, day + length))
            day += length
        day += 1
    return {day for day in down if day < days - LAST_FILING_BEFORE_END // 2}


def _filed(chance: random.Random, days: int, offices: int) -> Iterator[Handling]:
    number = 0
    for day in range(1, days - LAST_FILING_BEFORE_END):
        for office in range(offices):
            if chance.random() < FILED_A_DAY:
                number += 1
                accepted = day + chance.randint(0, TO_ACCEPT)
                yield Handling(number, office, day, accepted, accepted + chance.randint(0, PROMISED))


def _chosen(chance: random.Random, cases: list[Handling], late: int) -> list[int]:
    """Which cases are late: a few of each dishonest office, and some of all the others."""
    indexes = chance.sample(range(len(cases)), len(cases))
    by_office = [[index for index in indexes if cases[index].office == office] for office in DISHONEST]
    theirs = [index for each in by_office for index in each[: min(LATE_WHERE_DISHONEST, late // 4)]]
    others = [index for index in indexes if cases[index].office not in DISHONEST]
    chosen = theirs + others[: max(0, late - len(theirs))]
    return chance.sample(chosen, len(chosen))


def _late(chance: random.Random, case: Handling) -> Handling:
    """One in five accepts too late, the others decide too late."""
    if case.number % 5 == 0:
        accepted = case.filed + TO_ACCEPT + chance.randint(1, 3)
        return replace(case, accepted=accepted, decided=max(accepted, case.filed + chance.randint(8, PROMISED)))
    return replace(case, decided=case.accepted + PROMISED + chance.randint(1, 8))


def _cut(down: set[int], first: int, end: int, *, days: int) -> None:
    """The line is down from one day until before another, unless it were down for too long then."""
    wanted = down | {day for day in range(max(2, first), end) if day < days - LAST_FILING_BEFORE_END // 2}
    if max(_lengths(wanted), default=0) <= LONGEST_OUTAGE:
        down |= wanted


def _lie(cases: list[Handling], down: list[set[int]], *, days: int) -> None:
    """Two offices say of late decisions that they were in time."""
    for index, case in enumerate(cases):
        if case.office in (BACKDATING, BACKDATING_UNSEEN) and case.truly_late == (PROMISE,):
            cases[index] = replace(case, claims=case.due - 1)
            if case.office == BACKDATING_UNSEEN:
                _cut(down[case.office], case.due - 1, case.decided, days=days)


def _lengths(down: set[int] | frozenset[int]) -> list[int]:
    """How many days in a row, of each outage."""
    lengths: list[int] = []
    for day in sorted(down):
        if day - 1 in down:
            lengths[-1] += 1
        else:
            lengths.append(1)
    return lengths
