"""The catalogue office's commands at a running county: check, publish, compare, add up, and who may do what."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from county_node import seed
from sync.journal.catalogue_translation import calendar_message
from sync.rpc.v1 import catalogue_service_pb2 as pb
from tests.doors.conftest import Door
from tests.whole_county.running import Said, say

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECOND = """
number = 2
title = "样例：第二版"

[[departments]]
code = "YLJ"
name = "样例局"

[[changes]]
kind = "变更"
reason = "样例：缩短承诺"
code = "JS02"
promised_days = 20
legal_basis = "样例依据"

[[delegations]]
item_codes = ["JS01"]
townships = ["叙永镇"]
powers = ["受理"]
to_day = 2099-12-31

[[recalls]]
delegation = 1
townships = ["叙永镇"]
powers = ["决定"]
reason = "样例：试办期满"
"""


async def ask(door: Door, *words: str | Path) -> Said:
    return await say("cuntong", "catalogue", *words, "--at", door.address)


async def test_faults_are_listed_and_nothing_is_published(fresh_door: Door, tmp_path: Path) -> None:
    file = tmp_path / "release.toml"
    file.write_text(SECOND.replace("days = 20", "days = 200").replace("叙永镇", "无此镇"), encoding="utf-8")
    published, checked = await asyncio.gather(
        ask(fresh_door, "publish", file), ask(fresh_door, "check", file, "--json")
    )
    assert (published.code, published.out) == (2, "")
    lines = published.err.splitlines()
    assert [line.partition("：")[0] for line in lines[:-1]] == [
        "release.toml 第9行 JS02 承诺工作日（promised_days）",
        "release.toml 第16行 乡镇（townships）",
        "release.toml 第22行 乡镇（townships）",
    ]
    assert lines[-1] == "共3处错误，没有发布。请改正后再试。 [RELEASE_FAULTY]"
    assert (checked.code, checked.json["sound"]) == (2, False)
    assert [each["text"] for each in checked.json["faults"]] == lines[:-1]
    assert fresh_door.node.book.catalogues.newest_release() == 1


async def test_a_release_is_published_compared_and_says_who_may_do_what(door: Door, tmp_path: Path) -> None:
    file = tmp_path / "release.toml"
    file.write_text(SECOND, encoding="utf-8")
    published = await ask(door, "publish", file)
    assert published.code == 0, published.err
    assert published.out.splitlines() == [
        "目录第2版“样例：第二版”没有错误：变更1项，部门1个，委托1个，收回委托1个。",
        "目录第2版已发布，将随线路下发。",
    ]
    words = ["delegations", "--item", "JS01", "--township", "510524100000"]
    text, told, held, later = await asyncio.gather(
        ask(door, "diff", "1", "2"),
        ask(door, "diff", "1", "2", "--json"),
        ask(door, *words, "--json"),
        ask(door, *words, "--on", "2100-01-01"),
    )
    assert text.out.splitlines() == [
        "目录第1版 → 第2版：新增0项，变更1项，暂停0项，取消0项",
        "部门 YLJ 样例局",
        "～ JS02 再生育审批（初审转报）（第2版变更：样例：缩短承诺）",
        "    法律依据：四川办理流程公开页：乡镇自收到材料30日内审查公示，县级自接到报送材料60日内送达，"
        "逾期视为批准，鉴定期间除外 → 样例依据",
        "＋ 委托54 JS01：受理，叙永镇（第2版）",
        "－ 收回委托1：决定，叙永镇（第2版：样例：试办期满）",
    ]
    (item,) = told.json["items"]
    assert (item["code"], item["outcome"], item["steps"][0]["kind"]) == ("JS02", "CHANGED", "AMEND")
    assert [each["name"] for each in item["fields"]] == ["legal_basis"]

    given = held.json["delegations"]
    first_on, second_on = given[0]["from_day"], given[2]["from_day"]
    assert [(each["delegation"], each["powers"], each["recalled_by"], each["to_day"]) for each in given] == [
        (1, ["ACCEPT", "EXAMINE"], 0, ""),
        (1, ["DECIDE"], 2, second_on),
        (54, ["ACCEPT"], 0, "2099-12-31"),
    ]
    assert later.out == (
        f"委托1 JS01 一孩生育服务证（生育服务登记）办理：叙永镇，受理、审查，{first_on}起，没有截止日期\n"
    )


async def test_compression_is_counted_from_the_items_in_force(door: Door) -> None:
    some, everything = await asyncio.gather(
        ask(door, "compression", "--category", "水务", "--json"), ask(door, "compression")
    )
    told = some.json
    # SW01 45 working days, SW02 20, SW03 none; promised 15 and 12.
    assert told["departments"] == [
        {
            "code": "SWJ",
            "name": "县水务局",
            "items": 2,
            "legal_days": 61 + 26,
            "promised_days": 19 + 16,
            "without_limit": 1,
            "percent": 59.8,
        }
    ]
    assert told["total"] == {name: told["departments"][0][name] for name in told["total"]}
    assert everything.out.splitlines()[-1] == told["how_compared"]
    assert sum(line.startswith("县") for line in everything.out.splitlines()) == 16


async def test_a_release_comes_back_as_it_was_published(door: Door) -> None:
    answer = await door.client.catalogue.GetRelease(pb.GetReleaseRequest(number=1))
    assert len(answer.release.changes) == len(seed.first_release().changes)
    assert answer.published_at_ms > 0
    for number in (0, 99):
        error = await door.refused(door.client.catalogue.GetRelease, pb.GetReleaseRequest(number=number))
        assert error.code() is grpc.StatusCode.NOT_FOUND
        assert "请核对版次" in (error.details() or "")


async def test_items_that_do_not_fit_on_a_page_are_not_left_out_silently(door: Door) -> None:
    words = ["items", "--at", door.address, "--page-size", "50"]
    first, second = await asyncio.gather(say("county-node", *words), say("county-node", *words, "--page-token", "50"))
    assert first.out.splitlines()[-1] == "（还有更多：--page-token 50）"
    listed = [line.split()[0] for line in (*first.out.splitlines()[:-1], *second.out.splitlines())]
    assert listed == sorted(change.item.code for change in seed.first_release().changes)


SEED = seed.calendar()
A_DAY = timedelta(days=1)
LOST = "新日历要包含现有日历的全部日期"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"last_day": SEED.first_day - A_DAY}, "起止日期颠倒"),
        ({"rest_weekdays": frozenset({date(2026, 3, 1)})}, "2026-03-01不必列出"),
        ({"working_weekend_days": frozenset({date(2099, 3, 1)})}, "2099-03-01不在起止日期"),
        (
            {"first_day": SEED.last_day + A_DAY, "last_day": date(2027, 12, 31)},
            f"少了{SEED.first_day}至{SEED.last_day}，{LOST}",
        ),
        ({"last_day": date(2026, 11, 30)}, f"少了2026-12-01至{SEED.last_day}，{LOST}"),
    ],
)
async def test_a_calendar_that_is_wrong_or_loses_days_is_refused(
    door: Door, changed: dict[str, Any], told: str
) -> None:
    lists: dict[str, Any] = {"rest_weekdays": frozenset(), "working_weekend_days": frozenset()}
    calendar = calendar_message(replace(SEED, number=0, **{**lists, **changed}), source="样例")
    request = pb.PublishCalendarRequest(request_id=os.urandom(16), calendar=calendar)
    error = await door.refused(door.client.catalogue.PublishCalendar, request)
    assert told in (error.details() or "")
    assert door.node.book.catalogues.newest_calendar() == 1


async def test_a_calendar_with_more_days_is_published(fresh_door: Door) -> None:
    calendar = calendar_message(replace(SEED, number=0, last_day=date(2027, 12, 31)), source="样例")
    request = pb.PublishCalendarRequest(request_id=os.urandom(16), calendar=calendar)
    assert (await fresh_door.client.catalogue.PublishCalendar(request)).number == 2
