"""What supervisors ask of a running node: figures, clocks, cases."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime

import click

from sync.cases.clocks import ClockKind
from sync.cases.rules import RULES
from sync.cases.workdays import SHANGHAI, day_numbered, day_of, number_of
from sync.node.commands import address, ask, at_option, emit, json_option
from sync.node.counter import DAY
from sync.node.explaining import KEPT, explanation_text, standing_name
from sync.node.register_commands import replies
from sync.rpc.client import Client
from sync.rpc.v1 import supervision_service_pb2 as pb

# What is shown of each place, and by which word.
COLUMNS = {
    "handled": "收件",
    "via_village_stations": "经村站",
    "closed": "办结",
    "open": "在办",
    "in_transit": "途中",
    "late": "超期",
    "late_provisional": "待核",
    "complaints": "投诉",
    "shirked": "推拖",
}
RATES = {
    "on_time_percent": "按时",
    "early_percent": "提前",
    "promised_early_percent": "承诺提前",
    "same_day_percent": "当日办结",
    "satisfied_percent": "满意",
}

within_option = click.option("--within", type=int, default=0, help="A place; the node's own if left out.")
page_size_option = click.option("--page-size", type=int, default=50, show_default=True)
page_token_option = click.option("--page-token", default="")


@click.group()
def supervision() -> None:
    """What supervisors see, from any running node."""


supervision.add_command(replies)


@supervision.command()
@at_option
@within_option
@click.option("--from", "from_day", type=DAY, default=None, help="First day; from the first case on if left out.")
@click.option("--to", "to_day", type=DAY, default=None, help="Last day; today if left out.")
@click.option("--watch", is_flag=True, help="Again whenever they change, until Ctrl-C.")
@json_option
def show(
    at: str, within: int, from_day: datetime | None, to_day: datetime | None, watch: bool, json_to: str | None
) -> None:
    """Figures of a place and of the places in it."""
    request = pb.GetFiguresRequest(within=within, from_day=_number(from_day), to_day=_number(to_day))
    if watch:
        asyncio.run(_watch(at, request, json_to=json_to))
    else:
        _emit_figures(ask(at, lambda c: c.ask(c.supervision.GetFigures, request)), json_to=json_to)


async def _watch(at: str, request: pb.GetFiguresRequest, *, json_to: str | None) -> None:
    async with Client(address(at)) as client:
        async for answer in client.watch(client.supervision.WatchFigures, pb.WatchFiguresRequest(figures=request)):
            _emit_figures(answer.figures, json_to=json_to)


@supervision.command()
@at_option
@within_option
@click.option("--kind", "kinds", type=click.Choice([kind.name.lower() for kind in ClockKind]), multiple=True)
@click.option(
    "--level",
    "levels",
    type=click.Choice(["normal", "reminder", "last_day", "overdue", "overdue_provisional", "provisional"]),
    multiple=True,
)
@click.option("--custodian", type=int, default=0, help="Place whose turn it is.")
@page_size_option
@page_token_option
@json_option
def clocks(
    at: str,
    within: int,
    kinds: tuple[str, ...],
    levels: tuple[str, ...],
    custodian: int,
    page_size: int,
    page_token: str,
    json_to: str | None,
) -> None:
    """Clocks of open cases, the least time left first."""
    request = pb.ListClocksRequest(
        within=within,
        kinds=[f"CLOCK_KIND_{each.upper()}" for each in kinds],
        levels=[f"CLOCK_LEVEL_{each.upper()}" for each in levels],
        custodian=custodian,
        page_size=page_size,
        page_token=page_token,
    )
    answer = ask(at, lambda c: c.ask(c.supervision.ListClocks, request))
    emit(answer, json_to=json_to, text=_page(map(_clock_line, answer.clocks), answer.next_page_token))


@supervision.command()
@at_option
@click.argument("text")
@page_size_option
@page_token_option
@json_option
def search(at: str, text: str, page_size: int, page_token: str, json_to: str | None) -> None:
    """Find cases by number, by its beginning (at least the place), or by the applicant's full name."""
    request = pb.SearchCasesRequest(text=text, page_size=page_size, page_token=page_token)
    answer = ask(at, lambda c: c.ask(c.supervision.SearchCases, request))
    emit(answer, json_to=json_to, text=_page(map(_case_line, answer.cases), answer.next_page_token))


@supervision.command()
@at_option
@within_option
@click.option(
    "--standing",
    "standings",
    type=click.Choice(KEPT),
    multiple=True,
)
@click.option("--place", type=int, default=0, help="The office.")
@page_size_option
@page_token_option
@json_option
def findings(
    at: str,
    within: int,
    standings: tuple[str, ...],
    place: int,
    page_size: int,
    page_token: str,
    json_to: str | None,
) -> None:
    """Limits that offices have let pass, or may have, the newest first."""
    request = pb.ListFindingsRequest(
        within=within,
        standings=[standing_name(each) for each in standings],
        place=place,
        page_size=page_size,
        page_token=page_token,
    )
    answer = ask(at, lambda c: c.ask(c.supervision.ListFindings, request))
    lines = [*map(_silence_line, answer.silent), *map(_finding_line, answer.findings)]
    emit(answer, json_to=json_to, text=_page(lines, answer.next_page_token))


@supervision.command()
@at_option
@within_option
@click.option("--spot-checks", type=click.DateTime(["%Y-%m"]), default=None, help="Draw those of a month.")
@page_size_option
@page_token_option
@json_option
def signals(
    at: str, within: int, spot_checks: datetime | None, page_size: int, page_token: str, json_to: str | None
) -> None:
    """What is shown against the rules of supervision before, during and after cases; time limits are findings."""
    request = pb.ListSignalsRequest(
        within=within, spot_checks_of=_number(spot_checks), page_size=page_size, page_token=page_token
    )
    answer = ask(at, lambda c: c.ask(c.supervision.ListSignals, request))
    emit(answer, json_to=json_to, text=_page(map(_signal_line, answer.signals), answer.next_page_token))


@supervision.command()
@json_option
def rules(json_to: str | None) -> None:
    """The rules of supervision."""
    listed = [
        {
            "code": rule.code,
            "name": rule.name,
            "phase": rule.phase.value,
            "kind": rule.kind.value,
            "colour": rule.colour.value,
            "starts": rule.starts,
            "ends": rule.ends,
            "threshold": rule.threshold,
            "reply_days": rule.reply_days,
        }
        for rule in RULES.values()
    ]
    lines = (f"{r['phase']}·{r['kind']} {r['name']}（{r['colour']}）：{r['starts']}至{r['ends']}" for r in listed)
    emit({"rules": listed}, json_to=json_to, text="\n".join(lines))


@click.command()
@at_option
@click.argument("case")
@json_option
def explain(at: str, case: str, json_to: str | None) -> None:
    """Every limit of CASE (its number or id), day by day, with what is said of it and why."""
    answer = ask(at, lambda c: c.ask(c.supervision.ExplainCase, pb.ExplainCaseRequest(case=case)))
    emit(answer, json_to=json_to, text=explanation_text(answer))


def _number(day: datetime | None) -> int:
    return number_of(day.date()) if day else 0


def _emit_figures(answer: pb.GetFiguresResponse, *, json_to: str | None) -> None:
    emit(answer, json_to=json_to, text=_figures_text(answer))


def _figures_text(answer: pb.GetFiguresResponse) -> str:
    first = f"{day_numbered(answer.from_day)}" if answer.from_day else "开始"
    lines = [f"{answer.within}，{first}至{day_numbered(answer.to_day)}"]
    lines += [f"  {row.place}：{_counts(row.figures)}" for row in answer.rows]
    return "\n".join([*lines, f"  合计：{_counts(answer.total)}", f"  {_rates(answer.total)}"])


def _counts(figures: pb.Figures) -> str:
    return "，".join(f"{label}{getattr(figures, name)}" for name, label in COLUMNS.items())


def _rates(figures: pb.Figures) -> str:
    shown = {label: f"{getattr(figures, name):.1f}%" for name, label in RATES.items() if figures.HasField(name)}
    return "，".join(f"{label}{shown.get(label, '—')}" for label in RATES.values())


def _clock_line(clock: pb.CaseClock) -> str:
    deemed = "，视为受理" if clock.deemed_accepted else ""
    item = clock.item_name or clock.item_code
    return f"{clock.number} {item}：{clock.kind_label} {clock.time_left}（{day_numbered(clock.deadline_day)}{deemed}）"


def _silence_line(silence: pb.Silence) -> str:
    since = datetime.fromtimestamp(silence.since_ms // 1000, SHANGHAI)
    return f"失联：{silence.place}，自{since:%Y-%m-%d %H:%M}起没有消息"


def _signal_line(signal: pb.Signal) -> str:
    about = "，".join(filter(None, [signal.number, signal.about]))
    when = day_of(signal.at_ms) if signal.at_ms else "现在"
    kind = f"{signal.phase_label}·{signal.kind_label}"
    return f"{signal.colour_label} {kind} {signal.rule_label} {signal.place}：{when}{'，' if about else ''}{about}"


def _finding_line(found: pb.Finding) -> str:
    due = f"{day_numbered(found.start_day)}起，{day_numbered(found.deadline_day)}届满"
    office = f"{found.place}·{found.unit}" if found.unit else f"{found.place}"
    return f"{found.number} {found.kind_label} {office}：{found.standing_label}（{due}）"


def _case_line(case: pb.FoundCase) -> str:
    filed = datetime.fromtimestamp(case.filed_at_ms // 1000, SHANGHAI)
    item = case.item_name or case.item_code
    return f"{case.number} {item}：{case.stage_label}（{case.applicant_masked}，{filed:%Y-%m-%d}）"


def _page(lines: Iterable[str], token: str) -> str:
    shown = "\n".join(lines) or "没有符合条件的。"
    return f"{shown}\n（还有更多：--page-token {token}）" if token else shown
