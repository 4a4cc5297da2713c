"""What cases, offices and the catalogue show against the rules, as a book says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from county_node import seed
from sync.cases import places
from sync.cases.clocks import NO_CALENDAR
from sync.cases.stages import Act
from sync.catalogue.items import Delegation, DelegationRecall, ItemStage, Power, ServiceItem, SpecialProcedure
from sync.catalogue.release import Catalogue, Release, apply
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from sync.journal import signals
from sync.journal.book import Book
from sync.journal.clock import Reading
from sync.journal.clocks import judge
from sync.journal.signals import Signalled
from sync.journal.verify import verify
from tests.books.test_figures import MONDAY, Case, at, county, later
from tests.books.test_findings import at_the_township, look, lying, on
from tests.county import COUNTY, ROOT, TOWNSHIP, VILLAGE, County, rows

__all__ = ["county"]

WHOLE = places.bounds(COUNTY)


async def of_cases(book: Book, *, before: int = 0, limit: int = 50) -> tuple[list[Signalled], int]:
    catalogue = book.catalogues.catalogue()
    asked: dict[str, Any] = {"here": book.identity.place, "within": WHOLE, "before": before, "limit": limit}
    return await book.look(lambda conn: signals.of_cases(conn, catalogue, **asked))


async def refused(county: County, *, reason: str = "") -> Case:
    case = await at_the_township(county)
    await case.act(Act.REFUSE, pb.Refused(reason=reason), by=TOWNSHIP)
    await county.settle_down(rounds=2)
    return case


# Cases.


async def test_every_level_says_the_same_of_a_case(county: County) -> None:
    case = await refused(county)
    for place in (COUNTY, TOWNSHIP, VILLAGE):
        (found,), more = await of_cases(county.books[place])
        assert (found.rule, found.place, found.case_id) == ("REFUSED_WITHOUT_REASON", TOWNSHIP, case.facts[0])
        assert (found.fact_id, more) == (case.facts[-1], 0)
        assert verify(county.path(place), ROOT.public) == []


async def test_a_case_in_order_shows_nothing(county: County) -> None:
    await refused(county, reason="材料与本事项无关")
    assert await of_cases(county.books[COUNTY]) == ([], 0)


async def test_of_many_cases_a_page_at_a_time(county: County) -> None:
    for _ in range(3):
        await refused(county)
    first, more = await of_cases(county.books[COUNTY], limit=2)
    second, none = await of_cases(county.books[COUNTY], limit=2, before=more)
    assert (len(first), len(second), none) == (2, 1, 0)
    assert len({each.case_id for each in first + second}) == 3


async def test_what_was_written_later_than_it_says_is_shown(county: County) -> None:
    case = await at_the_township(county)
    on(county, later(14))
    await county.settle_down(rounds=2)
    stop = lying(county, TOWNSHIP, later(2))
    await case.accept(by=TOWNSHIP, days=30, on=later(15))
    stop()
    await look(county, later(16), heard=True)
    found, _ = await of_cases(county.books[COUNTY])
    assert [(each.rule, each.place, each.about) for each in found] == [("TIME_CLAIMED", TOWNSHIP, "补记")]


async def test_a_page_keyed_in_on_its_own_morning_shows_nothing(county: County) -> None:
    noon = at(MONDAY) + 4 * 60 * 60 * 1000
    await Case(county, TOWNSHIP).file(by=TOWNSHIP, happened_at_ms=noon, paper_page="13")
    await county.settle_down(rounds=2)
    assert await of_cases(county.books[COUNTY]) == ([], 0)


async def test_a_special_procedure_that_the_item_does_not_have_is_shown(county: County) -> None:
    case = await at_the_township(county, days=3)
    await case.act(Act.BEGIN_SPECIAL, pb.SpecialBegun(procedure="没有的程序", limit_days=5), by=TOWNSHIP)
    await county.settle_down(rounds=2)
    found, _ = await of_cases(county.books[COUNTY])
    assert [(each.rule, each.place) for each in found] == [("SPECIAL_NOT_LISTED", TOWNSHIP)]


async def test_one_that_it_has_is_not(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await at_the_township(county, days=3)
    await case.act(Act.BEGIN_SPECIAL, pb.SpecialBegun(procedure="听证", limit_days=5), by=TOWNSHIP)
    await county.settle_down(rounds=2)
    heard = replace(ITEM, special_procedures=(SpecialProcedure("听证", 5),))
    monkeypatch.setattr(Catalogue, "item_to_judge_by", lambda *_: heard)
    assert await of_cases(county.books[COUNTY]) == ([], 0)


async def test_what_a_store_that_was_set_back_wrote_later_accuses_nobody(county: County) -> None:
    case = await at_the_township(county)
    on(county, later(14))
    await county.settle_down(rounds=2)
    stop = lying(county, TOWNSHIP, later(2))
    await case.accept(by=TOWNSHIP, days=30, on=later(15))
    stop()
    await look(county, later(16), heard=True)
    await county.books[COUNTY].write(
        lambda tx: tx.conn.execute(
            "INSERT INTO two_stores SELECT DISTINCT author, epoch, 1 FROM streams WHERE author=?", [TOWNSHIP]
        )
    )
    assert await of_cases(county.books[COUNTY]) == ([], 0)


# Offices.


async def of_offices(county: County) -> set[tuple[str, int]]:
    found = await county.books[COUNTY].look(lambda conn: signals.of_offices(conn, within=WHOLE))
    return {(each.rule, each.place) for each in found}


async def test_an_office_that_is_not_heard_of_is_shown_until_it_is(county: County) -> None:
    on(county, later(0))
    await county.settle_down(rounds=2)
    await look(county, later(2))
    assert await of_offices(county) == set()
    await look(county, later(7))
    assert ("OFFICE_SILENT", TOWNSHIP) in await of_offices(county)
    await look(county, later(8), heard=True)
    assert ("OFFICE_SILENT", TOWNSHIP) not in await of_offices(county)


async def test_a_journal_that_has_come_apart_is_shown(county: County) -> None:
    await county.close(TOWNSHIP)
    county.copy(TOWNSHIP, name="copy")
    await county.open(TOWNSHIP)
    await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    await county.exchange(TOWNSHIP)
    assert await of_offices(county) == set()
    await county.close(TOWNSHIP)
    county.set_back(TOWNSHIP, name="copy")
    await county.open(TOWNSHIP)
    await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    await county.exchange(TOWNSHIP)
    assert await of_offices(county) == {("CHAIN_BROKEN", TOWNSHIP)}


# The catalogue.

FIRST = seed.first_release()
CALENDAR = seed.calendar()
TODAY = date(2026, 3, 2)


def with_item(item: ServiceItem) -> Catalogue:
    changes = tuple(replace(each, item=item) if each.item.code == item.code else each for each in FIRST.changes)
    return apply(Catalogue(COUNTY), replace(FIRST, changes=changes, delegations=()))


def shown(catalogue: Catalogue, today: date = TODAY) -> set[str]:
    return {each.rule for each in signals.of_catalogue(catalogue, CALENDAR, today=today)}


ITEM = FIRST.changes[0].item


def test_a_catalogue_in_order_shows_nothing() -> None:
    assert shown(with_item(ITEM)) == set()


def test_an_item_that_lacks_something_is_shown() -> None:
    assert shown(with_item(replace(ITEM, materials=()))) == {"ITEM_INCOMPLETE"}


def test_limits_that_do_not_add_up_are_shown() -> None:
    stages = tuple(ItemStage(each.stage, each.level, each.owner, each.limit_days + 9) for each in ITEM.stages)
    assert shown(with_item(replace(ITEM, stages=stages))) == {"LIMITS_DO_NOT_ADD_UP"}


def test_a_calendar_about_to_end_is_shown() -> None:
    assert shown(with_item(ITEM), CALENDAR.last_day - timedelta(days=31)) == set()
    assert shown(with_item(ITEM), CALENDAR.last_day - timedelta(days=30)) == {"CALENDAR_ENDS"}
    (found,) = signals.of_catalogue(with_item(ITEM), NO_CALENDAR, today=TODAY)
    assert found.about == "没有日历"


def test_a_delegation_about_to_end_is_shown_to_whom_it_was_given() -> None:
    ends = TODAY + timedelta(days=30)
    given = Delegation(1, ITEM.code, frozenset({TOWNSHIP}), frozenset({Power.ACCEPT}), None, ends)
    catalogue = apply(Catalogue(COUNTY), replace(FIRST, delegations=(given,)))
    (found,) = signals.of_catalogue(catalogue, CALENDAR, today=TODAY)
    assert (found.rule, found.place) == ("DELEGATION_ENDS", TOWNSHIP)
    assert shown(catalogue, TODAY - timedelta(days=1)) == set()
    # Renewed.
    again = replace(given, number=2, from_day=ends + timedelta(days=1), to_day=None)
    assert shown(apply(catalogue, Release(2, delegations=(again,)))) == set()
    # Taken back in part: the rest still ends.
    both = replace(given, powers=frozenset({Power.ACCEPT, Power.EXAMINE}))
    catalogue = apply(Catalogue(COUNTY), replace(FIRST, delegations=(both,)))
    taken = DelegationRecall(1, frozenset({TOWNSHIP}), frozenset({Power.ACCEPT}), "样例")
    (found,) = signals.of_catalogue(apply(catalogue, Release(2, recalls=(taken,))), CALENDAR, today=TODAY)
    assert Power.EXAMINE.label in found.about
    catalogue = apply(Catalogue(COUNTY), replace(FIRST, delegations=(given,)))
    assert shown(catalogue, ends + timedelta(days=1)) == set()


# Afterwards.


async def of_replies(county: County, day: date) -> set[tuple[str, int]]:
    on(county, day)
    await county.settle_down(rounds=2)
    found = await judge(county.books[COUNTY], lambda c, judging: signals.of_replies(c, judging, within=WHOLE))
    return {(each.rule, each.place) for each in found}


async def test_a_complaint_nobody_takes_up_and_a_bad_rating_nobody_asks_about_are_shown(county: County) -> None:
    case = await at_the_township(county, days=3)
    await case.close(by=TOWNSHIP, on=MONDAY)
    await case.act(Act.COMPLAIN, pb.Complained(channel="phone"), by=TOWNSHIP)
    await case.act(Act.RATE, pb.Rated(grade=1, reason="样例"), by=TOWNSHIP)
    assert await of_replies(county, later(7)) == set()
    assert await of_replies(county, later(8)) == {("COMPLAINT_ACCEPTANCE_LATE", COUNTY)}
    assert await of_replies(county, later(15)) == {
        ("COMPLAINT_ACCEPTANCE_LATE", COUNTY),
        ("COMPLAINT_ANSWER_LATE", COUNTY),
    }
    assert ("CALL_BACK_LATE", TOWNSHIP) not in await of_replies(county, later(21))
    await Case(county, TOWNSHIP).file(by=TOWNSHIP, on=later(22))
    assert ("CALL_BACK_LATE", TOWNSHIP) in await of_replies(county, later(22))


async def test_whoever_calls_back_has_the_days_from_when_the_rating_came(county: County) -> None:
    case = await at_the_township(county, days=3)
    await case.close(by=TOWNSHIP, on=MONDAY)
    await county.settle_down(rounds=2)
    # The village writes it down while its line is down.
    await case.act(Act.RATE, pb.Rated(grade=1, reason="样例"), by=VILLAGE, on=later(1))
    assert await of_replies(county, later(40)) == set()
    for place in (COUNTY, TOWNSHIP):
        assert rows(county.books[place], "SELECT signer FROM arrivals WHERE at_ms>=?", at(later(40))) == [(TOWNSHIP,)]
        assert verify(county.path(place), ROOT.public) == []
    # Fifteen working days from the fortieth day, a Saturday.
    await Case(county, TOWNSHIP).file(by=TOWNSHIP, on=later(60))
    assert await of_replies(county, later(60)) == set()
    await Case(county, TOWNSHIP).file(by=TOWNSHIP, on=later(61))
    assert await of_replies(county, later(61)) == {("CALL_BACK_LATE", TOWNSHIP)}


@pytest.mark.parametrize("told", [Reading(at(date(2027, 1, 4)), fact_pb2.CLOCK_STATE_UNTRUSTED, 0), None])
async def test_a_station_whose_clock_is_wrong_accuses_nobody_above_it(county: County, told: Reading | None) -> None:
    case = await at_the_township(county, days=3)
    await case.close(by=TOWNSHIP, on=MONDAY)
    await county.settle_down(rounds=2)
    if told is None:
        # It has signed for a journal without what it then says to have written earlier.
        await county.exchange(VILLAGE)
        lying(county, VILLAGE, date(2027, 1, 4))
    else:
        county.books[VILLAGE].clock.reading = lambda **_: told  # type: ignore[method-assign]
    await case.act(Act.COMPLAIN, pb.Complained(channel="phone"), by=VILLAGE)
    await case.act(Act.RATE, pb.Rated(grade=1, reason="样例"), by=VILLAGE)
    del county.books[VILLAGE].clock.reading
    assert await of_replies(county, later(1)) == set()
    await county.exchange(TOWNSHIP)
    await Case(county, TOWNSHIP).file(by=TOWNSHIP, on=later(40))
    assert await of_replies(county, later(40)) == set()


async def test_of_the_cases_an_office_ended_in_a_month_three_are_drawn_and_always_the_same(county: County) -> None:
    for _ in range(5):
        case = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
        await case.accept(by=TOWNSHIP)
        await case.close(by=TOWNSHIP, on=MONDAY)
    await county.settle_down(rounds=2)
    drawn = {
        place: await county.books[place].look(lambda c: signals.spot_checks(c, month=MONDAY, within=WHOLE))
        for place in (COUNTY, TOWNSHIP)
    }
    assert {each.case_id for each in drawn[COUNTY]} == {each.case_id for each in drawn[TOWNSHIP]}
    assert [each.place for each in drawn[COUNTY]] == [TOWNSHIP] * 3
    nothing = await county.books[COUNTY].look(
        lambda c: signals.spot_checks(c, month=MONDAY + timedelta(days=40), within=WHOLE)
    )
    assert nothing == []
