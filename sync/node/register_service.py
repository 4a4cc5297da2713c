"""The registers of an office as a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync.cases import checklists, places, workdays
from sync.cases.registers import Kind
from sync.cases.workdays import LAST_DAY, number_of
from sync.errors import Malformed
from sync.facts.v1 import fact_pb2
from sync.journal import checklist, registers
from sync.journal.counter import digest_of, once
from sync.journal.entering import Entry, enter
from sync.node import entry_view
from sync.node.form import actor_of, bounded, paper_places
from sync.node.paging import page_of, page_size
from sync.rpc.v1 import register_service_pb2 as pb

if TYPE_CHECKING:
    from sync.node.node import Node

KINDS = {
    pb.REGISTER_CONTACTS: Kind.CONTACT,
    pb.REGISTER_SERVICES: Kind.SERVICE,
    pb.REGISTER_APPOINTMENTS: Kind.APPOINTMENT,
    pb.REGISTER_ATTESTATIONS: Kind.ATTESTATION,
}

KINDS_OF = {kind.name.lower(): kind for kind in Kind}

# Which entries take what stands beside the body. Nothing of a person is kept where nobody looks for it.
TAKEN = {
    "item_code": ("contact", "service", "appointment"),
    "applicant": ("appointment",),
    "private_text": ("contact",),
}


class RegisterService:
    """Implements sync.rpc.v1.RegisterService."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def enter(self, request: pb.EnterRequest) -> pb.EnterResponse:
        actor = actor_of(self._node, request.actor)
        bounded(request)
        if request.home:
            places.checked(request.home)
        entry = self._entry(request, actor)
        fact_id = await self._node.book.write(
            lambda tx: once(tx, request.request_id, digest_of(request), lambda: enter(tx, entry))
        )
        found = registers.entry(self._node.book.reader, fact_id)
        assert found is not None
        return pb.EnterResponse(entry=entry_view.message(found, self._node.book.catalogues.catalogue()))

    async def list_entries(self, request: pb.ListEntriesRequest) -> pb.ListEntriesResponse:
        kind = KINDS.get(request.register)
        if kind is None:
            raise Malformed("请选择登记簿：1 首问登记，2 服务登记，3 预约，4 核实登记。")
        if max(request.from_day, request.to_day) > LAST_DAY:
            raise Malformed("日期无效，请填写1970-01-01起的天数。")
        size, before = page_size(request.page_size), page_of(request.page_token)
        homes, catalogue = places.bounds(self._place(request.within)), self._node.book.catalogues.catalogue()

        def look(conn: Any) -> pb.ListEntriesResponse:
            found = registers.entries(
                conn,
                kind,
                within=homes,
                first=request.from_day,
                last=request.to_day,
                open_only=request.open_only,
                before=before,
                limit=size + 1,
            )
            return pb.ListEntriesResponse(
                entries=[entry_view.message(each, catalogue) for each in found[:size]],
                next_page_token=str(found[size - 1].row) if len(found) > size else "",
            )

        return await self._node.book.look(look)

    async def get_checklist(self, request: pb.GetChecklistRequest) -> pb.GetChecklistResponse:
        here, place = self._node.settings.place, self._place(request.place)
        if not places.contains(here, place):
            raise Malformed(f"{place} 不在本单位辖区内，请向其上级节点查询。")
        catalogue, today = self._node.book.catalogues.catalogue(), workdays.day_of(self._node.book.clock.now())

        def look(conn: Any) -> pb.GetChecklistResponse:
            evidence = checklist.evidence(conn, place, here=here, catalogue=catalogue)
            attested = registers.attested(conn, place)
            entries = []
            for code, entry in checklists.ENTRIES.items():
                shown = pb.ChecklistEntry(code=code, list=entry.list, name=entry.name, proved=bool(entry.proved_by))
                if entry.proved_by:
                    found = checklists.proved(entry.proved_by, evidence)
                    shown.met, shown.evidence, shown.day = found.met, found.evidence, number_of(today)
                elif code in attested:
                    entry_view.fill_attested(shown, attested[code])
                entries.append(shown)
            return pb.GetChecklistResponse(place=place, entries=entries)

        return await self._node.book.look(look)

    def _entry(self, request: pb.EnterRequest, actor: fact_pb2.Actor) -> Entry:
        """What is to be entered. Raises Malformed where it is no entry, or has what such an entry has no place for."""
        which = request.WhichOneof("entry")
        if which is None:
            raise Malformed("没有写明要登记什么：首问、服务、预约、预约了结或核实，请填写其中一项。")
        body = getattr(request, which)
        if getattr(body, "day", 0) > LAST_DAY:
            raise Malformed("日期无效，请填写1970-01-01起的天数。")
        given = {field.name for field, _ in request.ListFields()}
        for name, taken in TAKEN.items():
            if name in given and which not in taken:
                raise Malformed(f"{KINDS_OF[which].label}不带 {name}。")
        return Entry(
            body=body,
            actor=actor,
            request_id=request.request_id,
            home=request.home,
            item_code=request.item_code,
            applicant=request.applicant if request.HasField("applicant") else None,
            private_text=request.private_text.strip(),
            paper_places=paper_places(self._node) if request.home not in (0, actor.place) else frozenset(),
        )

    def _place(self, asked: int) -> int:
        if asked:
            places.checked(asked)
        return asked or self._node.settings.place
