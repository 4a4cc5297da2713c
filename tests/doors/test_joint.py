"""A joint case (联办件) by calls and by commands: whoever runs the project sees all of it in one place."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace

import pytest
import pytest_asyncio
from click.testing import CliRunner, Result
from grpc import StatusCode

from county_node.cli import main
from sync.cases.workdays import day_of, number_of
from sync.facts.v1 import bodies_pb2
from sync.journal.catalogue_translation import release_message
from sync.rpc.v1 import case_service_pb2 as pb
from sync.rpc.v1 import catalogue_service_pb2 as catalogue_pb
from sync.rpc.v1 import supervision_service_pb2 as supervision_pb
from tests.county import append, filing
from tests.doors.conftest import Door
from tests.doors.test_course import act, filed
from tests.doors.test_supervision import WEDNESDAY_MS
from tests.joint import DAYS, DEPARTMENTS, ITEM, RELEASE, SILENT, UNITS

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def published(door: Door) -> None:
    door.node.book.clock.now = lambda: WEDNESDAY_MS
    release = release_message(RELEASE)
    release.number = 0
    request = catalogue_pb.PublishReleaseRequest(request_id=os.urandom(16), release=release)
    await door.client.catalogue.PublishRelease(request)


async def forked(door: Door) -> str:
    case = await filed(door, ITEM.code)
    for word in ("accept", "stage_done", "fork"):
        await act(door, case, word)
    return case


async def seen(door: Door, case: str) -> pb.GetCaseResponse:
    answer: pb.GetCaseResponse = await door.client.cases.GetCase(pb.GetCaseRequest(case=case))
    return answer


async def says(door: Door, branch: pb.Branch, opinion: pb.Opinion, reason: str = "") -> pb.Case:
    unit = branch.case.custodian.unit
    return await act(door, branch.case.number, "give_opinion", opinion=opinion, reason=reason, actor={"unit": unit})


async def test_a_joint_case_shows_all_its_branches_and_where_each_stands(door: Door) -> None:
    case = await forked(door)
    before = await seen(door, case)
    assert [each.case.custodian.unit for each in before.branches] == list(UNITS)
    assert [each.department_name for each in before.branches] == [each.name for each in DEPARTMENTS]
    assert {(each.case.stage_label, each.opinion_label, each.missing) for each in before.branches} == {
        ("会办", "待出意见", True)
    }
    today = number_of(day_of(door.node.book.clock.now()))
    for each in before.branches:
        assert (each.limit_days, each.days_left, each.deadline_day > today) == (DAYS, DAYS, True)
        assert each.time_left == f"剩余{DAYS}个工作日"
        assert each.case.parent_case_id == before.case.case_id
        assert list(each.case.allowed_acts) == ["give_opinion"]
    assert (before.case.opinions_asked, before.case.opinions_in) == (9, 0)
    assert "decide" not in before.case.allowed_acts

    done = await says(door, before.branches[0], pb.OPINION_CONSENT)
    assert done.stage_label == "已出意见"
    await says(door, before.branches[1], pb.OPINION_OBJECTION, "样例选址不符")
    after = await seen(door, case)
    told = [(each.opinion_label, each.reason, each.time_left, each.missing) for each in after.branches]
    assert told[:3] == [
        ("同意", "", "", False),
        ("不同意", "样例选址不符", "", False),
        ("待出意见", "", f"剩余{DAYS}个工作日", True),
    ]
    assert (after.case.opinions_asked, after.case.opinions_in) == (9, 2)
    for branch in after.branches[2:]:
        await says(door, branch, pb.OPINION_CONSENT)
    assert "decide" in (await seen(door, case)).case.allowed_acts
    decided = await act(door, case, "decide", outcome=bodies_pb2.OUTCOME_DENIED, reason="样例局不同意")
    assert (decided.stage_label, decided.opinions_in) == ("已决定", 9)


async def test_only_what_the_case_has_asked_for_is_shown_as_its_branch(door: Door) -> None:
    case = await forked(door)
    before = await seen(door, case)
    place = door.node.settings.place
    strange = replace(filing(1, home=place), request_id=os.urandom(16), parent_case_id=before.case.case_id)
    await append(door.node.book, strange)
    assert [each.case.number for each in (await seen(door, case)).branches] == [
        each.case.number for each in before.branches
    ]


async def waiting(door: Door, case: str) -> int:
    """How many branches of a case wait for somebody."""
    request = pb.ListCasesRequest(waiting_for=door.node.settings.place, stages=["CONSULTING"], page_size=200)
    listed = (await door.client.cases.ListCases(request)).cases
    return sum(each.number.startswith(f"{case}-") for each in listed)


async def test_what_is_over_says_so_of_its_branches(door: Door) -> None:
    case = await forked(door)
    assert await waiting(door, case) == len(UNITS)
    await act(door, case, "withdraw", reason="样例申请人撤回")
    assert await waiting(door, case) == 0
    after = await seen(door, case)
    assert {each.opinion_label for each in after.branches} == {"不再需要（主件已撤回）"}
    assert {(each.time_left, each.missing) for each in after.branches} == {("", False)}
    assert all(each.case.notices and "不再需要" in each.case.notices[0] for each in after.branches)
    request = pb.ActRequest(
        request_id=os.urandom(16),
        case=after.branches[0].case.number,
        act="give_opinion",
        opinion=pb.OPINION_CONSENT,
        actor={"unit": UNITS[0]},
    )
    error = await door.refused(door.client.cases.Act, request)
    assert error.code() is StatusCode.FAILED_PRECONDITION


async def test_an_ordinary_case_has_no_branches(door: Door) -> None:
    found = await seen(door, await filed(door))
    assert (list(found.branches), found.case.opinions_asked, found.case.parent_case_id) == ([], 0, b"")


async def test_an_opinion_that_is_none_is_not_taken(door: Door) -> None:
    request = pb.ActRequest(request_id=os.urandom(16), case=f"{await forked(door)}-01", act="give_opinion")
    request.opinion = 9  # type: ignore[assignment]
    assert (await door.refused(door.client.cases.Act, request)).code() is StatusCode.INVALID_ARGUMENT


async def test_joint_cases_of_a_place_are_listed_with_how_many_opinions_are_in(door: Door) -> None:
    unasked, case = await filed(door, ITEM.code), await forked(door)
    await filed(door)
    await says(door, (await seen(door, case)).branches[4], pb.OPINION_CONSENT)
    place = door.node.settings.place
    answer = await door.client.cases.ListCases(pb.ListCasesRequest(within=place, joint=True, page_size=200))
    found = {each.number: (each.opinions_in, each.opinions_asked) for each in answer.cases}
    assert (found[unasked], found[case]) == ((0, 0), (1, 9))
    assert {each.item_code for each in answer.cases} == {ITEM.code}
    assert not any(number.startswith(f"{case}-") for number in found)


async def test_clocks_list_the_opinions_that_are_waited_for(door: Door) -> None:
    case = await forked(door)
    await says(door, (await seen(door, case)).branches[0], pb.OPINION_CONSENT)
    request = supervision_pb.ListClocksRequest(kinds=[supervision_pb.CLOCK_KIND_OPINION], page_size=200)
    clocks = (await door.client.supervision.ListClocks(request)).clocks
    of_case = [each for each in clocks if each.number.startswith(f"{case}-")]
    assert [each.custodian_unit for each in of_case] == list(UNITS[1:])
    assert {(each.kind_label, each.stage_label) for each in of_case} == {("会办意见", "会办")}


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


async def test_a_joint_case_is_handled_by_commands(door: Door) -> None:
    case = await filed(door, ITEM.code)
    at = ["--at", door.address]

    async def does(*words: str) -> Result:
        return await asyncio.to_thread(run, words[0], *at, *words[1:])

    for word in ("accept", "stage-done"):
        assert (await does(word, case)).exit_code == 0
    asked = await does("fork", case)
    assert "会办意见0/9" in asked.output
    unit = ["--unit", SILENT]
    assert "OPINION_UNSPECIFIED" in (await does("give-opinion", f"{case}-08", *unit)).output
    assert "REASON_MISSING" in (await does("give-opinion", f"{case}-08", *unit, "--opinion", "objection")).output
    said = await does("give-opinion", f"{case}-08", *unit, "--opinion", "objection", "--reason", "样例理由")
    assert (said.exit_code, "已出意见" in said.output) == (0, True)
    shown = await does("case", case)
    lines = [line for line in shown.output.splitlines() if line.startswith("  会办 ")]
    assert len(lines) == 9
    assert lines[7] == f"  会办 {case}-08 样例8局·{SILENT}：不同意：样例理由（限{DAYS}个工作日）"
    assert lines[8].endswith(f"：待出意见（限{DAYS}个工作日，剩余{DAYS}个工作日）")
    listed = await does("cases", "--joint")
    assert f"{case} {ITEM.name}：审核（县已收，会办意见1/9）" in listed.output
    machine = json.loads((await does("case", case, "--json")).output)
    assert len(machine["branches"]) == 9
    assert "  受理（510524000000，有效）" in shown.output.splitlines()
    assert {each["standing"] for each in machine["facts"]} == {"path"}
    missing = await does("decide", case, "--outcome", "granted")
    assert (missing.exit_code, "OPINION_MISSING" in missing.output) == (2, True)
