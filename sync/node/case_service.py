"""The counter as a service."""

from __future__ import annotations

from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any

from sync.cases import channels, id_numbers, places, workdays
from sync.cases.decide import ActRequest, allowed_acts, notices
from sync.cases.joint import opinions
from sync.cases.stages import SAID, Act, ExtensionKind, Opinion, Outcome, Stage
from sync.cases.workdays import day_numbered
from sync.catalogue.items import CaseKind
from sync.catalogue.release import Catalogue, Listed
from sync.errors import Malformed
from sync.journal import counter, replies
from sync.journal.cases import CaseFacts, is_rated, voices_of
from sync.journal.clocks import Judging, judge
from sync.journal.counter import Asked, digest_of
from sync.journal.joint import asked_by, joint_of
from sync.node.case_view import COLUMNS, CaseView, row_of
from sync.node.form import actor_of, bounded, paper_places
from sync.node.joint_view import branch_message, clocks_of
from sync.node.paging import page_of, page_size
from sync.node.replying import reply_message
from sync.rpc.v1 import case_service_pb2 as pb
from sync.rpc.v1.supervision_service_pb2 import Reply

if TYPE_CHECKING:
    from sync.node.node import Node

END_OF_DATES_MS = 253_370_764_800_000
"""9999-01-01. What lies outside 0 and this no neighbour would take in, nor anything written after it."""
HAS_BRANCHES = "EXISTS (SELECT 1 FROM cases b WHERE b.parent=cases.case_id)"

# The acts on a case that is there already, by their words.
ACTS = {act.value: act for act in Act if act is not Act.FILE}


class CaseService:
    """Cases of one node. Implements sync.rpc.v1.CaseService."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._view = CaseView(node)

    async def file_case(self, request: pb.FileCaseRequest) -> pb.FileCaseResponse:
        actor = actor_of(self._node, request.actor)
        bounded(request)
        self._check_applicant(request)
        channels.check(request.channel)
        if bool(request.happened_at_ms) != bool(request.paper_page):
            raise Malformed("补录纸质收件，要同时填写收件日期和纸质登记簿页码。")
        if not 0 <= request.happened_at_ms < END_OF_DATES_MS:
            raise Malformed("收件日期无效，请按纸质登记簿核对后再提交。")
        if request.home:
            places.checked(request.home)
        act = ActRequest(Act.FILE, actor.place, actor.unit, home=request.home, item_code=request.item_code)
        asked = Asked(
            request_id=request.request_id,
            digest=digest_of(request),
            act=act,
            actor=actor,
            applicant=request.applicant,
            materials=tuple(request.materials),
            channel=request.channel,
            happened_at_ms=request.happened_at_ms or None,
            paper_page=request.paper_page,
            paper_places=paper_places(self._node) if request.home not in (0, actor.place) else frozenset(),
        )
        return pb.FileCaseResponse(case=await self._do(asked))

    async def act(self, request: pb.ActRequest) -> pb.ActResponse:
        actor = actor_of(self._node, request.actor)
        bounded(request)
        if request.act not in ACTS:
            raise Malformed(f"没有“{request.act}”这种办理。可以用：{'、'.join(ACTS)}。")
        if request.to_place:
            places.checked(request.to_place)
        # Nothing that was sent is dropped unseen, and nothing of a person is kept where nobody looks for it.
        if request.private_text and ACTS[request.act] not in SAID - {Act.ACCEPT_COMPLAINT}:
            raise Malformed(f"{ACTS[request.act].label}不带 private_text；它只用于更正、评价、投诉及其答复。")
        if request.materials and ACTS[request.act] is not Act.SUPPLY:
            raise Malformed(f"{ACTS[request.act].label}不带 materials；补交的材料用补正登记。")
        act = ActRequest(
            ACTS[request.act],
            actor.place,
            actor.unit,
            to_place=request.to_place,
            to_unit=request.to_unit,
            reason=request.reason,
            review_way=request.review_way,
            outcome=_outcome(request.outcome),
            detail=request.detail,
            missing=tuple(request.missing),
            day=day_numbered(request.day) if request.day else None,
            extension=_extension(request.extension),
            days=request.days,
            approver=request.approver,
            fact_id=request.fact_id,
            grade=request.grade,
            about_place=request.about_place,
            said=bool(request.private_text.strip()),
            procedure=request.procedure.strip(),
            amount_fen=request.amount_fen,
            opinion=_opinion(request.opinion),
        )
        asked = Asked(
            request.request_id,
            digest_of(request),
            act,
            actor,
            case=request.case,
            private_text=request.private_text.strip(),
            materials=tuple(request.materials),
        )
        return pb.ActResponse(case=await self._do(asked))

    async def get_case(self, request: pb.GetCaseRequest) -> pb.GetCaseResponse:
        bounded(request)
        case_row, case_id, _ = counter.find_case(self._node.book.reader, request.case)
        owed, row = await self._owed(case_row), self._row(case_id)
        facts = self._view.facts(row)
        return pb.GetCaseResponse(
            case=self._whole(row),
            facts=self._view.history(facts),
            replies=owed,
            branches=await self._branches(facts),
        )

    async def list_cases(self, request: pb.ListCasesRequest) -> pb.ListCasesResponse:
        bounded(request)
        unknown = set(request.stages) - set(Stage)
        if unknown:
            raise Malformed(f"没有这样的环节：{'、'.join(sorted(unknown))}。可以用：{'、'.join(Stage)}。")
        where, values = _filters(request)
        if request.joint:
            codes = [code for code, each in self._catalogue.listed.items() if _is_joint(each)]
            where.append(f"parent IS NULL AND (item_code IN ({','.join('?' * len(codes))}) OR {HAS_BRANCHES})")
            values += codes
        size, before = page_size(request.page_size), page_of(request.page_token)
        if before:
            where, values = [*where, "id < ?"], [*values, before]
        rows = self._rows(f"WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT {size + 1}", values)
        token = str(rows[size - 1]["id"]) if len(rows) > size else ""
        return pb.ListCasesResponse(cases=[self._whole(row) for row in rows[:size]], next_page_token=token)

    # Writing.

    async def _do(self, asked: Asked) -> pb.Case:
        case_id = await self._node.book.write(lambda tx: counter.do(tx, asked))
        return self._whole(self._row(case_id))

    def _check_applicant(self, request: pb.FileCaseRequest) -> None:
        number = request.applicant.id_number
        if number:
            id_numbers.checked(number, today=workdays.day_of(self._node.book.clock.now()))

    # Reading.

    def _rows(self, tail: str, values: list[Any]) -> list[dict[str, Any]]:
        cursor = self._node.book.reader.execute(f"SELECT {COLUMNS} FROM cases {tail}", values)
        return [row_of(cursor, each) for each in cursor.fetchall()]

    def _row(self, case_id: bytes) -> dict[str, Any]:
        return self._rows("WHERE case_id=?", [case_id])[0]

    async def _owed(self, case_row: int) -> list[Reply]:
        """The replies on a case."""
        if not self._node.book.reader.execute("SELECT replies FROM cases WHERE id=?", [case_row]).fetchone()[0]:
            return []
        here = self._node.settings.place

        def look(conn: Any, judging: Judging) -> list[Reply]:
            return [reply_message(conn, each, here=here) for each in replies.of_case(conn, judging, case_row)]

        return await judge(self._node.book, look)

    @property
    def _catalogue(self) -> Catalogue:
        return self._node.book.catalogues.catalogue()

    @property
    def _today(self) -> date:
        return workdays.day_of(self._node.book.clock.now())

    def _whole(self, row: dict[str, Any]) -> pb.Case:
        case, facts = self._view.brief(row), self._view.facts(row)
        state, here, catalogue = facts.state, self._node.settings.place, self._catalogue
        joint = joint_of(facts, self._view.facts_of)
        unit = state.custodian.unit if state.custodian and state.custodian.place == here else ""
        if state.tip is not None:
            calendar = self._node.book.catalogues.calendar()
            acts = allowed_acts(
                state,
                place=here,
                unit=unit,
                catalogue=catalogue,
                today=self._today,
                calendar=calendar,
                voices=voices_of(facts),
                rated=is_rated(facts),
                joint=joint,
            )
            case.allowed_acts.extend(acts)
            case.notices.extend(notices(state, place=here, catalogue=catalogue, joint=joint))
        if state.forks:
            case.opinions_asked = len(state.forks[-1].branches)
            case.opinions_in = sum(branch.opinion is not None for branch in joint.branches.values())
        return case

    async def _branches(self, parent: CaseFacts) -> list[pb.Branch]:
        found = [self._rows("WHERE case_id=? AND parent=?", [name, parent.case_id]) for name in asked_by(parent)]
        rows = sorted(chain(*found), key=lambda row: (row["number"], row["id"]))
        clocks = await clocks_of(self._node.book, (row["id"] for row in rows)) if rows else {}
        calendar, joint = self._node.book.catalogues.calendar(), joint_of(parent, self._view.facts_of)
        told = opinions(parent.state, joint, calendar=calendar, today=self._today)
        return [
            branch_message(
                self._whole(row),
                self._view.facts(row),
                parent,
                opinions=told,
                clock=clocks.get(row["id"]),
                catalogue=self._catalogue,
                calendar=calendar,
            )
            for row in rows
        ]


def _filters(request: pb.ListCasesRequest) -> tuple[list[str], list[Any]]:
    where: list[str] = ["stage <> ''"]
    values: list[Any] = []
    if request.within:
        low, high = places.bounds(places.checked(request.within))
        where.append("home BETWEEN ? AND ?")
        values += [low, high]
    if request.waiting_for:
        places.checked(request.waiting_for)
        # A branch of a joint case that is not needed any more waits for nobody.
        where.append("need_ended_at_ms=0 AND (offered_place=? OR (custodian_place=? AND offered_place=0))")
        values += [request.waiting_for, request.waiting_for]
    if request.stages:
        where.append(f"stage IN ({','.join('?' * len(request.stages))})")
        values.extend(request.stages)
    return where, values


def _outcome(number: int) -> Outcome:
    if number not in (0, Outcome.GRANTED, Outcome.DENIED):
        raise Malformed(f"决定结果{number}无效：1 准予，2 不予。")
    return Outcome(number)


def _opinion(number: int) -> Opinion:
    if number not in set(Opinion):
        raise Malformed(f"会办意见{number}无效：1 同意，2 不同意。")
    return Opinion(number)


def _is_joint(listed: Listed) -> bool:
    return listed.versions[-1].case_kind is CaseKind.JOINT


def _extension(number: int) -> ExtensionKind:
    if number not in set(ExtensionKind):
        raise Malformed(f"延期种类{number}无效：1 延时告知，2 法定延期。")
    return ExtensionKind(number)
