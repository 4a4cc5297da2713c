"""How long one filing is on its way where nothing else is going on, how little two that hold the same have to say, and
how soon everything goes again after a line was down."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from operations.bench.county import CLOCK, Running, copied, counted, file, planned_county, prepare, running, seen
from operations.bench.filled import book_of, filled
from operations.bench.measuring import Figures, Tell, in_turn, percentile, summed_up
from operations.bench.proxy import Proxy
from operations.networks import LOCAL, ON_LINE, WITHOUT_LINE, Network, Spot, directory
from operations.shared_clock import SharedClock
from sync.exchange.rounds import exchange
from sync.node import settings
from sync.rpc.client import Client

FILINGS = 200
QUIET_S = 2.0
BETWEEN_S = 0.05

EXCHANGES = 20

OUTAGES = 3
OUTAGE_S = 15.0
WAITING = 30
"""Filings made while the line is down."""


async def trickle(root: Path, *, cases: int, rounds: int, tell: Tell) -> dict[str, Any]:
    """Measures in the empty directory `root`. The books of the quiet exchange hold `cases` cases of three facts."""
    idle, small, full = planned_county(), planned_county(townships=1, stations=1), root / "full"
    whole = planned_county(classes=ON_LINE + WITHOUT_LINE)
    await filled(full, whole, cases=cases, still_open=cases // 60, tell=tell)
    for name, network in (("idle", idle), ("small", small)):
        tell("建立全县节点，发布目录")
        await prepare(root / name, network, tell=tell)
    measures = {
        "one at a time": lambda: _one_at_a_time(copied(root / "idle", name="measured"), idle),
        "quiet exchange": lambda: _quiet_exchange(full, whole),
        "reconnect": lambda: _reconnect(copied(root / "small", name="measured"), small),
    }
    found = await in_turn(measures, rounds=rounds, tell=tell)
    return {"rounds": rounds, "filings": FILINGS, "outages": OUTAGES} | summed_up(found)


async def _one_at_a_time(root: Path, network: Network) -> Figures:
    """From the call at the village until a supervisor can find the case at the county."""
    chance, taken = random.Random(1), []
    async with running(root, network) as county:
        await county.open_lines()
        await asyncio.sleep(QUIET_S)
        for number in range(FILINGS):
            village = chance.choice(county.villages).place
            began = time.perf_counter()
            await seen(county.county, await file(county.clients[village], village, number))
            taken.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(BETWEEN_S)
    return {"p50_ms": percentile(taken, 50), "p99_ms": percentile(taken, 99)}


async def _quiet_exchange(root: Path, network: Network) -> Figures:
    """A township asks the county for what is new, where nothing is."""
    township, clock = network.at("township")[0], SharedClock(root / CLOCK)
    round_trips, sent, taken = [], [], []
    async with (
        running(root, network, levels=("county",)),
        Proxy(network.county.grpc) as line,
        book_of(root, township, clock.for_node()) as book,
        Client(line.address) as client,
    ):
        for _ in range(2):  # What each tells of itself at its start is new.
            await exchange(book, peer=network.county.place, call=client.exchange)
        for _ in range(EXCHANGES):
            before, began = line.bytes, time.perf_counter()
            round_trips.append(await exchange(book, peer=network.county.place, call=client.exchange))
            taken.append((time.perf_counter() - began) * 1000)
            sent.append(line.bytes - before)
    facts, streams = counted(root, network, "facts", "streams")
    return {
        "noop_round_trips": max(round_trips),
        "noop_bytes": max(sent),
        "noop_ms": median(taken),
        "noop_facts": facts,
        "noop_streams": streams,
    }


async def _reconnect(root: Path, network: Network) -> Figures:
    """From the moment the line is there again until the last filing made without it can be found at the county."""
    (village,) = network.at("village")
    taken = []
    async with _on_a_line(root, network, village) as (line, county):
        await county.open_lines()
        for outage in range(OUTAGES):
            await asyncio.gather(*(each.cut() for each in line))
            client, number = county.clients[village.place], ""
            for filing in range(WAITING):
                number = await file(client, village.place, outage * WAITING + filing)
            await asyncio.sleep(OUTAGE_S)
            began = time.perf_counter()
            await asyncio.gather(*(each.mend() for each in line))
            await seen(county.county, number)
            taken.append(time.perf_counter() - began)
    return {f"reconnect_{WAITING}_s": median(taken), f"reconnect_{WAITING}_worst_s": max(taken)}


@asynccontextmanager
async def _on_a_line(root: Path, network: Network, village: Spot) -> AsyncIterator[tuple[list[Proxy], Running]]:
    """The network at work, with a line between the village and its township that can be cut."""
    (township,) = network.at("township")
    folder = directory(root, village)
    before = settings.read(folder)
    async with Proxy(township.nats) as nats, Proxy(township.grpc) as grpc:
        assert before.parent is not None
        parent = msgspec.structs.replace(before.parent, nats=f"nats://{LOCAL}:{nats.port}", grpc=grpc.address)
        (folder / settings.FILE).unlink()
        settings.write(folder, msgspec.structs.replace(before, parent=parent))
        async with running(root, network) as county:
            yield [nats, grpc], county
