"""Replies as people read them: what is owed to whom, until when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sync.cases import channels
from sync.cases.clocks import ClockLevel
from sync.cases.replies import ReplyKind
from sync.cases.workdays import day_numbered, number_of
from sync.journal import replies
from sync.journal.replies import Owed
from sync.node.form import TEXT, shown
from sync.rpc.v1 import supervision_service_pb2 as pb


def reply_message(conn: Any, owed: Owed, *, here: int) -> pb.Reply:
    """What was said is shown to whoever owes the reply, and to nobody else."""
    reply, told = owed.reply, replies.told(conn, owed)
    is_theirs = owed.place == here and reply.done is None
    return pb.Reply(
        case_id=owed.case_id,
        number=shown(owed.number),
        home=owed.home,
        fact_id=reply.voice.fact_id,
        kind=int(reply.kind),  # type: ignore[arg-type]
        kind_label=reply.kind.label,
        place=owed.place,
        channel=shown(told.channel),
        about_place=told.about_place,
        about_unit=shown(told.about_unit),
        grade=reply.voice.grade,
        reason=shown(told.reason, TEXT),
        said=shown(told.said, TEXT) if is_theirs else "",
        start_day=number_of(reply.start),
        limit_days=reply.limit_days,
        deadline_day=number_of(reply.deadline.day),
        done_day=number_of(reply.done),
        days_left=owed.standing.days_left,
        time_left=owed.standing.time_left,
        level=pb.ClockLevel.Name(owed.standing.level),
        result=shown(told.result, TEXT),
    )


def counts(found: Iterable[Owed], kinds: Iterable[ReplyKind]) -> list[pb.ReplyCounts]:
    """How many of each kind stand how."""
    counted = {kind: pb.ReplyCounts(kind=int(kind), kind_label=kind.label) for kind in kinds}  # type: ignore[arg-type]
    for each in found:
        row, name = counted[each.reply.kind], _counted_as(each)
        setattr(row, name, getattr(row, name) + 1)
    return list(counted.values())


def _counted_as(owed: Owed) -> str:
    given = owed.reply.done is not None
    in_doubt = owed.standing.level is ClockLevel.PROVISIONAL and given
    if in_doubt or owed.standing.level is ClockLevel.OVERDUE_PROVISIONAL:
        return "late_provisional"
    if owed.standing.level is ClockLevel.OVERDUE:
        return "kept_late" if given else "late"
    return "kept" if given else "due"


def reply_text(reply: pb.Reply) -> str:
    """One line for a clerk, and what was said beneath it."""
    about = f"{reply.grade}级评价" if reply.grade else "投诉"
    about += f"（{channels.label(reply.channel)}）" if reply.channel else ""
    about += f"，被投诉：{reply.about_place}{reply.about_unit}" if reply.about_place else ""
    due = f"{reply.time_left}，{day_numbered(reply.deadline_day)}届满"
    said = [f"    {each}" for each in (reply.reason, reply.said, reply.result) if each]
    head = f"{reply.number} {reply.kind_label} {reply.place}：{due}；{about} {reply.fact_id.hex()}"
    return "\n".join([head, *said])


def counts_text(counts: pb.ReplyCounts) -> str:
    return (
        f"{counts.kind_label}：待办{counts.due}，超期{counts.late}，待核{counts.late_provisional}，"
        f"按时{counts.kept}，逾期办理{counts.kept_late}"
    )
