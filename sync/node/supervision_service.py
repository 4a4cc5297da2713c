"""What supervisors see, as a service: figures, clocks, cases found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

from sync.cases import masking, places, scores
from sync.cases.clocks import NO_CALENDAR, ClockKind, ClockLevel
from sync.cases.figures import Figures
from sync.cases.replies import ReplyKind
from sync.cases.rules import RULES
from sync.cases.stages import Stage
from sync.cases.workdays import LAST_DAY, day_numbered, day_of, number_of
from sync.errors import Malformed, Refused, Unavailable
from sync.journal import figures, findings, known, replies, reports, search, signals, silence
from sync.journal.clocks import Judged, Judging, judge, running_clocks
from sync.journal.figures import Counted, Period
from sync.journal.reports import By, Report, ReportRow
from sync.node import accountability, explaining, replying
from sync.node.paging import page_of, page_size
from sync.rpc.v1 import supervision_service_pb2 as pb

if TYPE_CHECKING:
    from sync.node.node import Node

Number = TypeVar("Number", bound=IntEnum)

MAX_WATCHERS = 8
"""Each takes one of the calls that a node answers at a time."""

PAUSE_S = 0.5
LOOK_AGAIN_S = 15.0
"""Time alone changes figures too: days end."""

PERCENTS = ("satisfied_percent", "on_time_percent", "early_percent", "promised_early_percent", "same_day_percent")

KINDS = tuple(ClockKind)


class SupervisionService:
    """Implements sync.rpc.v1.SupervisionService."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._watching: set[asyncio.Event] = set()
        self._closed = asyncio.Event()

    # Figures.

    async def get_figures(self, request: pb.GetFiguresRequest) -> pb.GetFiguresResponse:
        return _figures_message(await self._count(request))

    async def watch_figures(self, request: pb.WatchFiguresRequest) -> AsyncGenerator[pb.WatchFiguresResponse, None]:
        with self._watcher() as changed:
            shown: dict[int, Figures] = {}
            while not self._closed.is_set():
                # Cleared first: a change during the counting counts for the next.
                changed.clear()
                counted = await self._count(request.figures)
                if counted.by_place != shown:
                    shown = counted.by_place
                    yield pb.WatchFiguresResponse(figures=_figures_message(counted))
                await _set_within(changed, seconds=LOOK_AGAIN_S)
                await _set_within(self._closed, seconds=PAUSE_S)

    def close(self) -> None:
        """Ends all streams: the server would wait for them."""
        self._closed.set()
        for changed in self._watching:
            changed.set()

    @contextmanager
    def _watcher(self) -> Iterator[asyncio.Event]:
        """Set at each commit. Raises Unavailable where too many watch already."""
        if len(self._watching) >= MAX_WATCHERS:
            raise Unavailable(f"已有{MAX_WATCHERS}处在实时查看统计，请关闭不用的后再试。")
        changed = asyncio.Event()
        self._watching.add(changed)
        stop_listening = self._node.book.listen(lambda _: changed.set())
        try:
            yield changed
        finally:
            stop_listening()
            self._watching.discard(changed)

    async def _count(self, request: pb.GetFiguresRequest) -> Counted:
        within, period = self._within(request.within), self._period(request)
        return await judge(
            self._node.book, lambda conn, judging: figures.read(conn, judging, within=within, period=period)
        )

    def _within(self, place: int) -> int:
        return places.checked(place) if place else self._node.settings.place

    def _period(self, request: pb.GetFiguresRequest) -> Period:
        today = number_of(day_of(self._node.book.clock.now()))
        first, last = request.from_day, request.to_day or today
        if max(first, last) > LAST_DAY:
            raise Malformed("统计期间的日期无效，请填写1970-01-01起的天数。")
        if first > last:
            raise Malformed(f"统计期间的起始日期{day_numbered(first)}晚于截止日期{day_numbered(last)}，请重新选择。")
        return Period(day_numbered(first) if first else None, day_numbered(last))

    # Reports.

    async def get_report(self, request: pb.GetReportRequest) -> pb.GetReportResponse:
        within, period = self._within(request.figures.within), self._period(request.figures)
        (by,) = _chosen([request.by or By.PLACE], tuple(By), "报表口径")
        report = await reports.read(self._node.book, within=within, period=period, by=by)
        return self._report_message(report, by)

    def _report_message(self, report: Report, by: By) -> pb.GetReportResponse:
        return pb.GetReportResponse(
            within=report.within,
            from_day=number_of(report.period.first),
            to_day=number_of(report.period.last),
            counted_at_ms=report.at_ms,
            by=pb.ReportBy.Name(by),
            rows=[self._report_row(row) for row in report.rows],
            total=self._report_row(report.total),
        )

    def _report_row(self, row: ReportRow) -> pb.ReportRow:
        department = None if row.unit.place else self._node.book.catalogues.catalogue().departments.get(row.unit.name)
        message = pb.ReportRow(
            place=row.unit.place,
            # A window is free text: whatever somebody has written there, no person's number is shown.
            unit=masking.text(row.unit.name),
            unit_name=department.name if department else "",
            figures=_counts(row.figures),
        )
        if row.reach is not None:
            message.reach.CopyFrom(
                pb.DataReach(data_as_of_ms=row.reach.as_of_ms, nodes=row.reach.nodes, nodes_behind=row.reach.behind)
            )
        if row.confirmed is not None:
            message.confirmed = row.confirmed.findings
            weights = self._node.settings.score.weights
            found = scores.score(row.figures, row.confirmed, weights=weights, also_above=row.also_above)
            if found is not None:
                losses = [pb.ScoreLoss(label=each.label, points=each.points) for each in found.losses]
                message.score.CopyFrom(pb.Score(points=found.points, losses=losses))
        return message

    # Clocks.

    async def list_clocks(self, request: pb.ListClocksRequest) -> pb.ListClocksResponse:
        within, custodian = self._within(request.within), request.custodian and places.checked(request.custodian)
        kinds = _chosen(request.kinds, KINDS, "时限种类")
        levels = _chosen(request.levels, tuple(ClockLevel), "预警级别")
        size, after = page_size(request.page_size), page_of(request.page_token)

        def is_asked_for(each: Judged) -> bool:
            theirs = custodian in (0, each.clock.place)
            chosen = each.clock.kind in kinds and each.standing.level in levels
            return theirs and chosen and each.position > after

        def look(conn: Any, judging: Judging) -> pb.ListClocksResponse:
            found = [each for each in running_clocks(judging, within=within) if is_asked_for(each)]
            token = str(found[size - 1].position) if len(found) > size else ""
            return pb.ListClocksResponse(
                clocks=[_clock_message(conn, each) for each in found[:size]], next_page_token=token
            )

        return await judge(self._node.book, look)

    # Findings.

    async def list_findings(self, request: pb.ListFindingsRequest) -> pb.ListFindingsResponse:
        here = self._node.settings.place
        if places.level(here) != places.COUNTY:
            raise Refused("ASK_THE_COUNTY", "超期认定由县级节点保管，请向县级节点查询。")
        within, place = self._within(request.within), request.place and places.checked(request.place)
        if not places.contains(here, within):
            raise Malformed(f"{within} 不在本县，请核对区划代码。")
        standings = _chosen_standings(request.standings)
        size, before = page_size(request.page_size), page_of(request.page_token)
        homes = places.bounds(within)

        def look(conn: Any) -> pb.ListFindingsResponse:
            found = findings.found(conn, within=homes, standings=standings, place=place, before=before, limit=size + 1)
            silent = [] if before else silence.silent(conn, within=homes)
            return pb.ListFindingsResponse(
                findings=[explaining.finding_message(each) for each in found[:size]],
                next_page_token=str(found[size - 1].row) if len(found) > size else "",
                silent=[pb.Silence(place=each.place, since_ms=each.since_ms) for each in silent],
            )

        return await self._node.book.look(look)

    async def list_records(self, request: pb.ListRecordsRequest) -> pb.ListRecordsResponse:
        return await accountability.list_records(self._node, request, within=self._within(request.within))

    async def take_step(self, request: pb.TakeStepRequest) -> pb.TakeStepResponse:
        return await accountability.take_step(self._node, request)

    async def settle_finding(self, request: pb.SettleFindingRequest) -> pb.SettleFindingResponse:
        return await accountability.settle_finding(self._node, request)

    async def list_signals(self, request: pb.ListSignalsRequest) -> pb.ListSignalsResponse:
        within = self._within(request.within)
        size, before = page_size(request.page_size), page_of(request.page_token)
        if request.spot_checks_of > LAST_DAY - 62:
            raise Malformed("抽查的月份无效，请填写1970-01-01起的天数。")
        month = day_numbered(request.spot_checks_of) if request.spot_checks_of else None
        catalogues, now_ms = self._node.book.catalogues, self._node.book.clock.now()
        catalogue, calendar = catalogues.catalogue(), catalogues.calendar() or NO_CALENDAR
        if not before and places.level(self._node.settings.place) != places.COUNTY:
            # The county does so when it looks at its cases.
            await self._node.book.write(known.note_known)

        def look(conn: Any, judging: Judging) -> pb.ListSignalsResponse:
            homes = places.bounds(within)
            here = self._node.settings.place
            cases, token = signals.of_cases(conn, catalogue, here=here, within=homes, before=before, limit=size)
            first: list[signals.Signalled] = []
            if not before:
                if places.contains(within, catalogue.county):
                    first += signals.of_catalogue(catalogue, calendar, today=day_of(now_ms))
                first += signals.of_offices(conn, within=homes)
                first += signals.of_replies(conn, judging, within=homes)
                first += signals.of_posts(conn, here=judging.here, within=homes, now_ms=now_ms)
                first += signals.spot_checks(conn, month=month, within=homes) if month else []
            return pb.ListSignalsResponse(
                signals=[_signal_message(each) for each in (*first, *cases)], next_page_token=str(token or "")
            )

        return await judge(self._node.book, look)

    async def explain_case(self, request: pb.ExplainCaseRequest) -> pb.ExplainCaseResponse:
        return await explaining.explain(self._node.book, request.case)

    # Replies.

    async def list_replies(self, request: pb.ListRepliesRequest) -> pb.ListRepliesResponse:
        here, within = self._node.settings.place, self._within(request.within)
        place = request.place and places.checked(request.place)
        kinds = _chosen(request.kinds, tuple(ReplyKind), "答复种类")
        size, begin = page_size(request.page_size), page_of(request.page_token)
        first, last = request.from_day, request.to_day or LAST_DAY

        def look(conn: Any, judging: Judging) -> pb.ListRepliesResponse:
            found = [
                each
                for each in replies.of_homes(conn, judging, within=places.bounds(within))
                if each.reply.kind in kinds
                and place in (0, each.place)
                and first <= number_of(day_of(each.reply.voice.at_ms)) <= last
            ]
            listed = [each for each in found if request.given or each.reply.done is None]
            listed.sort(key=lambda each: each.position)
            return pb.ListRepliesResponse(
                replies=[replying.reply_message(conn, each, here=here) for each in listed[begin : begin + size]],
                next_page_token=str(begin + size) if len(listed) > begin + size else "",
                counts=replying.counts(found, sorted(kinds)),
            )

        return await judge(self._node.book, look)

    # Cases.

    async def search_cases(self, request: pb.SearchCasesRequest) -> pb.SearchCasesResponse:
        size, before = page_size(request.page_size), page_of(request.page_token)
        found = await self._node.book.look(lambda conn: search.find(conn, request.text, before=before, limit=size + 1))
        token = str(found[size - 1].row) if len(found) > size else ""
        return pb.SearchCasesResponse(cases=[self._found(each) for each in found[:size]], next_page_token=token)

    def _found(self, found: search.Found) -> pb.FoundCase:
        item = self._node.book.catalogues.catalogue().item(found.item_code)
        return pb.FoundCase(
            case_id=found.case_id,
            number=masking.text(found.number),
            home=found.home,
            item_code=masking.text(found.item_code),
            item_name=item.name if item else "",
            stage=found.stage,
            stage_label=Stage[found.stage].label,
            applicant_masked=masking.name(found.applicant),
            filed_at_ms=found.filed_at_ms,
        )


def _chosen(numbers: Iterable[int], known: tuple[Number, ...], what: str) -> frozenset[Number]:
    """What a filter names; everything, where it names nothing or "any"."""
    asked = frozenset(numbers)
    unknown = asked - {0, *known}
    if unknown:
        raise Malformed(f"没有这样的{what}：{'、'.join(map(str, sorted(unknown)))}。")
    return frozenset(each for each in known if each in asked or not asked or 0 in asked)


def _chosen_standings(numbers: Iterable[int]) -> list[str]:
    """What a filter names; everything, where it names nothing or "any"."""
    known = {pb.LimitStanding.Value(explaining.standing_name(each)): each for each in explaining.KEPT}
    asked = frozenset(numbers)
    unknown = asked - {0, *known}
    if unknown:
        raise Malformed(f"没有这样的认定状态：{'、'.join(map(str, sorted(unknown)))}。")
    return [each for number, each in known.items() if number in asked or not asked or 0 in asked]


def _figures_message(counted: Counted) -> pb.GetFiguresResponse:
    period = counted.period
    return pb.GetFiguresResponse(
        within=counted.within,
        from_day=number_of(period.first),
        to_day=number_of(period.last),
        counted_at_ms=counted.at_ms,
        total=_counts(counted.total),
        rows=[
            pb.PlaceFigures(place=row.place, figures=_counts(row.figures), data_as_of_ms=row.data_as_of_ms)
            for row in counted.rows
        ],
    )


def _counts(counts: Figures) -> pb.Figures:
    return pb.Figures(**asdict(counts), **{name: getattr(counts, name) for name in PERCENTS})


def _signal_message(signal: signals.Signalled) -> pb.Signal:
    rule = RULES[signal.rule]
    return pb.Signal(
        rule=rule.code,
        rule_label=rule.name,
        phase_label=rule.phase.value,
        kind_label=rule.kind.value,
        colour_label=rule.colour.value,
        place=signal.place,
        about=signal.about,
        case_id=signal.case_id,
        number=masking.text(signal.number),
        fact_id=signal.fact_id,
        at_ms=signal.at_ms,
        reply_days=rule.reply_days,
    )


def _clock_message(conn: Any, judged: Judged) -> pb.CaseClock:
    case, clock, standing = judged.case, judged.clock, judged.standing
    case_id, number, stage, unit = conn.execute(
        "SELECT case_id, number, stage, IIF(offered_place=?, offered_unit, custodian_unit) FROM cases WHERE id=?",
        [clock.place, case.row],
    ).fetchone()
    return pb.CaseClock(
        case_id=case_id,
        number=masking.text(number),
        home=case.home,
        item_code=masking.text(case.item_code),
        item_name=judged.item.name if judged.item else "",
        stage=stage,
        stage_label=Stage[stage].label,
        custodian_place=clock.place,
        custodian_unit=unit,
        kind=pb.ClockKind.Name(clock.kind),
        kind_label=clock.kind.label,
        start_day=number_of(clock.start),
        limit_days=clock.limit_days,
        deadline_day=number_of(clock.deadline.day),
        days_left=standing.days_left,
        time_left=masking.text(standing.time_left),
        level=pb.ClockLevel.Name(standing.level),
        deemed_accepted=clock.deemed,
    )


async def _set_within(event: asyncio.Event, *, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
