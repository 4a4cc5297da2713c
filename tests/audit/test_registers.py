"""The auditor on replies and registers: who may write them, and whether their writer held what they are about."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from google.protobuf.message import Message

from operations.audit.findings import Findings
from operations.audit.registers import Registers
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from tests.county import COUNTY, TOWNSHIP, VILLAGE

CASE, OTHER_CASE = b"k" * 32, b"l" * 32
COMPLAINT, RATING, APPOINTMENT = b"c" * 32, b"r" * 32, b"a" * 32


def fact(
    body_type: fact_pb2.BodyType, body: Message, *, by: int, home: int = VILLAGE, case: bytes = CASE
) -> fact_pb2.Fact:
    return fact_pb2.Fact(
        version=1,
        fact_class=fact_pb2.FACT_CLASS_ANNOTATION if case else fact_pb2.FACT_CLASS_ADMIN,
        case_id=case,
        home=home,
        recorder=fact_pb2.Actor(place=by),
        body_type=body_type,
        body_version=1,
        body=body.SerializeToString(),
    )


SAID = {
    COMPLAINT: fact(fact_pb2.BODY_TYPE_COMPLAINED, pb.Complained(), by=VILLAGE),
    RATING: fact(fact_pb2.BODY_TYPE_RATED, pb.Rated(grade=1), by=VILLAGE),
    APPOINTMENT: fact(fact_pb2.BODY_TYPE_APPOINTMENT_MADE, pb.AppointmentMade(), by=VILLAGE, case=b""),
}
ACCEPTED, ANSWERED = fact_pb2.BODY_TYPE_COMPLAINT_ACCEPTED, fact_pb2.BODY_TYPE_COMPLAINT_ANSWERED
CALLED_BACK, ENDED = fact_pb2.BODY_TYPE_RATING_CALLED_BACK, fact_pb2.BODY_TYPE_APPOINTMENT_ENDED
TO_COMPLAINT = pb.ComplaintAccepted(complaint=COMPLAINT)


def found(written: fact_pb2.Fact, *, book: int) -> dict[str, int]:
    """The findings on a book that holds what was said and one fact more."""
    findings, registers = Findings(book), Registers()
    for row, (name, each) in enumerate((*SAID.items(), (b"w" * 32, written)), start=1):
        registers.learn(row, each, name, each.case_id, findings)
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute("CREATE TABLE register(fact, kind, home, place, day, names)")
        conn.executemany("INSERT INTO register VALUES (?,?,?,?,?,?)", registers.rows)
        registers.check(conn, findings)
    return dict(findings.counted)


@pytest.mark.parametrize(
    "written",
    [
        fact(ACCEPTED, TO_COMPLAINT, by=COUNTY),
        fact(ANSWERED, pb.ComplaintAnswered(complaint=COMPLAINT), by=COUNTY),
        fact(CALLED_BACK, pb.RatingCalledBack(rating=RATING), by=TOWNSHIP),
        fact(ENDED, pb.AppointmentEnded(appointment=APPOINTMENT), by=VILLAGE, case=b""),
    ],
)
def test_a_reply_in_order_is_nothing_to_tell(written: fact_pb2.Fact) -> None:
    assert found(written, book=written.recorder.place) == {}


@pytest.mark.parametrize(
    "written",
    [
        fact(ACCEPTED, TO_COMPLAINT, by=TOWNSHIP),
        fact(ANSWERED, pb.ComplaintAnswered(complaint=COMPLAINT), by=VILLAGE),
        fact(CALLED_BACK, pb.RatingCalledBack(rating=RATING), by=VILLAGE),
    ],
)
def test_a_reply_by_who_may_not_write_it_is_named(written: fact_pb2.Fact) -> None:
    assert found(written, book=COUNTY) == {"NOT_THEIRS_TO_WRITE": 1}


@pytest.mark.parametrize(
    "written",
    [
        fact(ACCEPTED, pb.ComplaintAccepted(complaint=RATING), by=COUNTY),
        fact(ACCEPTED, TO_COMPLAINT, by=COUNTY, case=OTHER_CASE),
        fact(CALLED_BACK, pb.RatingCalledBack(), by=TOWNSHIP),
        fact(ENDED, pb.AppointmentEnded(appointment=b"x" * 32), by=VILLAGE, case=b""),
        fact(ENDED, pb.AppointmentEnded(appointment=APPOINTMENT), by=TOWNSHIP, home=TOWNSHIP, case=b""),
    ],
)
def test_whoever_replied_to_what_he_did_not_hold_is_named(written: fact_pb2.Fact) -> None:
    assert found(written, book=written.recorder.place) == {"NAMED_MISSING": 1}
    assert found(written, book=510524200000) == {}, "elsewhere it may be on its way"
