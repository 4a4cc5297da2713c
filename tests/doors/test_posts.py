"""The commands for posts at a running county: publish, away and back, who is on duty, what supervisors see of it."""

from __future__ import annotations

import asyncio
import os
from datetime import date, datetime, timedelta
from pathlib import Path

import grpc
import pytest

from sync.cases.workdays import SHANGHAI, number_of
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.clock import Reading, wall_ms
from sync.node import roster_file
from sync.rpc.v1 import case_service_pb2 as cases_pb
from sync.rpc.v1 import catalogue_service_pb2 as catalogue_pb
from sync.rpc.v1 import post_service_pb2 as pb
from sync.rpc.v1 import supervision_service_pb2 as supervision_pb
from tests.doors.conftest import Door
from tests.whole_county.running import Said, say

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG_AGO = 1_263_000_000_000

ROSTER = """
[[posts]]
unit = "综合窗口"
post = "收件岗"
holder_a = "样例101"
holder_b = "样例102"

[[posts]]
unit = "综合窗口"
post = "首席代表"
holder_a = "样例103"
chief_representative = true
letter = "样例授〔2026〕1号"
letter_from_day = 2020-01-01
letter_to_day = 2099-12-31

[[posts]]
unit = "建设窗口"
post = "收件岗"
"""

FAULTY = """
from_day = 2026-01-01
version = 2

[[posts]]
unit = ""
post = "收件岗"
holder_a = "样例101"
holder_b = "样例101"

[[posts]]
unit = "综合窗口"
post = "首席代表"
holder_a = 103
chief_representative = true
letter = "样例授〔2026〕1号"
letter_from_day = "2026-01-01"
letter_to_day = 2026-01-02

[[posts]]
unit = "综合窗口"
post = "首席代表"
holder_b = "样例甲"
"""

AT_THE_WINDOW = ("--unit", "综合窗口", "--post", "收件岗", "--person", "样例101")


async def ask(door: Door, *words: str | Path) -> Said:
    return await say("county-node", "posts", *words, "--at", door.address)


def publishing(*posts: bodies_pb2.Post, **more: int) -> pb.PublishPostsRequest:
    roster = bodies_pb2.PostsPublished(posts=posts, **more)
    return pb.PublishPostsRequest(request_id=os.urandom(16), posts=roster)


async def signals(door: Door) -> list[tuple[str, str]]:
    answer = await door.client.supervision.ListSignals(supervision_pb.ListSignalsRequest())
    return [(each.rule, each.about) for each in answer.signals if each.rule in ("POST_UNSTAFFED", "NOT_ON_POST")]


async def test_every_fault_of_a_roster_is_told_at_once_and_nothing_is_published(
    fresh_door: Door, tmp_path: Path
) -> None:
    file = tmp_path / "roster.toml"
    file.write_text(FAULTY, encoding="utf-8")
    said = await ask(fresh_door, "publish", file)
    assert (said.code, said.out) == (2, "")
    lines = said.err.splitlines()
    assert [line.partition("：")[0] for line in lines[:-1]] == [
        "roster.toml （version）",
        "roster.toml 第2个岗位“综合窗口 首席代表” A岗（holder_a）",
        "roster.toml 第2个岗位“综合窗口 首席代表” 授权起始日期（letter_from_day）",
        "roster.toml 起始日期（from_day）",
        "roster.toml 综合窗口 首席代表 岗位（post）",
        "roster.toml 第1个岗位“收件岗” 窗口或部门（unit）",
        "roster.toml 第1个岗位“收件岗” B岗（holder_b）",
        "roster.toml 第3个岗位“综合窗口 首席代表” B岗（holder_b）",
    ]
    assert lines[-1] == "共8处错误，没有发布。请改正后再试。 [POSTS_FAULTY]"
    assert await on_duty(fresh_door) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[[posts]\n", "TOML"),
        (b"x = " + b"9" * 5000, "TOML"),
        (b"x = " + b"[" * 3000, "TOML"),
        ("unit = '窗口'".encode("gb18030"), "UTF-8"),
        (b"posts = 1\n", "[[posts]]"),
    ],
)
async def test_a_file_that_is_no_roster_says_what_to_do(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "roster.toml"
    file.write_bytes(content)
    assert told in roster_file.check(file, today=date(2026, 3, 2)).faults[0].text


async def test_a_day_at_the_window(fresh_door: Door, tmp_path: Path) -> None:
    """Published, away, back; each shown as it is, and as it was."""
    file = tmp_path / "roster.toml"
    file.write_text(ROSTER, encoding="utf-8")
    published = await ask(fresh_door, "publish", file)
    assert published.code == 0, published.err
    today = datetime.now(SHANGHAI)
    assert f"3个岗位，自{today:%Y-%m-%d}起用" in published.out
    assert await on_duty(fresh_door) == ["样例101", "样例103", ""]
    assert await signals(fresh_door) == [("POST_UNSTAFFED", "建设窗口 收件岗")]

    later, tomorrow = (f"{today + timedelta(hours=hours):%Y-%m-%d %H:%M}" for hours in (3, 24))
    left = await ask(fresh_door, "away", *AT_THE_WINDOW, "--until", later, "--note", "下村核实")
    assert left.code == 0, left.err
    now, then = await asyncio.gather(ask(fresh_door, "show"), ask(fresh_door, "show", "--at-time", tomorrow))
    assert now.out.splitlines()[1:] == [
        f"  综合窗口 收件岗：样例102（B岗；样例101 {later}前不在岗：下村核实）",
        "  综合窗口 首席代表：样例103（A岗；首席代表，样例授〔2026〕1号）",
        "  建设窗口 收件岗：无人",
    ]
    assert then.out.splitlines()[1] == "  综合窗口 收件岗：样例101（A岗）"
    before = await fresh_door.client.posts.GetPosts(pb.GetPostsRequest(at_ms=LONG_AGO))
    assert (before.from_day, len(before.posts)) == (0, 0)

    back = await ask(fresh_door, "back", *AT_THE_WINDOW)
    assert (back.code, back.out) == (0, "已登记：样例101已返岗。\n")
    assert await on_duty(fresh_door) == ["样例101", "样例103", ""]
    again = pb.EndAwayRequest(request_id=os.urandom(16), unit="综合窗口", post="收件岗", person="样例101")
    error = await fresh_door.refused(fresh_door.client.posts.EndAway, again)
    assert "没有去向留言" in (error.details() or "")


async def test_who_is_back_is_back_from_all_he_had_noted(door: Door) -> None:
    post = bodies_pb2.Post(unit="综合窗口", post="收件岗", holder_a="样例101", holder_b="样例102")
    await door.client.posts.PublishPosts(publishing(post))
    for hours in (2, 5):
        absence = bodies_pb2.AwayNoticed(
            unit="综合窗口", post="收件岗", person="样例101", to_ms=wall_ms() + hours * 3_600_000, note="下村"
        )
        await door.client.posts.NoteAway(pb.NoteAwayRequest(request_id=os.urandom(16), away=absence))
    (duty,) = (await door.client.posts.GetPosts(pb.GetPostsRequest())).posts
    assert [each.to_ms for each in duty.away] == [absence.to_ms]
    assert await on_duty(door) == ["样例102"]
    back = pb.EndAwayRequest(request_id=os.urandom(16), unit="综合窗口", post="收件岗", person="样例101")
    await door.client.posts.EndAway(back)
    assert await on_duty(door) == ["样例101"]


async def test_while_its_clock_is_not_to_be_trusted_nobody_is_put_on_a_post_or_off(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    untrusted = Reading(LONG_AGO, fact_pb2.CLOCK_STATE_UNTRUSTED, 0)
    monkeypatch.setattr(door.node.book.clock, "reading", lambda **_: untrusted)
    post, person = bodies_pb2.Post(unit="综合窗口", post="收件岗", holder_a="样例101"), "样例101"
    for ask, request in (
        (door.client.posts.PublishPosts, publishing(post)),
        (door.client.posts.NoteAway, pb.NoteAwayRequest(request_id=os.urandom(16))),
        (door.client.posts.EndAway, pb.EndAwayRequest(request_id=os.urandom(16), person=person)),
    ):
        error = await door.refused(ask, request)
        assert "请先校时" in (error.details() or "")


async def on_duty(door: Door) -> list[str]:
    answer = await door.client.posts.GetPosts(pb.GetPostsRequest())
    return [each.on_duty for each in answer.posts]


async def test_what_somebody_not_on_post_handles_is_shown(door: Door) -> None:
    post = bodies_pb2.Post(unit="综合窗口", post="收件岗", holder_a="样例101", holder_b="样例102")
    await door.client.posts.PublishPosts(publishing(post))
    items = await door.client.catalogue.ListItems(catalogue_pb.ListItemsRequest(page_size=1))
    for person in ("样例101", "样例102", ""):
        request = cases_pb.FileCaseRequest(
            request_id=os.urandom(16),
            actor=fact_pb2.Actor(unit="综合窗口", post="收件岗", person=person),
            item_code=items.items[0].code,
            applicant=bodies_pb2.Applicant(name="样例村民甲"),
        )
        await door.client.cases.FileCase(request)
    assert ("NOT_ON_POST", "综合窗口 样例102") in await signals(door)
    assert [rule for rule, _ in await signals(door)].count("NOT_ON_POST") == 1


async def test_all_that_is_wrong_with_an_absence_is_told_at_once(door: Door) -> None:
    post = bodies_pb2.Post(unit="综合窗口", post="收件岗", holder_a="样例101", holder_b="样例102")
    await door.client.posts.PublishPosts(publishing(post))
    absence = bodies_pb2.AwayNoticed(
        unit="综合窗口", post="无此岗", person="样例101", from_ms=LONG_AGO, to_ms=LONG_AGO + 1, note="13812345678"
    )
    told = await refusal(door, absence)
    for part in ("不能补记", "返岗时间", "岗位表里没有“综合窗口 无此岗”", "不写证件号和手机号"):
        assert part in told
    absence = bodies_pb2.AwayNoticed(
        unit="综合窗口", post="收件岗", person="样例999", to_ms=wall_ms() + 60_000, note="外出"
    )
    assert await refusal(door, absence) == "“样例999”不在这个岗位上，岗位表里是：样例101、样例102。"


async def refusal(door: Door, absence: bodies_pb2.AwayNoticed) -> str:
    request = pb.NoteAwayRequest(request_id=os.urandom(16), away=absence)
    error = await door.refused(door.client.posts.NoteAway, request)
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    return error.details() or ""


async def test_a_place_publishes_only_its_own_posts_from_today_on(door: Door) -> None:
    post = bodies_pb2.Post(unit="综合窗口", post="收件岗", holder_a="样例101")
    other = await door.refused(door.client.posts.PublishPosts, publishing(post, place=510524100000))
    assert (other.code(), "510524100000" in (other.details() or "")) == (grpc.StatusCode.FAILED_PRECONDITION, True)
    yesterday = number_of((datetime.now(SHANGHAI) - timedelta(days=1)).date())
    past = await door.refused(door.client.posts.PublishPosts, publishing(post, from_day=yesterday))
    assert (past.code(), "不能补到以前" in (past.details() or "")) == (grpc.StatusCode.FAILED_PRECONDITION, True)


async def test_a_roster_asked_for_twice_is_published_once(door: Door) -> None:
    request = publishing(bodies_pb2.Post(unit="综合窗口", post="收件岗", holder_a="样例101"))
    count = "SELECT COUNT(*) FROM posts"
    (before,) = door.node.book.reader.execute(count).fetchone()
    answers = [await door.client.posts.PublishPosts(request) for _ in range(2)]
    assert answers[0] == answers[1]
    assert door.node.book.reader.execute(count).fetchone() == (before + 1,)
    request.posts.posts[0].holder_a = "样例102"
    error = await door.refused(door.client.posts.PublishPosts, request)
    assert error.code() is grpc.StatusCode.ALREADY_EXISTS
