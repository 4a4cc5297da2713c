"""A village agent's node: a book, a line to the township, a counter."""

from __future__ import annotations

from pathlib import Path

from sync.journal.clock import Clock
from sync.node.node import Node


def village_agent(directory: Path, clock: Clock | None = None) -> Node:
    """The parts of a village agent, made from the settings in `directory`."""
    return Node(directory, has_children=False, clock=clock)
