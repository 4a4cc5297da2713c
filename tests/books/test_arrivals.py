"""When an offer has come to whom it was made: from then on, and not before, it is that place's turn."""

from __future__ import annotations

from contextlib import closing
from datetime import date

import pytest

from sync.cases.clocks import ClockKind, ClockLevel
from sync.journal import schema
from sync.journal.book import Book
from sync.journal.clocks import Judged, judge, running_clocks
from sync.journal.verify import verify
from tests.books.test_figures import Case, at, county, later
from tests.county import COUNTY, NOON_MS, ROOT, TOWNSHIP, VILLAGE, County, rows

__all__ = ["county"]

EVERY_LEVEL = (VILLAGE, TOWNSHIP, COUNTY)


async def delivery(book: Book) -> Judged | None:
    """The clock of delivery upward, as this book shows it."""
    found = await judge(book, lambda _, judging: running_clocks(judging, within=COUNTY))
    return next((each for each in found if each.clock.kind is ClockKind.DELIVERY_UP), None)


def on(county: County, day: date) -> None:
    for watch in county.watches.values():
        watch.now_ms = at(day)


async def offered(county: County) -> Case:
    case = await Case(county, VILLAGE).file(by=VILLAGE)
    await case.hand_over()
    return case


async def test_while_the_line_is_down_it_is_nobodys_delay(county: County) -> None:
    await offered(county)
    on(county, later(9))
    assert [await delivery(county.books[place]) for place in EVERY_LEVEL] == [None, None, None]


async def test_it_runs_from_the_arrival_and_every_level_says_the_same(county: County) -> None:
    await offered(county)
    on(county, later(9))
    await county.settle_down(rounds=2)
    for place in EVERY_LEVEL:
        found = await delivery(county.books[place])
        assert found is not None
        assert (found.clock.place, found.clock.start, found.clock.deadline.day) == (TOWNSHIP, later(9), later(10))
        assert verify(county.path(place), ROOT.public) == []


async def test_the_first_checkpoint_that_covers_it_counts_not_the_last(county: County) -> None:
    await offered(county)
    for day in (later(1), later(2), later(3)):
        on(county, day)
        await county.settle_down(rounds=2)
    found = await delivery(county.books[COUNTY])
    assert found is not None
    assert (found.clock.start, found.standing.level) == (later(1), ClockLevel.OVERDUE)


async def test_who_has_it_and_is_cut_off_is_not_late_as_far_as_anybody_knows(county: County) -> None:
    await offered(county)
    on(county, later(1))
    await county.settle_down(rounds=2)
    on(county, later(4))
    found = await delivery(county.books[COUNTY])
    assert found is not None
    assert found.standing.level is ClockLevel.OVERDUE_PROVISIONAL


async def test_a_taker_whose_clock_is_not_trusted_gives_no_time_of_arrival(county: County) -> None:
    await offered(county)
    on(county, later(9))
    # Before it wrote its first entry.
    county.watches[TOWNSHIP].now_ms = NOON_MS - 10**9
    await county.exchange(VILLAGE)
    assert await delivery(county.books[VILLAGE]) is None
    on(county, later(10))
    await county.exchange(VILLAGE)
    found = await delivery(county.books[VILLAGE])
    assert found is not None
    assert found.clock.start == later(10)
    # Its battery is worn out: it is set right for an hour, and wrong again.
    county.watches[TOWNSHIP].now_ms = NOON_MS - 10**9
    await county.exchange(VILLAGE)
    assert await delivery(county.books[VILLAGE]) == found
    assert verify(county.path(VILLAGE), ROOT.public) == []


async def test_taken_in_it_runs_no_more(county: County) -> None:
    case = await Case(county, VILLAGE).file(by=VILLAGE)
    await case.go_up()
    await county.settle_down(rounds=2)
    assert [await delivery(county.books[place]) for place in EVERY_LEVEL] == [None, None, None]


@pytest.mark.parametrize("change", ["at_ms=at_ms+99999999999", f"signer={VILLAGE}", "fact=fact-1"])
async def test_an_arrival_that_nobody_signed_for_is_found(county: County, change: str) -> None:
    await offered(county)
    await county.settle_down(rounds=2)
    await county.close(COUNTY)
    with closing(schema.connect(county.path(COUNTY))) as conn:
        conn.execute(f"UPDATE arrivals SET {change}")
    assert [each.table for each in verify(county.path(COUNTY), ROOT.public)] == ["arrivals"]


async def test_an_offer_made_again_arrives_again(county: County) -> None:
    case = await offered(county)
    await county.exchange(VILLAGE)
    await case.hand_over(on=later(2))
    on(county, later(3))
    await county.exchange(VILLAGE)
    assert len(rows(county.books[VILLAGE], "SELECT fact FROM arrivals")) == 2
    found = await delivery(county.books[VILLAGE])
    assert found is not None
    assert found.clock.start == later(3)
