"""The calendar the county starts with, day by day."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar

from county_node import seed


def test_every_day_of_23_years_is_what_the_state_council_made_it() -> None:
    calendar = seed.calendar()
    assert (calendar.first_day, calendar.last_day) == (date(2004, 1, 1), date(2026, 12, 31))
    span = (calendar.last_day - calendar.first_day).days + 1
    days = [calendar.first_day + timedelta(days=number) for number in range(span)]
    assert [day for day in days if calendar.is_working(day) != chinese_calendar.is_workday(day)] == []


def test_the_calendar_lists_only_what_differs_from_a_plain_week() -> None:
    calendar = seed.calendar()
    assert all(day.weekday() < 5 for day in calendar.rest_weekdays)
    assert all(day.weekday() > 4 for day in calendar.working_weekend_days)
    assert all(calendar.covers(day) for day in calendar.rest_weekdays | calendar.working_weekend_days)
