"""Simulated villagers and clerks: they do at the counters what people would, through the same calls."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Sequence

from operations.networks import Network, Spot
from sync.cases.stages import Act, Outcome, Stage
from sync.errors import Malformed, Refused, Unavailable
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.rpc.client import Client
from sync.rpc.v1 import case_service_pb2 as pb
from sync.rpc.v1 import catalogue_service_pb2 as catalogue_pb

# What a clerk does first where several acts are open.
FIRST = (Act.TAKE_IN, Act.ACCEPT, Act.STAGE_DONE, Act.DECIDE, Act.CLOSE, Act.DELIVER, Act.PASS_UP, Act.HAND_OVER)

WAITING = [s.value for s in (Stage.RECEIVED, Stage.IN_TRANSIT, Stage.EXAMINING, Stage.REVIEWING, Stage.DECIDED)]
WALK_IN_SHARE = 0.2
DENIED_SHARE = 0.03
CLERK_LOOKS_EVERY_S = 2.0
AGENT_LOOKS_EVERY_S = 6.0
CASES_AT_ONCE = 20


class Townsfolk:
    """Everybody who files and handles cases in a network."""

    def __init__(self, network: Network, *, filings_per_minute: float, seed: int | None = None) -> None:
        self._network = network
        self._pause_s = 60.0 / filings_per_minute
        self._chance = random.Random(seed)
        self._clients = {spot.place: Client(spot.address) for spot in network.spots}
        self._serial = 0
        self.done: Counter[str] = Counter()
        self.not_done: Counter[str] = Counter()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._villagers())
                for spot in self._network.at("township"):
                    group.create_task(self._office(spot, every_s=CLERK_LOOKS_EVERY_S, stages=WAITING))
                group.create_task(self._office(self._network.county, every_s=CLERK_LOOKS_EVERY_S, stages=WAITING))
                for spot in self._network.at("village"):
                    group.create_task(self._office(spot, every_s=AGENT_LOOKS_EVERY_S, stages=[*WAITING, "CLOSED"]))
        finally:
            await asyncio.gather(*(client.__aexit__(None, None, None) for client in self._clients.values()))

    # Villagers.

    async def _villagers(self) -> None:
        while True:
            await asyncio.sleep(self._chance.expovariate(1.0) * self._pause_s)
            walks_in = self._chance.random() < WALK_IN_SHARE
            spot = self._chance.choice(self._network.at("township" if walks_in else "village"))
            await self._politely(self._file(spot))

    async def _file(self, spot: Spot) -> None:
        client = self._clients[spot.place]
        items = await client.ask(client.catalogue.ListItems, catalogue_pb.ListItemsRequest(page_size=200))
        if not items.items:
            return
        item = self._chance.choice(items.items)
        self._serial += 1
        request = pb.FileCaseRequest(
            request_id=os.urandom(16),
            actor=_staff(spot),
            item_code=item.code,
            materials=[bodies_pb2.ReceivedMaterial(name=m.name, originals=1) for m in item.materials],
            applicant=bodies_pb2.Applicant(name=f"样例村民{self._serial:04d}", phone="", note="演示数据，并非真人"),
            channel="window",
        )
        await client.ask(client.cases.FileCase, request)
        self.done[Act.FILE.label] += 1

    # Clerks and agents.

    async def _office(self, spot: Spot, *, every_s: float, stages: Sequence[str]) -> None:
        while True:
            await asyncio.sleep(every_s * self._chance.uniform(0.5, 1.5))
            await self._politely(self._look_through(spot, stages))

    async def _look_through(self, spot: Spot, stages: Sequence[str]) -> None:
        client = self._clients[spot.place]
        request = pb.ListCasesRequest(waiting_for=spot.place, stages=stages, page_size=CASES_AT_ONCE)
        if spot.level == "village":
            request = pb.ListCasesRequest(within=spot.place, stages=stages, page_size=CASES_AT_ONCE)
        found = await client.ask(client.cases.ListCases, request)
        for case in found.cases:
            if act := self._next_act(case):
                await self._politely(self._do(client, spot, case, act))

    def _next_act(self, case: pb.Case) -> Act | None:
        """What is done now; sometimes the paper stays on the desk for another round."""
        if self._chance.random() < 0.3:
            return None
        open_acts = set(case.allowed_acts)
        return next((act for act in FIRST if act.value in open_acts), None)

    async def _do(self, client: Client, spot: Spot, case: pb.Case, act: Act) -> None:
        denied = act is Act.DECIDE and self._chance.random() < DENIED_SHARE
        request = pb.ActRequest(
            request_id=os.urandom(16),
            case=case.case_id.hex(),
            act=act.value,
            actor=_staff(spot),
            outcome=int(Outcome.DENIED if denied else Outcome.GRANTED) if act is Act.DECIDE else 0,  # type: ignore[arg-type]
            reason="演示：不符合条件" if denied else "",
            detail="当面领取" if act is Act.DELIVER else "",
        )
        await client.ask(client.cases.Act, request)
        self.done[act.label] += 1

    async def _politely(self, work: object) -> None:
        """Who is refused or finds the counter closed comes again later."""
        try:
            await work  # type: ignore[misc]
        except (Refused, Unavailable, Malformed) as error:
            self.not_done[error.code if isinstance(error, Refused) else type(error).__name__] += 1


def _staff(spot: Spot) -> fact_pb2.Actor:
    return fact_pb2.Actor(person=f"演示{spot.place % 1_000_000:06d}")
