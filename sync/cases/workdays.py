"""Working days: deadlines on the State Council's calendar, days only, Asia/Shanghai."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property, lru_cache
from typing import NamedTuple

# Asia/Shanghai has had no summer time since 1991.
SHANGHAI = timezone(timedelta(hours=8))
_DAY = timedelta(days=1)
_FIRST = date(1970, 1, 1)
_LAST_MS = int(datetime(9999, 12, 31, tzinfo=SHANGHAI).timestamp()) * 1000

LAST_DAY = (date.max - _FIRST).days
"""The last day there is, counted from 1970-01-01."""

FIRST_YEAR = 1971
"""Nobody writes down or asks for a day before it: days are counted from 1970-01-01, and 0 stands for none."""

LONGEST_LIMIT = 3660
"""Working days. No law sets a longer one: such a number has no day."""


def day_of(at_ms: int) -> date:
    """The day in Asia/Shanghai of a time in milliseconds UTC; before 1970 its first day, beyond all dates the last."""
    return datetime.fromtimestamp(max(0, min(at_ms, _LAST_MS)) // 1000, SHANGHAI).date()


def day_numbered(number: int) -> date:
    """Days since 1970-01-01 as a date; beyond the calendar of dates, its last day."""
    return _FIRST + timedelta(days=min(number, LAST_DAY))


def number_of(day: date | None) -> int:
    """A date as days since 1970-01-01. 0 = none."""
    return (day - _FIRST).days if day else 0


def begin_of(day: date) -> int:
    """The first millisecond of a day in Asia/Shanghai."""
    return ((day - _FIRST).days * 24 - 8) * 3_600_000


def end_of(day: date) -> int:
    """The first millisecond after a day in Asia/Shanghai."""
    return begin_of(day) + 86_400_000


class Suspension(NamedTuple):
    """The clock stands still on the days after `begun` up to and including `ended`: (B, E]."""

    begun: date
    ended: date


@dataclass(frozen=True, slots=True)
class Deadline:
    """Last day of a limit. Provisional (暂定): the calendar does not cover every day it was counted over."""

    day: date
    provisional: bool


@dataclass(frozen=True)
class Calendar:
    """A numbered issue of the working-day calendar. Beyond its days Monday to Friday count as working."""

    number: int
    first_day: date
    last_day: date
    rest_weekdays: frozenset[date]
    # 调休
    working_weekend_days: frozenset[date]
    source: str = ""

    def covers(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day

    def is_working(self, day: date) -> bool:
        if not self.covers(day):
            return day.weekday() < 5
        if day.weekday() < 5:
            return day not in self.rest_weekdays
        return day in self.working_weekend_days

    def deadline(self, start: date, days: int, *, suspensions: tuple[Suspension, ...] = ()) -> Deadline:
        """The `days`-th working day strictly after `start`, suspended days not counted; 0 is `start` itself.

        The days are walked: adding suspended days to an old deadline would rescue what was already late.
        """
        return self._walk(start, days, suspensions)

    @cached_property
    def _walk(self) -> Callable[[date, int, tuple[Suspension, ...]], Deadline]:
        """Of many thousand cases most share their days."""
        return lru_cache(maxsize=1 << 14)(self._walked)

    def _walked(self, start: date, days: int, suspensions: tuple[Suspension, ...]) -> Deadline:
        if days == 0:
            return Deadline(start, not self.covers(start))
        if days > LONGEST_LIMIT or start == date.max:
            return Deadline(date.max, True)
        counting = (day for day in _running_after(start, suspensions) if self.is_working(day))
        day = next((day for number, day in enumerate(counting, start=1) if number == days), date.max)
        return Deadline(day, not (self.covers(start + _DAY) and self.covers(day)))

    @cached_property
    def _unlike_a_plain_week(self) -> tuple[date, ...]:
        return tuple(sorted(self.rest_weekdays | self.working_weekend_days))

    def working_days_between(self, after: date, until: date, *, suspensions: tuple[Suspension, ...] = ()) -> int:
        """Working days strictly after one day, up to and including another, suspended ones not counted."""
        stopped = ((max(after, begun), min(until, ended)) for begun, ended in united(suspensions))
        return self._working_days(after, until) - sum(self._working_days(*each) for each in stopped)

    def _working_days(self, after: date, until: date) -> int:
        """0 where there are none."""
        days = (until - after).days
        if days <= 0:
            return 0
        weeks, rest = divmod(days, 7)
        ordinary = weeks * 5 + sum((after.weekday() + number) % 7 < 5 for number in range(1, rest + 1))
        listed = self._unlike_a_plain_week
        listed = listed[bisect_right(listed, after) : bisect_right(listed, until)]
        return ordinary + sum(self.is_working(day) - (day.weekday() < 5) for day in listed)

    def working_days_left(self, today: date, deadline: Deadline, *, suspensions: tuple[Suspension, ...] = ()) -> int:
        """Working days after today up to the deadline; past it, the overrun as a negative number."""
        if today <= deadline.day:
            return self.working_days_between(today, deadline.day, suspensions=suspensions)
        return -self.working_days_between(deadline.day, today, suspensions=suspensions)

    def time_left(self, today: date, deadline: Deadline, *, suspensions: tuple[Suspension, ...] = ()) -> str:
        """As people read it. A deadline that passed over a weekend is past, with no working day yet."""
        left = self.working_days_left(today, deadline, suspensions=suspensions)
        shown = f"剩余{left}个工作日" if today < deadline.day else f"超期{-left}个工作日"
        if today == deadline.day:
            shown = "今天到期"
        return f"{shown}（暂定）" if deadline.provisional else shown


def _running_after(start: date, suspensions: tuple[Suspension, ...]) -> Iterator[date]:
    """The days after `start` that are not suspended; a suspension is leapt over, however long it is."""
    day, ahead = start, list(reversed(list(united(suspensions))))
    while day < date.max:
        while ahead and ahead[-1].ended <= day:
            ahead.pop()
        if ahead and ahead[-1].begun <= day:
            day = ahead.pop().ended
        else:
            day += _DAY
            yield day


def united(suspensions: Iterable[Suspension]) -> Iterator[Suspension]:
    """The same days, none in two of them."""
    upto = date.min
    for begun, ended in sorted(suspensions):
        if ended > upto:
            yield Suspension(max(begun, upto), ended)
            upto = ended
