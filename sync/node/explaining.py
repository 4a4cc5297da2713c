"""Findings and the limits of a case as people read them: day by day, with what they rest on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sync.cases import masking
from sync.cases.clocks import NO_CALENDAR, ClockKind
from sync.cases.limits import Limit, Standing
from sync.cases.workdays import Calendar, Suspension, day_numbered, day_of, number_of
from sync.catalogue.items import LimitUnit, ServiceItem
from sync.facts.streams import PATH, Scope
from sync.facts.v1 import fact_pb2
from sync.journal import counter, known
from sync.journal.book import Book
from sync.journal.cases import CaseFacts, load
from sync.journal.findings import LATE, NOT_FOUND, WITHDRAWN, Found, Weighed, Weighing, of_case
from sync.journal.records import SETTLED
from sync.journal.translation import act_of
from sync.rpc.v1 import supervision_service_pb2 as pb

LONGEST_DAYS = 400
"""Of a limit so many days are shown; beyond, the last ones."""

STANDINGS = {each.value: each.label for each in Standing} | {
    WITHDRAWN: "已撤销（已按时办理）",
    SETTLED[True]: "人工核定：超期",
    SETTLED[False]: "人工核定：按时",
}
KEPT = tuple(each for each in STANDINGS if each != Standing.RUNNING.value)
"""What a finding that is kept may stand at."""

REASONS = {
    Standing.SUSPECTED: "该单位的数据还没有到齐，不作超期认定",
    Standing.FOR_A_PERSON: "该单位的账本或时钟出现过异常，须由监察员核定",
    Standing.CONFIRMED: "该单位截至期满的数据已到齐，期内没有办理",
}


def standing_name(standing: str) -> str:
    return f"LIMIT_STANDING_{standing.upper()}"


def finding_message(found: Found) -> pb.Finding:
    return pb.Finding(
        case_id=found.case_id,
        number=masking.text(found.number),
        home=found.home,
        place=found.place,
        kind=found.kind,
        kind_label=ClockKind(found.kind).label,
        start_day=found.start_day,
        limit_days=found.limit_days,
        deadline_day=found.deadline_day,
        standing=standing_name(found.standing),
        standing_label=STANDINGS[found.standing],
        found_at_ms=found.found_at_ms,
        changed_at_ms=found.changed_at_ms,
        evidence=[bytes.fromhex(each) for each in json.loads(found.evidence)],
        unit=masking.text(found.unit),
    )


async def explain(book: Book, named: str) -> pb.ExplainCaseResponse:
    """Every limit of a case as it stands now. Raises Refused where no case has this number or id, Malformed where
    `named` is neither."""
    catalogue, calendar, today = book.catalogues.catalogue(), book.catalogues.calendar(), day_of(book.clock.now())

    def look(conn: Any) -> pb.ExplainCaseResponse:
        weighing = Weighing(conn, book.identity.place, catalogue, calendar or NO_CALENDAR, today)
        return _explained(weighing, named)

    return await book.look(look)


def _explained(weighing: Weighing, named: str) -> pb.ExplainCaseResponse:
    row, case_id, home = counter.find_case(weighing.conn, named)
    case = load(weighing.conn, row, case_id, home)
    item, weighed = weighing.item(case), weighing.of(case)
    (number,) = weighing.conn.execute("SELECT number FROM cases WHERE id=?", [row]).fetchone()
    return pb.ExplainCaseResponse(
        case_id=case_id,
        number=masking.text(number),
        item_name=item.name if item else "",
        item_version=item.version if item else 0,
        calendar=weighing.calendar.number,
        limits=[*(_limit_message(weighing, case, each) for each in weighed), *_settled(weighing, row, weighed)],
    )


def _settled(weighing: Weighing, row: int, weighed: Sequence[Weighed]) -> Iterator[pb.ExplainedLimit]:
    """Findings on limits that are counted otherwise by now: what came later has changed the limit itself."""
    counted = {(int(each.limit.kind), each.limit.place, number_of(each.limit.start)) for each in weighed}
    for kept in of_case(weighing.conn, row):
        if (kept.kind, kept.place, kept.start_day) not in counted:
            yield pb.ExplainedLimit(
                kind_label=ClockKind(kept.kind).label,
                place=kept.place,
                limit_days=kept.limit_days,
                start_day=kept.start_day,
                deadline_day=kept.deadline_day,
                standing=standing_name(kept.standing),
                standing_label=f"{STANDINGS[kept.standing]}：后到的办理使这个期限另行计算",
            )


def _limit_message(weighing: Weighing, case: CaseFacts, weighed: Weighed) -> pb.ExplainedLimit:
    limit, finding = weighed
    ended = day_of(limit.ended_at_ms) if limit.ended_by else None
    scope = Scope(PATH, case.home)
    calendar_days = _is_in_calendar_days(limit.kind, weighing.item(case))
    reason, label, standing = REASONS.get(finding.standing), finding.standing.label, finding.standing.value
    if limit.kind in NOT_FOUND and finding.standing in LATE:
        reason, label, standing = "只作提示，不单独认定", "环节超时", "stage_late"
    return pb.ExplainedLimit(
        kind_label=limit.label,
        place=limit.place,
        limit_days=limit.limit_days,
        start_day=number_of(limit.start),
        deadline_day=number_of(limit.deadline.day),
        ended_day=number_of(ended) if ended else 0,
        ended_by_label=_label(weighing.conn, limit.ended_by),
        ended_by=limit.ended_by,
        standing=standing_name(standing),
        standing_label=f"{label}：{reason}" if reason else label,
        known_through_ms=known.known_through(weighing.conn, place=limit.place, scope=scope),
        evidence=finding.evidence,
        days=_days(
            limit,
            weighing.calendar,
            last=max(limit.deadline.day, ended or weighing.today),
            calendar_days=calendar_days,
        ),
        deemed=limit.deemed_on is not None,
        calendar_days=calendar_days,
    )


def _is_in_calendar_days(kind: ClockKind, item: ServiceItem | None) -> bool:
    if kind is ClockKind.LEGAL and item is not None:
        return item.legal_limit.unit in (LimitUnit.CALENDAR_DAYS, LimitUnit.MONTHS)
    return kind is ClockKind.VILLAGE_ACT


def _label(conn: Any, fact_id: bytes) -> str:
    """The limit of a branch may have been ended by a move of the joint case it is of."""
    found = conn.execute("SELECT bytes FROM facts WHERE fact_id=?", [fact_id]).fetchone()
    act = act_of(fact_pb2.Fact.FromString(found[0])) if found else None
    return act.label if act else ""


def _days(limit: Limit, calendar: Calendar, *, last: date, calendar_days: bool) -> list[pb.ExplainedDay]:
    days, number = [], 0
    for ahead in range(1, min((last - limit.start).days, LONGEST_DAYS) + 1):
        day = limit.start + timedelta(days=ahead)
        stopped = any(_is_within(day, each) for each in limit.stopped)
        counts = (calendar_days or calendar.is_working(day)) and not stopped
        number += counts
        note = _note(day, calendar, stopped=stopped)
        if day == limit.deadline.day:
            note = "，".join(filter(None, [note, "期限届满"]))
        days.append(pb.ExplainedDay(day=number_of(day), number=number if counts else 0, note=note))
    return days


def _is_within(day: date, stopped: Suspension) -> bool:
    return stopped.begun < day <= stopped.ended


def _note(day: date, calendar: Calendar, *, stopped: bool) -> str:
    if stopped:
        return "计时暂停"
    if not calendar.covers(day):
        return "日历未发布，暂按周一至周五计"
    if calendar.is_working(day):
        return "调休上班" if day.weekday() >= 5 else ""
    return "休息日" if day.weekday() >= 5 else "法定节假日"


def explanation_text(answer: pb.ExplainCaseResponse) -> str:
    """For a clerk to read."""
    lines = [f"办件 {answer.number}：{answer.item_name}（第{answer.item_version}版，第{answer.calendar}号日历）"]
    for limit in answer.limits:
        lines += ["", *_limit_lines(limit)]
    return "\n".join(lines if answer.limits else [*lines, "本机还没有这件办件的期限。"])


def _limit_lines(limit: pb.ExplainedLimit) -> list[str]:
    start, deadline = day_numbered(limit.start_day), day_numbered(limit.deadline_day)
    deemed, unit = "（视为受理）" if limit.deemed else "", "日" if limit.calendar_days else "个工作日"
    lines = [
        f"【{limit.kind_label}】{limit.place}：{start}起{limit.limit_days}{unit}，{deadline}届满{deemed}",
        f"  结论：{limit.standing_label}",
    ]
    if limit.ended_day:
        lines.append(f"  {day_numbered(limit.ended_day)} {limit.ended_by_label}，凭据 {limit.ended_by.hex()[:16]}…")
    lines += [f"  依据 {each.hex()[:16]}…" for each in limit.evidence if each != limit.ended_by]
    lines += [f"  {_day_text(each, '日' if limit.calendar_days else '个工作日')}" for each in limit.days]
    return lines


def _day_text(each: pb.ExplainedDay, unit: str) -> str:
    counted = f"第{each.number}{unit}" if each.number else "不计"
    return f"{day_numbered(each.day)} {counted}" + (f"（{each.note}）" if each.note else "")
