"""Accountability records in the books of a county: begun by findings, explained over a line, withdrawn."""

from __future__ import annotations

import os
from datetime import date

import pytest
from google.protobuf.message import Message

from county_node.findings import shown
from county_node.overview import Names
from county_node.supervising import sweep
from sync.cases.accountability import Record, Status
from sync.cases.workdays import number_of
from sync.errors import Refused
from sync.facts.streams import PATH, SUBTREE, Scope
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from sync.journal import accountability, findings, reports
from sync.journal.accountability import UNIT, Settling, Taking
from sync.journal.cases import load
from sync.journal.figures import Period
from sync.journal.records import cases_with_records, records_of
from sync.journal.reports import By
from sync.journal.statements import speaks_for
from sync.journal.verify import verify
from sync.journal.writing import Draft, Transaction
from tests.books.test_figures import Case, at, county, later
from tests.books.test_findings import DECISION, LATE, at_the_township, look, on, second_store, told
from tests.county import COUNTY, ROOT, TOWNSHIP, VILLAGE, County, append, rows

__all__ = ["county"]

LIMIT = "DECISION_LATE"
WITHOUT_A_NODE = 510524100299
SUPERVISOR = fact_pb2.Actor(place=COUNTY, unit=UNIT, person="监察01")
CLERK = fact_pb2.Actor(place=TOWNSHIP, unit="民政窗口", person="样例办事员")


def records(county: County, place: int = COUNTY) -> list[Record]:
    book = county.books[place]
    (found,) = rows(book, "SELECT id, case_id, home FROM cases")
    return records_of(load(book.reader, found[0], bytes(found[1]), found[2]))


async def take(
    county: County, actor: fact_pb2.Actor, deed: pb.AccountabilityDeed, *, record: bytes, **said: object
) -> None:
    step = pb.AccountabilityStep(deed=deed, record=record, text="样例内容", **said)  # type: ignore[arg-type]

    def write(tx: Transaction) -> None:
        row, case_id, home = tx.conn.execute("SELECT id, case_id, home FROM cases").fetchone()
        case = tx.projections.case(row, case_id=bytes(case_id), home=home)
        accountability.take(tx, Taking(case, actor, step, os.urandom(16)))

    await county.books[actor.place].write(write)


async def accused(county: County) -> tuple[Case, bytes]:
    """A case nobody accepted in time, and the record of it."""
    case = await at_the_township(county)
    await look(county, LATE, heard=True)
    (record,) = [each for each in records(county) if each.rule == LIMIT]
    return case, record.record_id


def of_limit(county: County, place: int = COUNTY) -> Record:
    (record,) = [each for each in records(county, place) if each.rule == LIMIT]
    return record


async def served(county: County) -> tuple[Case, bytes]:
    case, record = await accused(county)
    await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_SERVE, record=record, reply_by_day=number_of(later(18)))
    return case, record


async def test_a_finding_that_is_confirmed_begins_a_record_everybody_sees(county: County) -> None:
    _, record = await accused(county)
    await county.settle_down(rounds=2)
    for place in (COUNTY, TOWNSHIP, VILLAGE):
        found = of_limit(county, place)
        assert (found.record_id, found.office, found.status) == (record, TOWNSHIP, Status.OPENED)
        assert verify(county.path(place), ROOT.public) == []


async def test_whom_it_is_about_follows_from_the_roster_of_that_day(county: County) -> None:
    """A was away on the last day of the limit, so B answers for it; a later roster changes nothing."""
    await publish(county, "样例101", "样例102", later(0))
    case = await at_the_township(county)
    await away(county, "样例101", later(6))
    await look(county, LATE, heard=True)
    await publish(county, "样例103", "样例104", later(15))
    await county.settle_down(rounds=2)
    record = of_limit(county).record_id
    assert (await served_on(county, record), case.home) == ("样例102", VILLAGE)


async def test_whom_a_persons_word_is_about_follows_from_the_last_day_of_the_limit_too(county: County) -> None:
    await publish(county, "样例101", "样例102", later(0))
    case = await at_the_township(county)
    await away(county, "样例101", later(6))
    await case.accept(by=TOWNSHIP, on=later(-400))
    await look(county, LATE, heard=True)
    await settle(county, late=True)
    assert await served_on(county, of_limit(county).record_id) == "样例102"


@pytest.mark.parametrize(("heard", "person"), [(True, "样例101"), (False, "")])
async def test_whom_a_supervisor_asks_is_who_was_on_duty_when_it_was_done(
    county: County, heard: bool, person: str
) -> None:
    """A is away when the record is opened and served. Where an absence may still be on its way nobody is named."""
    await publish(county, "样例101", "样例102", later(0))
    case = await at_the_township(county)
    await away(county, "样例101", later(6))
    if heard:
        await county.settle_down(rounds=2)
    on(county, later(7))
    opening = {"rule": "ASKED_TWICE", "office": TOWNSHIP, "evidence": case.facts[-1], **DESK}
    await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_OPEN, record=b"", **opening)
    (record,) = [each for each in records(county) if each.rule == "ASKED_TWICE"]
    opened = load_fact(county, record.record_id)
    assert (opened.person, await served_on(county, record.record_id)) == (person, person)


DESK = {"unit": "综合窗口", "post": "收件岗"}


async def publish(county: County, holder_a: str, holder_b: str, day: date) -> None:
    on(county, day)
    post = pb.Post(unit=DESK["unit"], post=DESK["post"], holder_a=holder_a, holder_b=holder_b)
    body = pb.PostsPublished(place=TOWNSHIP, from_day=number_of(day), posts=[post])
    await append(county.books[TOWNSHIP], of_place(fact_pb2.BODY_TYPE_POSTS_PUBLISHED, body))


async def away(county: County, person: str, day: date) -> None:
    """From the morning of a day on, for three days."""
    on(county, day)
    begins, ends = at(day), at(day) + 3 * 24 * 60 * 60 * 1000
    body = pb.AwayNoticed(unit=DESK["unit"], post=DESK["post"], person=person, from_ms=begins, to_ms=ends)
    await append(county.books[TOWNSHIP], of_place(fact_pb2.BODY_TYPE_AWAY_NOTICED, body))


async def served_on(county: County, record_id: bytes) -> str:
    """Who is named when it is served."""
    said = {**DESK, "reply_by_day": number_of(later(25))}
    await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_SERVE, record=record_id, **said)
    (record,) = [each for each in records(county) if each.record_id == record_id]
    assert record.served is not None
    return record.served.person


def load_fact(county: County, fact_id: bytes) -> pb.AccountabilityStep:
    (encoded,) = rows(county.books[COUNTY], "SELECT bytes FROM facts WHERE fact_id=?", fact_id)[0]
    return pb.AccountabilityStep.FromString(fact_pb2.Fact.FromString(encoded).body)


def of_place(body_type: fact_pb2.BodyType, body: Message) -> Draft:
    return Draft(
        Scope(SUBTREE, TOWNSHIP),
        fact_pb2.FACT_CLASS_ADMIN,
        body_type,
        body.SerializeToString(),
        fact_pb2.Actor(place=TOWNSHIP),
        os.urandom(16),
    )


async def test_the_office_explains_and_the_county_goes_on_from_there(county: County) -> None:
    _, record = await served(county)
    await county.settle_down(rounds=2)
    await take(county, CLERK, pb.ACCOUNTABILITY_DEED_EXPLAIN, record=record)
    await county.settle_down(rounds=2)
    assert of_limit(county).status is Status.EXPLAINED
    for deed, said in (
        (pb.ACCOUNTABILITY_DEED_CHECK, {}),
        (pb.ACCOUNTABILITY_DEED_UPHOLD, {"cause": pb.ACCOUNTABILITY_CAUSE_OWN_DELAY}),
        (pb.ACCOUNTABILITY_DEED_HANDLE, {"measure": pb.ACCOUNTABILITY_MEASURE_REMIND}),
        (pb.ACCOUNTABILITY_DEED_ARCHIVE, {}),
    ):
        await take(county, SUPERVISOR, deed, record=record, **said)
    await county.settle_down(rounds=2)
    for place in (COUNTY, TOWNSHIP, VILLAGE):
        assert of_limit(county, place).status is Status.ARCHIVED
        assert verify(county.path(place), ROOT.public) == []


async def test_while_the_line_of_the_office_is_down_nobody_says_that_it_did_not_explain(county: County) -> None:
    _, record = await served(county)
    await county.settle_down(rounds=2)
    on(county, later(17))
    await take(county, CLERK, pb.ACCOUNTABILITY_DEED_EXPLAIN, record=record)
    on(county, later(25))
    with pytest.raises(Refused) as refused:
        await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_CHECK, record=record)
    assert refused.value.code == "REPLY_MAY_BE_ON_ITS_WAY"
    await county.settle_down(rounds=2)
    assert of_limit(county).status is Status.EXPLAINED
    await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_CHECK, record=record)


async def test_once_all_the_office_did_is_here_its_silence_may_be_judged(county: County) -> None:
    _, record = await served(county)
    await county.settle_down(rounds=2)
    on(county, later(20))
    await county.settle_down(rounds=2)
    await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_CHECK, record=record)
    assert of_limit(county).status is Status.CHECKED
    assert verify(county.path(COUNTY), ROOT.public) == []


async def test_whom_the_question_did_not_reach_in_time_is_asked_again(county: County) -> None:
    """Its line was down until the last day to explain had passed."""
    _, record = await served(county)
    on(county, later(20))
    await county.settle_down(rounds=2)
    with pytest.raises(Refused, match="重新送达") as refused:
        await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_CHECK, record=record)
    assert refused.value.code == "ASKED_TOO_LATE"
    await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_SERVE, record=record, reply_by_day=number_of(later(25)))
    await county.settle_down(rounds=2)
    assert speaks_for(county.books[COUNTY].reader, VILLAGE) == VILLAGE
    assert speaks_for(county.books[COUNTY].reader, WITHOUT_A_NODE) == TOWNSHIP
    on(county, later(27))
    await county.settle_down(rounds=2)
    await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_CHECK, record=record)
    assert of_limit(county).status is Status.CHECKED


async def test_where_the_office_lost_its_store_the_record_goes_on_all_the_same(county: County) -> None:
    """What it had explained may never come."""
    _, record = await served(county)
    await county.settle_down(rounds=2)
    county.watches[TOWNSHIP].now_ms = at(later(16))
    await county.books[TOWNSHIP].write(lambda tx: tx.open_epoch(pb.OPEN_REASON_RESTORE))
    on(county, later(20))
    await county.settle_down(rounds=2)
    await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_CHECK, record=record)
    assert of_limit(county).status is Status.CHECKED


async def test_what_was_done_in_time_and_comes_after_all_cancels_the_record(county: County) -> None:
    """A second store of the township did it, and nobody knew of that."""
    case = await at_the_township(county)
    async with second_store(county, TOWNSHIP) as twin:
        own = county.books[TOWNSHIP]
        county.books[TOWNSHIP] = twin
        await case.accept(by=TOWNSHIP, days=30, on=later(2))
        county.books[TOWNSHIP] = own
        await look(county, LATE, heard=True)
        record = of_limit(county).record_id
        county.books[TOWNSHIP] = twin
        on(county, later(15))
        await county.exchange(TOWNSHIP)
        county.books[TOWNSHIP] = own
        await look(county, later(15))
        assert (of_limit(county).status, of_limit(county).withdrawn) == (Status.CANCELLED, True)
        await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_ARCHIVE, record=record)
        assert of_limit(county).status is Status.ARCHIVED


def forged(case: Case, body_type: fact_pb2.BodyType, body: Message, *, by: int) -> Draft:
    """A finding that somebody else writes than the county."""
    return Draft(
        Scope(PATH, case.home),
        fact_pb2.FACT_CLASS_ANNOTATION,
        body_type,
        body.SerializeToString(),
        fact_pb2.Actor(place=by),
        os.urandom(16),
        case_id=case.facts[0],
    )


async def test_nobody_but_the_county_begins_a_record_or_ends_one(county: County) -> None:
    case, record = await accused(county)
    await county.settle_down(rounds=2)
    found = pb.FindingConfirmed(limit=pb.TIME_LIMIT_AGENCY, place=VILLAGE, start_day=number_of(later(0)))
    await append(
        county.books[TOWNSHIP],
        forged(case, fact_pb2.BODY_TYPE_FINDING_CONFIRMED, found, by=TOWNSHIP),
    )
    await append(
        county.books[TOWNSHIP],
        forged(case, fact_pb2.BODY_TYPE_FINDING_WITHDRAWN, pb.FindingWithdrawn(finding=record), by=TOWNSHIP),
    )
    await county.settle_down(rounds=2)
    assert VILLAGE not in {each.office for each in records(county)}
    assert of_limit(county).status is Status.OPENED


async def test_however_often_a_limit_was_confirmed_it_has_one_record_and_all_its_steps(county: County) -> None:
    """The county's book was set back, and the county has confirmed again."""
    case, record = await served(county)
    confirmed = next(
        pb.FindingConfirmed.FromString(fact.body)
        for fact in told(county, COUNTY, fact_pb2.BODY_TYPE_FINDING_CONFIRMED)
        if pb.FindingConfirmed.FromString(fact.body).limit == pb.TIME_LIMIT_DECISION
    )
    for _ in range(4):  # One of them is likely to have the smaller id.
        await append(county.books[COUNTY], forged(case, fact_pb2.BODY_TYPE_FINDING_CONFIRMED, confirmed, by=COUNTY))
    assert (of_limit(county).record_id, of_limit(county).status) == (record, Status.SERVED)
    (other, *_) = of_limit(county).also
    await county.settle_down(rounds=2)
    await take(county, CLERK, pb.ACCOUNTABILITY_DEED_EXPLAIN, record=other)
    await county.settle_down(rounds=2)
    assert of_limit(county).status is Status.EXPLAINED


async def test_a_finding_about_no_place_begins_nothing(county: County) -> None:
    case = await at_the_township(county)
    found = pb.FindingConfirmed(limit=pb.TIME_LIMIT_AGENCY, place=2**64 - 1, start_day=2**32 - 1)
    await append(county.books[COUNTY], forged(case, fact_pb2.BODY_TYPE_FINDING_CONFIRMED, found, by=COUNTY))
    assert records(county) == []


@pytest.mark.parametrize(
    ("actor", "deed", "code"),
    [
        (
            fact_pb2.Actor(place=COUNTY, unit="民政窗口", person="样例"),
            pb.ACCOUNTABILITY_DEED_COMMENT,
            "NOT_A_SUPERVISOR",
        ),
        (CLERK, pb.ACCOUNTABILITY_DEED_CANCEL, "NOT_A_SUPERVISOR"),
        (SUPERVISOR, pb.ACCOUNTABILITY_DEED_EXPLAIN, "STEP_NOT_ALLOWED"),
    ],
)
async def test_who_may_not_is_refused(
    county: County, actor: fact_pb2.Actor, deed: pb.AccountabilityDeed, code: str
) -> None:
    _, record = await accused(county)
    await county.settle_down(rounds=2)
    with pytest.raises(Refused) as refused:
        await take(county, actor, deed, record=record)
    assert refused.value.code == code


async def test_a_supervisor_opens_one_for_what_is_no_finding(county: County) -> None:
    case = await at_the_township(county)
    opening = {"rule": "ASKED_TWICE", "office": TOWNSHIP, "evidence": case.facts[-1]}
    await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_OPEN, record=b"", **opening)
    (record,) = records(county)
    assert (record.rule, record.office) == ("ASKED_TWICE", TOWNSHIP)
    for office in (510524101000, 510500000000, COUNTY):
        with pytest.raises(Refused, match="经办"):
            await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_OPEN, record=b"", **opening | {"office": office})
    with pytest.raises(Refused, match="凭据"):
        await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_OPEN, record=b"", **opening | {"evidence": bytes(32)})


async def test_records_are_found_by_where_they_stand_and_whose_they_are(county: County) -> None:
    await served(county)
    within = (COUNTY, COUNTY + 10**6)
    for asked, found in (
        ({}, 1),
        ({"statuses": {"SERVED"}}, 1),
        ({"statuses": {"ARCHIVED"}}, 0),
        ({"office": TOWNSHIP}, 1),
        ({"office": VILLAGE}, 0),
    ):
        listed = cases_with_records(county.books[COUNTY].reader, within=within, limit=9, **asked)
        assert len(listed) == found, asked


# What a person says.


async def settle(county: County, *, late: bool, kind: int = DECISION, day: date | None = None) -> None:
    def write(tx: Transaction) -> None:
        row, case_id, home = tx.conn.execute("SELECT id, case_id, home FROM cases").fetchone()
        case = tx.projections.case(row, case_id=bytes(case_id), home=home)
        said = pb.FindingSettled(
            limit=pb.TimeLimit.Name(kind),
            place=TOWNSHIP,
            start_day=number_of(day or later(0)),
            late=late,
            reason="样例：已核对纸质登记簿",
        )
        accountability.settle(tx, case, row, Settling(SUPERVISOR, said, os.urandom(16)))
        findings.look(tx, [row])

    await county.books[COUNTY].write(write)


async def found_late(county: County, by: By, last: date) -> int:
    found = await reports.read(county.books[COUNTY], within=COUNTY, period=Period(None, last), by=by)
    assert found.total.confirmed is not None
    return found.total.confirmed.findings


def standing(county: County) -> str:
    found = dict(rows(county.books[COUNTY], "SELECT kind, standing FROM findings"))
    return str(found[DECISION])


async def test_what_only_a_person_can_say_a_person_says(county: County) -> None:
    case = await at_the_township(county)
    await case.accept(by=TOWNSHIP, on=later(-400))
    await look(county, LATE, heard=True)
    assert standing(county) == "for_a_person"
    await settle(county, late=False)
    assert standing(county) == "settled_in_time"
    assert LIMIT not in {each.rule for each in records(county)}
    await settle(county, late=True)
    assert standing(county) == "settled_late"
    assert (of_limit(county).office, of_limit(county).status) == (TOWNSHIP, Status.OPENED)
    await sweep(county.books[COUNTY])
    assert standing(county) == "settled_late"
    for by in By:
        assert await found_late(county, by, LATE) == 1
        assert await found_late(county, by, later(13)) == 0, "it counts on the day on which it was said"
    page = await shown(county.books[COUNTY], names=Names(COUNTY, (), {}), before=0, everything=False)
    assert "人工核定：超期" in {each.words for each in page.rows}
    assert verify(county.path(COUNTY), ROOT.public) == []


async def test_no_word_of_a_person_stands_against_what_was_done_in_time(county: County) -> None:
    """The township's store was set back, a person said that it was late, and then the lost part of it came."""
    case = await at_the_township(county)
    await county.close(TOWNSHIP)
    county.copy(TOWNSHIP, name="monday")
    await county.open(TOWNSHIP)
    await case.accept(by=TOWNSHIP, days=30, on=later(2))
    await county.exchange(VILLAGE)
    await county.close(TOWNSHIP)
    county.set_back(TOWNSHIP, name="monday")
    await county.open(TOWNSHIP)
    county.watches[TOWNSHIP].now_ms = at(later(9))
    await county.books[TOWNSHIP].write(lambda tx: tx.open_epoch(pb.OPEN_REASON_RESTORE))
    on(county, LATE)
    for _ in range(2):
        await county.exchange(TOWNSHIP)
    await sweep(county.books[COUNTY])
    await settle(county, late=True)
    assert (standing(county), of_limit(county).status) == ("settled_late", Status.OPENED)
    settled = of_limit(county).record_id
    await look(county, later(15), heard=True)
    assert (standing(county), of_limit(county).status) == ("withdrawn", Status.CANCELLED)
    await county.books[COUNTY].write(lambda tx: tx.set_meta(findings.SWEPT, b"0"))
    await sweep(county.books[COUNTY])
    withdrawn = told(county, COUNTY, fact_pb2.BODY_TYPE_FINDING_WITHDRAWN)
    assert [pb.FindingWithdrawn.FromString(each.body).finding for each in withdrawn].count(settled) == 1
    assert verify(county.path(COUNTY), ROOT.public) == []


async def test_that_a_person_says_it_was_late_takes_nothing_back(county: County) -> None:
    case = await at_the_township(county)
    await case.accept(by=TOWNSHIP, on=later(-400))
    await look(county, LATE, heard=True)
    await settle(county, late=True)
    book = county.books[COUNTY]
    confirmed = pb.FindingConfirmed(limit=pb.TIME_LIMIT_DECISION, place=TOWNSHIP, start_day=number_of(later(0)))
    await append(book, forged(case, fact_pb2.BODY_TYPE_FINDING_CONFIRMED, confirmed, by=COUNTY))
    await book.write(lambda tx: tx.set_meta(findings.SWEPT, b"0"))
    before = len(told(county, COUNTY, fact_pb2.BODY_TYPE_FINDING_WITHDRAWN))
    await sweep(book)
    withdrawn = told(county, COUNTY, fact_pb2.BODY_TYPE_FINDING_WITHDRAWN)[before:]
    settled = told(county, COUNTY, fact_pb2.BODY_TYPE_FINDING_SETTLED)
    assert len(settled) == 1
    # What takes it back is the act nobody can date, not the word of the person.
    assert all(case.facts[-1] in pb.FindingWithdrawn.FromString(each.body).evidence for each in withdrawn)


@pytest.mark.parametrize("day", [later(0), later(1)])
async def test_where_the_evidence_speaks_nobody_has_to_say_anything(county: County, day: date) -> None:
    await at_the_township(county)
    await look(county, LATE, heard=True)
    with pytest.raises(Refused) as refused:
        await settle(county, late=True, day=day)
    assert refused.value.code == "NOTHING_TO_SETTLE"
