"""Several nodes in one process, each with its own store, keys, port and connection."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from county_node.app import county_node
from sync.cases import places
from sync.node import logs, settings
from sync.node.node import Node
from township_node.app import township_node
from village_agent.app import village_agent

MAKERS = {places.VILLAGE: village_agent, places.TOWNSHIP: township_node, places.COUNTY: county_node}


def make(directory: Path) -> Node:
    """The node of the level its place has."""
    return MAKERS[places.level(settings.read(directory).place)](directory)


async def run(directories: list[Path]) -> None:
    """Runs the nodes until SIGTERM. One that fails brings the others down."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    nodes = [make(directory) for directory in directories]
    running = [asyncio.create_task(_run(node, stop)) for node in nodes]
    await asyncio.gather(*running)


async def _run(node: Node, stop: asyncio.Event) -> None:
    try:
        await node.run(stop)
    finally:
        stop.set()


def main() -> None:
    directories = [Path(each) for each in sys.argv[1:]]
    logs.start(settings.read(directories[0]).place, level="WARNING")
    asyncio.run(run(directories))


if __name__ == "__main__":
    main()
