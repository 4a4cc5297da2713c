"""The county's node: a book, a broker and a link for each township, counters, and the page for supervisors."""

from __future__ import annotations

from pathlib import Path

from county_node.page import page
from county_node.supervising import supervise
from sync.journal.clock import Clock
from sync.node.node import Node


def county_node(directory: Path, clock: Clock | None = None) -> Node:
    """The parts of the county's node, made from the settings in `directory`."""
    return Node(directory, has_children=True, parts=(page, supervise), clock=clock)
