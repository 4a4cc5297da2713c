"""The whole course of a case at one counter, by calls and by commands."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import pytest
from click.testing import CliRunner, Result
from grpc import StatusCode

from county_node.cli import main
from sync.facts.v1 import bodies_pb2
from sync.rpc.v1 import case_service_pb2 as pb
from tests.doors.conftest import Door

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXTENDING = {"approver": "样例局长", "reason": "情况复杂", "detail": "电话告知"}
SAID = "样例：大厅电话长期无人接听"


def limited(door: Door) -> str:
    """An item for which the law sets a number of days."""
    listed = door.node.book.catalogues.catalogue().listed
    return next(code for code in sorted(listed) if listed[code].versions[-1].legal_limit.number)


async def filed(door: Door, item: str = "JS01") -> str:
    applicant = bodies_pb2.Applicant(name="样例甲")
    request = pb.FileCaseRequest(request_id=os.urandom(16), item_code=item, applicant=applicant)
    return str((await door.client.cases.FileCase(request)).case.number)


async def act(door: Door, case: str, word: str, **more: Any) -> pb.Case:
    request = pb.ActRequest(request_id=os.urandom(16), case=case, act=word, **more)
    done: pb.Case = (await door.client.cases.Act(request)).case
    return done


async def history(door: Door, case: str) -> list[pb.CaseFact]:
    return list((await door.client.cases.GetCase(pb.GetCaseRequest(case=case))).facts)


async def test_papers_asked_for_once_and_supplied_begin_the_case(door: Door) -> None:
    case = await filed(door)
    asked = await act(door, case, "ask_once", missing=["样例证明"], detail="当面告知")
    assert (asked.stage_label, asked.accepted_at_ms) == ("待补正", 0)
    paper = bodies_pb2.ReceivedMaterial(name="样例证明", originals=1)
    supplied = await act(door, case, "supply", materials=[paper])
    assert supplied.stage_label == "审查"
    assert supplied.accepted_at_ms > 0
    body = bodies_pb2.Supplied.FromString((await history(door, case))[-1].fact.body)
    assert (list(body.materials), body.promised_days > 0) == ([paper], True)


async def test_a_case_can_be_sent_back_reassigned_extended_and_still_be_decided(door: Door) -> None:
    case = await filed(door, limited(door))
    await act(door, case, "accept")
    await act(door, case, "stage_done", to_unit="样例科")
    back = await act(door, case, "send_back", reason="缺现场意见", actor={"unit": "样例科"}, to_unit="样例窗口")
    assert (back.stage_label, back.custodian.unit) == ("审查", "样例窗口")
    await act(door, case, "reassign", reason="经办人外出", to_unit="样例二科")
    await act(door, case, "extend", extension=bodies_pb2.EXTENSION_KIND_LEGAL, actor={"unit": "样例二科"}, **EXTENDING)
    await act(door, case, "stage_done", actor={"unit": "样例二科"})
    await act(door, case, "decide", outcome=bodies_pb2.OUTCOME_GRANTED)
    assert (await act(door, case, "close")).stage_label == "办结"


async def test_what_the_applicant_says_is_kept_beside_the_chain(door: Door) -> None:
    case = await filed(door)
    await act(door, case, "withdraw", reason="申请人不再需要")
    rated = pb.ActRequest(
        request_id=os.urandom(16), case=case, act="rate", grade=2, reason="等候太久", detail="phone", private_text=SAID
    )
    first, again = [(await door.client.cases.Act(rated)).case for _ in range(2)]
    assert first == again, "the first answer"
    assert "rate" not in first.allowed_acts
    rated.request_id, rated.grade = os.urandom(16), 5
    error = await door.refused(door.client.cases.Act, rated)
    assert (error.code(), "已经评价" in (error.details() or "")) == (StatusCode.FAILED_PRECONDITION, True)
    said = await act(door, case, "complain", detail="phone", private_text=SAID)
    assert said.stage_label == "撤回"
    facts = [each for each in await history(door, case) if each.standing == "annotation"]
    assert [each.act_label for each in facts] == ["评价", "投诉"]
    assert SAID.encode() not in b"".join(each.fact.SerializeToString() for each in facts)
    part = door.node.book.reader.execute(
        "SELECT part FROM private_parts p JOIN facts f ON f.id=p.fact WHERE fact_id=?", [facts[1].fact_id]
    ).fetchone()
    assert bodies_pb2.PrivateText.FromString(part[0][16:]).text == SAID


async def test_a_correction_stands_beside_what_it_corrects(door: Door) -> None:
    case = await filed(door)
    await act(door, case, "refuse", reason="不属本机关职权", review_way="60日内申请复议")
    wrong = (await history(door, case))[-1]
    await act(door, case, "correct", fact_id=wrong.fact_id, reason="笔误", private_text="样例：应为六十日")
    facts = await history(door, case)
    assert (facts[-2].fact_id, facts[-1].act_label, facts[-1].standing) == (wrong.fact_id, "更正", "annotation")


@pytest.mark.parametrize(
    "more",
    [
        {"act": "accept", "private_text": SAID},
        {"act": "accept", "materials": [bodies_pb2.ReceivedMaterial(name="样例")]},
        {"act": "extend", "extension": 9},
        {"act": "complain", "private_text": "长" * 2001},
        {"act": "ask_once", "missing": ["样例"] * 101},
    ],
    ids=["private text", "materials", "extension", "long text", "long list"],
)
async def test_what_an_act_has_no_place_for_is_not_dropped_unseen(door: Door, more: dict[str, Any]) -> None:
    request = pb.ActRequest(request_id=os.urandom(16), case=await filed(door), **more)
    error = await door.refused(door.client.cases.Act, request)
    assert error.code() is StatusCode.INVALID_ARGUMENT


# By commands.


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.mark.parametrize("word", ["lapse", "extend", "complain", "rate", "correct", "override", "settle", "ask-once"])
async def test_every_act_of_the_county_has_a_command_with_its_own_options(word: str) -> None:
    shown = run(word, "--help")
    assert shown.exit_code == 0
    assert ("--grade" in shown.output) == (word == "rate")
    assert ("--missing" in shown.output) == (word == "ask-once")


async def test_a_case_is_handled_by_commands(door: Door) -> None:
    case = await filed(door, limited(door))
    steps = [
        ["ask-once", "--missing", "样例证明", "--day", "2099-01-01"],
        ["ask-once", "--missing", "样例证明", "--notice", "当面告知"],
        ["supply", "--material", "样例证明"],
        ["extend", "--limit", "legal", "--days", "5", "--approver", "样例局长", "--reason", "复杂", "--notice", "电话"],
        ["withdraw", "--reason", "申请人撤回"],
        ["rate", "--grade", "1", "--reason", "等候太久", "--text", SAID],
    ]
    done = [await asyncio.to_thread(run, word, "--at", door.address, case, *words, "--json") for word, *words in steps]
    assert [each.exit_code for each in done] == [2, 0, 0, 0, 0, 0], [each.output for each in done]
    assert "DAY_TOO_FAR" in done[0].output
    assert [json.loads(each.output)["stage_label"] for each in done[1:]] == ["待补正", "审查", "审查", "撤回", "撤回"]
