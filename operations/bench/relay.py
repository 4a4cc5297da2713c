"""How fast filings travel: live, and after a long silence, beside the same bytes on a bare road."""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from operations.bench import raw, stations
from operations.bench.county import (
    FACT_BYTES,
    Running,
    copied,
    counted,
    dealt,
    file,
    planned_county,
    prepare,
    running,
    seen,
)
from operations.bench.measuring import Figures, Tell, cpu_seconds, in_turn, summed_up
from operations.networks import Network, directory
from sync.cases.numbers import CaseNumber
from sync.cases.workdays import day_of
from sync.errors import Corrupt, Malformed
from sync.exchange.retries import Policy
from sync.journal import schema
from sync.journal.clock import wall_ms
from sync.node.node import BOOK

FILINGS = 35_234
"""As many as the county had in its own year."""

SERIAL_SHARE = 20
NOW_AND_THEN = Policy(first_s=0.1, bound_s=0.2)
"""Whoever looks takes time from those who work."""

AT_ONCE = 16
"""Calls under way at a village that fills its book off line."""


async def relay(root: Path, *, filings: int, rounds: int, tell: Tell) -> dict[str, Any]:
    """Measures in the empty directory `root`. Times are from the first act, or from the lines' return, to the last row
    a supervisor can find at the county."""
    network = planned_county()
    base, full = root / "base", root / "full"
    tell("建立全县节点，发布目录")
    await prepare(base, network, tell=tell)
    tell(f"村站离线收件{filings}件，备作补传")
    copied(base, name=full.name)
    await _fill(full, network, filings)
    facts = _facts(full, network)
    measures = {
        "live": lambda: _live(copied(base, name="live"), network, filings),
        "live_by_call": lambda: _live_by_call(copied(base, name="live"), network, filings),
        "catch_up": lambda: _catch_up(copied(full, name="catch_up"), network, filings),
        "raw_message": lambda: _raw(root / "raw", facts, "raw_message_per_s", raw.message_each),
        "raw_message_serial": lambda: _raw(
            root / "raw", facts[::SERIAL_SHARE], "raw_message_serial_per_s", raw.message_each_serial
        ),
        "raw_frame": lambda: _raw(root / "raw", facts, "raw_frame_per_s", raw.frames),
    }
    found = await in_turn(measures, rounds=rounds, tell=tell)
    result = {"filings": filings, "rounds": rounds, "fact_bytes": FACT_BYTES} | summed_up(found)
    for name in ("live", "catch_up"):
        result[f"{name}_ratio"] = round(result[f"{name}_per_s"] / result["raw_message_per_s"], 3)
    return result


def shares(network: Network, filings: int) -> dict[int, int]:
    """How many of the filings each village has."""
    villages = [spot.place for spot in network.at("village")]
    return {place: len(range(filings)[number :: len(villages)]) for number, place in enumerate(villages)}


async def _live(root: Path, network: Network, filings: int) -> Figures:
    """Each filing an act, a transaction, a signature and an fsync of its own at its village."""
    counts = shares(network, filings)
    commands = {
        name: stations.command_line({directory(root, spot): counts[spot.place] for spot in spots})
        for name, spots in dealt(network).items()
        if spots[0].level == "village"
    }
    async with running(root, network, commands=commands) as county:
        await county.open_lines()
        last = [str(CaseNumber(place, day_of(wall_ms()), count)) for place, count in counts.items()]
        cpu, began = cpu_seconds(), time.perf_counter()
        for name in commands:
            county.hosts.processes.running[name].send_signal(signal.SIGUSR1)
        await _all_seen(county, last)
        seconds, cpu = time.perf_counter() - began, cpu_seconds() - cpu
    _check(root, network, filings)
    return {"live_per_s": filings / seconds, "cpu_seconds_per_filing": cpu / filings}


async def _live_by_call(root: Path, network: Network, filings: int) -> Figures:
    """The same, each act a call from another process."""
    async with running(root, network) as county:
        await county.open_lines()
        began = time.perf_counter()
        last = await asyncio.gather(*(_file_all(county, *each) for each in shares(network, filings).items()))
        await _all_seen(county, last)
        seconds = time.perf_counter() - began
    _check(root, network, filings)
    return {"live_by_call_per_s": filings / seconds}


async def _file_all(county: Running, place: int, count: int) -> str:
    number = ""
    for each in range(count):
        number = await file(county.clients[place], place, each)
    return number


async def _all_seen(county: Running, numbers: Sequence[str]) -> None:
    """A village's filings come in their order: with the last all are there."""
    for number in numbers:
        await seen(county.county, number, look_again=NOW_AND_THEN)


def _check(root: Path, network: Network, filings: int) -> None:
    """Raises Corrupt unless the county's closed book holds them all, and nothing waits for a gap."""
    cases, parked = counted(root, network, "cases", "parked")
    if (cases, parked) != (filings, 0):
        raise Corrupt(f"{cases} of {filings} filings are at the county, {parked} segments wait there.")


async def _fill(root: Path, network: Network, filings: int) -> None:
    async with running(root, network, levels=("village",)) as villages:
        gates = {spot.place: asyncio.Semaphore(AT_ONCE) for spot in network.at("village")}

        async def one(place: int, number: int) -> None:
            async with gates[place]:
                await file(villages.clients[place], place, number)

        each = ((place, number) for place, count in shares(network, filings).items() for number in range(count))
        await asyncio.gather(*(one(*which) for which in each))


async def _catch_up(root: Path, network: Network, filings: int) -> Figures:
    """All that was filed off line, from the moment the lines are there again."""
    async with running(root, network) as county:
        last = [await _number_of(county, place, count - 1) for place, count in shares(network, filings).items()]
        began = time.perf_counter()
        await county.open_lines()
        await _all_seen(county, last)
        seconds = time.perf_counter() - began
    _check(root, network, filings)
    return {"catch_up_per_s": filings / seconds}


async def _number_of(county: Running, place: int, number: int) -> str:
    """Asked again, the village gives the same answer."""
    return await file(county.clients[place], place, number)


async def _raw(folder: Path, facts: Sequence[bytes], name: str, measure: Any) -> Figures:
    return {name: await measure(_emptied(folder), facts)}


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _facts(root: Path, network: Network) -> list[bytes]:
    """The filings of all villages as they stand in their books; where a serial takes two bytes, less the last one."""
    found: list[bytes] = []
    for spot in network.at("village"):
        with closing(schema.connect(directory(root, spot) / BOOK, read_only=True)) as conn:
            rows = conn.execute("SELECT bytes FROM facts WHERE case_row IS NOT NULL ORDER BY id").fetchall()
            found += [encoded for (encoded,) in rows]
    sizes = {len(fact) for fact in found}
    if not sizes <= {FACT_BYTES, FACT_BYTES + 1}:
        raise Malformed(f"Filings are encoded in {sorted(sizes)} bytes, not in {FACT_BYTES}. Change PADDING.")
    return [fact[:FACT_BYTES] for fact in found]
