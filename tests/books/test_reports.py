"""Reports: they add up over time, over units and over levels, and accuse nobody of what is not certain."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import product
from typing import Any

import pytest

from county_node.supervising import sweep
from sync.cases.figures import Figures
from sync.cases.scores import Confirmed, Weights, score
from sync.cases.stages import Act
from sync.facts.v1 import bodies_pb2 as pb
from sync.journal import reports
from sync.journal.book import Book
from sync.journal.figures import Period
from sync.journal.reports import By, Report, Unit
from sync.journal.tallies import STOCKS
from tests.books.test_figures import MONDAY, Case, at, county, later
from tests.county import COUNTY, FAR_VILLAGE, OTHER_TOWNSHIP, TOWNSHIP, VILLAGE, County

__all__ = ["county"]

LAST = later(20)
AS_OF_THE_END = {*STOCKS, "late", "late_provisional", "conflicts"}
SOMEWHERE = "窗口一"


async def reported(
    book: Book, by: By = By.PLACE, *, within: int = COUNTY, first: date | None = MONDAY, last: date = LAST
) -> Report:
    return await reports.read(book, within=within, period=Period(first, last), by=by)


def total(figures: Iterable[Figures]) -> Figures:
    return sum(figures, Figures())


async def passes(county: County, days: int) -> None:
    """Time passes; everybody has spoken to his parent, and the county has looked at everything."""
    for watch in county.watches.values():
        watch.now_ms = at(later(days))
    await county.settle_down(rounds=2)
    await sweep(county.books[COUNTY])
    await county.settle_down(rounds=2)


async def busy_weeks(county: County) -> None:
    """Cases in time and late, refused, rated, complained of and under way, in two townships and at the county."""
    offices = (TOWNSHIP, OTHER_TOWNSHIP, COUNTY)
    quick = [await Case(county, home).file(by=home) for home in offices]
    late = [await Case(county, home).file(by=home) for home in offices]
    for case in (*quick, *late):
        await case.accept(by=case.home, days=2)
    far = await Case(county, FAR_VILLAGE).file(by=FAR_VILLAGE, on=later(1))
    for case in quick:
        await case.close(by=case.home, on=later(2))
    await far.go_up(on=later(2))
    refused = await Case(county, TOWNSHIP).file(by=TOWNSHIP, on=later(3))
    await refused.act(Act.REFUSE, pb.Refused(), by=TOWNSHIP, on=later(4))
    at_a_window = await Case(county, COUNTY).file(by=COUNTY, on=later(7))
    await at_a_window.accept(by=COUNTY, days=2, on=later(7))
    await at_a_window.act(Act.STAGE_DONE, pb.StageDone(next_unit=SOMEWHERE), by=COUNTY, on=later(8))
    await (await Case(county, VILLAGE).file(by=VILLAGE, on=later(7))).hand_over(on=later(8))
    for case in late:
        await case.close(by=case.home, on=later(8))
    for case in quick:
        await case.act(Act.RATE, pb.Rated(grade=5), by=case.home, on=later(9))
    for case in late:
        await case.act(Act.RATE, pb.Rated(grade=2, reason="样例"), by=case.home, on=later(9))
        await case.act(Act.COMPLAIN, pb.Complained(channel="phone"), by=case.home, on=later(10))
    await passes(county, 14)


@pytest.mark.parametrize("by", By)
async def test_reports_over_adjoining_periods_add_up(county: County, by: By) -> None:
    await busy_weeks(county)
    book = county.books[COUNTY]
    whole = (await reported(book, by)).total
    parts = [
        (await reported(book, by, first=MONDAY, last=later(7))).total,
        (await reported(book, by, first=later(8), last=LAST)).total,
    ]
    for name in vars(whole.figures):
        counts = [getattr(each.figures, name) for each in parts]
        counted = counts[-1] if name in AS_OF_THE_END else sum(counts)
        assert counted == getattr(whole.figures, name), name
    confirmed = [each.confirmed or Confirmed() for each in parts]
    assert Confirmed(*map(sum, zip(*confirmed, strict=True))) == whole.confirmed == Confirmed(6, 3)
    assert (whole.figures.handled, whole.figures.judged, whole.figures.on_time, whole.figures.shirked) == (9, 6, 3, 1)


async def test_every_way_of_cutting_it_adds_up_to_the_same(county: County) -> None:
    await busy_weeks(county)
    book = county.books[COUNTY]
    begins = [None, *map(later, (1, 2, 5, 8, 9, 10, 13))]
    for within, first, last in product((COUNTY, TOWNSHIP), begins, (LAST, *map(later, (13, 9, 8, 7, 4, 1)))):
        if first and first > last:
            continue
        found = [await reported(book, by, within=within, first=first, last=last) for by in By]
        for each in found:
            assert total(row.figures for row in each.rows) == each.total.figures == found[0].total.figures
            confirmed = [row.confirmed or Confirmed() for row in each.rows]
            assert Confirmed(*map(sum, zip(*confirmed, strict=True))) == each.total.confirmed
    by_place, by_department, by_window = [await reported(book, by) for by in By]
    assert [row.unit for row in by_place.rows] == [Unit(each) for each in (TOWNSHIP, OTHER_TOWNSHIP, COUNTY)]
    assert [row.unit for row in by_department.rows] == [Unit(name="JSJ")]
    assert [row.also_above for row in (*by_place.rows, by_place.total)] == [True, True, False, False]
    assert not any(row.also_above for each in (by_department, by_window) for row in each.rows)
    windows = {row.unit: row.figures for row in by_window.rows}
    assert windows[Unit(COUNTY, SOMEWHERE)] == Figures(handled=1, open=1, late=1)
    assert windows[Unit(COUNTY)].handled == 2


async def test_the_county_is_the_sum_of_its_townships_and_what_is_in_transit(county: County) -> None:
    await busy_weeks(county)
    books = [county.books[place] for place in (TOWNSHIP, OTHER_TOWNSHIP)]

    async def at_the_county() -> Report:
        return await reported(county.books[COUNTY])

    async def at_the_townships() -> Figures:
        return total([(await reported(book, within=book.identity.place)).total.figures for book in books])

    own = (await at_the_county()).rows[-1].figures
    whole = (await at_the_county()).total.figures
    assert whole == total([await at_the_townships(), own])
    assert whole.in_transit == 1
    # With the line down, what the township takes in is not at the county yet: its rows say how far they reach.
    for _ in range(3):
        await Case(county, TOWNSHIP).file(by=TOWNSHIP, on=later(14))
    behind = await at_the_county()
    assert (await at_the_townships()).handled + own.handled - behind.total.figures.handled == 3
    await passes(county, 14)
    assert (await at_the_county()).total.figures == total([await at_the_townships(), own])


async def test_data_that_do_not_reach_the_end_are_said_to_be_behind(county: County) -> None:
    await passes(county, 0)

    async def behind(last: date, *, within: int = COUNTY) -> dict[int, tuple[int, int]]:
        found = await reported(county.books[COUNTY], within=within, last=last)
        reach = {row.unit.place: row.reach for row in (*found.rows, found.total) if row.reach}
        return {place: (each.behind, each.nodes) for place, each in reach.items()}

    assert await behind(later(-1)) == {TOWNSHIP: (0, 3), OTHER_TOWNSHIP: (0, 2), COUNTY: (0, 6)}
    county.watches[COUNTY].now_ms = at(later(3))
    assert await behind(later(1)) == {TOWNSHIP: (3, 3), OTHER_TOWNSHIP: (2, 2), COUNTY: (5, 6)}
    county.watches[TOWNSHIP].now_ms = at(later(3))
    await county.exchange(TOWNSHIP)
    assert (await behind(later(1)))[TOWNSHIP] == (2, 3)
    assert (await behind(later(9)))[COUNTY] == (4, 6), "of a period that goes on, up to this morning"


# Confirmed, and what is not.


async def points(county: County, place: int, **asked: Any) -> tuple[Confirmed | None, float]:
    found = await reported(county.books[COUNTY], **asked)
    (row,) = (row for row in found.rows if row.unit.place == place)
    scored = score(row.figures, row.confirmed or Confirmed(), weights=Weights(), also_above=row.also_above)
    return row.confirmed, scored.points if scored else 0.0


async def test_only_what_is_confirmed_costs_points_and_only_whose_office_it_was(county: County) -> None:
    case = await Case(county, VILLAGE).file(by=VILLAGE)
    await passes(county, 0)
    await case.hand_over(on=later(8))
    for watch in county.watches.values():
        watch.now_ms = at(later(9))
    await sweep(county.books[COUNTY])
    assert (await points(county, TOWNSHIP))[0] == Confirmed(), "the line is down: suspected, and no more"
    await passes(county, 10)
    case = await Case(county, TOWNSHIP).file(by=TOWNSHIP, on=later(10))
    await case.accept(by=TOWNSHIP, days=1, on=later(10))
    await passes(county, 11)
    assert await points(county, TOWNSHIP) == (Confirmed(1, 0), 98)
    assert (await points(county, OTHER_TOWNSHIP))[0] == Confirmed()
    assert (await points(county, TOWNSHIP, last=later(9)))[0] == Confirmed(), "it counts when it was told"


async def test_of_the_cases_closed_late_those_count_of_which_a_promise_was_confirmed_broken(county: County) -> None:
    waiting, late = [await Case(county, TOWNSHIP).file(by=TOWNSHIP) for _ in range(2)]
    for case in (waiting, late):
        await case.accept(by=TOWNSHIP, days=1)
    await passes(county, 7)
    await late.close(by=TOWNSHIP, on=later(14))
    await passes(county, 14)
    assert await points(county, TOWNSHIP, first=later(10)) == (Confirmed(0, 1), 60), "told before, closed in the period"
    assert await points(county, TOWNSHIP, last=later(10)) == (Confirmed(2, 0), 96), "both were told, and none closed"
    assert await points(county, OTHER_TOWNSHIP) == (Confirmed(), 0)


async def test_the_window_that_has_the_case_now_does_not_answer_for_who_had_it_before(county: County) -> None:
    case = await Case(county, VILLAGE).file(by=VILLAGE)
    await passes(county, 0)
    await case.go_up(on=later(8))
    await case.accept(by=TOWNSHIP, on=later(8))
    await case.act(Act.STAGE_DONE, pb.StageDone(next_unit=SOMEWHERE), by=TOWNSHIP, on=later(8))
    await passes(county, 9)
    found = await reported(county.books[COUNTY], By.WINDOW)
    assert {row.unit: (row.figures.open, row.confirmed) for row in found.rows} == {
        Unit(TOWNSHIP, SOMEWHERE): (1, Confirmed()),
        Unit(VILLAGE): (0, Confirmed(1, 0)),
    }


async def test_a_finding_that_is_withdrawn_costs_nothing_any_more(county: County) -> None:
    case = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    await case.accept(by=TOWNSHIP, days=1)
    await passes(county, 14)
    assert (await points(county, TOWNSHIP))[0] == Confirmed(1, 0), "it is not closed yet"
    await county.books[COUNTY].write(lambda tx: tx.conn.execute("UPDATE findings SET standing='withdrawn'"))
    assert (await points(county, TOWNSHIP))[0] == Confirmed()


async def test_below_the_county_no_findings_are_kept_and_nobody_says_there_are_none(county: County) -> None:
    await busy_weeks(county)
    found = await reported(county.books[TOWNSHIP], within=TOWNSHIP)
    assert {row.confirmed for row in (*found.rows, found.total)} == {None}
    at_the_county = await reported(county.books[COUNTY], within=TOWNSHIP)
    assert found.total.figures == at_the_county.total.figures
