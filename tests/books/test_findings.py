"""What the county finds, tells and takes back: no office is accused because its line is down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import date
from typing import Any

import pytest

from county_node.supervising import sweep
from sync.cases.clocks import ClockKind
from sync.cases.stages import Act
from sync.cases.workdays import number_of
from sync.facts.streams import PATH, Scope
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from sync.journal import findings, schema, statements
from sync.journal.book import Book
from sync.journal.cases import CaseFacts
from sync.journal.clock import Clock, Reading
from sync.journal.verify import verify
from sync.journal.writing import Draft, Transaction
from tests.books.test_figures import Case, at, county, later
from tests.county import COUNTY, ROOT, TOWNSHIP, VILLAGE, County, append, looked_at_anew, rows

__all__ = ["county"]

LATE = later(14)
AGENCY, DECISION, PROMISE = (int(kind) for kind in (ClockKind.AGENCY, ClockKind.DECISION, ClockKind.PROMISE))
DELIVERY = int(ClockKind.DELIVERY)


def on(county: County, day: date) -> None:
    for watch in county.watches.values():
        watch.now_ms = at(day)


async def look(county: County, day: date, *, heard: bool = False) -> dict[int, str]:
    """What stands at the county on a day, by kind of limit. `heard`: after everybody has spoken to his parent."""
    on(county, day)
    if heard:
        await county.settle_down(rounds=2)
    await sweep(county.books[COUNTY])
    await looked_at_anew(county.books[COUNTY])
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


async def ended(county: County) -> Case:
    """Decided in time and closed at the township; the result is to be handed out within ten working days."""
    case = await at_the_township(county, days=3)
    await case.close(by=TOWNSHIP, on=later(2))
    return case


async def test_a_result_that_nobody_hands_out_is_found(county: County) -> None:
    await ended(county)
    on(county, later(3))
    await county.exchange(TOWNSHIP)
    assert await look(county, later(16)) == {}
    assert await look(county, later(17)) == {DELIVERY: "suspected"}
    await county.exchange(VILLAGE)
    await Case(county, TOWNSHIP).file(by=TOWNSHIP, on=later(18))
    assert await look(county, later(18), heard=True) == {DELIVERY: "confirmed"}


async def test_handed_out_at_the_station_in_time_it_is_in_time_although_the_line_is_down(county: County) -> None:
    """It is the township's duty, and the station that does it."""
    case = await ended(county)
    await case.act(Act.DELIVER, pb.Delivered(), by=VILLAGE, on=later(5))
    on(county, later(20))
    await county.exchange(TOWNSHIP)
    assert await look(county, later(20)) == {DELIVERY: "suspected"}
    assert await look(county, later(30), heard=True) == {DELIVERY: "in_time"}
    assert confirmed(county) == []


async def test_handed_out_beside_the_path_it_is_looked_at_once_and_no_more(county: County) -> None:
    case = await at_the_township(county, days=3)
    await case.act(Act.STAGE_DONE, pb.StageDone(), by=TOWNSHIP, on=later(2))
    await case.act(Act.DECIDE, pb.Decided(outcome=pb.OUTCOME_GRANTED), by=TOWNSHIP, on=later(2))
    decided = case.facts[-1:]
    await case.act(Act.DELIVER, pb.Delivered(), by=TOWNSHIP, on=later(2))
    case.facts += decided
    await case.act(Act.CLOSE, pb.Closed(), by=TOWNSHIP, on=later(2))
    assert await look(county, later(20), heard=True) == {DELIVERY: "in_time"}
    assert await sweep(county.books[COUNTY]) == 0


async def test_when_it_was_handed_out_on_paper_only_a_person_can_say(county: County) -> None:
    case = await ended(county)
    on_paper: dict[str, Any] = {"happened_at_ms": at(later(5)), "paper_page": "13"}
    await case.act(Act.DELIVER, pb.Delivered(), by=TOWNSHIP, on=later(18), **on_paper)
    assert await look(county, later(20), heard=True) == {DELIVERY: "for_a_person"}


async def test_a_special_procedure_over_its_own_limit_is_found(county: County) -> None:
    case = await at_the_township(county, days=3)
    await case.act(Act.BEGIN_SPECIAL, pb.SpecialBegun(procedure="听证", limit_days=5), by=TOWNSHIP, on=later(0))
    assert await look(county, later(7), heard=True) == {}
    on(county, later(9))
    await Case(county, TOWNSHIP).file(by=TOWNSHIP, on=later(9))
    assert await look(county, later(9), heard=True) == {int(ClockKind.SPECIAL): "confirmed"}


async def test_the_days_of_a_hearing_are_nobodys_delay(county: County) -> None:
    case = await at_the_township(county, days=3)
    begun = pb.SpecialBegun(procedure="听证", limit_days=30)
    await case.act(Act.BEGIN_SPECIAL, begun, by=TOWNSHIP, on=later(1))
    assert await look(county, later(20), heard=True) == {}
    await case.act(Act.END_SPECIAL, pb.SpecialEnded(), by=TOWNSHIP, on=later(21))
    await case.close(by=TOWNSHIP, on=later(22))
    assert await look(county, later(23), heard=True) == {}
    (row,) = rows(county.books[COUNTY], "SELECT used_days, on_time, special, special_days FROM cases")
    assert row == (2, 1, "", 0)
    for place in (COUNTY, TOWNSHIP, VILLAGE):
        assert verify(county.path(place), ROOT.public) == []


async def test_looked_at_again_nothing_is_told_twice(county: County) -> None:
    await at_the_township(county)
    for day in (LATE, later(15), later(16)):
        found = await look(county, day, heard=True)
    assert found[DECISION] == "confirmed"
    assert len([each for each in confirmed(county) if each.limit == pb.TIME_LIMIT_DECISION]) == 1


async def test_what_cannot_have_changed_is_not_looked_at_again(county: County) -> None:
    await at_the_township(county)
    county_book = county.books[COUNTY]
    assert (await look(county, LATE))[DECISION] == "suspected"
    for day in (LATE, later(15), later(16)):
        on(county, day)
        assert await sweep(county_book) == 0
    await county.settle_down(rounds=2)
    assert await sweep(county_book) == 1, "all is known now"
    assert rows(county_book, "SELECT standing FROM findings WHERE kind=?", DECISION) == [("confirmed",)]
    assert await sweep(county_book) == 1, "what the county has told is new of the case"
    on(county, later(17))
    assert await sweep(county_book) == 0


async def test_when_a_further_limit_has_passed_a_case_is_looked_at_again(county: County) -> None:
    case = await at_the_township(county, days=3)
    await case.close(by=TOWNSHIP, on=later(7))
    on(county, later(8))
    await county.settle_down(rounds=2)
    looked_at = {}
    for number in range(8, 26):
        on(county, later(number))
        looked_at[number] = await sweep(county.books[COUNTY])
    # Found, told, and found again with what was told; then nobody handed out the result.
    assert {number for number, count in looked_at.items() if count} == {8, 9, 22}
    found = dict(rows(county.books[COUNTY], "SELECT kind, standing FROM findings"))
    assert found == {PROMISE: "confirmed", DELIVERY: "suspected"}


async def test_what_could_not_be_kept_is_looked_at_again(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    await at_the_township(county)
    on(county, LATE)
    looking = findings.look

    def look_and_fail(tx: Transaction, rows: list[int]) -> dict[int, findings.Rests]:
        looking(tx, rows)
        raise OSError("disk full")

    monkeypatch.setattr(findings, "look", look_and_fail)
    with pytest.raises(OSError, match="disk full"):
        await sweep(county.books[COUNTY])
    monkeypatch.undo()
    assert await sweep(county.books[COUNTY]) == 1
    assert rows(county.books[COUNTY], "SELECT DISTINCT standing FROM findings") == [("suspected",)]


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


@asynccontextmanager
async def second_store(county: County, place: int) -> AsyncIterator[Book]:
    """Somebody has copied the laptop's disk: both machines go on."""
    await county.close(place)
    county.copy(place, name="twin.sqlite")
    await county.open(place)
    clock = Clock(now=county.watches[place], built_at_ms=0)
    async with Book(county.folder / "twin.sqlite", county.identity(place), clock=clock) as book:
        yield book


async def test_what_one_of_two_stores_did_in_time_accuses_nobody(county: County) -> None:
    """The other has signed for a journal without it, at a later time: as somebody would who writes days into the past.
    But the numbers of what they state are given twice."""
    case = await at_the_township(county)
    async with second_store(county, TOWNSHIP) as twin:
        own = county.books[TOWNSHIP]
        county.books[TOWNSHIP] = twin
        await case.accept(by=TOWNSHIP, days=30, on=later(2))
        county.books[TOWNSHIP] = own
        assert (await look(county, LATE, heard=True))[DECISION] == "confirmed"  # Nobody can know of the other yet.
        county.books[TOWNSHIP] = twin
        on(county, later(15))
        await county.exchange(TOWNSHIP)
        county.books[TOWNSHIP] = own
        assert (await look(county, later(15)))[DECISION] == "for_a_person"
        assert len(rows(county.books[COUNTY], "SELECT * FROM backdated")) == 1
        assert {each.evidence[0] for each in withdrawn(county)} == {case.facts[-1]}
        assert verify(county.path(COUNTY), ROOT.public) == []


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


# What nobody may stop, and what nobody is told twice.


async def test_a_checkpoint_of_no_possible_time_is_refused(county: County) -> None:
    await at_the_township(county)
    township = county.books[TOWNSHIP]
    before = rows(county.books[COUNTY], "SELECT checkpoint FROM stated WHERE signer=?", TOWNSHIP)
    lie: Any = township.clock
    lie.reading = lambda **_: Reading(-(2**62), fact_pb2.CLOCK_STATE_TRUSTED, 0)
    statement = await township.write(lambda tx: statements.make_statement(tx, peer=COUNTY))
    del lie.reading
    taken = await county.books[COUNTY].write(lambda tx: statements.take_statement(tx, statement, neighbour=TOWNSHIP))
    assert taken is statements.Taken.REFUSED
    assert rows(county.books[COUNTY], "SELECT checkpoint FROM stated WHERE signer=?", TOWNSHIP) == before


async def test_thousands_of_odd_acts_on_a_case_stop_nothing(county: County) -> None:
    case = await at_the_township(county)
    await look(county, LATE, heard=True)
    assert (await look(county, later(15), heard=True))[DECISION] == "confirmed"
    county.watches[TOWNSHIP].now_ms = at(later(-400))
    odd = [
        Draft(
            Scope(PATH, VILLAGE),
            fact_pb2.FACT_CLASS_MOVE,
            fact_pb2.BODY_TYPE_ACCEPTED,
            pb.Accepted().SerializeToString(),
            fact_pb2.Actor(place=TOWNSHIP),
            number.to_bytes(16, "big"),
            case_id=case.facts[0],
            based_on=case.facts[:1],
        )
        for number in range(3000)
    ]
    await append(county.books[TOWNSHIP], *odd)
    assert (await look(county, later(16), heard=True))[DECISION] == "for_a_person"
    assert len(withdrawn(county)[0].evidence) <= 16


async def test_a_case_with_more_steps_than_people_take_is_for_a_person(county: County) -> None:
    case = await at_the_township(county, days=3)
    for _ in range(160):
        await case.act(Act.STAGE_DONE, pb.StageDone(), by=TOWNSHIP, on=later(1))
        await case.act(Act.SEND_BACK, pb.SentBack(reason="样例"), by=TOWNSHIP, on=later(1))
    assert (await look(county, LATE, heard=True))[PROMISE] == "for_a_person"


async def test_one_case_that_cannot_be_weighed_keeps_no_other_from_being_found(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = await at_the_township(county)
    await at_the_township(county)
    weigh = findings.Weighing.of

    def of(weighing: findings.Weighing, case: CaseFacts) -> list[findings.Weighed]:
        if case.case_id == odd.facts[0]:
            raise OverflowError("as nobody has foreseen")
        return weigh(weighing, case)

    monkeypatch.setattr(findings.Weighing, "of", of)
    assert (await look(county, LATE, heard=True))[DECISION] == "confirmed"
    found = rows(county.books[COUNTY], "SELECT DISTINCT c.case_id FROM findings n JOIN cases c ON c.id=n.case_row")
    assert odd.facts[0] not in {bytes(name) for (name,) in found}


async def test_that_less_is_known_than_was_takes_nothing_back(county: County) -> None:
    await at_the_township(county)
    assert (await look(county, LATE, heard=True))[DECISION] == "confirmed"
    # A life of the township's store states something, of which nothing is held here.
    await county.books[COUNTY].write(
        lambda tx: tx.conn.execute(
            "INSERT INTO known VALUES (?,zeroblob(16),?,?,0,?)", [TOWNSHIP, PATH, VILLAGE, at(LATE)]
        )
    )
    await county.books[COUNTY].write(lambda tx: tx.conn.execute("UPDATE known SET until_ms=0"))
    await county.books[COUNTY].write(lambda tx: tx.set_meta(findings.SWEPT, b"0"))
    assert (await look(county, later(15)))[DECISION] == "confirmed"
    assert withdrawn(county) == []


async def test_a_county_set_back_confirms_nothing_before_it_is_in_touch_again(county: County) -> None:
    await at_the_township(county)
    on(county, LATE)
    await county.settle_down(rounds=2)
    county.watches[COUNTY].now_ms = at(later(15))
    await county.books[COUNTY].write(lambda tx: tx.open_epoch(pb.OPEN_REASON_RESTORE))
    assert (await look(county, later(15)))[DECISION] == "suspected"
    assert (await look(county, later(16), heard=True))[DECISION] == "confirmed"


async def test_what_was_told_and_forgotten_is_taken_back_whole(county: County) -> None:
    case = await at_the_township(county)
    await look(county, LATE, heard=True)
    county_book = county.books[COUNTY]
    names = rows(county_book, "SELECT confirmed_by FROM findings WHERE confirmed_by IS NOT NULL AND place=?", TOWNSHIP)
    told_first = {bytes(name) for (name,) in names}
    assert len(told_first) == 2
    # The row is as it was before the finding was told: the book was set back, and its facts came home.
    await county_book.write(lambda tx: tx.conn.execute("UPDATE findings SET standing='suspected', confirmed_by=NULL"))
    stop = lying(county, TOWNSHIP, later(2))
    await case.accept(by=TOWNSHIP, on=later(2))
    stop()
    await county_book.write(lambda tx: tx.conn.execute("DELETE FROM backdated"))
    on(county, later(15))
    await county.settle_down(rounds=2)
    await county_book.write(lambda tx: tx.conn.execute("DELETE FROM backdated"))
    assert (await look(county, later(15)))[DECISION] == "withdrawn"
    taken_back = {each.finding for each in withdrawn(county)}
    assert taken_back == told_first
