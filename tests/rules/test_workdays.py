"""Deadlines on the real calendar."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from county_node import seed
from sync.cases.workdays import Calendar, Deadline, Suspension, begin_of, day_of, end_of

CALENDAR = seed.calendar()
VECTORS = json.loads((Path(__file__).parent / "data" / "working_day_vectors.json").read_text())["vectors"]
A_DAY = timedelta(days=1)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_the_deadlines_of_2010_come_out_on_the_real_calendar(vector: dict[str, Any]) -> None:
    suspensions = tuple(Suspension(*map(date.fromisoformat, each)) for each in vector["suspensions"])
    accepted, days = date.fromisoformat(vector["accepted"]), vector["limit"] + vector["extension"]
    deadline = CALENDAR.deadline(accepted, days, suspensions=suspensions)
    assert deadline == Deadline(date.fromisoformat(vector["deadline"]), provisional=False)


def test_an_instant_case_is_due_on_the_day_itself() -> None:
    saturday = date(2010, 3, 6)
    assert CALENDAR.deadline(saturday, 0) == Deadline(saturday, provisional=False)


def test_a_deadline_beyond_the_calendar_is_provisional_and_counts_monday_to_friday() -> None:
    assert CALENDAR.deadline(date(2026, 12, 30), 2) == Deadline(date(2027, 1, 1), provisional=True)
    assert CALENDAR.deadline(date(2003, 12, 31), 1) == Deadline(date(2004, 1, 2), provisional=False)
    assert CALENDAR.deadline(date(2003, 12, 30), 1).provisional
    assert CALENDAR.deadline(date(2027, 3, 1), 0).provisional


def test_a_limit_nobody_lives_to_see_is_no_error_at_the_counter() -> None:
    assert CALENDAR.deadline(date(9999, 12, 30), 20) == Deadline(date.max, provisional=True)


def test_suspending_an_overdue_case_does_not_rescue_it() -> None:
    accepted = date(2010, 3, 1)
    due = CALENDAR.deadline(accepted, 5)
    afterwards = Suspension(due.day + A_DAY, due.day + 10 * A_DAY)
    assert CALENDAR.deadline(accepted, 5, suspensions=(afterwards,)) == due


@pytest.mark.parametrize(
    ("today", "left", "shown"),
    [
        (date(2010, 9, 30), 5, "剩余5个工作日"),
        (date(2010, 10, 7), 5, "剩余5个工作日"),
        (date(2010, 10, 12), 1, "剩余1个工作日"),
        (date(2010, 10, 13), 0, "今天到期"),
        (date(2010, 10, 14), -1, "超期1个工作日"),
        # The weekend after: past, and two working days over.
        (date(2010, 10, 16), -2, "超期2个工作日"),
    ],
)
def test_what_is_left_is_counted_in_working_days(today: date, left: int, shown: str) -> None:
    deadline = CALENDAR.deadline(date(2010, 9, 30), 5)
    assert CALENDAR.working_days_left(today, deadline) == left
    assert CALENDAR.time_left(today, deadline) == shown


def test_a_deadline_past_since_friday_is_past_on_saturday() -> None:
    friday = Deadline(date(2010, 3, 5), provisional=False)
    assert CALENDAR.time_left(date(2010, 3, 6), friday) == "超期0个工作日"
    assert CALENDAR.time_left(date(2010, 3, 5), Deadline(date(2010, 3, 5), provisional=True)) == "今天到期（暂定）"


PLAIN = Calendar(1, date(2010, 1, 1), date(2010, 12, 31), frozenset({date(2010, 1, 1)}), frozenset({date(2010, 1, 9)}))
days_of_2010 = st.integers(0, 250).map(lambda number: date(2010, 1, 2) + A_DAY * number)


@settings(max_examples=300, deadline=None)
@given(days_of_2010, st.integers(1, 30), st.lists(st.tuples(days_of_2010, st.integers(0, 20)), max_size=4))
def test_exactly_so_many_countable_days_lie_up_to_a_deadline(
    start: date, days: int, stops: list[tuple[date, int]]
) -> None:
    suspensions = tuple(Suspension(begun, begun + A_DAY * length) for begun, length in stops)
    end = PLAIN.deadline(start, days, suspensions=suspensions).day
    stopped = {begun + A_DAY * number for begun, length in stops for number in range(1, length + 1)}
    walked = [start + A_DAY * number for number in range(1, (end - start).days + 1)]
    assert sum(PLAIN.is_working(day) and day not in stopped for day in walked) == days
    assert PLAIN.is_working(end)
    assert end not in stopped


real_days = st.integers(0, (date(2026, 10, 31) - date(2004, 1, 1)).days).map(lambda n: date(2004, 1, 1) + A_DAY * n)


@settings(max_examples=200, deadline=None)
@given(real_days, st.integers(0, 30), st.lists(st.tuples(real_days, st.integers(0, 15)), max_size=3))
def test_deadlines_are_those_of_a_walk_by_another_calendar(
    start: date, limit: int, stops: list[tuple[date, int]]
) -> None:
    """By the day table of a second source, not by its own `find_workday`: that is a day off on rest days."""
    suspensions = tuple(Suspension(begun, begun + A_DAY * length) for begun, length in stops)
    day, counted = start, 0
    while counted < limit and day < date(2026, 12, 31):
        day += A_DAY
        stopped = any(begun < day <= ended for begun, ended in suspensions)
        counted += chinese_calendar.is_workday(day) and not stopped
    found = CALENDAR.deadline(start, limit, suspensions=suspensions)
    assert found.day == day if counted == limit else found.provisional
    if counted == limit:
        assert CALENDAR.working_days_between(start, day, suspensions=suspensions) == limit


def test_a_suspension_of_ages_is_leapt_over() -> None:
    ages = Suspension(date(2010, 3, 2), date(9998, 12, 31))
    assert CALENDAR.deadline(date(2010, 3, 1), 3, suspensions=(ages,)).day == date(9999, 1, 4)
    assert CALENDAR.working_days_between(date(2010, 3, 1), date(9999, 1, 4), suspensions=(ages,)) == 3


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    midnight = int(datetime(2010, 3, 1, 16, tzinfo=UTC).timestamp() * 1000)
    assert (day_of(midnight - 1), day_of(midnight)) == (date(2010, 3, 1), date(2010, 3, 2))
    assert (begin_of(date(2010, 3, 2)), end_of(date(2010, 3, 1))) == (midnight, midnight)
