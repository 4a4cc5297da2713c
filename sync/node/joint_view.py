"""The branches of a joint case as people see them: who was asked, what was said, how much time is left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sync.cases import joint
from sync.cases.clocks import ClockKind
from sync.cases.joint import Opinions
from sync.cases.stages import Act, Opinion
from sync.cases.workdays import Calendar, number_of
from sync.catalogue.release import Catalogue
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.book import Book
from sync.journal.cases import CaseFacts, need_of
from sync.journal.clocks import Judged, Judging, judge
from sync.journal.translation import act_of, body_of
from sync.rpc.v1 import case_service_pb2 as pb

WAITED_FOR = "待出意见"
SILENT = "逾期视为同意"
MAY_BE_SILENT = "逾期未出意见，可视为同意"
NEVER_NEEDED = "不再需要（发起会办的记录没有采用）"


async def clocks_of(book: Book, rows: Iterable[int]) -> dict[int, Judged]:
    """The clocks of those branches that are still open, by their rows."""
    wanted = set(rows)

    def look(_: Any, judging: Judging) -> dict[int, Judged]:
        open_still = (case for case in judging.all_open() if case.row in wanted)
        found = (each for case in open_still for each in judging.running(case))
        return {each.case.row: each for each in found if each.clock.kind is ClockKind.OPINION}

    return await judge(book, look)


def branch_message(
    case: pb.Case,
    branch: CaseFacts,
    parent: CaseFacts,
    *,
    opinions: Opinions,
    clock: Judged | None,
    catalogue: Catalogue,
    calendar: Calendar | None,
) -> pb.Branch:
    """`opinions`: what the lead knows of all branches. `clock`: while the opinion is waited for."""
    asked, state = branch.state.branch, branch.state
    if asked is None:
        return pb.Branch(case=case)
    opinion = state.opinion or Opinion.UNSPECIFIED
    due = joint.deadline(state, asked, calendar) if calendar else None
    return pb.Branch(
        case=case,
        department=asked.department,
        department_name=catalogue.department_name(asked.department),
        limit_days=asked.limit_days,
        deadline_day=number_of(due.day) if due else 0,
        days_left=clock.standing.days_left if clock else 0,
        time_left=clock.standing.time_left if clock else "",
        opinion=pb.Opinion.Name(opinion),
        opinion_label=opinion.label or _without_opinion(branch, parent, silent=state.case_id in opinions.silent),
        reason=_reason(branch),
        missing=state.case_id in opinions.missing,
    )


def _without_opinion(branch: CaseFacts, parent: CaseFacts, *, silent: bool) -> str:
    need = need_of(branch, parent)
    if need is None:
        return MAY_BE_SILENT if silent else WAITED_FOR
    if not need.by:
        return NEVER_NEEDED
    ends = parent.by_id()[need.by].fact
    act = act_of(ends)
    if act is Act.DECIDE and branch.case_id in body_of(ends, bodies_pb2.Decided).silent:
        return SILENT
    return f"不再需要（主件已{act.label if act else '办理'}）"


def _reason(branch: CaseFacts) -> str:
    facts = branch.by_id()
    said = (facts[name].fact for name in reversed(branch.state.path))
    given = next((fact for fact in said if fact.body_type == fact_pb2.BODY_TYPE_OPINION_GIVEN), None)
    return body_of(given, bodies_pb2.OpinionGiven).reason if given else ""


def branch_text(branch: pb.Branch) -> str:
    """One line for a clerk."""
    who = "·".join(filter(None, [branch.department_name, branch.case.custodian.unit]))
    left = f"，{branch.time_left}" if branch.time_left else ""
    reason = f"：{branch.reason}" if branch.reason else ""
    return f"  会办 {branch.case.number} {who}：{branch.opinion_label}{reason}（限{branch.limit_days}个工作日{left}）"
