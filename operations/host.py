"""Several nodes in one process, each with its own store, keys, port and connection."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from county_node.app import county_node
from operations.shared_clock import SharedClock
from sync.cases import places
from sync.node import logs, settings
from sync.node.node import Node
from township_node.app import township_node
from village_agent.app import village_agent

HANDS_OVER_S = 0.05
"""How long a thread works before the others may ask for the interpreter: the nodes here have dozens of threads, and at
Python's own 5 ms they ask so often that it takes a tenth of the machine."""

MAKERS = {places.VILLAGE: village_agent, places.TOWNSHIP: township_node, places.COUNTY: county_node}


def make(directory: Path, clock: SharedClock | None) -> Node:
    """The node of the level its place has; `clock` instead of the machine's."""
    maker = MAKERS[places.level(settings.read(directory).place)]
    return maker(directory, clock.for_node() if clock else None)


async def run(directories: tuple[Path, ...], clock: SharedClock | None) -> None:
    """Runs the nodes until SIGTERM. One that fails brings the others down."""
    await run_all([make(directory, clock) for directory in directories])


async def run_all(nodes: Sequence[Node]) -> None:
    """Runs them until SIGTERM. One that fails brings the others down."""
    sys.setswitchinterval(HANDS_OVER_S)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = [asyncio.create_task(_run(node, stop)) for node in nodes]
    await asyncio.gather(*running)


async def _run(node: Node, stop: asyncio.Event) -> None:
    try:
        await node.run(stop)
    finally:
        stop.set()


@click.command()
@click.option("--clock", type=click.Path(path_type=Path, exists=True), default=None, help="The time, in a shared file.")
@click.argument("directories", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
def main(clock: Path | None, directories: tuple[Path, ...]) -> None:
    """Run the nodes in DIRECTORIES until SIGTERM."""
    logs.start(settings.read(directories[0]).place, level="WARNING")
    asyncio.run(run(directories, SharedClock(clock) if clock else None))


if __name__ == "__main__":
    main()
