"""Whoever is killed with -9 while work is under way: nothing acknowledged is lost, nothing counted twice."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from operations.networks import Spot
from tests.eventually import eventually
from tests.whole_county.running import Filer, Running, assert_each_once, filers, gone, is_alive

BURST = 15


@asynccontextmanager
async def work(filed: list[Filer]) -> AsyncIterator[None]:
    """Filing goes on inside, at every village; at the end every call has its answer."""
    running = [asyncio.create_task(filer.run()) for filer in filed]
    try:
        yield
    finally:
        for filer in filed:
            filer.stopping = True
        async with asyncio.timeout(30):
            await asyncio.gather(*running)


async def in_flight(county: Running, filed: list[Filer], *, above: Spot, below: Spot) -> int:
    """With the parent held, a burst at the villages; returns what a node below has not had confirmed."""
    county.hold(above)
    bursts = [asyncio.create_task(filer.burst(BURST)) for filer in filed]
    before = await county.unconfirmed(below)

    async def more() -> int:
        now = await county.unconfirmed(below)
        return now if now > before + BURST else 0

    waiting = int(await eventually(more, within=10))
    await asyncio.gather(*bursts)
    return waiting


async def kill_node(county: Running, filed: list[Filer], victim: Spot, *, held: Spot, below: Spot) -> dict[str, int]:
    """kill -9 of a node with work unconfirmed; then it is started again."""
    broker = (await county.status(victim)).nats_server.pid
    waiting = await in_flight(county, filed, above=held, below=below)
    # Calls that are inside when it happens.
    late = [asyncio.create_task(filer.burst(3)) for filer in filed]
    pid, code = await county.kill(victim)
    if held is not victim:
        county.release(held)
    assert code == -signal.SIGKILL
    assert not is_alive(pid)
    if broker:
        await gone(broker)
    await county.start(victim)
    await eventually(lambda: county.is_up(victim), within=15)
    await asyncio.gather(*late)
    return {"pid": pid, "code": code, "unconfirmed": waiting}


async def kill_broker(county: Running, filed: list[Filer], owner: Spot, *, below: Spot) -> dict[str, int]:
    """kill -9 of a node's nats-server with parcels in it; the node starts another."""
    before = (await county.status(owner)).nats_server
    waiting = await in_flight(county, filed, above=owner, below=below)
    os.kill(before.pid, signal.SIGKILL)
    await gone(before.pid)
    county.release(owner)

    async def another() -> bool:
        now = (await county.status(owner)).nats_server
        return now.pid not in (0, before.pid) and now.restarts == before.restarts + 1

    await eventually(another, within=15)
    return {"pid": before.pid, "unconfirmed": waiting}


async def test_nothing_acknowledged_is_lost_or_doubled_whoever_is_killed(
    county: Running, record_testsuite_property: Callable[[str, object], None]
) -> None:
    village, township, top = county.villages[0], county.township, county.county
    filed = await filers(county)
    killed: dict[str, dict[str, int]] = {}
    for name in ("village", "township", "county", "township's broker", "county's broker"):
        async with work(filed):
            if name == "village":
                killed[name] = await kill_node(county, filed, village, held=township, below=village)
            elif name == "township":
                killed[name] = await kill_node(county, filed, township, held=top, below=township)
            elif name == "county":
                killed[name] = await kill_node(county, filed, top, held=top, below=township)
            elif name == "township's broker":
                killed[name] = await kill_broker(county, filed, township, below=village)
            else:
                killed[name] = await kill_broker(county, filed, top, below=township)
        await eventually(county.all_confirmed, within=25)
        killed[name]["cases"] = await assert_each_once(county, filed, top)
    record_testsuite_property("killed", killed)
    assert [each["unconfirmed"] > 0 for each in killed.values()] == [True] * 5
    assert sum(filer.unanswered for filer in filed) > 0, "no call broke off: nobody was killed in the middle"
    await assert_each_once(county, filed, township)
    await county.close()
    await county.processes.stop_all()
    assert "\n".join(county.faults_in_closed_books()) == ""
