"""Complaints, ratings and registers of offices in the books of a county: they travel, count once, are checked."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.message import Message

from sync.cases import checklists
from sync.cases.checklists import Proof
from sync.cases.registers import Kind
from sync.cases.replies import Voice
from sync.cases.stages import Act
from sync.cases.workdays import day_of, number_of
from sync.errors import Refused
from sync.facts.streams import PATH, Scope
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from sync.journal import checklist, registers
from sync.journal.cases import voices_in
from sync.journal.entering import Entry, enter
from sync.journal.translation import BODY_TYPES
from sync.journal.verify import verify
from sync.journal.writing import Draft
from tests.books.test_figures import MONDAY, Case, at, forget_later_migrations, later
from tests.county import COUNTY, NEXT_VILLAGE, ROOT, TOWNSHIP, VILLAGE, County, append, rows

PAPERS = frozenset({NEXT_VILLAGE})


@pytest_asyncio.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    async with County(tmp_path) as county:
        await county.open(COUNTY, TOWNSHIP, VILLAGE)
        await county.know_each_other()
        yield county


async def say(case: Case, act: Act, body: Message, *, by: int, on: date = MONDAY) -> bytes:
    """Something said of a case, at the book of a place."""
    draft = Draft(
        Scope(PATH, case.home),
        fact_pb2.FACT_CLASS_ANNOTATION,
        BODY_TYPES[act],
        body.SerializeToString(),
        fact_pb2.Actor(place=by),
        os.urandom(16),
        case_id=case.facts[0],
    )
    case.county.watches[by].now_ms = at(on)
    (fact_id,) = await append(case.county.books[by], draft)
    return fact_id


def needing(county: County, place: int) -> list[Voice]:
    """What needs a reply, by the rows of a book."""
    found = rows(county.books[place], "SELECT replies FROM cases WHERE replies<>''")
    return [voice for (column,) in found for voice in voices_in(column)]


def sound(county: County, *wanted: int) -> None:
    for place in wanted:
        assert verify(county.path(place), ROOT.public) == []


# Replies.


async def test_a_complaint_and_its_replies_are_the_same_at_every_level(county: County) -> None:
    case = await Case(county, VILLAGE).file(by=VILLAGE)
    complaint = await say(case, Act.COMPLAIN, pb.Complained(channel="phone"), by=VILLAGE)
    await county.settle_down()
    await say(case, Act.ACCEPT_COMPLAINT, pb.ComplaintAccepted(complaint=complaint), by=COUNTY, on=later(1))
    await say(case, Act.ANSWER_COMPLAINT, pb.ComplaintAnswered(complaint=complaint), by=COUNTY, on=later(2))
    # Written twice, by whatever mishap: the first counts.
    await say(case, Act.ANSWER_COMPLAINT, pb.ComplaintAnswered(complaint=complaint), by=COUNTY, on=later(3))
    await county.settle_down()
    for place in (COUNTY, TOWNSHIP, VILLAGE):
        (voice,) = needing(county, place)
        assert (voice.fact_id, voice.grade) == (complaint, 0)
        days = [str(day_of(each)) for each in (voice.at_ms, voice.accepted_at_ms, voice.replied_at_ms)]
        assert days == ["2027-03-01", "2027-03-02", "2027-03-03"]
    sound(county, COUNTY, TOWNSHIP, VILLAGE)


async def test_of_two_bad_ratings_each_is_called_back(county: County) -> None:
    case = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    await case.accept(by=TOWNSHIP)
    await case.close(by=TOWNSHIP, on=later(1))
    bad = {await say(case, Act.RATE, pb.Rated(grade=grade, reason="慢"), by=TOWNSHIP): grade for grade in (1, 2)}
    assert {each.fact_id: each.grade for each in needing(county, TOWNSHIP)} == bad
    for done, rating in enumerate(bad, start=1):
        await say(case, Act.CALL_BACK, pb.RatingCalledBack(rating=rating, result="已改进"), by=TOWNSHIP)
        assert sum(bool(each.replied_at_ms) for each in needing(county, TOWNSHIP)) == done
    sound(county, TOWNSHIP)


async def test_a_reply_by_who_may_not_write_it_counts_for_nothing_and_is_named(county: County) -> None:
    case = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    complaint = await say(case, Act.COMPLAIN, pb.Complained(), by=TOWNSHIP)
    await say(case, Act.ANSWER_COMPLAINT, pb.ComplaintAnswered(complaint=complaint), by=TOWNSHIP)
    assert [each.replied_at_ms for each in needing(county, TOWNSHIP)] == [0]
    (found,) = verify(county.path(TOWNSHIP), ROOT.public)
    assert f"{TOWNSHIP} may not write it" in str(found)


async def test_a_township_does_not_call_back_for_the_county(county: County) -> None:
    case = await Case(county, VILLAGE).file(by=VILLAGE)
    await county.settle_down()
    await case.act(Act.OVERRIDE, pb.Overridden(reason="样例"), by=COUNTY)
    await case.act(Act.WITHDRAW, pb.Withdrawn(reason="样例"), by=COUNTY)
    rating = await say(case, Act.RATE, pb.Rated(grade=1, reason="慢"), by=COUNTY)
    await county.settle_down()
    back = pb.RatingCalledBack(rating=rating, result="已改进")
    for place, done in ((TOWNSHIP, False), (COUNTY, True)):
        await say(case, Act.CALL_BACK, back, by=place)
        await county.settle_down()
        for held_at in (COUNTY, TOWNSHIP, VILLAGE):
            assert [bool(each.replied_at_ms) for each in needing(county, held_at)] == [done]
    sound(county, COUNTY, TOWNSHIP, VILLAGE)


@pytest.mark.parametrize(
    "body", [pb.ComplaintAccepted(complaint=b"x" * 32), pb.ComplaintAnswered(), pb.RatingCalledBack(rating=b"x" * 32)]
)
async def test_a_reply_to_nothing_is_named(county: County, body: Message) -> None:
    acts = {"ComplaintAccepted": Act.ACCEPT_COMPLAINT, "ComplaintAnswered": Act.ANSWER_COMPLAINT}
    case = await Case(county, COUNTY).file(by=COUNTY)
    await say(case, acts.get(body.DESCRIPTOR.name, Act.CALL_BACK), body, by=COUNTY)
    assert ["what it is about is not here" in str(each) for each in verify(county.path(COUNTY), ROOT.public)] == [True]


async def test_a_complaint_of_another_case_is_no_answer_to_this_one(county: County) -> None:
    one, other = await Case(county, COUNTY).file(by=COUNTY), await Case(county, COUNTY).file(by=COUNTY, number="2")
    complaint = await say(one, Act.COMPLAIN, pb.Complained(), by=COUNTY)
    await say(other, Act.ACCEPT_COMPLAINT, pb.ComplaintAccepted(complaint=complaint), by=COUNTY)
    assert [each.accepted_at_ms for each in needing(county, COUNTY)] == [0]
    assert len(verify(county.path(COUNTY), ROOT.public)) == 1


# Registers.


async def entered(county: County, by: int, body: Message, *, request_id: bytes = b"", **more: Any) -> bytes:
    who = fact_pb2.Actor(place=by, person="k1")
    entry = Entry(body, who, request_id or os.urandom(16), paper_places=PAPERS, **more)
    return await county.books[by].write(lambda tx: enter(tx, entry))


def today(county: County, place: int) -> int:
    return number_of(day_of(county.watches[place].now_ms))


async def makes_an_appointment(county: County, *, at: int = VILLAGE, **more: Any) -> bytes:
    person = pb.Applicant(name="样例王小明", phone="13800000000")
    return await entered(county, at, pb.AppointmentMade(day=today(county, at)), applicant=person, **more)


async def ends_it(county: County, appointment: bytes, how: int) -> bytes:
    return await entered(county, VILLAGE, pb.AppointmentEnded(appointment=appointment, end=how))  # type: ignore[arg-type]


def listed(county: County, place: int, kind: Kind, **asked: Any) -> list[registers.Entered]:
    everywhere = (110_000_000_000, 999_999_999_999)
    return registers.entries(county.books[place].reader, kind, within=everywhere, limit=50, **asked)


async def test_an_entry_travels_up_with_its_private_part_and_nowhere_else(county: County) -> None:
    appointment = await makes_an_appointment(county)
    await county.settle_down()
    for place in (VILLAGE, TOWNSHIP, COUNTY):
        (found,) = listed(county, place, Kind.APPOINTMENT)
        assert (found.fact_id, found.fact.home) == (appointment, VILLAGE)
        assert registers.applicant_of(found.private).name == "样例王小明"
        assert "样例王小明".encode() not in found.fact.SerializeToString()
    assert rows(county.books[COUNTY], "SELECT COUNT(*) FROM cases") == [(0,)]
    sound(county, COUNTY, TOWNSHIP, VILLAGE)


async def test_an_appointment_ends_once_and_the_list_of_open_ones_lets_it_go(county: County) -> None:
    kept, open_still = await makes_an_appointment(county), await makes_an_appointment(county)
    await ends_it(county, kept, 1)
    with pytest.raises(Refused, match="已经了结"):
        await ends_it(county, kept, 2)
    with pytest.raises(Refused, match="没有这个预约"):
        await ends_it(county, b"x" * 32, 2)
    assert [each.fact_id for each in listed(county, VILLAGE, Kind.APPOINTMENT, open_only=True)] == [open_still]
    assert [each.end for each in listed(county, VILLAGE, Kind.APPOINTMENT)] == [0, 1]
    sound(county, VILLAGE)


async def test_an_appointment_that_two_offices_ended_ended_as_was_recorded_first(county: County) -> None:
    appointment = await makes_an_appointment(county, at=TOWNSHIP, home=NEXT_VILLAGE)
    ended = {1: TOWNSHIP, 3: TOWNSHIP}
    for how, place in ended.items():
        draft = Draft(
            Scope(PATH, NEXT_VILLAGE),
            fact_pb2.FACT_CLASS_ADMIN,
            fact_pb2.BODY_TYPE_APPOINTMENT_ENDED,
            pb.AppointmentEnded(appointment=appointment, end=how).SerializeToString(),  # type: ignore[arg-type]
            fact_pb2.Actor(place=place),
            os.urandom(16),
        )
        await append(county.books[place], draft)
    assert [each.end for each in listed(county, TOWNSHIP, Kind.APPOINTMENT)] == [1]


async def test_one_act_written_in_two_lives_of_a_store_is_one_entry(county: County) -> None:
    """A village set back does again what its caller repeats; its first entry comes back from the township."""
    await county.close(VILLAGE)
    county.copy(VILLAGE, name="before")
    await county.open(VILLAGE)
    first = await makes_an_appointment(county, request_id=b"r" * 16)
    await county.settle_down()
    await county.close(VILLAGE)
    county.set_back(VILLAGE, name="before")
    await county.open(VILLAGE)
    again = await makes_an_appointment(county, request_id=b"r" * 16)
    await county.settle_down()
    assert rows(county.books[TOWNSHIP], "SELECT COUNT(*) FROM register") == [(2,)]
    for place in (COUNTY, TOWNSHIP, VILLAGE):
        (found,) = listed(county, place, Kind.APPOINTMENT)
        assert found.fact_id == min(first, again)
        assert registers.entry(county.books[place].reader, max(first, again)) is not None


async def test_a_long_register_is_listed_without_looking_through_it_for_each_row(county: County) -> None:
    conn = county.books[COUNTY].reader
    query = f"{registers.FOUND}{registers.COUNTS} AND r.kind=60 AND r.home BETWEEN 1 AND 2 ORDER BY r.fact DESC LIMIT 1"
    planned = [line for *_, line in conn.execute(f"EXPLAIN QUERY PLAN {query}")]
    for table, key in (("g", "request_id=?"), ("s", "rowid=?")):
        assert [key in line for line in planned if line.startswith(f"SEARCH {table} ")] == [True]


async def test_entries_are_found_by_day_and_place(county: County) -> None:
    day = today(county, VILLAGE)
    for place, count, when in ((VILLAGE, 1, day), (VILLAGE, 2, day - 7), (TOWNSHIP, 3, day)):
        served = pb.ServiceLogged(kind=pb.SERVICE_KIND_VISIT, day=when, staff="k1", count=count)
        await entered(county, place, served)
    await county.settle_down()

    def counts(**asked: Any) -> list[int]:
        found = listed(county, COUNTY, Kind.SERVICE, **asked)
        return sorted(pb.ServiceLogged.FromString(each.fact.body).count for each in found)

    assert counts() == [1, 2, 3]
    assert counts(first=day) == [1, 3]
    assert counts(last=day - 1) == [2]
    newest = listed(county, COUNTY, Kind.SERVICE)[0].row
    assert len(listed(county, COUNTY, Kind.SERVICE, before=newest)) == 2


async def test_of_what_was_attested_the_latest_day_counts(county: County) -> None:
    day = today(county, TOWNSHIP)
    for met, when in ((True, day), (False, day - 3)):
        looked = pb.ChecklistAttested(entry="has_room", met=met, day=when, attester="T01")
        await entered(county, TOWNSHIP, looked, home=VILLAGE)
    attested = registers.attested(county.books[TOWNSHIP].reader, VILLAGE)
    assert pb.ChecklistAttested.FromString(attested["has_room"].body).met is True
    await county.settle_down()
    assert registers.attested(county.books[VILLAGE].reader, VILLAGE).keys() == {"has_room"}
    assert registers.attested(county.books[COUNTY].reader, TOWNSHIP) == {}


async def test_journals_show_of_a_station_what_is_in_them(county: County) -> None:
    def seen(place: int, *, at: int = COUNTY) -> Any:
        book = county.books[at]
        return checklist.evidence(book.reader, place, here=at, catalogue=book.catalogues.catalogue())

    for number in (1, 2, 4, 10**9):
        filed = pb.CaseFiled(number=f"{VILLAGE}-20270301-{number:06}", serial=number)
        await Case(county, VILLAGE).act(Act.FILE, filed, by=VILLAGE)
    await county.settle_down()
    found = seen(VILLAGE)
    assert (found.recorded_by, found.cases, found.skipped, found.odd, found.beyond_gap) == (VILLAGE, 4, 1, 0, 0)
    assert checklists.proved(Proof.RECORDS, found).met, "its journals are whole, whatever the next number was set to"
    await county.books[COUNTY].write(lambda tx: tx.conn.execute("UPDATE cases SET duplicate=1 WHERE serial=2"))
    assert (seen(VILLAGE).cases, seen(VILLAGE).skipped) == (3, 1), "the number was given"
    # Where a village has no node, its township keys in for it.
    assert (seen(510524100203).recorded_by, seen(510524100203).cases) == (TOWNSHIP, 0)


async def test_facts_that_came_before_their_tables_are_entered_at_the_next_start(county: County) -> None:
    case = await Case(county, VILLAGE).file(by=VILLAGE)
    await say(case, Act.COMPLAIN, pb.Complained(channel="phone"), by=VILLAGE)
    kept = await makes_an_appointment(county)
    await ends_it(county, kept, 1)
    before = rows(county.books[VILLAGE], "SELECT * FROM register"), needing(county, VILLAGE)
    await county.close(VILLAGE)
    forget_later_migrations(county.path(VILLAGE))
    await county.open(VILLAGE)
    assert (rows(county.books[VILLAGE], "SELECT * FROM register"), needing(county, VILLAGE)) == before
    assert len(before[0]) == 2
    sound(county, VILLAGE)


def test_what_needs_a_reply_is_read_as_it_was_written() -> None:
    voice = Voice(b"c" * 32, 1, 2, 3, 4, 5, True, False, True)
    assert voices_in(json.dumps([(voice.fact_id.hex(), *voice[1:])])) == (voice,)
    assert voices_in("") == ()
