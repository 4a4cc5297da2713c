"""The living county: its page answers, its figures move, Ctrl-C ends it, and the next start goes on from its books."""

from __future__ import annotations

import asyncio
import re
import signal
import urllib.request
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from operations.networks import LOCAL, Network, free_base, load
from operations.opening import answering
from sync.rpc.client import Client
from sync.rpc.v1 import case_service_pb2 as pb
from tests.eventually import eventually
from tests.whole_county.running import processes_of, program

TOWNSHIPS, STATIONS = 3, 2


@asynccontextmanager
async def living(folder: Path, base_port: int) -> AsyncIterator[Process]:
    """The demo, made small; a test that fails does not leave it running."""
    words = ["--filings-per-minute", "600", "--base-port", str(base_port), "--seconds", "50"]
    size = ["--townships", str(TOWNSHIPS), "--stations", str(STATIONS)]
    command = [program("cuntong"), "demo", "--dir", str(folder), *words, *size]
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()


async def page(port: int) -> str:
    def read() -> str:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{LOCAL}:{port}/", timeout=5) as answer:
            assert answer.status == 200
            return str(answer.read().decode())

    return await asyncio.to_thread(read)


async def page_when_open(port: int) -> str:
    async def look() -> str:
        try:
            return await page(port)
        except OSError:
            return ""

    return str(await eventually(look, within=30))


async def cases_at_the_county(network: Network) -> int:
    async with Client(network.county.address) as client:
        count, token = 0, ""
        while True:
            answer = await client.ask(client.cases.ListCases, pb.ListCasesRequest(page_size=200, page_token=token))
            count, token = count + len(answer.cases), answer.next_page_token
            if not token:
                return count


async def epochs(network: Network) -> dict[int, bytes]:
    """Which life of its store each node lives."""
    found = {}
    for spot in network.spots:
        async with Client(spot.address) as client:
            found[spot.place] = (await answering(client, holding_release=1)).epoch
    return found


async def interrupted(process: Process) -> str:
    """What a person at the terminal sees after Ctrl-C."""
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(30):
        _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def test_the_demo_lives_stops_and_goes_on(tmp_path: Path) -> None:
    folder, port = tmp_path / "demo", free_base(2 + 2 + TOWNSHIPS * (2 + STATIONS))
    async with living(folder, port) as first:
        shown = await page_when_open(port)
        network = load(folder)
        assert network is not None
        assert [len(network.at(level)) for level in ("township", "village")] == [TOWNSHIPS, TOWNSHIPS * STATIONS]
        began = await epochs(network)
        few = await cases_at_the_county(network)

        async def more() -> bool:
            return await cases_at_the_county(network) >= few + 10

        async def moved() -> bool:
            return await page(port) != shown

        await eventually(more, within=20)
        await eventually(moved, within=10)
        said = await interrupted(first)
    assert "已停止" in said
    assert not re.search(r"Traceback|Error", said)
    assert processes_of(folder) == []

    async with living(folder, port) as second:
        await page_when_open(port)
        assert await epochs(network) == began
        assert await cases_at_the_county(network) >= few + 10
        said = await interrupted(second)
    assert "第一次启动" not in said
    assert processes_of(folder) == []
