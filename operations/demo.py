"""A whole county on this machine: the county hall, 23 townships and 69 village stations, all alive."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from county_node import seed
from operations.networks import Network, Ports, Spot, directory, load, make, planned
from operations.opening import open_county
from operations.processes import Processes
from operations.townsfolk import Townsfolk

BASE_PORT = 28524
TOWNSHIP_PROCESSES = 3
VILLAGE_PROCESSES = 3
TELL_EVERY_S = 10.0

ALL = 99
"""More townships and stations than any county has."""

Tell = Callable[[str], None]


async def demo(
    root: Path,
    *,
    filings_per_minute: float,
    base_port: int,
    tell: Tell,
    for_s: float = 0.0,
    townships: int = ALL,
    stations: int = ALL,
) -> None:
    """Runs the county in `root` until SIGINT or SIGTERM (or `for_s` seconds); begins where it stopped last time.

    `townships` and `stations` in each: how large it is made at the first start.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    network = _network(root, base_port, tell, townships=townships, stations=stations)
    async with Processes(root / "logs") as processes:
        running = asyncio.create_task(_live(root, network, processes, filings_per_minute, tell))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([running, stopping], timeout=for_s or None, return_when=asyncio.FIRST_COMPLETED)
        failed = running.done()
        for task in (running, stopping):
            task.cancel()
        outcome = (await asyncio.gather(running, stopping, return_exceptions=True))[0]
        tell("正在停止全部节点……")
    if failed and isinstance(outcome, BaseException):
        raise outcome
    tell(f"已停止。账本留在 {root}，下次启动接着办。")


def _network(root: Path, base_port: int, tell: Tell, *, townships: int, stations: int) -> Network:
    network = load(root)
    if network is None:
        tell("第一次启动：建立全县节点目录和密钥")
        network = planned(
            seed.divisions(), townships=townships, stations=stations, ports=Ports(base_port + 1), web=base_port
        )
        make(root, network)
    return network


async def _live(root: Path, network: Network, processes: Processes, filings_per_minute: float, tell: Tell) -> None:
    began = time.monotonic()
    await processes.host("county", [directory(root, network.county)])
    townships = _dealt(network.at("township"), TOWNSHIP_PROCESSES)
    villages = _dealt(network.at("village"), VILLAGE_PROCESSES)
    await open_county(root, network, tell=tell)
    tell(f"县级页面已就绪（{time.monotonic() - began:.1f} 秒）：http://127.0.0.1:{network.county.web}/")
    for number, spots in enumerate(townships, start=1):
        await processes.host(f"townships-{number}", [directory(root, spot) for spot in spots])
    for number, spots in enumerate(villages, start=1):
        await processes.host(f"villages-{number}", [directory(root, spot) for spot in spots])
    tell(f"{len(network.at('township'))} 个乡镇、{len(network.at('village'))} 个村站已启动。按 Ctrl-C 停止。")
    people = Townsfolk(network, filings_per_minute=filings_per_minute)
    async with asyncio.TaskGroup() as group:
        group.create_task(people.run())
        group.create_task(_telling(people, processes, tell))


async def _telling(people: Townsfolk, processes: Processes, tell: Tell) -> None:
    while True:
        await asyncio.sleep(TELL_EVERY_S)
        processes.check()
        done = "，".join(f"{label}{count}" for label, count in people.done.items())
        tell(f"本次运行：{done or '正在同步目录'}")


def _dealt(spots: Sequence[Spot], hands: int) -> list[Sequence[Spot]]:
    """The spots in so many hands, each about as large."""
    return [spots[hand::hands] for hand in range(hands) if spots[hand::hands]]
