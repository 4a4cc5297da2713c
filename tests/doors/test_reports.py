"""Reports as supervisors ask for them: by a call, by a command, on the page; and the auditor comes to the same."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from click.testing import CliRunner, Result
from grpc import StatusCode

from county_node.supervising import sweep
from operations.audit.published import REPORT_FILE
from operations.cli import main
from sync.journal.clock import Clock
from sync.node import web
from sync.node.commands import as_dict
from sync.rpc.v1 import case_service_pb2 as cases_pb
from sync.rpc.v1 import supervision_service_pb2 as pb
from tests.audit.network import audited
from tests.doors.conftest import Door, opened
from tests.doors.test_county_page import get
from tests.doors.test_findings import DAY_MS
from tests.doors.test_supervision import COUNTY, NAME, WEDNESDAY_MS, act, filed

pytestmark = pytest.mark.asyncio(loop_scope="module")

WINDOW, MOBILE, MASKED = "=计生窗口", "窗口13800000000", "窗口138****0000"


async def handled(door: Door, *, window: str, item: str = "JS01") -> cases_pb.Case:
    case = await filed(door, item=item)
    await act(door, case, "accept")
    await act(door, case, "stage_done", to_unit=window)
    return case


async def live(door: Door, pass_days: Any) -> None:
    """Cases at two windows of the county: one in time, one late, one not decided; and what was said of them."""
    in_time, late = await handled(door, window=WINDOW), await handled(door, window=MOBILE)
    await handled(door, window=MOBILE, item="MZ07")
    for case, days in ((in_time, 0), (late, 14)):
        pass_days(days)
        for word, more in (("decide", {"outcome": 1}), ("close", {})):
            await act(door, case, word, actor={"unit": WINDOW if case is in_time else MOBILE}, **more)
    await act(door, in_time, "rate", grade=5)
    await act(door, late, "rate", grade=1, reason="样例")
    await act(door, late, "complain", detail="phone", private_text="样例：等了两周")
    await sweep(door.node.book)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    now_ms = WEDNESDAY_MS

    def pass_days(days: int) -> None:
        nonlocal now_ms
        now_ms += days * DAY_MS

    clock = Clock(now=lambda: now_ms, built_at_ms=0)
    folder = tmp_path_factory.mktemp("county") / "network"
    async with opened(folder, clock=clock) as door:
        await live(door, pass_days)
        yield door


async def report(door: Door, by: pb.ReportBy = pb.REPORT_BY_PLACE, **asked: Any) -> pb.GetReportResponse:
    request = pb.GetReportRequest(figures=pb.GetFiguresRequest(**asked), by=by)
    answer: pb.GetReportResponse = await door.client.supervision.GetReport(request)
    return answer


async def command(door: Door, *words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, ["report", "--at", door.address, *words])


async def test_a_report_has_figures_findings_score_and_reach(door: Door) -> None:
    found = await report(door)
    (own,) = found.rows
    assert (own.place, own.figures) == (COUNTY, found.total.figures)
    assert (own.figures.judged, own.figures.on_time, own.figures.complaints) == (2, 1, 1)
    assert own.confirmed == found.total.confirmed == 1
    taken_off = {loss.label: loss.points for loss in own.score.losses}
    assert taken_off == {"按时": 20.0, "满意": 10.0, "超期认定": 2.0, "投诉": 2.0}
    assert own.score.points == 66
    assert (own.reach.nodes, own.reach.nodes_behind, own.reach.data_as_of_ms) == (1, 0, found.counted_at_ms)
    figures = await door.client.supervision.GetFigures(pb.GetFiguresRequest())
    assert figures.total == own.figures


async def test_a_report_by_window_and_by_department(door: Door) -> None:
    by_window = await report(door, pb.REPORT_BY_WINDOW)
    assert {(row.unit, row.figures.judged, row.confirmed) for row in by_window.rows} == {
        (WINDOW, 1, 0),
        (MASKED, 1, 1),
    }
    by_department = await report(door, pb.REPORT_BY_DEPARTMENT)
    assert {(row.unit, row.unit_name, row.place) for row in by_department.rows} == {
        ("JSJ", "县人口和计划生育局", 0),
        ("CLH", "县残疾人联合会", 0),
    }
    assert not any(row.HasField("reach") for row in by_department.rows)


async def test_a_month_is_the_days_of_it(door: Door) -> None:
    months = [json.loads((await command(door, "--json", "--month", each)).stdout) for each in ("2026-11", "2026-12")]
    whole = json.loads((await command(door, "--json", "--from", "2026-11-01", "--to", "2026-12-31")).stdout)
    for name in ("handled", "closed", "rated", "complaints"):
        counts = [each["total"]["figures"][name] for each in months]
        assert sum(counts) == whole["total"]["figures"][name] > 0
    assert [each["to_day"] - each["from_day"] + 1 for each in months] == [30, 31]
    year = json.loads((await command(door, "--json", "--year", "2026")).stdout)
    quarter = json.loads((await command(door, "--json", "--quarter", "2026Q4")).stdout)
    assert quarter["total"] == year["total"]
    assert (quarter["to_day"] - quarter["from_day"] + 1, year["to_day"] - year["from_day"] + 1) == (92, 365)


@pytest.mark.parametrize(
    "words",
    [
        ("--month", "2026-13"),
        ("--month", "2026"),
        ("--quarter", "2026Q5"),
        ("--year", "0000"),
        ("--year", "9999"),
        ("--year", "1969"),
        ("--month", "1970-12"),
        ("--month", "2026-01", "--year", "2026"),
        ("--month", "2026-01", "--from", "2026-01-01"),
    ],
)
async def test_a_period_nobody_understands_is_refused(door: Door, words: tuple[str, ...]) -> None:
    found = await command(door, *words)
    assert (found.exit_code, "期间" in found.output) == (2, True)


async def test_a_day_before_all_days_is_refused(door: Door) -> None:
    for flag in ("--from", "--to"):
        found = await command(door, flag, "1970-12-31")
        assert (found.exit_code, "不能早于1971年" in found.output) == (2, True)


async def test_a_report_by_nothing_known_is_refused(door: Door) -> None:
    error = await door.refused(door.client.supervision.GetReport, pb.GetReportRequest(by=9))  # type: ignore[arg-type]
    assert (error.code(), "口径" in (error.details() or "")) == (StatusCode.INVALID_ARGUMENT, True)


async def test_the_table_names_units_and_says_how_far_data_reach(door: Door) -> None:
    shown = await command(door)
    assert shown.exit_code == 0, shown.output
    title, heads, own, total, reach = shown.output.rstrip("\n").split("\n")
    assert title.startswith("叙永县 开始至2026-12-09，2026-12-09 10:")
    assert heads.split()[:3] == ["单位", "收件", "经村站"]
    assert own.split()[0] == "叙永县本级"
    assert (total.split()[0], total.split()[-4]) == ("合计", "66.0")
    assert reach == "1个节点的数据都已到期末。"


async def test_csv_has_every_figure_and_nothing_a_spreadsheet_would_carry_out(door: Door, tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    assert (await command(door, "--by", "window", f"--csv={path}")).exit_code == 0
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    heads, *rows = csv.reader(io.StringIO(path.read_text("utf-8-sig")))
    assert {len(row) for row in rows} == {len(heads)}
    assert [row[0] for row in rows] == [f"叙永县·{WINDOW}", f"叙永县·{MASKED}", "合计"]
    found = dict(zip(heads, rows[-1], strict=True))
    assert (found["收件"], found["按时件"], found["按时%"], found["超期认定"], found["评分"]) == (
        ("3", "1", "50.00", "1", "66.0")
    )
    on_stdout = await command(door, "--csv", "--by", "department")
    assert on_stdout.output.splitlines()[0].startswith("部门,区划代码,")


async def test_no_person_is_in_a_report(door: Door) -> None:
    said = [
        (await command(door, *words, "--by", by)).output for by in ("place", "window") for words in ((), ("--csv",))
    ]
    for text in said:
        assert NAME not in text
        assert "13800000000" not in text
        assert "等了两周" not in text


async def test_the_page_shows_the_same_report(door: Door) -> None:
    url = (door.node.directory / web.ADDRESS).read_text().strip() + "report"
    shown = await get(f"{url}?from=2026-11-01&by=window")
    assert shown.status == 200
    for words in (f"叙永县·{WINDOW}", MASKED, "<strong>66.0</strong>", "50.00%"):
        assert words in shown.text, words
    by_department = await get(f"{url}?by=department")
    assert (by_department.status, "县残疾人联合会" in by_department.text) == (200, True)
    assert "县本级" in (await get(url)).text
    assert (await get(f"{url}?by=weekday")).status == 400
    assert (await get(f"{url}?from=2026-12-31&to=2026-01-01")).status == 400
    assert 'href="/report"' in (await get(url.removesuffix("report"))).text


async def test_the_auditor_comes_to_the_same_report_from_the_journals_alone(tmp_path: Path) -> None:
    now_ms = WEDNESDAY_MS

    def pass_days(days: int) -> None:
        nonlocal now_ms
        now_ms += days * DAY_MS

    folder = tmp_path / "network"
    async with opened(folder, clock=Clock(now=lambda: now_ms, built_at_ms=0)) as door:
        await live(door, pass_days)
        told = as_dict(await report(door, to_day=30_000))
    path = folder / REPORT_FILE
    path.write_text(json.dumps(told), "utf-8")
    found = audited(folder)
    assert found.code == 0, found.out
    for name, where in (("confirmed", told["total"]), ("early", told["rows"][0]["figures"])):
        where[name] += 1
        path.write_text(json.dumps(told), "utf-8")
        (wrong,) = audited(folder).report["findings"]
        assert (wrong["what"], name in wrong["text"]) == ("FIGURE_WRONG", True)
        where[name] -= 1
