"""What the county finds, tells and takes back: no office is accused because its line is down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date
from typing import Any

import pytest

from county_node.supervising import sweep
from sync.cases.clocks import ClockKind
from sync.cases.stages import Act
from sync.cases.workdays import number_of
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from sync.journal import schema
from sync.journal.clock import Reading
from sync.journal.verify import verify
from tests.books.test_figures import Case, at, county, later
from tests.county import COUNTY, ROOT, TOWNSHIP, VILLAGE, County, rows

__all__ = ["county"]

LATE = later(14)
AGENCY, DECISION, PROMISE = (int(kind) for kind in (ClockKind.AGENCY, ClockKind.DECISION, ClockKind.PROMISE))


def on(county: County, day: date) -> None:
    for watch in county.watches.values():
        watch.now_ms = at(day)


async def look(county: County, day: date, *, heard: bool = False) -> dict[int, str]:
    """What stands at the county on a day, by kind of limit. `heard`: after everybody has spoken to his parent."""
    on(county, day)
    if heard:
        await county.settle_down(rounds=2)
    await sweep(county.books[COUNTY])
    return dict(rows(county.books[COUNTY], "SELECT kind, standing FROM findings"))


def told(county: County, place: int, body_type: fact_pb2.BodyType) -> list[fact_pb2.Fact]:
    facts = (fact_pb2.Fact.FromString(encoded) for (encoded,) in rows(county.books[place], "SELECT bytes FROM facts"))
    return [fact for fact in facts if fact.body_type == body_type]


def confirmed(county: County, place: int = COUNTY) -> list[pb.FindingConfirmed]:
    return [
        pb.FindingConfirmed.FromString(fact.body) for fact in told(county, place, fact_pb2.BODY_TYPE_FINDING_CONFIRMED)
    ]


def withdrawn(county: County) -> list[pb.FindingWithdrawn]:
    return [
        pb.FindingWithdrawn.FromString(fact.body) for fact in told(county, COUNTY, fact_pb2.BODY_TYPE_FINDING_WITHDRAWN)
    ]


async def at_the_township(county: County, *, days: int = 0) -> Case:
    """A case taken in at the township on Monday; accepted there, if so many days are promised."""
    case = await Case(county, VILLAGE).file(by=VILLAGE)
    await case.go_up()
    if days:
        await case.accept(by=TOWNSHIP, days=days)
    on(county, later(0))
    await county.settle_down(rounds=2)
    return case


def lying(county: County, place: int, day: date) -> Callable[[], None]:
    """The node of a place writes another day than its clock shows, and calls it trusted. Returns how to stop."""
    clock: Any = county.books[place].clock
    clock.reading = lambda **_: Reading(at(day), fact_pb2.CLOCK_STATE_TRUSTED, 0)

    def stop() -> None:
        del clock.reading

    return stop


async def test_before_the_limit_has_passed_nothing_is_found(county: County) -> None:
    await Case(county, VILLAGE).file(by=VILLAGE)
    assert await look(county, later(3), heard=True) == {}


async def test_while_its_line_is_down_a_station_is_suspected_and_no_more(county: County) -> None:
    await Case(county, VILLAGE).file(by=VILLAGE)
    assert await look(county, later(0), heard=True) == {}
    assert await look(county, LATE) == {AGENCY: "suspected"}
    assert await look(county, later(60)) == {AGENCY: "suspected"}
    assert confirmed(county) == []


async def test_once_all_it_did_is_known_the_finding_is_confirmed_and_everybody_is_told(county: County) -> None:
    await Case(county, VILLAGE).file(by=VILLAGE)
    assert await look(county, LATE, heard=True) == {AGENCY: "confirmed"}
    await look(county, LATE, heard=True)
    for place in (COUNTY, TOWNSHIP, VILLAGE):
        (found,) = confirmed(county, place)
        assert (found.place, found.start_day, found.deadline_day) == (
            VILLAGE,
            number_of(later(0)),
            number_of(later(3)),
        )
        assert verify(county.path(place), ROOT.public) == []


async def test_what_was_done_in_time_behind_a_line_that_was_down_is_in_time(county: County) -> None:
    case = await Case(county, VILLAGE).file(by=VILLAGE)
    await look(county, later(0), heard=True)
    await case.hand_over(on=later(2))
    assert await look(county, LATE) == {AGENCY: "suspected"}
    assert (await look(county, later(15), heard=True))[AGENCY] == "in_time"
    assert confirmed(county) == []
    assert rows(county.books[COUNTY], "SELECT * FROM backdated") == []


async def test_what_was_done_too_late_behind_a_line_that_was_down_is_late(county: County) -> None:
    case = await Case(county, VILLAGE).file(by=VILLAGE)
    await look(county, later(0), heard=True)
    await case.hand_over(on=later(8))
    assert (await look(county, LATE, heard=True))[AGENCY] == "confirmed"
    (found,) = confirmed(county)
    assert found.act == case.facts[-1]


async def test_a_promise_kept_late_is_found_although_the_case_has_ended(county: County) -> None:
    case = await at_the_township(county, days=3)
    await case.close(by=TOWNSHIP, on=later(8))
    assert await look(county, LATE, heard=True) == {PROMISE: "confirmed"}


async def test_a_promise_kept_in_time_is_never_found(county: County) -> None:
    case = await at_the_township(county, days=3)
    await case.close(by=TOWNSHIP, on=later(2))
    assert await look(county, LATE, heard=True) == {}


async def test_looked_at_again_nothing_is_told_twice(county: County) -> None:
    await at_the_township(county)
    for day in (LATE, later(15), later(16)):
        found = await look(county, day, heard=True)
    assert found[DECISION] == "confirmed"
    assert len([each for each in confirmed(county) if each.limit == pb.TIME_LIMIT_DECISION]) == 1


async def test_a_finding_told_in_an_earlier_life_of_the_book_is_not_told_again(county: County) -> None:
    await at_the_township(county)
    await look(county, LATE, heard=True)
    before = len(confirmed(county))
    await county.books[COUNTY].write(lambda tx: tx.conn.execute("DELETE FROM findings"))
    await county.books[COUNTY].write(lambda tx: tx.set_meta("supervised_through", b"0"))
    assert (await look(county, later(15)))[DECISION] == "confirmed"
    assert len(confirmed(county)) == before


# Time is evidence.


async def test_an_act_that_claims_a_day_its_author_has_signed_past_is_no_evidence(county: County) -> None:
    case = await at_the_township(county)
    assert (await look(county, LATE))[DECISION] == "suspected"
    on(county, LATE)
    await county.settle_down(rounds=2)  # The township signs for a journal in which nothing was accepted.
    stop = lying(county, TOWNSHIP, later(2))
    await case.act(Act.ACCEPT, pb.Accepted(promised_days=30), by=TOWNSHIP, on=later(15))
    stop()
    assert (await look(county, later(16), heard=True))[DECISION] == "confirmed"
    assert len(rows(county.books[COUNTY], "SELECT * FROM backdated")) == 1


async def test_a_clock_nobody_trusts_leaves_it_to_a_person(county: County) -> None:
    case = await at_the_township(county)
    await case.accept(by=TOWNSHIP, on=later(-400))
    assert (await look(county, LATE, heard=True))[DECISION] == "for_a_person"
    assert confirmed(county) == []


async def test_a_store_set_back_leaves_a_hole_and_a_person_to_decide(county: County) -> None:
    await at_the_township(county)
    await county.close(TOWNSHIP)
    county.copy(TOWNSHIP, name="monday")
    await county.open(TOWNSHIP)
    county.watches[TOWNSHIP].now_ms = at(later(9))
    await county.books[TOWNSHIP].write(lambda tx: tx.open_epoch(pb.OPEN_REASON_RESTORE))
    assert (await look(county, LATE, heard=True))[DECISION] == "for_a_person"
    assert confirmed(county) == []


async def test_a_store_set_back_after_the_limit_leaves_no_doubt(county: County) -> None:
    await at_the_township(county)
    on(county, later(9))
    await county.settle_down(rounds=2)
    await sweep(county.books[COUNTY])
    county.watches[TOWNSHIP].now_ms = at(later(10))
    await county.books[TOWNSHIP].write(lambda tx: tx.open_epoch(pb.OPEN_REASON_RESTORE))
    assert (await look(county, LATE, heard=True))[DECISION] == "confirmed"


async def test_a_confirmed_finding_is_withdrawn_when_the_act_comes_after_all(county: County) -> None:
    case = await at_the_township(county)
    await county.close(TOWNSHIP)
    county.copy(TOWNSHIP, name="monday")
    await county.open(TOWNSHIP)
    await case.accept(by=TOWNSHIP, on=later(2))
    await county.exchange(VILLAGE)
    # The township's store is set back, and nobody notices.
    await county.close(TOWNSHIP)
    county.set_back(TOWNSHIP, name="monday")
    await county.open(TOWNSHIP)
    on(county, LATE)
    await county.exchange(TOWNSHIP)
    assert (await look(county, LATE))[DECISION] == "confirmed"
    # It was signed over while it was lost, and the store shows that it went back: a person says when it was.
    assert (await look(county, later(15), heard=True))[DECISION] == "for_a_person"
    # And with it, that the case counted as accepted because nobody answered.
    taken_back = withdrawn(county)
    assert len(taken_back) == len(confirmed(county)) == 2
    assert [case.facts[-1]] in [each.evidence for each in taken_back]
    assert (await look(county, later(16), heard=True))[DECISION] == "for_a_person"
    assert len([each for each in confirmed(county) if each.limit == pb.TIME_LIMIT_DECISION]) == 1


# What is kept of it, checked.


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE findings SET standing='suspected' WHERE standing='confirmed'",
        "UPDATE findings SET confirmed_by=zeroblob(32) WHERE standing='confirmed'",
        "UPDATE findings SET place=place+1 WHERE standing='confirmed'",
        "UPDATE findings SET case_row=case_row+1 WHERE standing='confirmed'",
        "UPDATE backdated SET fact=fact+99999",
        "UPDATE backdated SET not_before_ms=not_before_ms+99999999999",
        "UPDATE known SET until_ms=until_ms+99999999999",
        "UPDATE known SET signer=signer+1",
    ],
)
async def test_what_nobody_signed_for_is_found(county: County, change: str) -> None:
    await test_an_act_that_claims_a_day_its_author_has_signed_past_is_no_evidence(county)
    await county.close(COUNTY)
    assert verify(county.path(COUNTY), ROOT.public) == []
    with closing(schema.connect(county.path(COUNTY))) as conn:
        conn.execute(change)
    table = change.split()[1]
    assert {each.table for each in verify(county.path(COUNTY), ROOT.public)} == {table}
