"""Accountability records as the supervision service shows and writes them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from sync.cases import masking, places
from sync.cases.accountability import Record, Status, Step
from sync.cases.rules import RULES
from sync.errors import Malformed, Refused
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import accountability, counter, findings, records
from sync.journal.accountability import Settling, Taking
from sync.journal.cases import CaseFacts, load
from sync.journal.translation import body_of
from sync.node import explaining
from sync.node.form import actor_of
from sync.node.paging import page_of, page_size
from sync.rpc.v1 import supervision_service_pb2 as pb

if TYPE_CHECKING:
    from sync.journal.writing import Transaction
    from sync.node.node import Node

MOST_STEPS = 50
"""Steps of a record that are shown."""

LONGEST_TEXT = 2_000
"""Characters. A record says what it rests on; files stay in the file."""


async def list_records(node: Node, request: pb.ListRecordsRequest, *, within: int) -> pb.ListRecordsResponse:
    """The records of the newest cases that have any."""
    unknown = set(request.statuses) - set(Status)
    if unknown:
        raise Malformed(f"没有这样的问责状态：{'、'.join(sorted(unknown))}。可以用：{'、'.join(Status)}。")
    size, before = page_size(request.page_size), page_of(request.page_token)
    office, statuses = request.office and places.checked(request.office), frozenset(request.statuses)

    def look(conn: Any) -> pb.ListRecordsResponse:
        row = counter.find_case(conn, request.case)[0] if request.case else 0
        homes = places.bounds(within)
        found = records.cases_with_records(
            conn, within=homes, row=row, office=office, statuses=statuses, before=before, limit=size + 1
        )
        return pb.ListRecordsResponse(
            records=[
                each
                for case_row, case_id, home, number in found[:size]
                for each in _messages(load(conn, case_row, case_id, home), number, office=office, statuses=statuses)
            ],
            next_page_token=str(found[size - 1][0]) if len(found) > size else "",
        )

    return await node.book.look(look)


def _messages(case: CaseFacts, number: str, *, office: int, statuses: Collection[str]) -> list[pb.AccountabilityRecord]:
    return [
        _message(case, number, each)
        for each in records.records_of(case)
        if records.is_asked_for(each, office=office, statuses=statuses)
    ]


def _message(case: CaseFacts, number: str, record: Record) -> pb.AccountabilityRecord:
    facts = case.by_id()
    begun = facts[record.record_id].fact
    message = pb.AccountabilityRecord(
        record=record.record_id,
        number=masking.text(number),
        rule=record.rule,
        rule_label=RULES[record.rule].name,
        office=record.office,
        status=record.status,
        status_label=record.status.label,
        reply_by_day=record.reply_by_day,
        assignee=record.assignee,
        opened_at_ms=record.opened_at_ms,
        withdrawn=record.withdrawn,
        steps=[_step_message(case, each) for each in _by_time(record)[:MOST_STEPS]],
        beside=[_step_message(case, each) for each in record.beside[:MOST_STEPS]],
    )
    if begun.body_type == fact_pb2.BODY_TYPE_FINDING_CONFIRMED:
        message.finding.CopyFrom(body_of(begun, bodies_pb2.FindingConfirmed))
    return message


def _by_time(record: Record) -> list[Step]:
    return sorted((*record.steps, *record.notes), key=lambda each: each.at_ms)


def _step_message(case: CaseFacts, step: Step) -> pb.RecordStep:
    """As written, with numbers of people masked; a peer may have written more than is shown."""
    fact = case.by_id()[step.fact_id].fact
    said = body_of(fact, bodies_pb2.AccountabilityStep)
    for name in ("rule", "unit", "post", "person", "text", "assignee"):
        setattr(said, name, masking.text(getattr(said, name)[:LONGEST_TEXT]))
    return pb.RecordStep(
        fact_id=step.fact_id,
        label=step.deed.label,
        actor=fact.recorder,
        at_ms=step.at_ms,
        step=said,
    )


async def take_step(node: Node, request: pb.TakeStepRequest) -> pb.TakeStepResponse:
    """Takes a step, once for a request id."""
    _check_length(request.step.text, request.step.unit, request.step.post, request.step.person, request.step.assignee)
    actor = actor_of(node, request.actor)

    def write(tx: Transaction) -> pb.TakeStepResponse:
        row, case_id, home = counter.find_case(tx.conn, request.case)

        def take() -> bytes:
            case = tx.projections.case(row, case_id=case_id, home=home)
            return accountability.take(tx, Taking(case, actor, request.step, request.request_id))

        record_id = counter.once(tx, request.request_id, counter.digest_of(request), take)
        tx.projections.refresh()
        case = tx.projections.case(row, case_id=case_id, home=home)
        (number,) = tx.conn.execute("SELECT number FROM cases WHERE id=?", [row]).fetchone()
        found = accountability.named(records.records_of(case), record_id)
        return pb.TakeStepResponse(record=_message(case, number, found))

    return await node.book.write(write)


async def settle_finding(node: Node, request: pb.SettleFindingRequest) -> pb.SettleFindingResponse:
    """Says of a limit what the evidence cannot, once for a request id."""
    if places.level(node.settings.place) != places.COUNTY:
        raise Refused("ASK_THE_COUNTY", "超期认定由县级节点保管，请在县级节点核定。")
    _check_length(request.settled.reason)
    actor, said = actor_of(node, request.actor), request.settled
    key = int(said.limit), said.place, said.start_day

    def write(tx: Transaction) -> pb.SettleFindingResponse:
        row, case_id, home = counter.find_case(tx.conn, request.case)

        def settle() -> bytes:
            case = tx.projections.case(row, case_id=case_id, home=home)
            accountability.settle(tx, case, row, Settling(actor, said, request.request_id))
            return case_id

        counter.once(tx, request.request_id, counter.digest_of(request), settle)
        findings.look(tx, [row])
        found = [each for each in findings.of_case(tx.conn, row) if (each.kind, each.place, each.start_day) == key]
        return pb.SettleFindingResponse(finding=explaining.finding_message(found[0]))

    return await node.book.write(write)


def _check_length(*texts: str) -> None:
    if any(len(text) > LONGEST_TEXT for text in texts):
        raise Malformed(f"写得太长了，每项最多{LONGEST_TEXT}个字；附件请存档，这里写明存放处。")
