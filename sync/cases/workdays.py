"""Working days: deadlines on the State Council's calendar, days only, Asia/Shanghai."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple

# Asia/Shanghai has had no summer time since 1991.
SHANGHAI = timezone(timedelta(hours=8))
_DAY = timedelta(days=1)
_FIRST = date(1970, 1, 1)
_LAST_MS = int(datetime(9999, 12, 31, tzinfo=SHANGHAI).timestamp()) * 1000

LONGEST_LIMIT = 3660
"""Working days. No law sets a longer one: such a number has no day."""


def day_of(at_ms: int) -> date:
    """The day in Asia/Shanghai of a time in milliseconds UTC; beyond the calendar of dates, its last day."""
    return datetime.fromtimestamp(min(at_ms, _LAST_MS) // 1000, SHANGHAI).date()


def day_numbered(number: int) -> date:
    """Days since 1970-01-01 as a date; beyond the calendar of dates, its last day."""
    return _FIRST + timedelta(days=min(number, (date.max - _FIRST).days))


def number_of(day: date | None) -> int:
    """A date as days since 1970-01-01. 0 = none."""
    return (day - _FIRST).days if day else 0


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
        if days == 0:
            return Deadline(start, not self.covers(start))
        if days > LONGEST_LIMIT or start == date.max:
            return Deadline(date.max, True)
        counting = (day for day in _after(start) if self._counts(day, suspensions))
        day = next((day for number, day in enumerate(counting, start=1) if number == days), date.max)
        return Deadline(day, not (self.covers(start + _DAY) and self.covers(day)))

    def working_days_between(self, after: date, until: date) -> int:
        """Working days strictly after one day, up to and including another. 0 where there are none."""
        days = (until - after).days
        if days <= 0:
            return 0
        weeks, rest = divmod(days, 7)
        ordinary = weeks * 5 + sum((after.weekday() + number) % 7 < 5 for number in range(1, rest + 1))
        listed = (day for day in self.rest_weekdays | self.working_weekend_days if after < day <= until)
        return ordinary + sum(self.is_working(day) - (day.weekday() < 5) for day in listed)

    def working_days_left(self, today: date, deadline: Deadline) -> int:
        """Working days after today up to the deadline; past it, the overrun as a negative number."""
        if today <= deadline.day:
            return self.working_days_between(today, deadline.day)
        return -self.working_days_between(deadline.day, today)

    def time_left(self, today: date, deadline: Deadline) -> str:
        """As people read it. A deadline that passed over a weekend is past, with no working day yet."""
        left = self.working_days_left(today, deadline)
        shown = f"剩余{left}个工作日" if today < deadline.day else f"超期{-left}个工作日"
        if today == deadline.day:
            shown = "今天到期"
        return f"{shown}（暂定）" if deadline.provisional else shown

    def _counts(self, day: date, suspensions: tuple[Suspension, ...]) -> bool:
        return self.is_working(day) and not any(begun < day <= ended for begun, ended in suspensions)


def _after(start: date) -> Iterator[date]:
    day = start
    while day < date.max:
        day += _DAY
        yield day
