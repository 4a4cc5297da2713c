"""How much room a node takes, in memory and on the disk, and how long it keeps people waiting."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from county_node.supervising import SWEEP_EVERY_S
from operations.bench.county import LOOK_AGAIN, copied, counted, planned_county, prepare, running
from operations.bench.filled import filled
from operations.bench.measuring import Figures, Tell, in_turn, percentile, rss_mb, summed_up
from operations.networks import LOCAL, ON_LINE, WITHOUT_LINE, Network, directory
from operations.processes import Processes
from operations.replay.lines import on_line
from sync.exchange.retries import retry
from sync.journal import schema
from sync.node.node import BOOK
from sync.rpc.client import Client
from sync.rpc.v1 import node_service_pb2 as node_pb

IDLE_S = 10.0
READS = 200


async def footprint(root: Path, *, cases: int, still_open: int, rounds: int, tell: Tell) -> dict[str, Any]:
    """Measures in the empty directory `root`, at a county with so many cases."""
    small, whole = planned_county(townships=1, stations=1), planned_county(classes=ON_LINE + WITHOUT_LINE)
    tell("建立全县节点，发布目录")
    await prepare(root / "small", small, tell=tell)
    await filled(root / "full", whole, cases=cases, still_open=still_open, tell=tell)
    measures = {
        "agent": lambda: _agent(copied(root / "small", name="measured"), small),
        "county": lambda: _county(root / "full", whole),
    }
    found = await in_turn(measures, rounds=rounds, tell=tell)
    return {"rounds": rounds, "open": still_open} | summed_up(found) | _on_disk(root / "full", whole)


async def _agent(root: Path, network: Network) -> Figures:
    """A village agent in a process of its own, as its command starts it: connected, and with nothing to do."""
    (village,) = network.at("village")
    command = [str(Path(sys.executable).with_name("village-agent")), "run", str(directory(root, village))]
    async with running(root, network, levels=("county", "township")), Processes(root / "logs") as processes:
        began = time.perf_counter()
        agent = await processes.start("agent", command)
        await retry(lambda: _asked(village.address), LOOK_AGAIN)
        first_answer_s = time.perf_counter() - began
        async with Client(village.address) as client:
            await on_line(client)
            await asyncio.sleep(IDLE_S)
        return {"agent_rss_mb": rss_mb(agent.pid), "agent_first_answer_s": first_answer_s}


async def _asked(address: str) -> None:
    """A new connection for each try: one that failed would wait before it tries again."""
    async with Client(address) as client:
        await client.ask(client.node.GetStatus, node_pb.GetStatusRequest())


async def _county(root: Path, network: Network) -> Figures:
    """Pages of all figures, each drawn anew: right after the start, where the first also reads all open cases and all
    that may be late is looked at once, and as it is from then on."""
    async with running(root, network, levels=("county",)) as county:
        address = f"http://{LOCAL}:{network.county.web}/?from=2000-01-01"
        starting = await _read_often(address)
        await asyncio.sleep(SWEEP_EVERY_S)
        taken = await _read_often(address)
        (process,) = county.hosts.processes.running.values()
        return {
            "overview_first_ms": starting[0],
            "overview_starting_p99_ms": percentile(starting, 99),
            "overview_p50_ms": percentile(taken, 50),
            "overview_p99_ms": percentile(taken, 99),
            "county_rss_mb": rss_mb(process.pid),
        }


async def _read_often(address: str) -> list[float]:
    """Milliseconds."""
    taken = []
    for _ in range(READS):
        began = time.perf_counter()
        await asyncio.to_thread(_read, address)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _read(address: str) -> bytes:
    with urlopen(address, timeout=60) as answer:
        return bytes(answer.read())


OF_CASES = """
SELECT AVG(LENGTH(bytes)) FROM facts WHERE case_row IS NOT NULL AND id IN (
    SELECT fact FROM entries JOIN streams ON streams.id=entries.stream WHERE author<>?)"""
"""What people did at their counters. In a small county that is little beside what nodes open, introduce and find."""


def _on_disk(root: Path, network: Network) -> dict[str, float]:
    """The county's closed book: all tables and indexes; and how long the facts of its cases are."""
    path = directory(root, network.county) / BOOK
    with closing(schema.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (encoded,) = conn.execute(OF_CASES, [network.county.place]).fetchone()
    cases, facts = counted(root, network, "cases", "facts")
    size = path.stat().st_size
    return {
        "cases": cases,
        "facts": facts,
        "fact_bytes": round(encoded),
        "bytes_per_fact": round(size / facts),
    }
