"""The counters of a replay: what is asked when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from county_node import seed
from operations.networks import LOCAL, Network, Spot
from operations.replay.counters import Counters
from operations.replay.courses import OVERRIDDEN, Wave, Words
from operations.replay.scenario import Doing, Filing
from operations.shared_clock import SharedClock
from sync.cases.stages import Act
from sync.errors import Malformed
from sync.rpc.server import Server
from sync.rpc.v1 import case_service_pb2 as pb

COUNTY = 510524000000
BEFORE = 4


class FarAway:
    """Cases at a node to which what was done elsewhere comes one act at a time, with each look."""

    def __init__(self) -> None:
        self.held = 0
        self.asked: list[str] = []

    async def get_case(self, _: pb.GetCaseRequest) -> pb.GetCaseResponse:
        self.held += 1
        facts = [pb.CaseFact(standing="path")] * self.held
        return pb.GetCaseResponse(facts=[*facts, pb.CaseFact(standing="annotation")])

    async def file_case(self, _: pb.FileCaseRequest) -> pb.FileCaseResponse:
        self.asked.append("file")
        return pb.FileCaseResponse(case=pb.Case(case_id=bytes(32)))

    async def act(self, request: pb.ActRequest) -> pb.ActResponse:
        self.asked.append(f"{request.act} with {self.held} before it")
        return pb.ActResponse(case=pb.Case(case_id=bytes(32)))

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        async def nothing_else(_: Any) -> Any:
            raise Malformed(name)

        return nothing_else


async def test_the_county_takes_a_case_over_when_all_that_was_done_before_has_come(tmp_path: Path) -> None:
    """Taken over before the acceptance was there, the case stood in two branches, and nobody could go on with it."""
    far, day = FarAway(), date(2009, 10, 19)
    item = next(change.item for change in seed.first_release().changes if change.item)
    filed = Doing(day, Wave.COUNTERS_OPEN, COUNTY, 7, 0, Act.FILE, Words(), filing=Filing(item, COUNTY, villager=1))
    over = Doing(day, Wave.OFFICES, COUNTY, 7, BEFORE, Act.OVERRIDE, OVERRIDDEN)
    cases = pb.DESCRIPTOR.services_by_name["CaseService"]
    async with Server(host=LOCAL, port=0, services=[(cases, far)]) as server:
        network = Network((Spot(COUNTY, "county", "county", server.port),))
        clock = SharedClock.create(tmp_path / "clock", at_ms=0)
        async with Counters(network, clock, seed=1) as counters:
            await counters.wave([filed, over])
    assert far.asked == ["file", f"override with {BEFORE} before it"]
