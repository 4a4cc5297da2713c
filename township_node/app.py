"""A township's node: a book, a line to the county, a broker and a link for each village, a counter."""

from __future__ import annotations

from pathlib import Path

from sync.journal.clock import Clock
from sync.node.node import Node


def township_node(directory: Path, clock: Clock | None = None) -> Node:
    """The parts of a township's node, made from the settings in `directory`."""
    return Node(directory, has_children=True, clock=clock)
