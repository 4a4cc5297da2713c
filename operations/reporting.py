"""Reports on a unit, asked of any running node: as a table, as CSV, as JSON. No person is in them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from unicodedata import east_asian_width

import click

from county_node.seed import divisions
from operations.supervision import COLUMNS, RATES, within_option
from sync.cases.workdays import FIRST_YEAR, SHANGHAI, day_numbered, number_of
from sync.errors import Malformed
from sync.journal.reports import By
from sync.node.commands import ask, at_option, emit, json_option
from sync.node.counter import DAY
from sync.rpc.v1 import supervision_service_pb2 as pb

# What may still change or rests on a claim, apart from the rest.
APART = {
    "in_transit": COLUMNS["in_transit"],
    "provisional": "暂定",
    "late_provisional": COLUMNS["late_provisional"],
    "late": COLUMNS["late"],
    "paper_claimed": "纸质补录",
    "extended": "延时",
    "conflicts": "待了结冲突",
}
COUNTS = {name: label for name, label in COLUMNS.items() if name not in APART}
# Only where there is room.
PARTS = {
    "refused": "不予受理",
    "withdrawn": "撤回",
    "lapsed": "逾期未补",
    "judged": "已判定",
    "on_time": "按时件",
    "early": "提前件",
    "not_instant": "非即办件",
    "promised_early": "承诺提前件",
    "instant": "即办件",
    "same_day": "当日办结件",
    "rated": "评价",
    "satisfied": "满意件",
}
LABELS = COUNTS | PARTS | APART
BY = {each.name.lower(): each for each in By}

PATIENCE_S = 120.0
"""A node may have some hundred thousand cases to go through."""

MONTH, QUARTER, YEAR = re.compile(r"(\d{4})-(\d{2})"), re.compile(r"(\d{4})[Qq]([1-4])"), re.compile(r"(\d{4})")


@click.command()
@at_option
@within_option
@click.option("--from", "from_day", type=DAY, default=None, help="First day; from the first case on if left out.")
@click.option("--to", "to_day", type=DAY, default=None, help="Last day; today if left out.")
@click.option("--month", default="", help="2010-03, in place of the days.")
@click.option("--quarter", default="", help="2010Q1, in place of the days.")
@click.option("--year", default="", help="2010, in place of the days.")
@click.option("--by", type=click.Choice(list(BY)), default="place", show_default=True, help="What a row is.")
@click.option("--csv", "csv_to", default=None, metavar="[FILE]", help="CSV on stdout, or into FILE (--csv=FILE).")
@json_option
def report(
    at: str,
    within: int,
    from_day: datetime | None,
    to_day: datetime | None,
    month: str,
    quarter: str,
    year: str,
    by: str,
    csv_to: str | None,
    json_to: str | None,
) -> None:
    """Figures, confirmed findings and scores of a unit for a period, and how far the data reach."""
    named = [text for text in (month, quarter, year) if text]
    if len(named) + bool(from_day or to_day) > 1:
        raise Malformed("统计期间只能用一种写法：--from/--to、--month、--quarter或--year。")
    first, last = _named_period(month, quarter, year) if named else (_day(from_day), _day(to_day))
    figures = pb.GetFiguresRequest(within=within, from_day=number_of(first), to_day=number_of(last))
    request = pb.GetReportRequest(figures=figures, by=pb.ReportBy.Name(BY[by]))
    answer = ask(at, lambda c: c.ask(c.supervision.GetReport, request), timeout_s=PATIENCE_S)
    if csv_to is None:
        emit(answer, json_to=json_to, text=report_text(answer))
    elif csv_to == "-":
        click.echo(report_csv(answer), nl=False)
    else:
        # With a mark at its beginning, without which spreadsheets take Chinese for something else.
        Path(csv_to).write_text(report_csv(answer), encoding="utf-8-sig", newline="")
        click.echo(f"已写入 {csv_to}。", err=True)


def _day(day: datetime | None) -> date | None:
    return day.date() if day else None


def _named_period(month: str, quarter: str, year: str) -> tuple[date, date]:
    """The days of a month, a quarter or a year. Raises Malformed."""
    for text, form, months in ((month, MONTH, 1), (quarter, QUARTER, 3), (year, YEAR, 12)):
        found = form.fullmatch(text)
        if not found:
            continue
        number = int(found[2]) if months < 12 else 1
        try:
            first = date(int(found[1]), (number - 1) * months + 1, 1)
            following = (first + timedelta(days=31 * months)).replace(day=1)
        except (ValueError, OverflowError):
            break
        if first.year < FIRST_YEAR:
            raise Malformed(f"统计期间“{text}”太早，不能早于{FIRST_YEAR}年。")
        return first, following - timedelta(days=1)
    raise Malformed(f"看不懂统计期间“{month or quarter or year}”：月写作2010-03，季度写作2010Q1，年写作2010。")


# A table for people.


def report_text(answer: pb.GetReportResponse) -> str:
    """One line to a unit, the whole unit last, and how far the data reach."""
    heads = [By(answer.by).label, *COUNTS.values(), *(f"{label}%" for label in RATES.values())]
    heads += [*APART.values(), "认定", "评分", "数据截至", "未到期末的节点"]
    lines = [_cells(row, name=_name(row, answer)) for row in answer.rows]
    lines.append(_cells(answer.total, name="合计"))
    return "\n".join([_title(answer), *_aligned([heads, *lines]), _reach_words(answer.total.reach)])


def _title(answer: pb.GetReportResponse) -> str:
    first = f"{day_numbered(answer.from_day)}" if answer.from_day else "开始"
    at = datetime.fromtimestamp(answer.counted_at_ms // 1000, SHANGHAI)
    unit = _place_name(answer.within)
    return f"{unit} {first}至{day_numbered(answer.to_day)}，{at:%Y-%m-%d %H:%M}统计"


def _cells(row: pb.ReportRow, *, name: str) -> list[str]:
    figures = row.figures
    return [
        name,
        *(str(getattr(figures, field)) for field in COUNTS),
        *(_rate(figures, field) for field in RATES),
        *(str(getattr(figures, field)) for field in APART),
        str(row.confirmed) if row.HasField("confirmed") else "—",
        f"{row.score.points:.1f}" if row.HasField("score") else "—",
        _as_of(row),
        f"{row.reach.nodes_behind}/{row.reach.nodes}" if row.HasField("reach") else "—",
    ]


def _rate(figures: pb.Figures, field: str) -> str:
    """Two places, as the county publishes them."""
    return f"{getattr(figures, field):.2f}" if figures.HasField(field) else "—"


def _as_of(row: pb.ReportRow) -> str:
    if not row.HasField("reach"):
        return "—"
    at_ms = row.reach.data_as_of_ms
    return f"{datetime.fromtimestamp(at_ms // 1000, SHANGHAI):%Y-%m-%d %H:%M}" if at_ms else "尚无数据"


def _reach_words(reach: pb.DataReach) -> str:
    if not reach.nodes_behind:
        return f"{reach.nodes}个节点的数据都已到期末。"
    behind = f"{reach.nodes}个节点中有{reach.nodes_behind}个的数据还没有到期末"
    return f"{behind}，本表以后可能增补；没有到的数据不算任何单位的过失。"


def _name(row: pb.ReportRow, answer: pb.GetReportResponse) -> str:
    if not row.place:
        return row.unit_name or row.unit or "目录中没有的事项"
    if answer.by == pb.REPORT_BY_WINDOW:
        return f"{_place_name(row.place)}·{row.unit or '未分窗口'}"
    return f"{_place_name(row.place)}本级" if row.place == answer.within else _place_name(row.place)


def _place_name(place: int) -> str:
    return divisions().name_of(place) or str(place)


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Columns under each other: a Chinese character is as wide as two others."""
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
        return "  ".join(padded).rstrip()

    return [line(cells) for cells in lines]


def _width(text: str) -> int:
    return sum(1 + (east_asian_width(each) in "WF") for each in text)


# CSV for spreadsheets.


def report_csv(answer: pb.GetReportResponse) -> str:
    """One line to a unit with all that is counted, the whole unit last."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(
        [By(answer.by).label, "区划代码", "起", "止", *LABELS.values(), *(f"{label}%" for label in RATES.values())]
        + ["超期认定", "评分", "扣分", "数据截至", "节点", "未到期末的节点"]
    )
    first, last = day_numbered(answer.from_day) if answer.from_day else "", day_numbered(answer.to_day)
    for row in (*answer.rows, answer.total):
        name = "合计" if row is answer.total else _name(row, answer)
        table.writerow(
            [_harmless(name), row.place or "", first, last]
            + [getattr(row.figures, field) for field in LABELS]
            + [_rate(row.figures, field) for field in RATES]
            + [row.confirmed if row.HasField("confirmed") else "", _points(row), _losses(row)]
            + [_as_of(row), row.reach.nodes, row.reach.nodes_behind]
        )
    return written.getvalue()


def _points(row: pb.ReportRow) -> str:
    return f"{row.score.points:.1f}" if row.HasField("score") else ""


def _losses(row: pb.ReportRow) -> str:
    return "，".join(f"{loss.label}{loss.points:.1f}" for loss in row.score.losses)


def _harmless(text: str) -> str:
    """A spreadsheet would carry out what begins so."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
