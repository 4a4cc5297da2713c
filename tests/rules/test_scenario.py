"""The year people lived through: who came when, and nothing of what the network made of it."""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise

import pytest

from county_node import seed as county_seed
from operations.replay.courses import Wave, Words
from operations.replay.scenario import (
    ENDS,
    FILINGS,
    FIRST_DAY,
    LAST_DAY,
    THROUGH_STATIONS,
    UNDER_WAY,
    Doing,
    Filing,
    Scenario,
)
from operations.replay.year import the_year
from sync.cases import places
from sync.cases.stages import Act
from sync.catalogue.items import Level
from sync.rpc.v1 import case_service_pb2 as pb

KNOWN_ONLY_TO_THE_NETWORK = ("stage", "total", "count", "figure", "result", "closed", "reach", "number")


@pytest.fixture(scope="module")
def year() -> Scenario:
    return the_year(1, scale=1)


@pytest.fixture(scope="module")
def courses(year: Scenario) -> list[list[Doing]]:
    """The acts of each case, as they stand in the scenario."""
    found: dict[int, list[Doing]] = {}
    for doing in year.doings:
        found.setdefault(doing.case, []).append(doing)
    return list(found.values())


def filing(course: list[Doing]) -> Filing:
    filed = course[0].filing
    assert filed is not None
    return filed


def classes() -> dict[int, str]:
    """Of every village with a station."""
    units = (unit for township in county_seed.divisions().townships for unit in township.units)
    return {unit.code: unit.station_class for unit in units if unit.station_class}


def of_class(courses: list[list[Doing]], wanted: str) -> Iterator[list[Doing]]:
    known = classes()
    return (course for course in courses if known.get(filing(course).home) == wanted)


def test_the_same_seed_gives_the_same_year(year: Scenario) -> None:
    assert the_year(1, scale=1) == year
    assert the_year(2, scale=1).doings != year.doings


def test_everything_happens_on_a_working_day_of_the_period(year: Scenario) -> None:
    calendar = county_seed.calendar()
    days = {doing.day for doing in year.doings}
    assert all(FIRST_DAY <= day <= LAST_DAY and calendar.is_working(day) for day in days)
    assert days <= set(year.days)
    assert [(each.day, each.wave) for each in year.doings] == sorted((each.day, each.wave) for each in year.doings)


def test_as_many_villagers_come_as_the_county_counted(courses: list[list[Doing]]) -> None:
    through = sum(filing(course).home in classes() for course in courses)
    under_way = sum(not any(doing.act in ENDS for doing in course) for course in courses)
    assert (len(courses), through, under_way) == (FILINGS, THROUGH_STATIONS, UNDER_WAY)


def test_no_case_waits_at_a_village_when_the_year_ends(courses: list[list[Doing]]) -> None:
    for course in courses:
        if places.level(course[0].place) == places.VILLAGE:
            assert [doing.act for doing in course[:3]] == [Act.FILE, Act.HAND_OVER, Act.TAKE_IN]


def test_the_acts_of_a_case_follow_each_other(courses: list[list[Doing]]) -> None:
    for course in courses:
        assert course[0].act is Act.FILE
        assert [doing.step for doing in course] == list(range(len(course)))
        assert [doing.filing is not None for doing in course] == [True] + [False] * (len(course) - 1)


def test_most_is_decided_where_the_villagers_live(courses: list[list[Doing]]) -> None:
    near = sum(filing(course).item.decided_at is Level.TOWNSHIP for course in courses)
    assert 0.78 < near / len(courses) < 0.82
    assert sum(map(len, courses)) / len(courses) <= 8.5


def test_every_course_is_taken_by_a_few(courses: list[list[Doing]]) -> None:
    taken = Count(doing.act for course in courses for doing in course)
    about_complaints = {Act.COMPLAIN, Act.ACCEPT_COMPLAINT, Act.ANSWER_COMPLAINT, Act.CALL_BACK}
    special = {Act.BEGIN_SPECIAL, Act.END_SPECIAL, Act.VILLAGE_ACT_DONE, Act.CHARGE}
    joint = {Act.FORK, Act.GIVE_OPINION}
    assert set(Act) - set(taken) == {Act.SETTLE} | about_complaints | special | joint
    assert min(taken.values()) >= 10
    assert taken[Act.ASK_ONCE] < 0.02 * len(courses)


def test_large_townships_have_more_to_do(courses: list[list[Doing]]) -> None:
    busy = Count(course[0].place // 1000 for course in courses)
    (most, *_), (*_, least) = busy.values(), sorted(busy.values(), reverse=True)
    assert max(most, *busy.values()) > 3 * least


def test_a_station_hands_over_within_three_working_days(year: Scenario, courses: list[list[Doing]]) -> None:
    at = {day: number for number, day in enumerate(year.days)}
    for wanted in ("A", "B"):
        for course in of_class(courses, wanted):
            assert 0 <= at[course[1].day] - at[course[0].day] <= 3


def test_what_a_station_without_a_line_writes_travels_on_market_days(
    year: Scenario, courses: list[list[Doing]]
) -> None:
    at = {day: number for number, day in enumerate(year.days)}
    seen = 0
    for course in of_class(courses, "B"):
        station = course[0].place
        for before, after in pairwise(course):
            if station in (before.place, after.place) and before.place != after.place:
                ready = at[before.day] + (before.wave > Wave.MARKET)
                assert year.markets.next(places.parent(station) or 0, ready) <= at[after.day]
                seen += 1
    assert seen > 1000


def test_markets_are_held_every_five_to_ten_working_days_and_not_all_at_once(year: Scenario) -> None:
    held = {
        township: [day for day in range(len(year.days)) if township in year.markets.at(day)]
        for township in year.markets.cycle
    }
    gaps = {later - earlier for days in held.values() for earlier, later in pairwise(days)}
    assert gaps <= set(range(5, 11))
    assert len({days[0] for days in held.values()}) > 3


def test_what_stands_in_a_paper_book_is_keyed_in_days_later(courses: list[list[Doing]]) -> None:
    for course in of_class(courses, "C"):
        filed, first = filing(course), course[0]
        assert filed.paper_day is not None
        assert filed.paper_day < first.day
        assert int(filed.paper_page) > 0
        assert first.place == places.parent(filed.home)


def test_villagers_are_as_content_as_the_county_was_told(year: Scenario) -> None:
    grades = [doing.words.grade for doing in year.doings if doing.act is Act.RATE]
    assert round(100 * sum(grade >= 3 for grade in grades) / len(grades), 1) == 98.2
    assert all(doing.words.reason for doing in year.doings if doing.words.grade in (1, 2))
    fetched = sum(doing.act is Act.DELIVER for doing in year.doings)
    assert 0.25 < len(grades) / fetched < 0.35


@pytest.mark.parametrize("kind", [Doing, Filing, Words])
def test_the_scenario_carries_nothing_that_only_the_network_can_say(kind: type) -> None:
    names = [field.name for field in fields(kind)]
    assert not [name for name in names if any(word in name for word in KNOWN_ONLY_TO_THE_NETWORK)]


def test_what_is_said_in_an_act_is_what_a_call_can_say() -> None:
    assert {field.name for field in fields(Words)} <= set(pb.ActRequest.DESCRIPTOR.fields_by_name)


@pytest.mark.long
def test_a_county_twice_as_busy_has_twice_the_filings() -> None:
    doings = the_year(1, scale=2).doings
    assert sum(doing.act is Act.FILE for doing in doings) == 2 * FILINGS
    assert len({doing.case for doing in doings} - {each.case for each in doings if each.act in ENDS}) == 2 * UNDER_WAY
