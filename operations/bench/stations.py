"""Stations whose agents file one case after the other: their nodes, and people at the counters, in one process.

Nobody calls and nobody is shown the case: what is measured is the act and the road.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import click

from operations.bench.filled import Counter
from operations.host import make, run_all
from sync.journal import counter
from sync.node import logs
from sync.node.node import Node


def command_line(filings: Mapping[Path, int]) -> Sequence[str]:
    """Of a process that runs the nodes in these directories; each files so many cases when SIGUSR1 comes."""
    return [sys.executable, "-m", __name__, *(f"{directory}={count}" for directory, count in filings.items())]


async def stations(filings: Mapping[Path, int]) -> None:
    """Runs until SIGTERM."""
    go = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, go.set)
    nodes = {make(directory, None): count for directory, count in filings.items()}
    people = [asyncio.create_task(_file(node, count, go)) for node, count in nodes.items()]
    try:
        await run_all(list(nodes))
    finally:
        for each in people:
            each.cancel()
        await asyncio.gather(*people, return_exceptions=True)


async def _file(node: Node, count: int, go: asyncio.Event) -> None:
    await go.wait()
    for asked in Counter(node.settings.place).filings(count):
        await node.book.write(partial(counter.do, asked=asked))


@click.command()
@click.argument("filings", nargs=-1, required=True)
def main(filings: tuple[str, ...]) -> None:
    """Run the stations, each DIRECTORY=COUNT, until SIGTERM; on SIGUSR1 each files COUNT cases."""
    logs.start(0, level="WARNING")
    pairs = (each.rpartition("=") for each in filings)
    asyncio.run(stations({Path(directory): int(count) for directory, _, count in pairs}))


if __name__ == "__main__":
    main()
