"""Complaints, bad ratings, registers and check-lists at the doors of a county, by calls and by commands."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import pytest_asyncio
from click.testing import CliRunner, Result
from grpc import StatusCode

from county_node.cli import main
from operations.cli import main as cuntong
from sync.cases.clocks import NO_CALENDAR, ClockLevel, Standing
from sync.cases.replies import Voice, replies
from sync.cases.workdays import day_of, number_of
from sync.catalogue.release import Catalogue
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.clock import Reading
from sync.journal.registers import Entered
from sync.journal.replies import Owed, Told
from sync.node import entry_view, web
from sync.node.form import TEXT
from sync.node.replying import counts, reply_message
from sync.rpc.server import MAX_MESSAGE_BYTES
from sync.rpc.v1 import case_service_pb2 as cases_pb
from sync.rpc.v1 import register_service_pb2 as pb
from sync.rpc.v1 import supervision_service_pb2 as supervision_pb
from tests.doors.conftest import Door, opened
from tests.doors.test_county_page import get

pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNTY, VILLAGE = 510524000000, 510524100201
# 2026-11-25, a Wednesday, at ten.
WEDNESDAY_MS = 1_795_572_000_000
DAY_MS = 24 * 60 * 60 * 1000
NAME, PHONE = "样例欧阳小明", "13812345678"
TOLD = f"样例：窗口的人让{PHONE}等了两天"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    async with opened(tmp_path_factory.mktemp("county") / "network") as door:
        at(door, days=0)
        yield door


def at(door: Door, *, days: int) -> None:
    """It is so many days after that Wednesday. The clock is trusted, although each test begins there again."""
    now_ms, clock = WEDNESDAY_MS + days * DAY_MS, door.node.book.clock
    clock.now = lambda: now_ms
    clock.reading = lambda **_: Reading(now_ms, fact_pb2.CLOCK_STATE_TRUSTED, None)  # type: ignore[method-assign]


def today(door: Door) -> int:
    return number_of(day_of(door.node.book.clock.now()))


async def run(door: Door, *words: str, command: Any = main) -> Result:
    head = 2 if words[0] in ("contact", "service", "appointment", "checklist", "supervision") else 1
    return await asyncio.to_thread(CliRunner().invoke, command, [*words[:head], "--at", door.address, *words[head:]])


async def told(door: Door, *words: str, command: Any = main) -> dict[str, Any]:
    done = await run(door, *words, "--json", command=command)
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.output)
    return answer


async def withdrawn(door: Door) -> str:
    """The number of a case that has ended."""
    request = cases_pb.FileCaseRequest(
        request_id=os.urandom(16), item_code="JS01", applicant=bodies_pb2.Applicant(name=NAME), channel="window"
    )
    case: cases_pb.Case = (await door.client.cases.FileCase(request)).case
    await told(door, "withdraw", case.number, "--reason", "申请人撤回")
    return case.number


async def owed(door: Door, **asked: Any) -> supervision_pb.ListRepliesResponse:
    answer: supervision_pb.ListRepliesResponse = await door.client.supervision.ListReplies(
        supervision_pb.ListRepliesRequest(**asked)
    )
    return answer


def counted(answer: supervision_pb.ListRepliesResponse, kind: str) -> tuple[int, int, int, int]:
    row = next(each for each in answer.counts if each.kind_label == kind)
    return row.due, row.late, row.kept, row.kept_late


# Replies.


async def test_a_complaint_is_taken_up_and_answered_by_commands(fresh_door: Door) -> None:
    at(fresh_door, days=0)
    case = await withdrawn(fresh_door)
    await told(fresh_door, "complain", case, "--channel", "phone", "--about-unit", "综合窗口", "--text", TOLD)
    shown = await run(fresh_door, "replies")
    assert f"{case} 投诉受理 {COUNTY}：剩余5个工作日" in shown.output
    assert "电话（96196）" in shown.output
    assert "138****5678" in shown.output, "whoever has to answer reads what was said"
    assert PHONE not in shown.output
    assert shown.output == (await run(fresh_door, "supervision", "replies", command=cuntong)).output

    early = await run(fresh_door, "answer-complaint", case, "--text", "样例：已说明")
    assert (early.exit_code, "先受理" in early.output) == (2, True)
    at(fresh_door, days=9)
    await told(fresh_door, "accept-complaint", case)
    at(fresh_door, days=10)
    assert (await run(fresh_door, "answer-complaint", case)).exit_code == 2, "an answer says something"
    await told(fresh_door, "answer-complaint", case, "--text", "样例：已向本人说明")
    for act in ("accept-complaint", "answer-complaint"):
        assert "NO_COMPLAINT_WAITS" in (await run(fresh_door, act, case)).output

    history = await run(fresh_door, "case", case)
    for line in ("投诉受理（", "投诉答复（", "逾期2个工作日办理", "已按时办理"):
        assert line in history.output
    assert "样例：已向本人说明" not in history.output
    answer = await owed(fresh_door)
    assert counted(answer, "投诉受理") == (0, 0, 0, 1)
    assert counted(answer, "投诉答复") == (0, 0, 1, 0)
    assert [each for each in answer.replies if each.number == case] == []
    given = [each for each in (await owed(fresh_door, given=True)).replies if each.number == case]
    assert [each.said for each in given] == ["", ""], "nobody needs to read it any more"


async def test_a_bad_rating_is_called_back_and_late_ones_are_counted(fresh_door: Door) -> None:
    at(fresh_door, days=0)
    case, content = await withdrawn(fresh_door), await withdrawn(fresh_door)
    for rated, grade in ((case, "1"), (content, "3")):
        await told(fresh_door, "rate", rated, "--grade", grade, "--reason", "等候太久", "--channel", "page")
    (reply,) = (await owed(fresh_door, kinds=["REPLY_KIND_CALL_BACK"])).replies
    assert (reply.number, reply.grade, reply.reason, reply.channel) == (case, 1, "等候太久", "page")
    assert (reply.limit_days, reply.deadline_day - reply.start_day) == (15, 21)
    at(fresh_door, days=22)
    assert counted(await owed(fresh_door), "回访") == (0, 1, 0, 0)
    late = (await owed(fresh_door, kinds=["REPLY_KIND_CALL_BACK"])).replies[0]
    assert (late.level, late.time_left) == (supervision_pb.CLOCK_LEVEL_OVERDUE, "超期1个工作日")
    refused = await run(fresh_door, "call-back", case)
    assert (refused.exit_code, "RESULT_MISSING" in refused.output) == (2, True)
    await told(fresh_door, "call-back", case, "--result", "已增开窗口", "--text", "样例：本人表示理解")
    assert counted(await owed(fresh_door), "回访") == (0, 0, 0, 1)
    assert "已增开窗口" in (await run(fresh_door, "case", case)).output
    assert "本人表示理解" not in (await run(fresh_door, "case", case)).output
    assert counted(await owed(fresh_door, from_day=today(fresh_door)), "回访") == (0, 0, 0, 0)
    assert "NO_RATING_WAITS" in (await run(fresh_door, "call-back", content, "--result", "样例")).output


async def test_two_complaints_of_a_case_are_told_apart(door: Door) -> None:
    at(door, days=0)
    case = await withdrawn(door)
    for _ in range(2):
        await told(door, "complain", case, "--text", TOLD)
    assert "WHICH_ONE" in (await run(door, "accept-complaint", case)).output
    replies = [each for each in (await owed(door)).replies if each.number == case and each.kind == 1]
    await told(door, "accept-complaint", case, "--fact", replies[1].fact_id.hex())
    left = [each.fact_id for each in (await owed(door)).replies if each.number == case and each.kind == 1]
    assert left == [replies[0].fact_id]


async def test_pages_of_replies_give_each_once(fresh_door: Door) -> None:
    at(fresh_door, days=0)
    answered, other = await withdrawn(fresh_door), await withdrawn(fresh_door)
    for case in (answered, other):
        await told(fresh_door, "complain", case, "--text", TOLD)
    await told(fresh_door, "accept-complaint", answered)
    whole, token, found = await owed(fresh_door, given=True, page_size=200), "", []
    while True:
        page = await owed(fresh_door, given=True, page_size=2, page_token=token)
        found += [(each.fact_id, each.kind) for each in page.replies]
        token = page.next_page_token
        if not token:
            break
    assert found == [(each.fact_id, each.kind) for each in whole.replies]
    assert len(set(found)) == len(found) >= 4


@pytest.mark.parametrize("asked", [{"kinds": [9]}, {"within": 7}, {"place": 7}, {"page_token": "x"}])
async def test_a_list_of_replies_that_cannot_be_is_refused(door: Door, asked: dict[str, Any]) -> None:
    error = await door.refused(door.client.supervision.ListReplies, supervision_pb.ListRepliesRequest(**asked))
    assert error.code() is StatusCode.INVALID_ARGUMENT


async def test_a_road_that_is_not_on_the_list_is_refused_wherever_it_is_named(door: Door) -> None:
    request = cases_pb.FileCaseRequest(request_id=os.urandom(16), item_code="JS01", channel="梦里")
    error = await door.refused(door.client.cases.FileCase, request)
    assert (error.code(), "window 窗口" in (error.details() or "")) == (StatusCode.FAILED_PRECONDITION, True)
    assert (await run(door, "complain", "1", "--channel", "96196")).exit_code == 2


async def test_what_is_said_with_taking_a_complaint_up_is_not_dropped_unseen(door: Door) -> None:
    request = cases_pb.ActRequest(request_id=os.urandom(16), case="1", act="accept_complaint", private_text=TOLD)
    error = await door.refused(door.client.cases.Act, request)
    assert (error.code(), "private_text" in (error.details() or "")) == (StatusCode.INVALID_ARGUMENT, True)


async def test_replies_are_on_a_page_that_says_nothing_of_the_people(fresh_door: Door) -> None:
    at(fresh_door, days=0)
    case = await withdrawn(fresh_door)
    await told(fresh_door, "complain", case, "--about-place", str(COUNTY), "--about-unit", "综合窗口", "--text", TOLD)
    answered = await withdrawn(fresh_door)
    await told(fresh_door, "complain", answered, "--text", TOLD)
    await told(fresh_door, "accept-complaint", answered)
    url = (fresh_door.node.directory / web.ADDRESS).read_text().strip()
    front, shown, everything = [await get(url + path) for path in ("", "replies", "replies?all=1")]
    assert 'href="/replies"' in front.text
    assert shown.status == everything.status == 200
    assert shown.text.count(case) == 2
    assert "叙永县 综合窗口" in shown.text
    assert "已按时办理" in everything.text
    assert "已按时办理" not in shown.text
    for word in (TOLD, PHONE, "138****5678"):
        assert word not in everything.text


@pytest.mark.parametrize(
    ("level", "done", "counted_as"),
    [
        (ClockLevel.PROVISIONAL, date(2026, 12, 1), "late_provisional"),
        (ClockLevel.OVERDUE_PROVISIONAL, date(2026, 12, 1), "late_provisional"),
        (ClockLevel.OVERDUE, date(2026, 12, 1), "kept_late"),
        (ClockLevel.PROVISIONAL, None, "due"),
    ],
)
async def test_what_is_not_certain_is_counted_apart(level: ClockLevel, done: date | None, counted_as: str) -> None:
    reply = next(replies(Voice(b"c" * 32, WEDNESDAY_MS), calendar=NO_CALENDAR))
    each = Owed(b"", "", COUNTY, COUNTY, replace(reply, done=done), Standing(0, "", level))
    (row,) = counts([each], [reply.kind])
    assert {field.name for field, value in row.ListFields() if value == 1 and field.name != "kind"} == {counted_as}


# Registers.


async def test_a_first_contact_is_entered_and_listed_by_commands(door: Door) -> None:
    at(door, days=0)
    words = ["--about", f"问低保，电话{PHONE}", "--outcome", "referred", "--to-place", "510524100000"]
    more = ["--to-unit", "民政窗口", "--channel", "window", "--item", "JS01", "--person", "k17", "--text", NAME]
    entry = await told(door, "contact", "enter", *words, *more)
    assert entry["contact"]["referred_unit"] == "民政窗口"
    shown = await run(door, "contact", "list")
    assert "引导转办，转510524100000民政窗口，首问责任人k17" in shown.output
    for word in (PHONE, NAME):
        assert word not in shown.output + json.dumps(entry, ensure_ascii=False)
    nobody = await run(door, "contact", "enter", "--about", "问路", "--outcome", "answered")
    assert (nobody.exit_code, "PERSON_MISSING" in nobody.output) == (2, True)


async def test_what_a_peer_has_written_too_long_is_cut() -> None:
    """Two entries as long as a peer may send them would make a page that nobody can open."""
    long = "问" * 166_000
    body = bodies_pb2.FirstContact(about=f"{long}{PHONE}", referred_unit=long, referred_place=COUNTY)
    who = fact_pb2.Actor(place=COUNTY, unit=long, post=long, person=long)
    fact = fact_pb2.Fact(
        body_type=fact_pb2.BODY_TYPE_FIRST_CONTACT, body=body.SerializeToString(), recorder=who, item_code=long
    )
    entry = entry_view.message(Entered(1, b"x" * 32, fact, b""), Catalogue(COUNTY))
    assert entry.ByteSize() < MAX_MESSAGE_BYTES / 50
    assert len(entry.contact.about) == TEXT


async def test_what_was_said_too_long_is_cut_also_where_a_reply_is_owed(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "问" * 166_000
    monkeypatch.setattr("sync.journal.replies.told", lambda *_: Told(long, long, about_unit=long, reason=long))
    reply = next(replies(Voice(b"c" * 32, WEDNESDAY_MS), calendar=NO_CALENDAR))
    each = Owed(b"", "", COUNTY, COUNTY, reply, Standing(0, "", ClockLevel.NORMAL))
    shown = reply_message(door.node.book.reader, each, here=COUNTY)
    assert (shown.ByteSize() < MAX_MESSAGE_BYTES / 50, len(shown.said)) == (True, TEXT)


async def test_services_are_logged_and_found_by_day(door: Door) -> None:
    at(door, days=0)
    for kind, day in (("visit", "2026-11-20"), ("holiday", "2026-11-22"), ("after_hours", "2026-11-24")):
        await told(door, "service", "enter", "--kind", kind, "--day", day, "--person", "k17", "--count", "3")
    shown = await run(door, "service", "list", "--from", "2026-11-21", "--to", "2026-11-23")
    assert "2026-11-22 节假日服务3人次，k17" in shown.output
    assert shown.output.count("\n") == 1
    working = await run(door, "service", "enter", "--kind", "holiday", "--day", "2026-11-24", "--person", "k17")
    assert (working.exit_code, "NOT_A_REST_DAY" in working.output) == (2, True)


async def test_a_day_that_is_left_out_is_today_as_the_node_has_it(door: Door) -> None:
    at(door, days=-7)
    served = await told(door, "service", "enter", "--kind", "visit", "--person", "k17")
    looked = await told(door, "checklist", "attest", str(VILLAGE), "--entry", "has_plate", "--met", "--person", "k17")
    assert served["service"]["day"] == looked["attestation"]["day"] == today(door)


async def test_an_appointment_is_made_and_kept_and_its_person_masked(door: Door) -> None:
    at(door, days=0)
    made = await told(
        door, "appointment", "make", "--day", "2026-11-27", "--time", "9:05", "--name", NAME, "--phone", PHONE
    )
    assert (made["applicant_masked"], made["phone_masked"]) == ("样****明", "138****5678")
    early = await run(door, "appointment", "end", "--appointment", made["fact_id"], "--how", "kept")
    assert "APPOINTMENT_NOT_DUE" in early.output
    assert "2026-11-27 09:05预约" in (await run(door, "appointment", "list", "--open")).output
    at(door, days=2)
    await told(door, "appointment", "end", "--appointment", made["fact_id"], "--how", "kept")
    assert "没有符合条件的" in (await run(door, "appointment", "list", "--open")).output
    shown = await run(door, "appointment", "list")
    assert "（已赴约）" in shown.output
    assert NAME not in shown.output + json.dumps(made, ensure_ascii=False)


async def test_a_checklist_shows_what_is_proved_and_what_was_attested(door: Door) -> None:
    at(door, days=0)
    before = await run(door, "checklist", "show", str(VILLAGE))
    assert before.output == (await run(door, "checklist", "show", str(VILLAGE), command=cuntong)).output
    assert "has_room 有固定场所 未核实（待核实）" in before.output
    assert "其中事项53项，写明材料、时限和依据的53项）" in before.output
    await told(
        door, "checklist", "attest", str(VILLAGE), "--entry", "has_room", "--not-met", "--day", "2026-11-20",
        "--person", "k17", "--remark", "漏雨",
    )  # fmt: skip
    assert (
        "has_room 有固定场所 不符合（k17于2026-11-20核实：漏雨）"
        in (await run(door, "checklist", "show", str(VILLAGE))).output
    )
    proved = await run(
        door, "checklist", "attest", str(VILLAGE), "--entry", "unified_items", "--met", "--person", "k17"
    )
    assert "ENTRY_IS_PROVED" in proved.output
    answer = await told(door, "checklist", "show", str(VILLAGE))
    assert len(answer["entries"]) == 16
    assert [each["code"] for each in answer["entries"] if each["proved"]] == [
        "unified_items",
        "unified_guides",
        "unified_mode",
        "unified_published",
        "has_records",
    ]


def entering(**entry: Any) -> pb.EnterRequest:
    return pb.EnterRequest(request_id=os.urandom(16), actor=fact_pb2.Actor(person="k17"), **entry)


ANSWERED = bodies_pb2.FirstContact(about="问路", outcome=bodies_pb2.CONTACT_OUTCOME_ANSWERED)
SERVED = bodies_pb2.ServiceLogged(kind=bodies_pb2.SERVICE_KIND_VISIT, day=20_000, staff="k17", count=1)


@pytest.mark.parametrize(
    "request_",
    [
        entering(),
        entering(contact=ANSWERED, home=7),
        entering(contact=ANSWERED, applicant=bodies_pb2.Applicant(name=NAME)),
        entering(service=SERVED, private_text=TOLD),
        entering(contact=bodies_pb2.FirstContact(about="问" * 2001)),
        entering(service=bodies_pb2.ServiceLogged(day=(1 << 32) - 1)),
        entering(item_code="JS01", attestation=bodies_pb2.ChecklistAttested(entry="has_room")),
    ],
    ids=["nothing", "place", "applicant", "private text", "long", "day", "item"],
)
async def test_an_entry_without_its_form_is_refused_in_plain_words(door: Door, request_: pb.EnterRequest) -> None:
    error = await door.refused(door.client.registers.Enter, request_)
    assert error.code() is StatusCode.INVALID_ARGUMENT


async def test_an_entry_asked_for_twice_is_written_once(door: Door) -> None:
    request = entering(contact=ANSWERED)
    first, second = [(await door.client.registers.Enter(request)).entry for _ in range(2)]
    assert first == second
    request.contact.about = "别的"
    error = await door.refused(door.client.registers.Enter, request)
    assert error.code() is StatusCode.ALREADY_EXISTS


@pytest.mark.parametrize(
    "request_", [pb.ListEntriesRequest(), pb.ListEntriesRequest(register="REGISTER_CONTACTS", from_day=(1 << 32) - 1)]
)
async def test_a_list_of_no_register_is_refused(door: Door, request_: pb.ListEntriesRequest) -> None:
    error = await door.refused(door.client.registers.ListEntries, request_)
    assert error.code() is StatusCode.INVALID_ARGUMENT


async def test_a_checklist_of_a_place_elsewhere_is_refused(door: Door) -> None:
    error = await door.refused(door.client.registers.GetChecklist, pb.GetChecklistRequest(place=510525000000))
    assert error.code() is StatusCode.INVALID_ARGUMENT
