"""One case on the whole road: real processes, real commands, and a parent that is down in the middle."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from county_node import seed
from operations.networks import Network, Ports, Spot, directory, make, planned
from operations.opening import answering, open_county
from operations.processes import Processes
from sync.catalogue.items import Level
from sync.errors import Refused, Unavailable
from sync.node.commands import as_dict
from sync.rpc.client import Client
from sync.rpc.v1 import case_service_pb2 as pb
from sync.rpc.v1 import catalogue_service_pb2 as catalogue_pb
from sync.rpc.v1 import node_service_pb2 as node_pb

TOWNSHIPS, STATIONS = 2, 2
COMMANDS = {"county": "county-node", "township": "township-node", "village": "village-agent"}
HOP_S = 60.0
LOOK_EVERY_S = 0.01

Tell = Callable[[str], None]
Seen = Callable[[pb.Case], bool]

LADDER = ("已登记", "已发出", "乡镇已收", "县已收", "受理", "办结", "送达")


class NotWalked(Exception):
    """A step of the road did not happen in time."""


@dataclass
class Road:
    """What happened so far."""

    root: Path
    network: Network
    processes: Processes
    tell: Tell
    hops: list[dict[str, Any]] = field(default_factory=list)
    retries: list[dict[str, Any]] = field(default_factory=list)
    ladder: list[str] = field(default_factory=list)
    number: str = ""

    # Processes.

    async def start(self, spot: Spot) -> None:
        command = [_command(spot), "run", str(directory(self.root, spot))]
        await self.processes.start(str(spot.place), command)

    async def stop(self, spot: Spot) -> None:
        await self.processes.stop(str(spot.place))

    def hold(self, spot: Spot) -> None:
        """Stops a node in its tracks; the broker beside it goes on."""
        self.processes.running[str(spot.place)].send_signal(signal.SIGSTOP)

    def release(self, spot: Spot) -> None:
        self.processes.running[str(spot.place)].send_signal(signal.SIGCONT)

    # Commands and what they lead to.

    async def do(self, spot: Spot, *words: str) -> dict[str, Any]:
        """Runs a node's command as a person would. Raises Refused with what it printed if it does not end with 0."""
        command = [_command(spot), words[0], "--at", spot.address, "--json", *words[1:]]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
        if process.returncode:
            raise Refused("COMMAND_FAILED", f"{' '.join(words)}: {err.decode().strip()}")
        answer: dict[str, Any] = json.loads(out)
        return answer

    async def case_at(self, spot: Spot) -> pb.Case | None:
        try:
            async with Client(spot.address) as client:
                answer = await client.ask(client.cases.GetCase, pb.GetCaseRequest(case=self.number))
        except (Refused, Unavailable):
            return None
        case: pb.Case = answer.case
        return case

    async def hop(self, name: str, spot: Spot, seen: Seen, *, ladder: str = "", since: float | None = None) -> None:
        """Waits until the case at `spot` is as expected, and notes how long that took."""
        began = time.monotonic() if since is None else since
        async with Client(spot.address) as client:
            while not await self._sees(client, seen):
                if time.monotonic() - began > HOP_S:
                    raise NotWalked(f"{name}: not seen at {spot.name} within {HOP_S:.0f} s")
                await asyncio.sleep(LOOK_EVERY_S)
        seconds = round(time.monotonic() - began, 3)
        village = await self.case_at(self.village)
        shown = {"stage": village.stage_label, "reach": village.reach_label} if village else {}
        self.hops.append({"hop": name, "at": spot.place, "seconds": seconds, "village_shows": shown})
        if ladder:
            self.ladder.append(ladder)
        self.tell(f"{seconds:8.3f} 秒  {name}  村站显示：{' · '.join(shown.values())}")

    async def _sees(self, client: Client, seen: Seen) -> bool:
        try:
            answer = await client.ask(client.cases.GetCase, pb.GetCaseRequest(case=self.number))
        except (Refused, Unavailable):
            return False
        return seen(answer.case)

    @property
    def village(self) -> Spot:
        return self.network.at("village")[0]

    @property
    def township(self) -> Spot:
        return self.network.at("township")[0]

    @property
    def county(self) -> Spot:
        return self.network.county


async def road(root: Path, *, down_s: float, tell: Tell) -> dict[str, Any]:
    """Walks the road in an empty directory. Returns what happened; `ok` only if all of it did."""
    network = planned(seed.divisions(), townships=TOWNSHIPS, stations=STATIONS, ports=Ports())
    make(root / "network", network)
    async with Processes(root / "logs") as processes:
        walk = Road(root / "network", network, processes, tell)
        try:
            await _open(walk)
            await _file(walk)
            await _hand_over_while_down(walk, down_s=down_s)
            await _handle(walk)
            await _deliver(walk)
            failed = "" if tuple(walk.ladder) == LADDER else f"ladder {walk.ladder}"
        except (NotWalked, Refused, Unavailable) as error:
            failed = str(error)
        case = await walk.case_at(walk.village) if walk.number else None
    return {
        "ok": not failed,
        "failed": failed,
        "nodes": {level: len(network.at(level)) for level in COMMANDS},
        "case": walk.number,
        "ladder": walk.ladder,
        "hops": walk.hops,
        "parent_down": {"seconds": down_s, "retries": walk.retries},
        "result_at_village": as_dict(case) if case else None,
    }


async def _open(walk: Road) -> None:
    """All nodes up, each a process of its own, the catalogue at every one of them."""
    for spot in walk.network.spots:
        await walk.start(spot)
    await open_county(walk.root, walk.network, tell=walk.tell)
    for spot in walk.network.spots:
        async with Client(spot.address) as client:
            await answering(client, holding_release=1)
    walk.tell(f"{len(walk.network.spots)} 个节点已启动，目录已到各节点")


async def _file(walk: Road) -> None:
    """Filed at the village; the township and the county are held so that each rung of the ladder can be seen."""
    walk.hold(walk.township)
    walk.hold(walk.county)
    item = await _item(walk.village)
    filed = await walk.do(walk.village, "file", "--item", item, "--name", "样例村民甲")
    walk.number = filed["number"]
    walk.ladder.append(filed["reach_label"])
    walk.tell(f"收件 {walk.number}：{filed['reach_label']}")
    await walk.hop("已发出（乡镇节点暂停，线路通）", walk.village, _reached(pb.REACH_SENT), ladder="已发出")
    walk.release(walk.township)
    await walk.hop("乡镇已收（县节点暂停）", walk.village, _reached(pb.REACH_AT_TOWNSHIP), ladder="乡镇已收")
    walk.release(walk.county)
    await walk.hop("县已收", walk.village, _reached(pb.REACH_AT_COUNTY), ladder="县已收")


async def _item(village: Spot) -> str:
    """An item that the county decides: it goes the whole way."""
    async with Client(village.address) as client:
        answer = await client.ask(client.catalogue.ListItems, catalogue_pb.ListItemsRequest(page_size=200))
    return str(next(item.code for item in answer.items if item.decided_at == Level.COUNTY))


async def _hand_over_while_down(walk: Road, *, down_s: float) -> None:
    """The township is down; the village hands over meanwhile and goes on trying."""
    await walk.stop(walk.township)
    walk.tell(f"乡镇节点停机 {down_s:.0f} 秒，村站照常报送")
    handed_over = await walk.do(walk.village, "hand-over", walk.number)
    if handed_over["reach"] != "REACH_RECORDED":
        raise NotWalked(f"handed over while the parent was down, yet shown as {handed_over['reach_label']}")
    await asyncio.sleep(down_s)
    walk.retries = await _retries(walk)
    walk.tell(f"停机期间重试 {len(walk.retries)} 次，等待（毫秒）：{[each['wait_ms'] for each in walk.retries]}")
    if not walk.retries:
        raise NotWalked("no retry was recorded while the parent was down")
    began = time.monotonic()
    await walk.start(walk.township)
    await walk.hop("乡镇恢复，报送到达", walk.township, _may("take_in"), since=began)


async def _retries(walk: Road) -> list[dict[str, Any]]:
    async with Client(walk.village.address) as client:
        status = await client.ask(client.node.GetStatus, node_pb.GetStatusRequest())
    return [as_dict(each) for each in status.links[0].retries]


async def _handle(walk: Road) -> None:
    """Taken in, accepted and examined at the township, decided and closed at the county."""
    await walk.do(walk.township, "take-in", walk.number)
    await walk.do(walk.township, "accept", walk.number)
    await walk.hop("受理", walk.village, lambda case: case.accepted_at_ms > 0, ladder="受理")
    await walk.do(walk.township, "pass-up", walk.number, "--opinion", "材料齐全，拟同意")
    await walk.hop("上报到达县级", walk.county, _may("take_in"))
    await walk.do(walk.county, "take-in", walk.number)
    await walk.do(walk.county, "stage-done", walk.number)
    await walk.do(walk.county, "decide", walk.number, "--outcome", "granted", "--detail", "样例字〔2026〕1号")
    await walk.do(walk.county, "close", walk.number)
    await walk.hop("办结，结果回到村站", walk.village, _may("deliver"), ladder="办结")


async def _deliver(walk: Road) -> None:
    delivered = await walk.do(walk.village, "deliver", walk.number, "--detail", "当面领取")
    walk.ladder.append(delivered["stage_label"])
    await walk.hop("送达，县级可见", walk.county, lambda case: case.stage == "DELIVERED")


def _reached(reach: int) -> Seen:
    return lambda case: case.reach == reach


def _may(act: str) -> Seen:
    return lambda case: act in case.allowed_acts


def _command(spot: Spot) -> str:
    return str(Path(sys.executable).parent / COMMANDS[spot.level])
