"""A broker is killed and its disk lost before it is started again: the books bring everything once more."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from operations.networks import Spot
from tests.eventually import eventually
from tests.whole_county.running import Filer, Running, assert_each_once, filers, gone
from tests.whole_county.test_killed import in_flight, work


async def wipe(county: Running, filed: list[Filer], owner: Spot, *, below: Spot) -> tuple[int, int]:
    """Kills the broker of a node that is held, so that nobody starts another before the store is away.

    Returns how many entries were unconfirmed, and the bytes of parcels that were lost.
    """
    before = (await county.status(owner)).nats_server
    waiting = await in_flight(county, filed, above=owner, below=below)
    os.kill(before.pid, signal.SIGKILL)
    await gone(before.pid)
    store = county.directory(owner) / "nats" / "store"
    lost = store.rename(store.with_name("lost"))
    county.release(owner)

    async def another() -> bool:
        now = (await county.status(owner)).nats_server
        return now.pid not in (0, before.pid) and now.restarts == before.restarts + 1 and store.is_dir()

    await eventually(another, within=15)
    return waiting, parcels_in(lost)


def parcels_in(store: Path) -> int:
    """Bytes of parcels that nobody had fetched and acknowledged."""
    return sum(block.stat().st_size for block in store.rglob("*.blk"))


async def test_a_broker_that_lost_its_disk_loses_no_case(
    county: Running, record_testsuite_property: Callable[[str, object], None]
) -> None:
    filed = await filers(county)
    for owner, below in ((county.township, county.villages[0]), (county.county, county.township)):
        async with work(filed):
            waiting, lost = await wipe(county, filed, owner, below=below)
            assert waiting > 0
            assert lost > 0
        record_testsuite_property(f"wiped {owner.level}", {"unconfirmed": waiting, "bytes lost": lost})
        await eventually(county.all_confirmed, within=25)
        await assert_each_once(county, filed, county.county)
        await assert_each_once(county, filed, county.township)
    await county.close()
    await county.processes.stop_all()
    assert "\n".join(county.faults_in_closed_books()) == ""
