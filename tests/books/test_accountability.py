"""Accountability records in the books of a county: begun by findings, explained over a line, withdrawn."""

from __future__ import annotations

import os
from datetime import date

import pytest

from county_node.supervising import sweep
from sync.cases.accountability import Record, Status
from sync.cases.limits import Finding, Standing
from sync.cases.workdays import number_of
from sync.errors import Refused
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from sync.journal import accountability, findings
from sync.journal.accountability import UNIT, Settling, Taking
from sync.journal.cases import load
from sync.journal.records import cases_with_records, records_of
from sync.journal.verify import verify
from sync.journal.writing import Transaction
from tests.books.test_figures import Case, county, later
from tests.books.test_findings import DECISION, LATE, at_the_township, look, on
from tests.county import COUNTY, ROOT, TOWNSHIP, VILLAGE, County, rows

__all__ = ["county"]

LIMIT = "DECISION_LATE"
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
    on(county, later(20))
    await county.settle_down(rounds=2)
    await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_CHECK, record=record)
    assert of_limit(county).status is Status.CHECKED


async def test_what_was_done_in_time_and_comes_after_all_cancels_the_record(county: County) -> None:
    """A store set back without a word: what the township did in time comes home from a stick."""
    await Case(county, VILLAGE).file(by=VILLAGE)
    await look(county, LATE, heard=True)
    assert [each.status for each in records(county)] == [Status.OPENED]
    confirmed = records(county)[0].record_id

    def withdraw(tx: Transaction) -> None:
        row, case_id, home = tx.conn.execute("SELECT id, case_id, home FROM cases").fetchone()
        case = tx.projections.case(row, case_id=bytes(case_id), home=home)
        findings._Kept(tx, row, case)._withdraw(confirmed, Finding(Standing.IN_TIME))

    await county.books[COUNTY].write(withdraw)
    (record,) = records(county)
    assert (record.status, record.withdrawn) == (Status.CANCELLED, True)


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
    with pytest.raises(Refused, match="经办"):
        await take(county, SUPERVISOR, pb.ACCOUNTABILITY_DEED_OPEN, record=b"", **opening | {"office": 510524101000})
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
    await settle(county, late=True)
    assert standing(county) == "settled_late"
    await sweep(county.books[COUNTY])
    assert standing(county) == "settled_late"
    assert verify(county.path(COUNTY), ROOT.public) == []


@pytest.mark.parametrize("day", [later(0), later(1)])
async def test_where_the_evidence_speaks_nobody_has_to_say_anything(county: County, day: date) -> None:
    await at_the_township(county)
    await look(county, LATE, heard=True)
    with pytest.raises(Refused) as refused:
        await settle(county, late=True, day=day)
    assert refused.value.code == "NOTHING_TO_SETTLE"
