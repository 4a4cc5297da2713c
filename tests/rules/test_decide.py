"""What may be written down at which counter, and what a clerk is told when it may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from county_node import seed
from sync.cases.decide import ActRequest, Draft, allowed_acts, decide, notices
from sync.cases.fold import CaseState
from sync.cases.stages import Act, Outcome
from sync.catalogue.items import (
    ChangeKind,
    Delegation,
    DelegationRecall,
    Limit,
    LimitUnit,
    Power,
    StageName,
    VillageMode,
)
from sync.catalogue.release import Catalogue, ItemChange, Release, apply
from sync.errors import Malformed, Refused
from tests.rules.stories import COUNTY, FAR_VILLAGE, NEXT_VILLAGE, OTHER_TOWNSHIP, TOWNSHIP, VILLAGE, Story

TODAY = date(2010, 3, 1)
FIRST = apply(Catalogue(COUNTY), seed.first_release())
# Decided at the township, and at the county.
AT_TOWNSHIP, AT_COUNTY = "JS01", "JS02"


def changed(kind: ChangeKind, *, code: str = AT_TOWNSHIP, **fields: Any) -> Catalogue:
    item = FIRST.item(code)
    assert item is not None
    return apply(FIRST, Release(2, "调整", changes=(ItemChange(kind, "政策调整", replace(item, **fields)),)))


def recalled(*powers: Power, code: str = AT_TOWNSHIP) -> Catalogue:
    number = next(n for n, (_, granted) in FIRST.delegations.items() if granted.item_code == code)
    taken = DelegationRecall(number, frozenset({TOWNSHIP}), frozenset(powers), "机构调整")
    return apply(FIRST, Release(2, "收回", recalls=(taken,)))


def never_delegated() -> Catalogue:
    return replace(FIRST, delegations={})


def delegated_in_second_release() -> Catalogue:
    late = Delegation(99, AT_TOWNSHIP, frozenset({TOWNSHIP}), frozenset({Power.ACCEPT}))
    return apply(never_delegated(), Release(2, "委托", delegations=(late,)))


def a_case(*acts: Act, at: int = TOWNSHIP, item: str = AT_TOWNSHIP) -> CaseState:
    """A case of the village, brought to a place, after some acts there."""
    story = Story()
    story.moves[0] = story.moves[0]._replace(item_code=item)
    if at != VILLAGE:
        story.goes_up(to=at)
    for act in acts:
        story.does(act, at, to_place=COUNTY, item_version=1, release=1)
    case = story.case()
    assert len(case.path) == len(story.moves)
    return case


def asked(
    act: Act, place: int = TOWNSHIP, *, case: CaseState | None = None, catalogue: Catalogue = FIRST, **words: Any
) -> Draft:
    papers = frozenset({NEXT_VILLAGE, FAR_VILLAGE})
    request = ActRequest(act, place, **words)
    return decide(request, case=case, catalogue=catalogue, today=TODAY, paper_places=papers)


def test_a_village_files_for_itself_under_the_release_it_holds() -> None:
    draft = asked(Act.FILE, VILLAGE, item_code=AT_TOWNSHIP)
    assert draft == Draft(Act.FILE, VILLAGE, b"", (), AT_TOWNSHIP, item_version=1, release=1)


@pytest.mark.parametrize("place", [TOWNSHIP, COUNTY])
def test_a_place_above_files_for_a_village_on_paper(place: int) -> None:
    assert asked(Act.FILE, place, home=NEXT_VILLAGE, item_code=AT_TOWNSHIP).home == NEXT_VILLAGE
    assert asked(Act.FILE, place, item_code=AT_TOWNSHIP).home == place


@pytest.mark.parametrize(
    ("act", "place", "case", "words", "written"),
    [
        (Act.HAND_OVER, VILLAGE, a_case(at=VILLAGE), {"to_unit": "窗口"}, {"to_place": TOWNSHIP, "to_unit": "窗口"}),
        (Act.HAND_OVER, TOWNSHIP, a_case(), {"to_place": COUNTY}, {"to_place": COUNTY}),
        (Act.ACCEPT, TOWNSHIP, a_case(), {}, {"promised_days": 1, "delegation": 1}),
        (Act.ACCEPT, COUNTY, a_case(at=COUNTY), {}, {"promised_days": 1, "delegation": 0}),
        (
            Act.REFUSE,
            TOWNSHIP,
            a_case(),
            {"reason": "不属本机关职权", "review_way": "60日内申请复议"},
            {"reason": "不属本机关职权", "review_way": "60日内申请复议", "delegation": 1},
        ),
        (
            Act.STAGE_DONE,
            TOWNSHIP,
            a_case(Act.ACCEPT),
            {"reason": "属实", "to_unit": "分管领导"},
            {"stage": StageName.EXAMINATION, "opinion": "属实", "next_unit": "分管领导", "delegation": 1},
        ),
        (
            Act.PASS_UP,
            TOWNSHIP,
            a_case(Act.ACCEPT, item=AT_COUNTY),
            {"reason": "拟同意"},
            {"to_place": COUNTY, "opinion": "拟同意"},
        ),
        (
            Act.DECIDE,
            TOWNSHIP,
            a_case(Act.ACCEPT, Act.STAGE_DONE),
            {"outcome": Outcome.GRANTED, "detail": "叙计生[2010]7号"},
            {"outcome": Outcome.GRANTED, "document_number": "叙计生[2010]7号", "delegation": 1},
        ),
        (
            Act.DECIDE,
            COUNTY,
            a_case(Act.ACCEPT, Act.STAGE_DONE, at=COUNTY, item=AT_COUNTY),
            {"outcome": Outcome.DENIED, "reason": "不符合条件"},
            {"outcome": Outcome.DENIED, "reason": "不符合条件"},
        ),
        (Act.CLOSE, TOWNSHIP, a_case(Act.ACCEPT, Act.STAGE_DONE, Act.DECIDE), {}, {}),
        (
            Act.DELIVER,
            VILLAGE,
            a_case(Act.ACCEPT, Act.STAGE_DONE, Act.DECIDE, Act.CLOSE),
            {"detail": "当面交付"},
            {"manner": "当面交付"},
        ),
        (
            Act.OVERRIDE,
            COUNTY,
            a_case(),
            {"reason": "长期失联", "to_unit": "综合窗口"},
            {"reason": "长期失联", "next_unit": "综合窗口"},
        ),
    ],
)
def test_what_is_asked_for_is_written_after_the_newest_move(
    act: Act, place: int, case: CaseState, words: dict[str, Any], written: dict[str, Any]
) -> None:
    draft = asked(act, place, case=case, **words)
    expected = Draft(act, VILLAGE, case.case_id, (case.tip or b"",), case.item_code, item_version=1, release=1)
    assert draft == replace(expected, **written)


def test_an_offered_case_is_taken_in() -> None:
    story = Story()
    offer = story.does(Act.HAND_OVER, VILLAGE, to_place=TOWNSHIP)
    draft = asked(Act.TAKE_IN, TOWNSHIP, case=story.case())
    assert (draft.act, draft.based_on, draft.to_place) == (Act.TAKE_IN, (offer,), 0)


def test_a_case_is_accepted_under_the_newest_version_of_its_item() -> None:
    second = changed(ChangeKind.AMEND, version=2, promised_days=3, legal_limit=Limit(5, LimitUnit.WORKING_DAYS))
    draft = asked(Act.ACCEPT, case=a_case(), catalogue=second)
    assert (draft.item_version, draft.promised_days, draft.release) == (2, 3, 2)


def test_a_settlement_names_every_open_branch() -> None:
    story = Story()
    taken = story.goes_up()
    first = story.does(Act.ACCEPT, TOWNSHIP)
    story.does(Act.ACCEPT, TOWNSHIP, after=taken)
    other = story.does(Act.STAGE_DONE, TOWNSHIP)
    stray = story.does(Act.DECIDE, COUNTY, after=taken)
    draft = asked(Act.SETTLE, case=story.case(), reason="两个窗口同时受理")
    assert draft.based_on == (first, other, stray)
    story.does(Act.SETTLE, TOWNSHIP, based_on=draft.based_on)
    assert not story.case().open_branches


def test_the_county_needs_no_delegation() -> None:
    case = a_case(Act.ACCEPT, Act.STAGE_DONE, at=COUNTY)
    assert asked(Act.DECIDE, COUNTY, case=case, catalogue=never_delegated(), outcome=Outcome.GRANTED)


def held_for_upgrade() -> CaseState:
    story = Story()
    story.goes_up()
    story.does(None, TOWNSHIP)
    return story.case()


def without_filing() -> CaseState:
    story = Story()
    story.goes_up()
    return story.case(without=(story.case_id,))


def offered_to_county() -> CaseState:
    return a_case(Act.HAND_OVER)


EXAMINING, REVIEWING = (Act.ACCEPT,), (Act.ACCEPT, Act.STAGE_DONE)
GRANTED: dict[str, Any] = {"outcome": Outcome.GRANTED}
Ask = Callable[[], Draft]

# The code, and what the clerk is told to do.
REFUSALS: list[tuple[str, str, Ask]] = [
    ("CATALOGUE_MISSING", "请先联网", lambda: asked(Act.FILE, item_code="JS01", catalogue=Catalogue(COUNTY))),
    ("ITEM_UNKNOWN", "核对代码", lambda: asked(Act.FILE, item_code="没有")),
    (
        "ITEM_SUSPENDED",
        "政策调整",
        lambda: asked(Act.FILE, item_code=AT_TOWNSHIP, catalogue=changed(ChangeKind.SUSPEND)),
    ),
    (
        "ITEM_CANCELLED",
        "政策调整",
        lambda: asked(Act.FILE, item_code=AT_TOWNSHIP, catalogue=changed(ChangeKind.CANCEL)),
    ),
    (
        "ITEM_NOT_VALID",
        "有效",
        lambda: asked(
            Act.FILE,
            item_code=AT_TOWNSHIP,
            catalogue=changed(ChangeKind.AMEND, version=2, valid_to_day=date(2010, 2, 28)),
        ),
    ),
    (
        "ITEM_FOR_INFORMATION",
        "公开告知",
        lambda: asked(
            Act.FILE,
            item_code=AT_TOWNSHIP,
            catalogue=changed(ChangeKind.AMEND, version=2, village_mode=VillageMode.INFORM),
        ),
    ),
    # A village with a node of its own, and one of another township.
    ("HOME_NOT_YOURS", "只能为本单位", lambda: asked(Act.FILE, home=VILLAGE, item_code=AT_TOWNSHIP)),
    ("HOME_NOT_YOURS", "只能为本单位", lambda: asked(Act.FILE, home=FAR_VILLAGE, item_code=AT_TOWNSHIP)),
    ("HOME_NOT_YOURS", "只能为本单位", lambda: asked(Act.FILE, VILLAGE, home=TOWNSHIP, item_code=AT_TOWNSHIP)),
    ("CASE_NOT_HERE", "请同步", lambda: asked(Act.ACCEPT, case=without_filing())),
    ("HELD_FOR_UPGRADE", "请先升级", lambda: asked(Act.ACCEPT, case=held_for_upgrade())),
    ("ACT_NOT_ALLOWED_IN_STAGE", "现在可以办的是", lambda: asked(Act.DECIDE, case=a_case())),
    ("NOT_CUSTODIAN", "先报送过来", lambda: asked(Act.ACCEPT, COUNTY, case=a_case())),
    ("NOT_OFFERED", f"应由县级单位{COUNTY}接收", lambda: asked(Act.TAKE_IN, case=offered_to_county())),
    ("NOT_ABOVE_CUSTODIAN", "只有其上级", lambda: asked(Act.OVERRIDE, case=a_case(), reason="失联")),
    (
        "NOT_ON_THE_WAY_BACK",
        "沿途",
        lambda: asked(Act.DELIVER, NEXT_VILLAGE, case=a_case(*REVIEWING, Act.DECIDE, Act.CLOSE)),
    ),
    ("AT_THE_TOP", "就地办理", lambda: asked(Act.HAND_OVER, COUNTY, case=a_case(at=COUNTY))),
    ("AT_THE_TOP", "就地办理", lambda: asked(Act.PASS_UP, COUNTY, case=a_case(*EXAMINING, at=COUNTY))),
    (
        "NOT_THE_NEXT_PLACE_UP",
        "不能越级",
        lambda: asked(Act.HAND_OVER, VILLAGE, case=a_case(at=VILLAGE), to_place=COUNTY),
    ),
    (
        "NOT_THE_NEXT_PLACE_UP",
        "不能越级",
        lambda: asked(Act.PASS_UP, case=a_case(*EXAMINING), to_place=OTHER_TOWNSHIP),
    ),
    ("VILLAGE_MAY_NOT", "请报送乡镇", lambda: asked(Act.ACCEPT, VILLAGE, case=a_case(at=VILLAGE))),
    (
        "VILLAGE_MAY_NOT",
        "请报送乡镇",
        lambda: asked(Act.REFUSE, VILLAGE, case=a_case(at=VILLAGE), reason="缺件", review_way="复议"),
    ),
    ("NOT_DELEGATED", "没有委托给本乡镇", lambda: asked(Act.ACCEPT, case=a_case(), catalogue=never_delegated())),
    (
        "NOT_DELEGATED_WHEN_FILED",
        "请报送县级",
        lambda: asked(Act.ACCEPT, case=a_case(), catalogue=delegated_in_second_release()),
    ),
    (
        "POWER_RECALLED",
        "受理权已于第2版目录收回，请上报县级办理",
        lambda: asked(Act.ACCEPT, case=a_case(), catalogue=recalled(Power.ACCEPT)),
    ),
    ("ITEM_SUSPENDED", "暂停", lambda: asked(Act.ACCEPT, case=a_case(), catalogue=changed(ChangeKind.SUSPEND))),
    ("ITEM_UNKNOWN", "同步目录", lambda: asked(Act.ACCEPT, COUNTY, case=a_case(at=COUNTY, item="新的"))),
    (
        "POWER_RECALLED",
        "审查权已于第2版目录收回",
        lambda: asked(Act.STAGE_DONE, case=a_case(*EXAMINING), catalogue=recalled(Power.EXAMINE)),
    ),
    (
        "NOT_DELEGATED",
        "审查权没有委托",
        lambda: asked(Act.STAGE_DONE, case=a_case(*EXAMINING), catalogue=never_delegated()),
    ),
    (
        "POWER_RECALLED",
        "该事项的决定权已于第2版目录收回，请上报县级办理。",
        lambda: asked(Act.DECIDE, case=a_case(*REVIEWING), catalogue=recalled(Power.DECIDE), **GRANTED),
    ),
    (
        "NOT_DELEGATED",
        "决定权没有委托",
        lambda: asked(Act.DECIDE, case=a_case(*REVIEWING), catalogue=never_delegated(), **GRANTED),
    ),
    (
        "DECIDED_AT_COUNTY",
        "由县级决定",
        lambda: asked(Act.DECIDE, case=a_case(*REVIEWING, item=AT_COUNTY), **GRANTED),
    ),
    ("ITEM_UNKNOWN", "同步目录", lambda: asked(Act.DECIDE, case=a_case(*REVIEWING, item="新的"), **GRANTED)),
    ("REASON_MISSING", "要写明理由", lambda: asked(Act.REFUSE, case=a_case(), review_way="复议")),
    ("REVIEW_WAY_MISSING", "复议或诉讼", lambda: asked(Act.REFUSE, case=a_case(), reason="缺件")),
    ("OUTCOME_MISSING", "准予或者不予", lambda: asked(Act.DECIDE, case=a_case(*REVIEWING))),
    (
        "REASON_MISSING",
        "要写明理由",
        lambda: asked(Act.DECIDE, case=a_case(*REVIEWING), outcome=Outcome.DENIED, reason=" "),
    ),
    ("OVERRIDE_ONLY_BY_COUNTY", "向县级说明", lambda: asked(Act.OVERRIDE, case=a_case(at=VILLAGE), reason="失联")),
    ("REASON_MISSING", "要写明理由", lambda: asked(Act.OVERRIDE, COUNTY, case=a_case())),
    ("NOTHING_TO_SETTLE", "不需要了结", lambda: asked(Act.SETTLE, case=a_case(), reason="重复")),
]


@pytest.mark.parametrize(("code", "says", "ask"), REFUSALS, ids=[f"{n}-{row[0]}" for n, row in enumerate(REFUSALS)])
def test_a_clerk_is_told_why_not_and_what_to_do(code: str, says: str, ask: Ask) -> None:
    with pytest.raises(Refused) as said:
        ask()
    assert said.value.code == code
    assert says in said.value.message
    assert said.value.message.endswith("。")


def test_an_act_on_no_case_has_the_wrong_form() -> None:
    with pytest.raises(Malformed):
        asked(Act.ACCEPT)


FORWARD = (Act.HAND_OVER, Act.ACCEPT, Act.REFUSE, Act.ASK_ONCE, Act.WITHDRAW, Act.REASSIGN, Act.COMPLAIN)
LET_GO = (Act.HAND_OVER, Act.WITHDRAW, Act.REASSIGN, Act.COMPLAIN)
AFTERWARDS = (Act.CORRECT, Act.RATE, Act.COMPLAIN)


@pytest.mark.parametrize(
    ("place", "case", "catalogue", "acts"),
    [
        (VILLAGE, a_case(at=VILLAGE), FIRST, LET_GO),
        (TOWNSHIP, a_case(at=VILLAGE), FIRST, (Act.COMPLAIN,)),
        (COUNTY, a_case(at=VILLAGE), FIRST, (Act.OVERRIDE, Act.COMPLAIN)),
        (NEXT_VILLAGE, a_case(at=VILLAGE), FIRST, ()),
        (TOWNSHIP, a_case(), FIRST, FORWARD),
        (TOWNSHIP, a_case(), recalled(Power.ACCEPT), LET_GO),
        (
            TOWNSHIP,
            a_case(Act.ASK_ONCE),
            FIRST,
            (Act.SUPPLY, Act.LAPSE, Act.WITHDRAW, Act.REASSIGN, Act.COMPLAIN),
        ),
        (
            TOWNSHIP,
            a_case(*EXAMINING),
            FIRST,
            (Act.WITHDRAW, Act.STAGE_DONE, Act.EXTEND, Act.REASSIGN, Act.PASS_UP, Act.COMPLAIN),
        ),
        (
            TOWNSHIP,
            a_case(*REVIEWING),
            FIRST,
            (Act.WITHDRAW, Act.SEND_BACK, Act.EXTEND, Act.REASSIGN, Act.PASS_UP, Act.DECIDE, Act.COMPLAIN),
        ),
        (
            TOWNSHIP,
            a_case(*REVIEWING, item=AT_COUNTY),
            FIRST,
            # Its item has one.
            (Act.WITHDRAW, Act.BEGIN_SPECIAL, Act.SEND_BACK, Act.EXTEND, Act.REASSIGN, Act.PASS_UP, Act.COMPLAIN),
        ),
        (COUNTY, offered_to_county(), FIRST, (Act.TAKE_IN, Act.OVERRIDE, Act.COMPLAIN)),
        (
            COUNTY,
            a_case(*REVIEWING, at=COUNTY),
            FIRST,
            (Act.WITHDRAW, Act.SEND_BACK, Act.EXTEND, Act.REASSIGN, Act.DECIDE, Act.COMPLAIN),
        ),
        (VILLAGE, a_case(*REVIEWING, Act.DECIDE, Act.CLOSE), FIRST, (Act.DELIVER, *AFTERWARDS)),
        (VILLAGE, a_case(Act.REFUSE), FIRST, AFTERWARDS),
        (TOWNSHIP, held_for_upgrade(), FIRST, ()),
        (TOWNSHIP, without_filing(), FIRST, ()),
    ],
)
def test_a_page_offers_what_the_office_may_do(
    place: int, case: CaseState, catalogue: Catalogue, acts: tuple[Act, ...]
) -> None:
    assert allowed_acts(case, place=place, unit="", catalogue=catalogue, today=TODAY) == acts


def test_a_filing_under_a_recalled_delegation_says_so() -> None:
    case = a_case()
    assert notices(case, place=TOWNSHIP, catalogue=FIRST) == ()
    assert notices(case, place=COUNTY, catalogue=recalled(Power.ACCEPT)) == ()
    said = notices(case, place=TOWNSHIP, catalogue=recalled(Power.ACCEPT))
    assert said == ("本件按第1版目录收件，受理权已于第2版目录收回，请上报县级办理。",)
    accepted = a_case(*EXAMINING)
    assert notices(accepted, place=TOWNSHIP, catalogue=recalled(Power.ACCEPT)) == ()
