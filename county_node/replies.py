"""What is owed to those who complained or were not satisfied, as supervisors see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from county_node.overview import LEVELS, Names, TimeLeft
from sync.cases import masking, places
from sync.cases.replies import ReplyKind
from sync.journal import replies
from sync.journal.clocks import Judging
from sync.journal.replies import Owed
from sync.node.replying import counts
from sync.rpc.v1.supervision_service_pb2 import ReplyCounts

ON_A_PAGE = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A reply as shown: nothing of what was said, and nothing of who said it."""

    number: str
    kind: str
    office: str
    about: str
    start: date
    done: date | None
    time_left: TimeLeft


@dataclass(frozen=True)
class Seen:
    """Replies, the least time left first, and how many there are of each kind."""

    rows: tuple[Row, ...]
    counts: tuple[ReplyCounts, ...]
    everything: bool
    unseen: int


def read(conn: Any, judging: Judging, *, names: Names, everything: bool) -> Seen:
    """`everything`: also those that were given."""
    found = list(replies.of_homes(conn, judging, within=places.bounds(names.county)))
    listed = sorted(_listed(found, everything=everything), key=lambda each: each.position)
    return Seen(
        rows=tuple(_row(conn, each, names) for each in listed[:ON_A_PAGE]),
        counts=tuple(counts(found, ReplyKind)),
        everything=everything,
        unseen=max(0, len(listed) - ON_A_PAGE),
    )


def _listed(found: Iterable[Owed], *, everything: bool) -> list[Owed]:
    return [each for each in found if everything or each.reply.done is None]


def _row(conn: Any, owed: Owed, names: Names) -> Row:
    reply, told = owed.reply, replies.told(conn, owed)
    about = f"{names.of(told.about_place)} {masking.text(told.about_unit)}".strip()
    return Row(
        number=masking.text(owed.number) or "—",
        kind=reply.kind.label,
        office=names.of(owed.place),
        about=f"{reply.voice.grade}级评价" if reply.voice.grade else about,
        start=reply.start,
        done=reply.done,
        time_left=TimeLeft(reply.deadline.day, LEVELS[owed.standing.level], owed.standing.time_left),
    )
