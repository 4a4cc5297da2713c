"""Figures as they follow from a book, in the same commit as the facts."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message

from county_node import seed
from sync.cases import places
from sync.cases.figures import Figures
from sync.cases.stages import Act
from sync.cases.workdays import SHANGHAI, Calendar
from sync.errors import Unavailable
from sync.facts.streams import PATH, SUBTREE, Scope
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from sync.journal import figures, projections, schema
from sync.journal.book import Book
from sync.journal.catalogue_translation import calendar_message, release_message
from sync.journal.clocks import judge
from sync.journal.figures import Counted, Period
from sync.journal.search import find
from sync.journal.translation import BODY_TYPES
from sync.journal.verify import verify
from sync.journal.writing import Draft
from tests.county import (
    COUNTY,
    FAR_VILLAGE,
    NEXT_VILLAGE,
    OTHER_TOWNSHIP,
    ROOT,
    TOWNSHIP,
    VILLAGE,
    County,
    Traffic,
    append,
    applicant,
    note,
    rows,
)

FIRST_HALF = Calendar(1, date(2027, 1, 1), date(2027, 6, 30), frozenset(), frozenset())
WHOLE_YEAR = replace(FIRST_HALF, number=2, last_day=date(2027, 12, 31))
MONDAY = date(2027, 3, 1)


def at(day: date, hour: int = 10) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI).timestamp() * 1000)


def later(days: int) -> date:
    return MONDAY + timedelta(days=days)


@dataclass
class Case:
    """A case as it grows, one act after another, each in the book of whoever does it."""

    county: County
    home: int
    facts: list[bytes] = field(default_factory=list)

    async def act(
        self, act: Act, body: Message, *, by: int, on: date = MONDAY, name: str = "", person: str = "", **more: Any
    ) -> bytes:
        said = act in (Act.RATE, Act.COMPLAIN)
        draft = Draft(
            Scope(PATH, self.home),
            fact_pb2.FACT_CLASS_ANNOTATION if said else fact_pb2.FACT_CLASS_MOVE,
            BODY_TYPES[act],
            body.SerializeToString(),
            fact_pb2.Actor(place=by, person=person),
            os.urandom(16),
            case_id=self.facts[0] if self.facts else b"",
            based_on=() if said else self.facts[-1:],
            item_code="JS01",
            item_version=1,
            private=applicant(name) if name else b"",
            **more,
        )
        self.county.watches[by].now_ms = at(on)
        (fact_id,) = await append(self.county.books[by], draft)
        if not said:
            self.facts.append(fact_id)
        return fact_id

    async def file(self, *, by: int, on: date = MONDAY, number: str = "", **more: Any) -> Case:
        await self.act(Act.FILE, pb.CaseFiled(number=number), by=by, on=on, **more)
        return self

    async def go_up(self, *, on: date = MONDAY) -> None:
        await self.hand_over(on=on)
        township = places.parent(self.home) or 0
        await self.county.exchange(self.home)
        await self.act(Act.TAKE_IN, pb.TakenIn(), by=township, on=on)

    async def hand_over(self, *, on: date = MONDAY) -> None:
        await self.act(Act.HAND_OVER, pb.HandedOver(to_place=places.parent(self.home) or 0), by=self.home, on=on)

    async def accept(self, *, by: int, days: int = 5, on: date = MONDAY) -> None:
        await self.act(Act.ACCEPT, pb.Accepted(promised_days=days), by=by, on=on)

    async def close(self, *, by: int, on: date) -> None:
        await self.act(Act.STAGE_DONE, pb.StageDone(), by=by, on=on)
        await self.act(Act.DECIDE, pb.Decided(outcome=pb.OUTCOME_GRANTED), by=by, on=on)
        await self.act(Act.CLOSE, pb.Closed(), by=by, on=on)


async def publish(county: County, body_type: fact_pb2.BodyType, body: Message) -> None:
    draft = Draft(
        Scope(SUBTREE, COUNTY),
        fact_pb2.FACT_CLASS_ADMIN,
        body_type,
        body.SerializeToString(),
        fact_pb2.Actor(place=COUNTY),
        os.urandom(16),
    )
    await append(county.books[COUNTY], draft)


async def publish_calendar(county: County, calendar: Calendar) -> None:
    message = calendar_message(calendar, source="样例")
    await publish(county, fact_pb2.BODY_TYPE_CALENDAR_PUBLISHED, message)


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    """County, two townships and three villages that know each other; a catalogue, and a calendar for half a year."""
    async with County(tmp_path) as county:
        county.homes |= {COUNTY: (COUNTY,), FAR_VILLAGE: (FAR_VILLAGE,)}
        await county.open(COUNTY, TOWNSHIP, OTHER_TOWNSHIP, VILLAGE, NEXT_VILLAGE, FAR_VILLAGE)
        await county.know_each_other()
        for watch in county.watches.values():
            watch.now_ms = at(MONDAY)
        await publish(county, fact_pb2.BODY_TYPE_CATALOGUE_RELEASED, release_message(seed.first_release()))
        await publish_calendar(county, FIRST_HALF)
        await county.settle_down(rounds=2)
        yield county


async def counted(
    book: Book, *, within: int = COUNTY, first: date | None = None, last: date = date(2027, 6, 30)
) -> Counted:
    period = Period(first, last)
    return await judge(book, lambda conn, judging: figures.read(conn, judging, within=within, period=period))


async def in_one_township(county: County, *, by: int = TOWNSHIP) -> Case:
    """A case of the township's own, taken to its end by its own people."""
    case = await Case(county, home=by).file(by=by)
    await case.accept(by=by)
    await case.close(by=by, on=later(2))
    return case


# What is counted.


async def test_a_closed_case_is_counted_with_how_its_promise_was_kept(county: County) -> None:
    await in_one_township(county)
    late = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    await late.accept(by=TOWNSHIP, days=1)
    await late.close(by=TOWNSHIP, on=later(8))
    instant = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    await instant.accept(by=TOWNSHIP, days=0)
    await instant.close(by=TOWNSHIP, on=MONDAY)
    found = (await counted(county.books[TOWNSHIP], within=TOWNSHIP)).total
    assert found == Figures(
        handled=3, closed=3, judged=3, on_time=2, early=2, not_instant=2, promised_early=1, instant=1, same_day=1
    )


@pytest.mark.parametrize(
    ("act", "body", "ending"),
    [
        (Act.REFUSE, pb.Refused(reason="样例理由"), "refused"),
        (Act.WITHDRAW, pb.Withdrawn(reason="样例理由"), "withdrawn"),
    ],
)
async def test_a_case_that_ends_otherwise_is_closed_and_not_judged(
    county: County, act: Act, body: Message, ending: str
) -> None:
    case = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    await case.act(act, body, by=TOWNSHIP)
    found = (await counted(county.books[TOWNSHIP], within=TOWNSHIP)).total
    assert found == Figures(handled=1, closed=1, **{ending: 1})


async def test_what_was_asked_for_and_did_not_come_is_closed_as_lapsed(county: County) -> None:
    case = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    await case.act(Act.ASK_ONCE, pb.AskedOnce(missing=["样例材料"]), by=TOWNSHIP)
    await case.act(Act.LAPSE, pb.Lapsed(), by=TOWNSHIP, on=later(20))
    found = (await counted(county.books[TOWNSHIP], within=TOWNSHIP)).total
    assert found == Figures(handled=1, closed=1, lapsed=1)


async def test_who_refuses_or_sends_back_without_a_reason_is_counted(county: County) -> None:
    refused = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    await refused.act(Act.REFUSE, pb.Refused(reason="  "), by=TOWNSHIP)
    sent_back = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    await sent_back.accept(by=TOWNSHIP)
    await sent_back.act(Act.STAGE_DONE, pb.StageDone(), by=TOWNSHIP)
    await sent_back.act(Act.SEND_BACK, pb.SentBack(), by=TOWNSHIP)
    assert (await counted(county.books[TOWNSHIP], within=TOWNSHIP)).total.shirked == 2


async def test_a_case_is_rated_once_however_often_somebody_says_so(county: County) -> None:
    case = await in_one_township(county)
    ratings = {await case.act(Act.RATE, pb.Rated(grade=grade), by=TOWNSHIP, on=later(3)): grade for grade in (1, 5, 2)}
    grade = ratings[min(ratings)]
    found = (await counted(county.books[TOWNSHIP], within=TOWNSHIP)).total
    assert (found.rated, found.satisfied) == (1, int(grade >= 3))


async def test_a_grade_that_nobody_can_give_is_no_rating(county: County) -> None:
    case = await in_one_township(county)
    for grade in (0, 6):
        await case.act(Act.RATE, pb.Rated(grade=grade), by=TOWNSHIP)
    assert (await counted(county.books[TOWNSHIP], within=TOWNSHIP)).total.rated == 0


async def test_every_complaint_is_counted_on_its_own_day(county: County) -> None:
    case = await in_one_township(county)
    for days in (1, 1, 9):
        await case.act(Act.COMPLAIN, pb.Complained(channel="phone"), by=TOWNSHIP, on=later(days))
    book = county.books[TOWNSHIP]
    assert (await counted(book, within=TOWNSHIP)).total.complaints == 3
    assert (await counted(book, within=TOWNSHIP, last=later(8))).total.complaints == 2
    assert (await counted(book, within=TOWNSHIP, first=later(2))).total.complaints == 1


async def test_what_is_keyed_in_from_paper_is_said_to_be_claimed(county: County) -> None:
    paper: dict[str, Any] = {"happened_at_ms": at(later(-9)), "paper_page": "样例册1页"}
    await Case(county, VILLAGE).file(by=TOWNSHIP, **paper)
    found = (await counted(county.books[TOWNSHIP], within=TOWNSHIP)).total
    assert found == Figures(handled=1, open=1, via_village_stations=1, paper_claimed=1)


async def test_a_period_has_both_its_ends(county: County) -> None:
    await in_one_township(county)
    book = county.books[TOWNSHIP]

    async def seen(first: date, last: date) -> tuple[int, int, int]:
        found = (await counted(book, within=TOWNSHIP, first=first, last=last)).total
        return found.handled, found.closed, found.open

    assert await seen(MONDAY, later(2)) == (1, 1, 0)
    assert await seen(MONDAY, later(1)) == (1, 0, 1)
    assert await seen(later(1), later(1)) == (0, 0, 1)
    assert await seen(later(2), later(2)) == (0, 1, 0)
    assert await seen(later(3), later(9)) == (0, 0, 0)
    assert await seen(later(-9), later(-1)) == (0, 0, 0)


async def test_late_is_said_of_a_past_day_as_it_was(county: County) -> None:
    case = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    await case.accept(by=TOWNSHIP, days=2)
    await case.close(by=TOWNSHIP, on=later(7))
    book = county.books[TOWNSHIP]
    found = {days: (await counted(book, within=TOWNSHIP, last=later(days))).total.late for days in (2, 3, 6, 7)}
    assert found == {2: 0, 3: 1, 6: 1, 7: 0}


# Units and levels.


async def test_the_figures_of_a_unit_are_the_sum_of_its_rows_at_every_level(county: County) -> None:
    for home in (VILLAGE, NEXT_VILLAGE, FAR_VILLAGE):
        case = await Case(county, home).file(by=home)
        await case.go_up()
    await in_one_township(county)
    await in_one_township(county, by=OTHER_TOWNSHIP)
    await (await Case(county, VILLAGE).file(by=VILLAGE)).hand_over()
    await Case(county, COUNTY).file(by=COUNTY)
    await county.settle_down()

    whole = await counted(county.books[COUNTY])
    assert [row.place for row in whole.rows] == [TOWNSHIP, OTHER_TOWNSHIP, COUNTY]
    assert whole.total == sum((row.figures for row in whole.rows), Figures())
    assert (whole.total.handled, whole.total.via_village_stations, whole.total.in_transit) == (6, 3, 1)
    for township in (TOWNSHIP, OTHER_TOWNSHIP):
        own = await counted(county.books[township], within=township)
        assert own.total == whole.by_place[township], "the same at the county as in its own book"
        assert own.total == sum((row.figures for row in own.rows), Figures())
    assert [row.place for row in own.rows] == [FAR_VILLAGE, OTHER_TOWNSHIP]
    village = await counted(county.books[COUNTY], within=VILLAGE)
    assert village.total == Figures(handled=1, via_village_stations=1, open=1, in_transit=1)


async def test_the_county_counts_what_the_townships_do_and_what_is_between_them(county: County) -> None:
    for _ in range(3):
        case = await Case(county, VILLAGE).file(by=VILLAGE)
        await case.hand_over()
        await county.exchange(VILLAGE)
    await case.act(Act.TAKE_IN, pb.TakenIn(), by=TOWNSHIP)
    at_village = (await counted(county.books[VILLAGE], within=VILLAGE)).total
    assert (at_village.handled, at_village.in_transit) == (0, 3), "the village has not heard of it"
    await county.settle_down()
    for place in (COUNTY, TOWNSHIP, VILLAGE):
        found = (await counted(county.books[place], within=VILLAGE)).total
        assert (found.handled, found.in_transit, found.handled + found.in_transit) == (1, 2, 3)


async def test_a_unit_above_the_county_has_the_county_as_its_row(county: County) -> None:
    await in_one_township(county)
    await county.settle_down()
    prefecture = places.parent(COUNTY) or 0
    found = await counted(county.books[COUNTY], within=prefecture)
    assert [(row.place, row.figures.handled) for row in found.rows] == [(COUNTY, 1), (prefecture, 0)]


async def test_nobody_is_late_of_whom_too_little_is_known(county: County) -> None:
    case = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    await case.accept(by=TOWNSHIP, days=2)
    await county.exchange(TOWNSHIP)
    for book in (COUNTY, TOWNSHIP):
        county.watches[book].now_ms = at(later(7))
    own = (await counted(county.books[TOWNSHIP])).total
    before = (await counted(county.books[COUNTY])).total
    await county.exchange(TOWNSHIP)
    after = (await counted(county.books[COUNTY])).total
    assert [(each.late, each.late_provisional) for each in (own, before, after)] == [(1, 0), (0, 1), (1, 0)]


class BreaksAfter(Traffic):
    """A line that carries so many answers and then breaks."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        self.left = answers

    def goes(self, payload: bytes) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise Unavailable("The line has broken.")
        return super().goes(payload)


async def test_nobody_is_late_whose_word_has_come_and_whose_acts_have_not(county: County) -> None:
    case = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    await case.accept(by=TOWNSHIP, days=2)
    await county.exchange(TOWNSHIP)
    # Done in time, behind more than goes into one parcel.
    county.watches[TOWNSHIP].now_ms = at(later(1))
    for number in range(4):
        await append(county.books[TOWNSHIP], note(number, home=TOWNSHIP, size=200_000))
    await case.close(by=TOWNSHIP, on=later(2))
    for book in (COUNTY, TOWNSHIP):
        county.watches[book].now_ms = at(later(7))
    with pytest.raises(Unavailable):
        await county.exchange(TOWNSHIP, traffic=BreaksAfter(2))
    halfway = (await counted(county.books[COUNTY])).total
    assert (halfway.late, halfway.late_provisional) == (0, 1)
    await county.exchange(TOWNSHIP)
    after = (await counted(county.books[COUNTY])).total
    assert (after.late, after.late_provisional, after.on_time) == (0, 0, 1)


# In one commit with the facts, whatever comes first.


async def test_acts_on_more_cases_than_are_kept_at_hand_leave_no_gap(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projections, "AT_HAND", 4)
    cases = [await Case(county, TOWNSHIP).file(by=TOWNSHIP) for _ in range(12)]
    await county.exchange(TOWNSHIP)
    complaints = [
        Draft(
            Scope(PATH, TOWNSHIP),
            fact_pb2.FACT_CLASS_ANNOTATION,
            BODY_TYPES[Act.COMPLAIN],
            pb.Complained(channel="phone").SerializeToString(),
            fact_pb2.Actor(place=TOWNSHIP),
            os.urandom(16),
            case_id=case.facts[0],
            item_code="JS01",
            item_version=1,
        )
        for case in cases
    ]
    await append(county.books[TOWNSHIP], *complaints)
    await county.exchange(TOWNSHIP)
    for place in (TOWNSHIP, COUNTY):
        assert rows(county.books[place], "SELECT COUNT(*), SUM(beyond_gap) FROM cases") == [(12, 0)]
        assert verify(county.path(place), ROOT.public) == []


async def test_the_columns_are_those_of_the_same_commit(county: County) -> None:
    case = await in_one_township(county)
    await case.act(Act.RATE, pb.Rated(grade=4), by=TOWNSHIP, on=later(3))
    found = rows(
        county.books[TOWNSHIP],
        "SELECT ending, used_days, on_time, verdict_calendar, provisional, grade, ended_at_ms, rated_at_ms "
        "FROM cases WHERE case_id=?",
        case.facts[0],
    )
    ((*said, ended_at_ms, rated_at_ms),) = found
    assert said == ["CLOSED", 2, 1, 1, 0, 4]
    assert at(later(2)) < ended_at_ms < at(later(2), hour=11)
    assert at(later(3)) < rated_at_ms < at(later(3), hour=11)


async def test_a_case_no_calendar_covers_is_judged_when_one_comes(county: County) -> None:
    july = date(2027, 7, 1)
    case = await Case(county, TOWNSHIP).file(by=TOWNSHIP, on=july)
    await case.accept(by=TOWNSHIP, on=july)
    await case.close(by=TOWNSHIP, on=july)
    book, year = county.books[TOWNSHIP], date(2027, 12, 31)
    before = (await counted(book, within=TOWNSHIP, last=year)).total
    await publish_calendar(county, WHOLE_YEAR)
    await county.settle_down()
    after = (await counted(book, within=TOWNSHIP, last=year)).total
    assert (before.provisional, before.judged, after.provisional, after.judged) == (1, 0, 0, 1)
    assert rows(book, "SELECT verdict_calendar FROM cases") == [(2,)]
    assert verify(county.path(TOWNSHIP), ROOT.public) == []


async def test_a_verdict_is_not_changed_by_the_next_calendar(county: County) -> None:
    await in_one_township(county)
    book = county.books[TOWNSHIP]
    before = rows(book, "SELECT * FROM cases")
    await publish_calendar(county, replace(WHOLE_YEAR, rest_weekdays=frozenset({later(1)})))
    await county.settle_down()
    assert rows(book, "SELECT * FROM cases") == before


async def test_nodes_that_hear_of_calendar_and_case_in_another_order_say_the_same(county: County) -> None:
    """The township decides by a calendar that its village gets only afterwards."""
    case = await Case(county, VILLAGE).file(by=VILLAGE)
    await case.go_up()
    await publish_calendar(county, WHOLE_YEAR)
    await county.exchange(TOWNSHIP)
    await case.accept(by=TOWNSHIP)
    await case.close(by=TOWNSHIP, on=later(1))
    await county.settle_down()
    told = "SELECT verdict_calendar, used_days, on_time, deadline_day FROM cases"
    assert len({tuple(rows(county.books[place], told)) for place in (COUNTY, TOWNSHIP, VILLAGE)}) == 1
    assert rows(county.books[VILLAGE], "SELECT verdict_calendar FROM cases") == [(2,)]


# Books from before, and people.


async def test_a_book_from_before_counts_after_its_first_start(county: County) -> None:
    case = await in_one_township(county)
    named = await Case(county, TOWNSHIP).file(by=TOWNSHIP, name="样例王小明")
    await case.act(Act.COMPLAIN, pb.Complained(), by=TOWNSHIP)
    before, figures_before = rows(county.books[TOWNSHIP], "SELECT * FROM cases"), await counted(county.books[TOWNSHIP])
    await county.close(TOWNSHIP)
    forget_later_migrations(county.path(TOWNSHIP))
    book = await county.open(TOWNSHIP)
    assert rows(book, "SELECT * FROM cases") == before
    assert (await counted(book)).by_place == figures_before.by_place
    assert [found.case_id for found in await book.look(lambda conn: find(conn, "样例王小明", limit=9))] == named.facts
    assert rows(book, "SELECT name FROM meta WHERE name='refold'") == []
    assert verify(county.path(TOWNSHIP), ROOT.public) == []


SUPERVISION = ("known", "backdated", "findings", "silences", "two_stores")


def forget_later_migrations(path: Path) -> None:
    """Makes a book what it was before figures had columns."""
    conn = schema.sqlite3.connect(str(path), isolation_level=None)
    added_by = (schema.SECOND, schema.THIRD, schema.SIXTH, schema.SEVENTH, schema.EIGHTH, schema.NINTH)
    later = "".join((*added_by, schema.ELEVENTH, schema.TWELFTH)).splitlines()
    indexes = ("by_end", "in_conflict", "undelivered", "signalled", "with_records", "with_replies", "by_parent")
    for index in (*indexes, "to_call_back", "served"):
        conn.execute(f"DROP INDEX cases_{index}")
    conn.execute("CREATE INDEX cases_by_township ON cases(township, stage)")
    added = [line.split()[5].rstrip(";") for line in later if line.startswith("ALTER TABLE cases ADD COLUMN")]
    conn.execute("DROP TRIGGER applicants_go_with_private_parts")
    for table in ("applicants", "arrivals", "tallies", *SUPERVISION, "register", "posts"):
        conn.execute(f"DROP TABLE {table}")
    for column in added:
        conn.execute(f"ALTER TABLE cases DROP COLUMN {column}")
    conn.execute("DELETE FROM _sqlite_migrations WHERE name<>'m001_first'")
    conn.close()


async def test_a_name_is_gone_with_the_private_part_it_came_from(county: County) -> None:
    await Case(county, TOWNSHIP).file(by=TOWNSHIP, name="样例王小明")
    book = county.books[TOWNSHIP]
    assert rows(book, "SELECT name FROM applicants") == [("样例王小明",)]
    await book.write(lambda tx: tx.conn.execute("DELETE FROM private_parts"))
    assert rows(book, "SELECT name FROM applicants") == []


async def test_a_name_comes_with_the_private_part_wherever_it_is_held(county: County) -> None:
    await Case(county, VILLAGE).file(by=VILLAGE, name="样例王小明")
    await county.settle_down()
    for place in (COUNTY, TOWNSHIP, VILLAGE):
        assert rows(county.books[place], "SELECT name FROM applicants") == [("样例王小明",)]
