"""How promises were kept, worked out anew: days counted one by one on the calendars that the county published."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from operations.audit import places
from operations.audit.cases import ACCEPTED, ASKED_ONCE, DECIDED_SO, SPECIAL_BEGUN, SPECIAL_ENDED, SUPPLIED, Said
from sync.facts.v1 import bodies_pb2

DAY_MS = 24 * 60 * 60 * 1000
SHANGHAI_MS = 8 * 60 * 60 * 1000

ACCEPTING = (ACCEPTED, SUPPLIED)

THURSDAY = 3
"""1970-01-01 was one."""

LAST_DAY = 2_932_896
"""9999-12-31."""

LONGEST_LIMIT = 3660
DECISION_DAYS = 5


def day_of(at_ms: int) -> int:
    """Days since 1970-01-01 in Asia/Shanghai; before it 0, beyond all dates the last."""
    return min((max(0, at_ms) + SHANGHAI_MS) // DAY_MS, LAST_DAY)


@dataclass(frozen=True)
class Calendar:
    """A published calendar. Beyond its days Monday to Friday count."""

    number: int = 0
    first: int = 1
    last: int = 0
    rest: frozenset[int] = frozenset()
    working: frozenset[int] = frozenset()

    def covers(self, day: int) -> bool:
        return self.first <= day <= self.last

    def counts(self, day: int) -> bool:
        on_a_weekday = (day + THURSDAY) % 7 < 5
        if not self.covers(day):
            return on_a_weekday
        return day not in self.rest if on_a_weekday else day in self.working

    def between(self, after: int, until: int, stopped: Collection[int] = ()) -> int:
        return sum(self.counts(day) and day not in stopped for day in range(after + 1, until + 1))

    def deadline(self, start: int, days: int, stopped: Collection[int] = ()) -> tuple[int, bool]:
        """The last day of a limit, days in `stopped` not counted, and whether the calendar covers it from its first
        day on."""
        if days == 0:
            return start, self.covers(start)
        if days > LONGEST_LIMIT or start >= LAST_DAY:
            return LAST_DAY, False
        day = start
        while days and day < LAST_DAY:
            day += 1
            days -= self.counts(day) and day not in stopped
        return day, self.covers(start + 1) and self.covers(day)


def calendars(published: Iterable[tuple[bytes, bodies_pb2.CalendarPublished]]) -> list[Calendar]:
    """Numbers 1, 2, … up to the first that is missing; of two with one number that with the smaller fact id."""
    by_number: dict[int, bodies_pb2.CalendarPublished] = {}
    for _, body in sorted(published, key=lambda each: each[0]):
        by_number.setdefault(body.number, body)
    found: list[Calendar] = []
    while (number := len(found) + 1) in by_number:
        body = by_number[number]
        days = frozenset(body.rest_weekdays), frozenset(body.working_weekend_days)
        found.append(Calendar(number, body.first_day, body.last_day, *days))
    return found


class Step(NamedTuple):
    """A move on the path, and whose turn it was after it."""

    said: Said
    holder: int


def kept(steps: Sequence[Step], known: Sequence[Calendar]) -> dict[str, int]:
    """What the promise follows from and how it was kept, by the names of the columns of `cases`."""
    found = _times(steps)
    if not found["accepted_at_ms"] or not found["decided_at_ms"]:
        return found
    named = next(step.said.calendar for step in steps if step.said.act == DECIDED_SO)
    stopped = _stopped(steps)
    judged = [_judged(found, each, stopped) for each in known if each.number >= named]
    judged += [_judged(found, known[-1] if known else Calendar(), stopped) | {"verdict_calendar": 0}]
    verdict = next((each for each in judged if each["verdict_calendar"]), judged[-1])
    return found | verdict | {"provisional": int(not verdict["verdict_calendar"])}


def _times(steps: Sequence[Step]) -> dict[str, int]:
    moves = [step.said for step in steps]
    accepted = next((each for each in moves if each.act in ACCEPTING), None)
    moved = next((each for each in moves if each.to_day), None)
    return {
        "accepted_at_ms": accepted.at_ms if accepted else 0,
        "promised_days": accepted.promised_days if accepted else 0,
        "asked_at_ms": next((each.at_ms for each in moves if each.act == ASKED_ONCE), 0),
        "taken_in_at_ms": _taken_in_at(steps),
        "extended_at_ms": moved.at_ms if moved else 0,
        "extended_to_day": moved.to_day if moved else 0,
        "legal_days_added": next((each.days_added for each in moves if each.days_added), 0),
        "decided_at_ms": next((each.at_ms for each in moves if each.act == DECIDED_SO), 0),
    }


def _stopped(steps: Sequence[Step]) -> list[range]:
    """The days of special procedures: from the day after they began up to the day they ended."""
    found, begun = list[range](), 0
    for said in (step.said for step in steps):
        if said.act == SPECIAL_BEGUN:
            begun = day_of(said.at_ms)
        elif said.act == SPECIAL_ENDED:
            found.append(range(begun + 1, day_of(said.at_ms) + 1))
    return found


def _taken_in_at(steps: Sequence[Step]) -> int:
    """When the case came to whoever accepted it, or was about to when it was asked for something; 0 at a village.
    A branch of a joint case is accepted by nobody."""
    came, holder = 0, 0
    for step in steps:
        if step.said.act in ACCEPTING:
            break
        if step.holder != holder:
            came, holder = step.said.at_ms, step.holder
    is_branch = any(step.said.parent for step in steps)
    return 0 if places.level(holder) == places.VILLAGE or is_branch else came


def _judged(found: dict[str, int], calendar: Calendar, specials: Sequence[range]) -> dict[str, int]:
    start, decided, promised = _start(found, calendar), day_of(found["decided_at_ms"]), found["promised_days"]
    stopped = set().union(*specials)
    due, covered = calendar.deadline(start, promised, stopped)
    used, moved_to = calendar.between(start, decided, stopped), min(found["extended_to_day"], LAST_DAY)
    is_moved = bool(found["extended_at_ms"]) and day_of(found["extended_at_ms"]) <= due
    if is_moved:
        # The day was named when some had ended; what stood still later moves it on.
        ended = set().union(*(each for each in specials if each.stop - 1 <= day_of(found["extended_at_ms"])))
        days = calendar.between(start, moved_to, ended)
        moved_to = max(moved_to, calendar.deadline(start, days, stopped)[0])
        is_moved = moved_to > due
    if is_moved:
        due, covered = moved_to, covered and calendar.covers(moved_to)
    in_time = decided <= due if is_moved else used <= promised
    judging = calendar.number if covered and calendar.covers(decided) else 0
    return {"used_days": used, "deadline_day": due, "on_time": int(in_time), "verdict_calendar": judging}


def _start(found: dict[str, int], calendar: Calendar) -> int:
    """The day of acceptance; of receipt, where nobody answered in time (视为受理)."""
    received, answered = found["taken_in_at_ms"], found["asked_at_ms"] or found["accepted_at_ms"]
    if received and day_of(answered) > calendar.deadline(day_of(received), DECISION_DAYS)[0]:
        return day_of(received)
    return day_of(found["accepted_at_ms"])
