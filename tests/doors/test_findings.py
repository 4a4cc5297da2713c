"""Findings and explanations as supervisors ask for them: by calls, by commands, on the page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from click.testing import CliRunner, Result
from grpc import StatusCode

from county_node.supervising import sweep
from operations.cli import main
from sync.cases.rules import RULES
from sync.cases.workdays import day_numbered, day_of, number_of
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.clock import Clock
from sync.node import web
from sync.rpc.v1 import supervision_service_pb2 as pb
from tests.doors.conftest import Door, opened
from tests.doors.test_county_page import get
from tests.doors.test_supervision import COUNTY, WEDNESDAY_MS, act, filed

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY_MS = 24 * 60 * 60 * 1000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """A county with one case accepted and not decided, and one nobody answered, two weeks ago."""
    now_ms = WEDNESDAY_MS
    clock = Clock(now=lambda: now_ms, built_at_ms=0)
    async with opened(tmp_path_factory.mktemp("county") / "network", clock=clock) as door:
        await act(door, await filed(door), "accept")  # Promised for the next day.
        await filed(door, item="MZ07")
        now_ms += 14 * DAY_MS
        await sweep(door.node.book)
        yield door


async def findings(door: Door, **asked: object) -> pb.ListFindingsResponse:
    answer: pb.ListFindingsResponse = await door.client.supervision.ListFindings(pb.ListFindingsRequest(**asked))  # type: ignore[arg-type]
    return answer


async def command(door: Door, *words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, [*words, "--at", door.address])


async def test_what_the_county_itself_let_pass_is_confirmed(door: Door) -> None:
    found = (await findings(door)).findings
    assert {(each.kind_label, each.place, each.standing_label) for each in found} == {
        ("承诺", COUNTY, "超期（已确认）"),
        ("受理决定", COUNTY, "超期（已确认）"),
        ("承诺", COUNTY, "超期（已确认）"),
    }
    assert all(each.changed_at_ms >= each.found_at_ms > WEDNESDAY_MS for each in found)


async def test_findings_come_by_standing_office_and_page(door: Door) -> None:
    whole = (await findings(door)).findings
    assert not (await findings(door, standings=[pb.LIMIT_STANDING_SUSPECTED])).findings
    assert not (await findings(door, place=510524100000)).findings
    first = await findings(door, page_size=1)
    second = await findings(door, page_size=200, page_token=first.next_page_token)
    assert [*first.findings, *second.findings] == list(whole)
    assert second.next_page_token == ""


@pytest.mark.parametrize(
    "asked", [{"standings": [99]}, {"standings": [1]}, {"place": 7}, {"within": 7}, {"within": 510525000000}]
)
async def test_a_filter_that_cannot_be_is_refused(door: Door, asked: dict[str, object]) -> None:
    request = pb.ListFindingsRequest(**asked)  # type: ignore[arg-type]
    error = await door.refused(door.client.supervision.ListFindings, request)
    assert error.code() is StatusCode.INVALID_ARGUMENT


async def test_a_case_is_explained_day_by_day(door: Door) -> None:
    number = (await findings(door)).findings[-1].number
    answer = await door.client.supervision.ExplainCase(pb.ExplainCaseRequest(case=number))
    assert answer.number == number
    assert answer.calendar == 1
    promise = next(each for each in answer.limits if each.kind_label == "承诺")
    assert promise.standing == pb.LIMIT_STANDING_CONFIRMED
    counted = [each for each in promise.days if each.number]
    assert [each.number for each in counted] == list(range(1, len(counted) + 1))
    (due,) = [each for each in promise.days if "期限届满" in each.note]
    assert (due.day, due.number) == (promise.deadline_day, promise.limit_days)
    rest = {day_numbered(each.day).weekday() for each in promise.days if each.note == "休息日"}
    assert rest == {5, 6}


@pytest.mark.parametrize(("item", "calendar_days"), [("MZ02", True), ("LY01", False)])
async def test_only_a_limit_in_calendar_days_counts_rest_days(door: Door, item: str, calendar_days: bool) -> None:
    """By law 40 days for the one, 20 working days for the other."""
    case = await filed(door, item=item)
    await act(door, case, "accept")
    number = case.number
    answer = await door.client.supervision.ExplainCase(pb.ExplainCaseRequest(case=number))
    (legal,) = [limit for limit in answer.limits if limit.kind_label == "法定"]
    assert legal.calendar_days is calendar_days
    assert [each.number for each in legal.days if each.number][-1] == legal.limit_days
    assert {bool(each.number) for each in legal.days if each.note == "休息日"} == {calendar_days}
    told = await command(door, "explain", number)
    assert ("第40日" in told.output) is calendar_days


async def test_a_case_nobody_knows_is_refused_in_chinese(door: Door) -> None:
    for case, code in (
        ("1", StatusCode.INVALID_ARGUMENT),
        (f"{COUNTY}-20260101-000009", StatusCode.NOT_FOUND),
    ):
        error = await door.refused(door.client.supervision.ExplainCase, pb.ExplainCaseRequest(case=case))
        assert (error.code(), "编号" in (error.details() or "")) == (code, True)


async def test_findings_and_explanations_are_shown_by_commands(door: Door) -> None:
    listed = await command(door, "supervision", "findings", "--standing", "confirmed")
    assert listed.exit_code == 0, listed.output
    number = listed.output.split()[0]
    assert "超期（已确认）" in listed.output
    told = await command(door, "explain", number)
    assert told.exit_code == 0, told.output
    assert "结论：超期（已确认）：该单位截至期满的数据已到齐，期内没有办理" in told.output
    assert "不计（休息日）" in told.output
    assert (await command(door, "explain", f"{COUNTY}-20260101-000009")).exit_code == 2


async def test_findings_are_on_a_page_that_leads_to_the_explanation(door: Door) -> None:
    url = (door.node.directory / web.ADDRESS).read_text().strip()
    shown = await get(f"{url}findings")
    assert shown.status == 200
    assert "超期（已确认）" in shown.text
    (link, *_) = re.findall(r'href="(/explain\?case=[^"]+)"', shown.text)
    told = await get(url.rstrip("/") + link)
    assert (told.status, "期限届满" in told.text) == (200, True)
    wrong = await get(f"{url}explain?case=1")
    assert (wrong.status, "编号" in wrong.text) == (400, True)
    assert (await get(f"{url}findings?all=1")).status == 200
    assert (await get(f"{url}findings?before=abc")).status == 400


async def test_signals_are_shown_by_calls_by_commands_and_on_a_page(door: Door) -> None:
    asked = pb.ListSignalsRequest(spot_checks_of=number_of(day_of(WEDNESDAY_MS)))
    answer = await door.client.supervision.ListSignals(asked)
    told = await command(door, "supervision", "signals", "--spot-checks", f"{day_of(WEDNESDAY_MS):%Y-%m}")
    assert told.exit_code == 0, told.output
    shown = await get(f"{(door.node.directory / web.ADDRESS).read_text().strip()}signals")
    assert shown.status == 200
    for each in answer.signals:
        assert each.rule_label in told.output
        assert each.rule_label in shown.text
    # The calendar that comes with the software ends with the year.
    assert {each.rule for each in answer.signals} == {"CALENDAR_ENDS"}
    assert (await get(f"{(door.node.directory / web.ADDRESS).read_text().strip()}signals?before=abc")).status == 400


@pytest.mark.parametrize("asked", [{"within": 7}, {"page_token": "x"}, {"spot_checks_of": 2**32 - 1}])
async def test_signals_of_what_cannot_be_are_refused(door: Door, asked: dict[str, object]) -> None:
    request = pb.ListSignalsRequest(**asked)  # type: ignore[arg-type]
    error = await door.refused(door.client.supervision.ListSignals, request)
    assert error.code() is StatusCode.INVALID_ARGUMENT


async def test_the_rules_are_listed(door: Door) -> None:
    told = await asyncio.to_thread(CliRunner().invoke, main, ["supervision", "rules"])
    assert told.exit_code == 0
    assert len(told.output.splitlines()) == len(RULES)


SUPERVISOR = ("--unit", "监察", "--person", "监察01")


async def test_a_record_goes_its_course_by_commands(door: Door) -> None:
    found = (await findings(door, standings=[pb.LIMIT_STANDING_CONFIRMED])).findings[0]
    listed = await door.client.supervision.ListRecords(pb.ListRecordsRequest(case=found.number))
    record = listed.records[0]
    assert (record.status, record.office) == ("OPENED", COUNTY)
    name = record.record.hex()[:16]
    due = day_of(WEDNESDAY_MS + 30 * DAY_MS)
    for words in (
        ("assign", "--to", "监察02"),
        ("serve", "--reply-by", f"{due}", "--text", "请说明超期原因"),
        ("explain", "--text", "经办人交接，已补办"),
        ("check", "--text", "属实"),
        ("uphold", "--cause", "own_delay", "--text", "本单位拖延"),
        ("handle", "--measure", "remind", "--text", "提醒"),
        ("archive",),
    ):
        deed, *options = words
        told = await command(door, "accountability", deed, found.number, name, *options, *SUPERVISOR)
        assert told.exit_code == 0, told.output
    assert "归档" in told.output
    shown = await command(door, "accountability", "list", "--status", "archived")
    assert (shown.exit_code, "本单位拖延" in shown.output, name in shown.output) == (0, True, True)
    page = await get(f"{(door.node.directory / web.ADDRESS).read_text().strip()}records")
    assert (page.status, "归档" in page.text, "生成" in page.text) == (200, True, True)


async def test_a_step_asked_for_twice_is_taken_once(door: Door) -> None:
    number = (await findings(door)).findings[-1].number
    opening = pb.TakeStepRequest(
        request_id=b"r" * 16,
        case=number,
        actor=fact_pb2.Actor(unit="监察", person="监察01"),
        step=bodies_pb2.AccountabilityStep(
            deed=bodies_pb2.ACCOUNTABILITY_DEED_OPEN, rule="ASKED_TWICE", office=COUNTY, text="样例"
        ),
    )
    answers = [await door.client.supervision.TakeStep(opening) for _ in range(2)]
    assert answers[0] == answers[1]
    records = (await door.client.supervision.ListRecords(pb.ListRecordsRequest(case=number))).records
    assert len([each for each in records if each.rule == "ASKED_TWICE"]) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "--text", "样例"), "现在可以办的是"),
        (("comment",), "要写明内容"),
        (("serve", "--reply-by", "2009-01-01", "--text", "样例"), "反馈期限要在今天以后"),
        (("serve", "--reply-by", "1926-01-01", "--text", "样例"), "不能早于1971年"),
    ],
)
async def test_a_step_that_may_not_be_taken_says_what_to_do(door: Door, words: tuple[str, ...], said: str) -> None:
    listed = await door.client.supervision.ListRecords(pb.ListRecordsRequest(statuses=["OPENED"]))
    record = listed.records[0]
    deed, *options = words
    told = await command(door, "accountability", deed, record.number, record.record.hex(), *options, *SUPERVISOR)
    assert (told.exit_code, said in told.output) == (2, True), told.output


async def test_a_limit_the_evidence_speaks_of_needs_no_person(door: Door) -> None:
    found = (await findings(door)).findings[0]
    for start, said in ((str(day_numbered(found.start_day)), "不需要人工核定"), ("1926-01-01", "不能早于1971年")):
        told = await command(
            door,
            *("accountability", "settle", found.number, "--kind", "promise", "--office", f"{found.place}"),
            *("--start", start, "--late", "--reason", "样例", *SUPERVISOR),
        )
        assert (told.exit_code, said in told.output) == (2, True), told.output
