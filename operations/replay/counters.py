"""The counters of a whole network: every act of the scenario goes over one, as a gRPC call."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from datetime import date, datetime, time
from types import TracebackType
from typing import Any, Self

from operations.networks import Network
from operations.replay.hosts import Blow
from operations.replay.patience import NotDone, patiently
from operations.replay.scenario import Doing, Filing
from operations.shared_clock import SharedClock
from sync.cases.stages import Act
from sync.cases.workdays import SHANGHAI, number_of
from sync.errors import Refused, Unavailable
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.rpc.client import Client
from sync.rpc.v1 import case_service_pb2 as pb
from sync.rpc.v1 import node_service_pb2 as node_pb

AT_ONCE = 28
"""Calls under way at one counter; they share commits."""

ON_ITS_WAY = frozenset({"CASE_UNKNOWN", "CASE_NOT_HERE", "NOT_OFFERED", "NOT_CUSTODIAN", "ACT_NOT_ALLOWED_IN_STAGE"})

AHEAD_OF_ITS_CASE = frozenset({Act.OVERRIDE})
"""Acts that a node takes before it holds what was done last elsewhere: nobody hands the case to whoever does them."""

AN_ACT_TAKES_MS = 100
"""Of the county's time."""

PAPER_HOUR = time(10, 0)


class Counters:
    """Does the acts of a wave, those of one case one after the other."""

    def __init__(self, network: Network, clock: SharedClock, *, seed: int) -> None:
        self.clients = {spot.place: Client(spot.address) for spot in network.spots}
        self._on_request = {spot.place for spot in network.spots if not spot.has_line}
        self.blows: list[Blow] = []
        self.done = 0
        self.asked_again = 0
        self._gates = {place: asyncio.Semaphore(AT_ONCE) for place in self.clients}
        self._clock = clock
        self._seed = seed
        self._cases: dict[int, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(client.__aexit__(None, None, None) for client in self.clients.values()))

    async def wave(self, doings: Iterable[Doing]) -> None:
        """Returns when all are done. Raises NotDone, naming case and act."""
        courses: dict[int, list[Doing]] = {}
        for doing in doings:
            courses.setdefault(doing.case, []).append(doing)
        under_way = [asyncio.create_task(self._course(course)) for course in courses.values()]
        try:
            for course in asyncio.as_completed(under_way):
                await course
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _course(self, course: list[Doing]) -> None:
        for doing in course:
            async with self._gates[doing.place]:
                await self._do(doing)

    async def _do(self, doing: Doing) -> None:
        self._clock.move_to(self._clock.now() + AN_ACT_TAKES_MS)
        client, request = self.clients[doing.place], self._request(doing)
        if doing.act in AHEAD_OF_ITS_CASE:
            await patiently(lambda: self._has_come(doing, client), lambda: self._named(doing))
        call = client.cases.FileCase if doing.filing else client.cases.Act
        for blow in self.blows:
            blow.begun(doing.place)
        answer = await self._answer(doing, client, call, request)
        for blow in self.blows:
            blow.ended(doing.place)
        self._cases.setdefault(doing.case, answer.case.case_id.hex())
        self.done += 1

    async def _has_come(self, doing: Doing, client: Client) -> None:
        """Raises Unavailable until all that was done before in its case is there."""
        seen = await _asked(client, client.cases.GetCase, pb.GetCaseRequest(case=self._cases[doing.case]))
        done = sum(fact.standing == "path" for fact in seen.facts)
        if done < doing.step:
            raise Unavailable(f"前面{doing.step}步只传到了{done}步")

    async def _answer(self, doing: Doing, client: Client, call: Any, request: Any) -> Any:
        try:
            return await _asked(client, call, request)
        except Unavailable:
            self.asked_again += 1
        except Refused as error:
            raise NotDone(f"{self._named(doing)}：{error} [{error.code}]") from None
        return await self._answer_in_time(doing, client, call, request)

    async def _answer_in_time(self, doing: Doing, client: Client, call: Any, request: Any) -> Any:
        async def again() -> Any:
            await self._line(doing.place, client, is_open=True)
            return await _asked(client, call, request)

        try:
            answer = await patiently(again, lambda: self._named(doing))
            await patiently(lambda: self._line(doing.place, client, is_open=False), lambda: self._named(doing))
            return answer
        except Refused as error:
            raise NotDone(f"{self._named(doing)}：{error} [{error.code}]") from None

    async def _line(self, place: int, client: Client, *, is_open: bool) -> None:
        """Whoever comes on line on market days only stays until what he came for is there."""
        if place in self._on_request:
            await client.ask(client.node.SetLine, node_pb.SetLineRequest(open=is_open))

    def _named(self, doing: Doing) -> str:
        case = self._cases.get(doing.case, "尚未收件")
        return f"{doing.day} {doing.place}，第{doing.case}件（{case}）{doing.act.label}"

    def _request(self, doing: Doing) -> pb.FileCaseRequest | pb.ActRequest:
        """With a request id that is the same at every try."""
        named = f"{self._seed}/{doing.case}/{doing.step}".encode()
        request_id = hashlib.blake2b(named, digest_size=16).digest()
        actor = fact_pb2.Actor(unit=doing.unit, person=f"样例{doing.place % 1_000_000:06d}")
        if doing.filing:
            return _filing(doing.filing, request_id, actor)
        return _act(doing, self._cases[doing.case], request_id, actor)


async def _asked(client: Client, call: Any, request: Any) -> Any:
    """One try. A case that has not come yet is Unavailable."""
    try:
        return await client.ask(call, request)
    except Refused as error:
        if error.code in ON_ITS_WAY:
            raise Unavailable(f"{error} [{error.code}]") from None
        raise


def _act(doing: Doing, case: str, request_id: bytes, actor: fact_pb2.Actor) -> pb.ActRequest:
    said = doing.words
    return pb.ActRequest(
        request_id=request_id,
        actor=actor,
        case=case,
        act=doing.act.value,
        to_unit=said.to_unit,
        reason=said.reason,
        review_way=said.review_way,
        outcome=int(said.outcome),  # type: ignore[arg-type]
        detail=said.detail,
        missing=said.missing,
        day=number_of(said.day),
        extension=int(said.extension),  # type: ignore[arg-type]
        approver=said.approver,
        # What is corrected is the filing, whose id is the case's.
        fact_id=bytes.fromhex(case) if doing.act is Act.CORRECT else b"",
        grade=said.grade,
        private_text=said.private_text,
    )


def _filing(filing: Filing, request_id: bytes, actor: fact_pb2.Actor) -> pb.FileCaseRequest:
    on_paper = filing.paper_day is not None
    return pb.FileCaseRequest(
        request_id=request_id,
        actor=actor,
        home=filing.home,
        item_code=filing.item.code,
        materials=[
            bodies_pb2.ReceivedMaterial(name=each.name, originals=each.originals, copies=each.copies)
            for each in filing.item.materials
        ],
        applicant=bodies_pb2.Applicant(name=f"样例村民{filing.villager:06d}"),
        channel="paper" if on_paper else "window",
        happened_at_ms=moment(filing.paper_day, PAPER_HOUR) if filing.paper_day else 0,
        paper_page=filing.paper_page,
    )


def moment(day: date, at: time) -> int:
    """Milliseconds UTC of a time in the county."""
    return int(datetime.combine(day, at, SHANGHAI).timestamp()) * 1000
