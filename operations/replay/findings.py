"""What came of the year: the figures of the service, the auditor's word, and whether both are what they must be."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from operations.replay.year import Running
from sync.cases.workdays import number_of
from sync.errors import Unavailable
from sync.node.commands import as_dict
from sync.rpc.v1 import node_service_pb2 as node_pb
from sync.rpc.v1 import supervision_service_pb2 as pb

FIGURES = "figures.json"

YEAR = "townships_2009_10_to_2010_12"

# The figures that are shown, with their names.
SHOWN = {
    "handled": "收件",
    "closed": "办结",
    "open": "在办",
    "via_village_stations": "经村站",
    "satisfied_percent": "满意率",
    "complaints": "投诉",
    "shirked": "推拖",
}
LEVELS = {"county": "县级", "township": "乡镇", "village": "村站"}


@dataclass
class Told:
    """What the network says of itself before it is stopped."""

    total: dict[str, Any]
    facts: int
    nats_messages: dict[str, int]
    restarts: dict[str, int]


async def told(county: Running, *, first: date, last: date) -> Told:
    """Asks the county for the figures of the period and keeps them beside the books, for the auditor."""
    client = county.client(county.network.county)
    request = pb.GetFiguresRequest(from_day=number_of(first), to_day=number_of(last))
    figures = await client.ask(client.supervision.GetFigures, request)
    written = as_dict(figures)
    text = json.dumps(written, ensure_ascii=False, indent=2)
    (county.hosts.root / FIGURES).write_text(text + "\n", encoding="utf-8")
    statuses = await county.statuses()
    restarts = {level: county.hosts.restarts[level] for level in LEVELS}
    return Told(written["total"], statuses[0].facts, dict(_messages(statuses)), restarts)


def _messages(statuses: list[node_pb.GetStatusResponse]) -> Iterator[tuple[str, int]]:
    """Of each child, by its parent's broker."""
    for status in statuses:
        for link in status.links:
            if link.messages_up or link.messages_down:
                yield str(link.peer), link.messages_up + link.messages_down


async def audited(root: Path) -> dict[str, Any]:
    """What the auditor says of the closed books; a process of its own. Raises Unavailable where it cannot audit."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "operations.audit", str(root), "--json"), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    if not out:
        raise Unavailable(f"The books in {root} could not be audited: see above.")
    found: dict[str, Any] = json.loads(out)
    return found


def faults(found: Told, audit: dict[str, Any], *, whole_year: bool) -> list[str]:
    """What is not as it must be, in plain sentences; for the whole year also against the county's own figures."""
    unkilled = [level for level, times in found.restarts.items() if not times]
    return [
        *unsound(audit),
        *(f"{LEVELS[level]}没有进程在办理中被杀死重启过" for level in unkilled),
        *(differences(found.total, target(YEAR)) if whole_year else []),
    ]


def unsound(audit: dict[str, Any]) -> list[str]:
    """What the auditor found."""
    listed = [f"审计：{each['text']}（{each['case'] or '不涉及具体办件'}）" for each in audit["findings"]]
    return [] if audit["sound"] else listed or ["审计没有通过，但没有列出问题。"]


def differences(
    total: dict[str, Any], wanted: dict[str, Any], *, labels: Mapping[str, str] = SHOWN, places: int = 1
) -> Iterator[str]:
    """What the service counts otherwise than is wanted."""
    for name, published in wanted.items():
        counted = shown_figure(total, name, places=places)
        if counted != published:
            yield f"{labels[name]}应为{published}，服务给出{counted}"


def target(whose: str) -> dict[str, Any]:
    """The county's own figures."""
    stored = (files("operations.replay") / "data" / "seed_figures.json").read_text(encoding="utf-8")
    figures: dict[str, Any] = json.loads(stored)[whose]
    return figures


def shown(found: Told) -> dict[str, Any]:
    """The figures people know."""
    return {name: shown_figure(found.total, name) for name in SHOWN}


def shown_figure(total: dict[str, Any], name: str, *, places: int = 1) -> Any:
    """Percentages with as many decimals as the county published."""
    value = total.get(name)
    return round(value, places) if isinstance(value, float) else value
