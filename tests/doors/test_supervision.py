"""What supervisors ask of a node, by calls and by commands."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from click.testing import CliRunner, Result
from grpc import StatusCode

from operations.cli import main
from sync.cases.workdays import LAST_DAY, day_of, number_of
from sync.errors import Unavailable
from sync.facts.v1 import bodies_pb2
from sync.node.supervision_service import MAX_WATCHERS
from sync.rpc.v1 import case_service_pb2 as cases_pb
from sync.rpc.v1 import supervision_service_pb2 as pb
from tests.doors.conftest import Door, opened
from tests.eventually import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNTY, TOWNSHIP = 510524000000, 510524100000
# 2026-11-25, at ten.
WEDNESDAY_MS = 1_795_572_000_000
NAME, MASKED = "样例欧阳小明", "样****明"


async def filed(door: Door, *, name: str = NAME, item: str = "JS01") -> cases_pb.Case:
    applicant = bodies_pb2.Applicant(name=name)
    request = cases_pb.FileCaseRequest(request_id=os.urandom(16), item_code=item, applicant=applicant)
    case: cases_pb.Case = (await door.client.cases.FileCase(request)).case
    return case


async def act(door: Door, case: cases_pb.Case, word: str, **more: Any) -> None:
    await door.client.cases.Act(cases_pb.ActRequest(request_id=os.urandom(16), case=case.number, act=word, **more))


async def figures(door: Door, **asked: Any) -> pb.GetFiguresResponse:
    answer: pb.GetFiguresResponse = await door.client.supervision.GetFigures(pb.GetFiguresRequest(**asked))
    return answer


def today(door: Door) -> date:
    return day_of(door.node.book.clock.now())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    async with at_work(tmp_path_factory.mktemp("county") / "network") as door:
        yield door


@asynccontextmanager
async def at_work(folder: Path) -> AsyncIterator[Door]:
    """A county with a case received, one accepted, one closed and one refused."""
    async with opened(folder) as door:
        door.node.book.clock.now = lambda: WEDNESDAY_MS
        await filed(door)
        await act(door, await filed(door, name="样例李四"), "accept")  # Due tomorrow.
        closed = await filed(door, item="JS03")
        for word, more in (("accept", {}), ("stage_done", {}), ("decide", {"outcome": 1}), ("close", {})):
            await act(door, closed, word, **more)
        await act(door, closed, "rate", grade=4)
        await act(door, await filed(door), "refuse", reason="样例理由", review_way="样例途径")
        yield door


# Figures.


async def test_figures_of_the_nodes_own_place_up_to_today(tmp_path: Path) -> None:
    async with at_work(tmp_path / "county") as door:
        found, on_day = await figures(door), today(door)
    assert (found.within, found.from_day, found.to_day) == (COUNTY, 0, number_of(on_day))
    total = found.total
    assert (total.handled, total.closed, total.open, total.refused, total.judged) == (4, 2, 2, 1, 1)
    assert (total.same_day_percent, total.satisfied_percent) == (100.0, 100.0)
    assert not total.HasField("promised_early_percent"), "nothing to divide by"
    (own,) = found.rows
    assert (own.place, own.figures, own.data_as_of_ms) == (COUNTY, total, found.counted_at_ms)


async def test_a_period_before_the_first_case_is_empty(door: Door) -> None:
    yesterday = number_of(today(door)) - 1
    found = await figures(door, from_day=yesterday, to_day=yesterday)
    assert (found.total.handled, found.total.open, found.total.conflicts) == (0, 0, 0)
    assert (found.from_day, found.to_day) == (yesterday, yesterday)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"within": 7}, "7"),
        ({"within": (1 << 64) - 1}, "区划代码"),
        ({"from_day": 20000, "to_day": 19999}, "起始日期"),
        ({"from_day": LAST_DAY}, "起始日期"),
        ({"to_day": LAST_DAY + 1}, "日期无效"),
        ({"from_day": (1 << 32) - 1, "to_day": (1 << 32) - 1}, "日期无效"),
    ],
)
async def test_a_place_or_period_that_cannot_be_is_refused(door: Door, asked: dict[str, int], named: str) -> None:
    request = pb.GetFiguresRequest(**asked)
    error = await door.refused(door.client.supervision.GetFigures, request)
    assert (error.code(), named in (error.details() or "")) == (StatusCode.INVALID_ARGUMENT, True)
    watching = door.client.supervision.WatchFigures(pb.WatchFiguresRequest(figures=request), timeout=10)
    assert await watching.code() is StatusCode.INVALID_ARGUMENT
    assert named in await watching.details()


async def test_figures_are_told_again_when_they_change(door: Door) -> None:
    watching = door.client.watch(door.client.supervision.WatchFigures, pb.WatchFiguresRequest())
    before = (await anext(watching)).figures.total.handled
    await filed(door)
    after = (await asyncio.wait_for(anext(watching), 5)).figures.total.handled
    assert after == before + 1
    await watching.aclose()


async def test_a_watcher_too_many_is_sent_away_until_one_leaves(door: Door) -> None:
    async with AsyncExitStack() as leaving:
        said: list[str] = []

        async def is_let_in() -> bool:
            watching = door.client.watch(door.client.supervision.WatchFigures, pb.WatchFiguresRequest())
            try:
                await anext(watching)
            except Unavailable as error:
                said.append(str(error))
                return False
            leaving.push_async_callback(watching.aclose)
            return True

        for _ in range(MAX_WATCHERS):
            # Those of the tests before are leaving still.
            await eventually(is_let_in)
        assert not await is_let_in()
        assert "实时查看" in said[-1]
        await leaving.aclose()
        assert await eventually(is_let_in)


async def test_a_stream_ends_in_order_when_the_node_stops(tmp_path: Path) -> None:
    async with opened(tmp_path / "network") as door:
        watching = door.client.watch(door.client.supervision.WatchFigures, pb.WatchFiguresRequest())
        await anext(watching)
        rest = asyncio.create_task(gathered(watching))
        door.stop.set()
        assert await asyncio.wait_for(rest, 10) == [], "ended, and not cut off"


async def gathered(answers: AsyncIterator[Any]) -> list[Any]:
    return [each async for each in answers]


# Clocks.


async def clocks(door: Door, **asked: Any) -> list[pb.CaseClock]:
    """All pages of them, two clocks to a page."""
    found, token = list[pb.CaseClock](), ""
    while True:
        request = pb.ListClocksRequest(page_size=2, page_token=token, **asked)
        answer = await door.client.supervision.ListClocks(request)
        assert len(answer.clocks) <= 2
        found += answer.clocks
        token = answer.next_page_token
        if not token:
            return found


async def test_the_clocks_of_open_cases_come_page_by_page_the_least_time_first(door: Door) -> None:
    found = await clocks(door)
    whole = (await door.client.supervision.ListClocks(pb.ListClocksRequest(page_size=200))).clocks
    assert found == list(whole)
    assert [each.deadline_day for each in found] == sorted(each.deadline_day for each in found)
    assert len({(each.case_id, each.kind) for each in found}) == len(found) >= 3
    assert {each.kind_label for each in found} == {"受理决定", "承诺", "环节"}
    for each in found:
        assert each.time_left == (f"剩余{each.days_left}个工作日" if each.days_left else "今天到期")


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ({"kinds": [pb.CLOCK_KIND_DECISION]}, {"受理决定"}),
        ({"kinds": [pb.CLOCK_KIND_PROMISE, pb.CLOCK_KIND_STAGE]}, {"承诺", "环节"}),
        ({"kinds": [pb.CLOCK_KIND_UNSPECIFIED, pb.CLOCK_KIND_STAGE]}, {"受理决定", "承诺", "环节"}),
        ({"levels": [pb.CLOCK_LEVEL_NORMAL]}, {"受理决定"}),
        ({"levels": [pb.CLOCK_LEVEL_REMINDER, pb.CLOCK_LEVEL_LAST_DAY]}, {"承诺", "环节"}),
        ({"levels": [pb.CLOCK_LEVEL_OVERDUE]}, set()),
        ({"custodian": COUNTY}, {"受理决定", "承诺", "环节"}),
        ({"custodian": TOWNSHIP}, set()),
        ({"within": TOWNSHIP}, set()),
    ],
)
async def test_clocks_are_filtered(door: Door, asked: dict[str, Any], kinds: set[str]) -> None:
    assert {each.kind_label for each in await clocks(door, **asked)} == kinds


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"kinds": [99]}, "99"),
        ({"levels": [77]}, "77"),
        ({"custodian": 1}, "区划代码"),
        ({"within": 1}, "区划代码"),
        ({"page_token": "x"}, "page_token"),
    ],
)
async def test_a_filter_that_means_nothing_is_refused(door: Door, asked: dict[str, Any], named: str) -> None:
    error = await door.refused(door.client.supervision.ListClocks, pb.ListClocksRequest(**asked))
    assert (error.code(), named in (error.details() or "")) == (StatusCode.INVALID_ARGUMENT, True)


# Cases.


async def search(door: Door, text: str, **more: Any) -> pb.SearchCasesResponse:
    found: pb.SearchCasesResponse = await door.client.supervision.SearchCases(pb.SearchCasesRequest(text=text, **more))
    return found


async def test_a_case_is_found_by_its_number_or_the_beginning_of_it(door: Door) -> None:
    case = await filed(door)
    (found,) = (await search(door, case.number)).cases
    assert (found.number, found.home, found.item_code, found.stage_label) == (case.number, COUNTY, "JS01", "已收件")
    for beginning in (str(COUNTY), f"{COUNTY}-", case.number[:-7], case.number[:-1]):
        assert case.number in [each.number for each in (await search(door, beginning, page_size=200)).cases]
    assert not (await search(door, f"{TOWNSHIP}-")).cases


async def test_a_case_is_found_by_the_full_name_and_nobody_is_named(door: Door) -> None:
    found = (await search(door, f" {NAME} ")).cases
    assert {each.applicant_masked for each in found} == {MASKED}
    assert NAME not in str(found)
    for part in (NAME[:-1], NAME[1:], f"{NAME}某", "样%明"):
        assert not (await search(door, part)).cases


async def test_what_is_found_comes_page_by_page_the_newest_first(door: Door) -> None:
    whole = [each.number for each in (await search(door, str(COUNTY), page_size=200)).cases]
    by_pages, token = list[str](), ""
    while True:
        answer = await search(door, str(COUNTY), page_size=2, page_token=token)
        by_pages += [each.number for each in answer.cases]
        token = answer.next_page_token
        if not token:
            break
    assert by_pages == whole == sorted(whole, reverse=True)


@pytest.mark.parametrize("text", ["", "王", "510524", "000000000000", "510524000000-2026-1", "王1", "x" * 101])
async def test_what_is_neither_a_number_nor_a_name_is_refused(door: Door, text: str) -> None:
    error = await door.refused(door.client.supervision.SearchCases, pb.SearchCasesRequest(text=text))
    assert (error.code(), "办件编号" in (error.details() or "")) == (StatusCode.INVALID_ARGUMENT, True)


# Commands.


async def command(door: Door, *words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, ["supervision", *words, "--at", door.address])


async def test_figures_are_shown_by_a_command(door: Door) -> None:
    day = str(today(door))
    shown = await command(door, "show", "--within", str(COUNTY), "--from", day, "--to", day)
    told = json.loads((await command(door, "show", "--json")).stdout)
    assert shown.exit_code == 0, shown.output
    assert f"{COUNTY}，{day}至{day}" in shown.output
    assert f"收件{told['total']['handled']}，" in shown.output
    assert "当日办结100.0%，满意100.0%" in shown.output
    assert told["within"] == COUNTY
    assert "promised_early_percent" not in told["total"]


async def test_clocks_and_cases_are_shown_by_commands(door: Door) -> None:
    for _ in range(2):
        await filed(door)
    listed = await command(door, "clocks", "--kind", "decision", "--page-size", "1")
    assert "受理决定 剩余5个工作日" in listed.output
    assert "--page-token" in listed.output
    found = await command(door, "search", "样例李四")
    assert (found.exit_code, "样**四" in found.output, "样例李四" in found.output) == (0, True, False)
    assert (await command(door, "search", "样例无此人")).output == "没有符合条件的。\n"
    assert (await command(door, "search", "1")).exit_code == 2
