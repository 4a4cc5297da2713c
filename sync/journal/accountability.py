"""Steps of accountability records (问责), and what a person says of a limit: how they are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sync.cases import places
from sync.cases.accountability import BESIDE_THE_COURSE, Cause, Deed, Measure, Record, Step, check
from sync.cases.limits import Coverage, Standing
from sync.cases.rules import RULES
from sync.cases.workdays import begin_of, day_numbered, day_of, end_of
from sync.errors import Malformed, Refused
from sync.facts.streams import PATH, Scope
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import known
from sync.journal.cases import CaseFacts
from sync.journal.posts import is_known, on_duty
from sync.journal.records import SETTLED, known_number, records_of
from sync.journal.statements import speaks_for
from sync.journal.translation import body_of, move_of
from sync.journal.writing import Draft, Transaction

UNIT = "监察"
"""The office at the county that supervises."""

LEAST_NAME = 8
"""A record is named by its id, or by so many bytes of it at least."""

SETTLEABLE = frozenset({Standing.FOR_A_PERSON.value, *SETTLED.values()})


@dataclass(frozen=True)
class Taking:
    """A step somebody wants to take on a case."""

    case: CaseFacts
    actor: fact_pb2.Actor
    said: bodies_pb2.AccountabilityStep
    request_id: bytes


def named(records: Iterable[Record], name: bytes) -> Record:
    """The record of this id, or of the one that begins so. Raises Malformed or Refused."""
    if len(name) < LEAST_NAME:
        raise Malformed(f"请写明是哪一条问责记录（至少{2 * LEAST_NAME}位十六进制）。")
    found = [each for each in records if each.is_named(name)]
    if len(found) != 1:
        raise Refused("RECORD_UNKNOWN", "本件没有这条问责记录，请用 accountability list 查看。")
    return found[0]


def take(tx: Transaction, taking: Taking) -> bytes:
    """Writes a step. Returns the id of its record. Raises Refused where the rules say no."""
    said, now = taking.said, tx.reading().now_ms
    opens = int(said.deed) == Deed.OPEN
    if opens:
        places.checked(said.office)
    record = None if opens else named(records_of(taking.case), said.record)
    step = Step(
        fact_id=b"",
        deed=known_number(Deed, said.deed),
        by=taking.actor.place,
        follows=_follows(record, said),
        at_ms=now,
        rule=said.rule,
        office=said.office,
        cause=known_number(Cause, said.cause),
        measure=known_number(Measure, said.measure),
        reply_by_day=said.reply_by_day,
        text=said.text,
        assignee=said.assignee,
        taken_by=taking.actor.person,
    )
    _is_a_supervisor_or_the_office(step, taking.actor)
    if opens and said.office not in _had_it(taking.case):
        raise Refused("NOT_ON_THE_PATH", f"{said.office}没有经办过本件，请核对被监察的单位。")
    if opens and said.evidence and said.evidence not in taking.case.by_id():
        raise Refused("FACT_NOT_OF_CASE", "作为凭据的记录不属于本件，请从本件的办理记录里选择。")
    check(
        record,
        step,
        today=day_of(now),
        has_arrived=_has_arrived(tx, record),
        all_is_here=_all_is_here(tx, record, taking.case.home),
        rules=RULES,
    )
    written = bodies_pb2.AccountabilityStep(
        deed=said.deed, record=record.record_id if record else b"", text=said.text, **_words(said)
    )
    if written.post and not written.person:
        office = record.office if record else said.office
        at_ms = _when(tx, taking.case, record.record_id if record else said.evidence, otherwise_ms=now)
        known.note_known(tx, signer=office)
        if is_known(tx.conn, here=tx.identity.place, place=office, at_ms=at_ms):
            written.person = on_duty(tx.conn, office, written.unit, written.post, at_ms)
    (fact_id,) = tx.append(
        [
            _draft(
                taking.case,
                taking.actor,
                fact_pb2.BODY_TYPE_ACCOUNTABILITY_STEP,
                written,
                request_id=taking.request_id,
                based_on=[step.follows] if step.follows else [],
            )
        ]
    )
    return record.record_id if record else fact_id


def _had_it(case: CaseFacts) -> set[int]:
    """The offices that have done anything in a case, or were offered it."""
    told = (each for each in case.facts if each.fact.fact_class == fact_pb2.FACT_CLASS_MOVE)
    return {place for each in told for place in (each.fact.recorder.place, move_of(each.fact_id, each.fact).to_place)}


def _when(tx: Transaction, case: CaseFacts, fact_id: bytes, *, otherwise_ms: int) -> int:
    """The time for which somebody answers: of a limit the noon of its last day, of anything else when it was done."""
    stored = case.by_id().get(fact_id)
    if stored is None:
        return otherwise_ms
    fact = stored.fact
    if fact.body_type == fact_pb2.BODY_TYPE_ACCOUNTABILITY_STEP:
        shown_by = body_of(fact, bodies_pb2.AccountabilityStep).evidence
        return _when(tx, case, shown_by, otherwise_ms=fact.recorded_at_ms)
    if fact.body_type == fact_pb2.BODY_TYPE_FINDING_CONFIRMED:
        return _noon(body_of(fact, bodies_pb2.FindingConfirmed).deadline_day)
    if fact.body_type == fact_pb2.BODY_TYPE_FINDING_SETTLED:
        said = body_of(fact, bodies_pb2.FindingSettled)
        found = tx.conn.execute(
            "SELECT deadline_day FROM findings WHERE case_row=(SELECT id FROM cases WHERE case_id=?) "
            "AND kind=? AND place=? AND start_day=?",
            [case.case_id, int(said.limit), said.place, said.start_day],
        ).fetchone()
        return _noon(found[0]) if found else fact.recorded_at_ms
    return fact.recorded_at_ms


def _noon(day: int) -> int:
    return (begin_of(day_numbered(day)) + end_of(day_numbered(day))) // 2


def _follows(record: Record | None, said: bodies_pb2.AccountabilityStep) -> bytes:
    return record.tip if record and known_number(Deed, said.deed) not in BESIDE_THE_COURSE else b""


# What is written of each step, beside its text.
WORDS = {
    Deed.OPEN: ("rule", "office", "unit", "post", "person", "evidence"),
    Deed.SERVE: ("unit", "post", "person", "reply_by_day"),
    Deed.ASSIGN: ("assignee",),
    Deed.UPHOLD: ("cause",),
    Deed.CANCEL: ("cause",),
    Deed.HANDLE: ("measure",),
}


def _words(said: bodies_pb2.AccountabilityStep) -> dict[str, Any]:
    return {name: getattr(said, name) for name in WORDS.get(known_number(Deed, said.deed), ())}


def _is_a_supervisor_or_the_office(step: Step, actor: fact_pb2.Actor) -> None:
    if step.deed is Deed.UNSPECIFIED:
        raise Malformed("请写明是哪一步。")
    if step.deed is not Deed.EXPLAIN and (places.level(actor.place) != places.COUNTY or actor.unit != UNIT):
        raise Refused("NOT_A_SUPERVISOR", f"只有县级监察员可以办理“{step.deed.label}”（--unit {UNIT}）。")


def _all_is_here(tx: Transaction, record: Record | None, home: int) -> bool:
    """Whether all is here that the office did until the last day to explain. What lies in a hole may never come: then
    it is for the supervisor to say, who may also ask again."""
    if record is None or record.served is None:
        return True
    office = speaks_for(tx.conn, record.office)
    known.note_known(tx, signer=office)
    window = record.served.at_ms, end_of(day_numbered(record.served.reply_by_day))
    found = known.coverage(tx.conn, here=tx.identity.place, place=office, scope=Scope(PATH, home), window_ms=window)
    return found is not Coverage.NOT_YET


def _has_arrived(tx: Transaction, record: Record | None) -> bool:
    """Whether the office had been asked to explain before the last day to do so ended: it has signed for that."""
    if record is None or record.served is None or record.office == tx.identity.place:
        return True
    due_ms = end_of(day_numbered(record.served.reply_by_day))
    found = tx.conn.execute(
        "SELECT 1 FROM arrivals WHERE at_ms<? AND fact=(SELECT id FROM facts WHERE fact_id=?)",
        [due_ms, record.served.fact_id],
    ).fetchone()
    return found is not None


@dataclass(frozen=True)
class Settling:
    """What somebody wants to say of a limit."""

    actor: fact_pb2.Actor
    said: bodies_pb2.FindingSettled
    request_id: bytes


def settle(tx: Transaction, case: CaseFacts, row: int, asked: Settling) -> None:
    """Writes what a person says of a limit. Raises Refused where nobody has to say anything."""
    said = asked.said
    if not asked.actor.person.strip():
        raise Refused("PERSON_MISSING", "监察要写明是谁办理的，请填写工号。")
    if places.level(asked.actor.place) != places.COUNTY or asked.actor.unit != UNIT:
        raise Refused("NOT_A_SUPERVISOR", f"只有县级监察员可以核定（--unit {UNIT}）。")
    places.checked(said.place)
    if not said.reason.strip():
        raise Refused("REASON_MISSING", "核定要写明依据，请填写后再提交。")
    found = tx.conn.execute(
        "SELECT standing FROM findings WHERE case_row=? AND kind=? AND place=? AND start_day=?",
        [row, int(said.limit), said.place, said.start_day],
    ).fetchone()
    if found is None or found[0] not in SETTLEABLE:
        raise Refused("NOTHING_TO_SETTLE", "这个期限不需要人工核定，请用 supervision findings 查看。")
    tx.append(
        [_draft(case, asked.actor, fact_pb2.BODY_TYPE_FINDING_SETTLED, said, request_id=asked.request_id, based_on=[])]
    )


def _draft(
    case: CaseFacts,
    actor: fact_pb2.Actor,
    body_type: fact_pb2.BodyType,
    body: bodies_pb2.AccountabilityStep | bodies_pb2.FindingSettled,
    *,
    request_id: bytes,
    based_on: list[bytes],
) -> Draft:
    return Draft(
        scope=Scope(PATH, case.home),
        fact_class=fact_pb2.FACT_CLASS_ANNOTATION,
        body_type=body_type,
        body=body.SerializeToString(deterministic=True),
        actor=actor,
        request_id=request_id,
        case_id=case.case_id,
        based_on=based_on,
        item_code=case.state.item_code,
        item_version=case.state.item_version,
    )
