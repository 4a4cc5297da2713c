"""An act at the counter: load the case, decide, write the fact, once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from google.protobuf.message import Message

from sync.cases import numbers, workdays
from sync.cases.decide import ActRequest, Draft, decide
from sync.cases.joint import ALONE
from sync.cases.stages import SAID, Act
from sync.errors import Malformed, Refused
from sync.facts.hashing import SALT_BYTES
from sync.facts.streams import PATH, Scope
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from sync.journal.cases import CaseFacts, is_rated, voices_of
from sync.journal.catalogue_translation import branch_message
from sync.journal.joint import asked_by, joint_of
from sync.journal.translation import BODY_TYPES, body_of
from sync.journal.writing import REQUEST_BYTES, Transaction
from sync.journal.writing import Draft as FactDraft


@dataclass(frozen=True)
class Asked:
    """What somebody at a counter asks for: the act, who does it, what was handed over or said."""

    request_id: bytes
    digest: bytes
    """SHA-256 of the whole call: the same id with another content is a mistake, not a repetition."""
    act: ActRequest
    actor: fact_pb2.Actor
    case: str = ""
    applicant: pb.Applicant | None = None
    private_text: str = ""
    materials: tuple[pb.ReceivedMaterial, ...] = ()
    channel: str = ""
    happened_at_ms: int | None = None
    paper_page: str = ""
    paper_places: frozenset[int] = field(default_factory=frozenset)


def digest_of(request: Message) -> bytes:
    return hashlib.sha256(request.SerializeToString(deterministic=True)).digest()


def do(tx: Transaction, asked: Asked) -> bytes:
    """Writes the act and returns the case's id; a repeated request gets the first answer and writes nothing.

    Raises Refused where the rules say no, where the case is unknown, and where the request id was used otherwise.
    """
    return once(tx, asked.request_id, asked.digest, lambda: _do(tx, asked))


def once(tx: Transaction, request_id: bytes, digest: bytes, work: Callable[[], bytes]) -> bytes:
    """Does `work` once for a request id; a repetition gets the first answer."""
    if len(request_id) != REQUEST_BYTES:
        raise Malformed(f"request_id 必须是{REQUEST_BYTES}个字节。")
    found = tx.conn.execute("SELECT digest, answer FROM requests WHERE request_id=?", [request_id]).fetchone()
    if found is not None:
        if found[0] != digest:
            raise Refused("REQUEST_REUSED", "这个请求号已经用于另一项内容不同的办理，请换一个新的请求号。")
        return bytes(found[1])
    answer = work()
    tx.conn.execute("INSERT INTO requests VALUES (?,?,?)", [request_id, digest, answer])
    return answer


def find_case(conn: Any, named: str) -> tuple[int, bytes, int]:
    """(row, case id, home) of a case by its number, or by its id in hexadecimal digits.

    Of branches of one number, the one that is needed.
    """
    column, value = _case_key(named)
    found = f"SELECT id, case_id, home FROM cases WHERE {column}=? AND duplicate=0"
    rows = conn.execute(f"{found} AND need_ended_at_ms=0 LIMIT 2", [value]).fetchall()
    rows = rows or conn.execute(f"{found} LIMIT 2", [value]).fetchall()
    if not rows:
        raise Refused("CASE_UNKNOWN", f"本机没有编号为{named}的办件，请核对编号，或等同步后再查。")
    if len(rows) > 1:
        raise Refused("NUMBER_TWICE", f"编号{named}有两件，请改用办件标识（64位十六进制）指明是哪一件。")
    return int(rows[0][0]), bytes(rows[0][1]), int(rows[0][2])


def _case_key(named: str) -> tuple[str, str | bytes]:
    try:
        if len(named) == 64:
            return "case_id", bytes.fromhex(named)
    except ValueError:
        pass
    return "number", str(numbers.parse(named))


def _do(tx: Transaction, asked: Asked) -> bytes:
    reading = tx.reading()
    today = workdays.day_of(reading.now_ms)
    catalogue = tx.catalogues.catalogue()
    case = _loaded(tx, asked.case) if asked.act.act is not Act.FILE else None
    draft = decide(
        asked.act,
        case=case.state if case else None,
        catalogue=catalogue,
        today=today,
        paper_places=asked.paper_places,
        calendar=tx.catalogues.calendar(),
        facts=case.by_id() if case else (),
        voices=voices_of(case) if case else (),
        rated=case is not None and is_rated(case),
        joint=joint_of(case, tx.projections.case_of, clock_state=reading.state) if case else ALONE,
    )
    if case is not None and draft.act is Act.FORK:
        return _fork(tx, asked, draft, case)
    body = _filing(tx, asked, draft, today=today) if draft.act is Act.FILE else BODIES[draft.act](draft)
    written = tx.append([_fact(asked, draft, body)])
    return draft.case_id or written[0]


def _fork(tx: Transaction, asked: Asked, draft: Draft, case: CaseFacts) -> bytes:
    """The branches first: whoever holds the move that names them holds them."""
    filing = replace(draft, act=Act.FILE, case_id=b"", based_on=())
    names = tx.append([_fact(asked, filing, each, parent=case.case_id) for each in _branches(draft, case)])
    tx.append([_fact(asked, draft, pb.Forked(branches=names))], first_index=len(names))
    return case.case_id


def _loaded(tx: Transaction, named: str) -> CaseFacts:
    tx.projections.write_filed()  # Others of the same commit may have filed it.
    row, case_id, home = find_case(tx.conn, named)
    return tx.projections.case(row, case_id=case_id, home=home)


def _fact(asked: Asked, draft: Draft, body: Message, *, parent: bytes = b"") -> FactDraft:
    if isinstance(body, pb.Supplied):
        body.materials.extend(asked.materials)
    said = draft.act in SAID
    return FactDraft(
        scope=Scope(PATH, draft.home),
        fact_class=fact_pb2.FACT_CLASS_ANNOTATION if said else fact_pb2.FACT_CLASS_MOVE,
        body_type=BODY_TYPES[draft.act],
        body=body.SerializeToString(deterministic=True),
        actor=asked.actor,
        request_id=asked.request_id,
        case_id=draft.case_id,
        parent_case_id=parent,
        based_on=draft.based_on,
        happened_at_ms=asked.happened_at_ms,
        paper_page=asked.paper_page,
        item_code=draft.item_code,
        item_version=draft.item_version,
        delegation=draft.delegation,
        private=private_part(asked.private_text, asked.applicant),
    )


def private_part(text: str, applicant: pb.Applicant | None) -> bytes:
    """What stands beside the chain, with its salt. Empty where nothing was said of a person."""
    part = pb.PrivateText(text=text) if text else applicant
    if part is None or not part.ByteSize():
        return b""
    return os.urandom(SALT_BYTES) + part.SerializeToString(deterministic=True)


def _filing(tx: Transaction, asked: Asked, draft: Draft, *, today: date) -> pb.CaseFiled:
    highest = tx.projections.highest_serial(draft.home)
    serial = numbers.next_serial(highest, start=tx.identity.serial_start)
    day = today if asked.happened_at_ms is None else workdays.day_of(asked.happened_at_ms)
    number = numbers.CaseNumber(draft.home, day, serial)
    return pb.CaseFiled(number=str(number), serial=serial, materials=asked.materials, channel=asked.channel)


def _branches(draft: Draft, case: CaseFacts) -> list[pb.CaseFiled]:
    """Numbered on from those the case has asked for before."""
    assert case.filed is not None
    number = body_of(case.filed.fact, pb.CaseFiled).number
    return [
        pb.CaseFiled(number=numbers.of_branch(number, index), branch=branch_message(branch))
        for index, branch in enumerate(draft.branches, start=len(asked_by(case)) + 1)
    ]


def _special_begun(draft: Draft) -> pb.SpecialBegun:
    procedure = draft.procedure
    assert procedure is not None
    return pb.SpecialBegun(
        procedure=procedure.name,
        limit_days=procedure.limit_days,
        legal_basis=procedure.legal_basis,
        notice=draft.notice,
        within_legal_limit=procedure.within_legal_limit,
    )


# What is written in the body of each act.
BODIES: dict[Act, Callable[[Draft], Message]] = {
    Act.HAND_OVER: lambda d: pb.HandedOver(to_place=d.to_place, to_unit=d.to_unit),
    Act.TAKE_IN: lambda d: pb.TakenIn(),
    Act.ACCEPT: lambda d: pb.Accepted(promised_days=d.promised_days),
    Act.REFUSE: lambda d: pb.Refused(reason=d.reason, review_way=d.review_way),
    Act.STAGE_DONE: lambda d: pb.StageDone(
        stage=int(d.stage),  # type: ignore[arg-type]
        opinion=d.opinion,
        next_unit=d.next_unit,
    ),
    Act.PASS_UP: lambda d: pb.PassedUp(to_place=d.to_place, to_unit=d.to_unit, opinion=d.opinion),
    Act.DECIDE: lambda d: pb.Decided(
        outcome=int(d.outcome),  # type: ignore[arg-type]
        reason=d.reason,
        document_number=d.document_number,
        silent=d.silent,
    ),
    Act.GIVE_OPINION: lambda d: pb.OpinionGiven(consents=d.consents, reason=d.reason),
    Act.CLOSE: lambda d: pb.Closed(),
    Act.DELIVER: lambda d: pb.Delivered(manner=d.manner),
    Act.OVERRIDE: lambda d: pb.Overridden(reason=d.reason, unit=d.next_unit),
    Act.SETTLE: lambda d: pb.Settled(reason=d.reason),
    Act.ASK_ONCE: lambda d: pb.AskedOnce(missing=d.missing, due_day=d.due_day, notice=d.notice),
    Act.SUPPLY: lambda d: pb.Supplied(promised_days=d.promised_days),
    Act.LAPSE: lambda d: pb.Lapsed(),
    Act.WITHDRAW: lambda d: pb.Withdrawn(reason=d.reason),
    Act.VILLAGE_ACT_DONE: lambda d: pb.VillageActDone(opinion=d.opinion),
    Act.BEGIN_SPECIAL: _special_begun,
    Act.END_SPECIAL: lambda d: pb.SpecialEnded(result=d.reason),
    Act.SEND_BACK: lambda d: pb.SentBack(reason=d.reason, unit=d.next_unit),
    Act.REASSIGN: lambda d: pb.Reassigned(unit=d.next_unit, reason=d.reason),
    Act.EXTEND: lambda d: pb.Extended(
        kind=int(d.extension),  # type: ignore[arg-type]
        to_day=d.to_day,
        days=d.days,
        approver=d.approver,
        reason=d.reason,
        notice=d.notice,
    ),
    Act.CHARGE: lambda d: pb.FeeCharged(amount_fen=d.amount_fen, basis=d.fee_basis),
    Act.CORRECT: lambda d: pb.Corrected(fact_id=d.fact_id, reason=d.reason),
    Act.RATE: lambda d: pb.Rated(grade=d.grade, reason=d.reason, channel=d.channel),
    Act.COMPLAIN: lambda d: pb.Complained(channel=d.channel, about_place=d.about_place, about_unit=d.to_unit),
    Act.ACCEPT_COMPLAINT: lambda d: pb.ComplaintAccepted(complaint=d.fact_id),
    Act.ANSWER_COMPLAINT: lambda d: pb.ComplaintAnswered(complaint=d.fact_id),
    Act.CALL_BACK: lambda d: pb.RatingCalledBack(rating=d.fact_id, result=d.reason),
}
