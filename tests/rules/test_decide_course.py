"""Asking for papers, extending, sending back, taking back, and what is said about a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from county_node import seed
from sync.cases.decide import ActRequest, Draft, decide
from sync.cases.fold import CaseState, Holder
from sync.cases.stages import Act, ExtensionKind, Outcome, Stage
from sync.cases.workdays import SHANGHAI, number_of
from sync.catalogue.items import Limit, LimitUnit, ServiceItem, SpecialProcedure, StageName
from sync.catalogue.release import Catalogue, apply
from sync.errors import Refused
from tests.rules.stories import COUNTY, FAR_VILLAGE, TOWNSHIP, VILLAGE, Story

CALENDAR = seed.calendar()
ACCEPTED_ON = date(2010, 3, 1)
PROMISE, LEGAL = ExtensionKind.PROMISE, ExtensionKind.LEGAL

HEARING = SpecialProcedure("听证", 20, "样例法第四十五条")
ITEMS: list[ServiceItem] = [change.item for change in seed.first_release().changes]
# Promised well within its legal limit of 20 working days; and one for which the law sets none.
LIMITED = next(i for i in ITEMS if i.legal_limit == Limit(20, LimitUnit.WORKING_DAYS) and 2 <= i.promised_days <= 10)
CATALOGUE = apply(
    Catalogue(COUNTY),
    replace(
        seed.first_release(),
        changes=tuple(
            replace(each, item=replace(each.item, special_procedures=(HEARING,))) if each.item == LIMITED else each
            for each in seed.first_release().changes
        ),
    ),
)
UNLIMITED = next(i for i in ITEMS if i.legal_limit.unit is LimitUnit.NONE)
PROMISED = CALENDAR.deadline(ACCEPTED_ON, LIMITED.promised_days).day
LAWFUL = CALENDAR.deadline(ACCEPTED_ON, 20).day


def at_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI).timestamp() * 1000)


def a_case(*acts: tuple[Act, dict[str, Any]], item: ServiceItem = LIMITED) -> CaseState:
    """A case of the village that its township has taken in, after some acts there, all on one day."""
    story = Story()
    story.goes_up()
    for act, words in acts:
        story.does(act, TOWNSHIP, **{"item_version": 1, "release": 1, **words})
    for index, move in enumerate(story.moves):
        code = move.item_code if index else item.code
        story.moves[index] = move._replace(recorded_at_ms=at_ms(ACCEPTED_ON) + index, item_code=code)
    assert len(story.case().path) == len(story.moves)
    return story.case()


Step = tuple[Act, dict[str, Any]]
ACCEPT: Step = (Act.ACCEPT, {})
DONE: Step = (Act.STAGE_DONE, {})
ASKED = (Act.ASK_ONCE, {"due_day": number_of(date(2010, 3, 31))})
REVIEWED = a_case(ACCEPT, DONE)
HEARD = a_case(ACCEPT, DONE, (Act.BEGIN_SPECIAL, {}))
ASSISTED = next(i for i in ITEMS if i.limit_of(StageName.VILLAGE_ACT))


def at_the_village(*acts: Act, item: ServiceItem = ASSISTED) -> CaseState:
    story = Story()
    story.moves[0] = story.moves[0]._replace(item_code=item.code)
    for act in acts:
        story.does(act, VILLAGE)
    return story.case()


CLOSED = a_case(ACCEPT, DONE, (Act.DECIDE, {}), (Act.CLOSE, {}))
BEGINNING: dict[str, Any] = {"procedure": "听证", "detail": "电话告知"}
EXTENDING: dict[str, Any] = {"approver": "局长01", "reason": "案情复杂", "detail": "电话告知"}


def asked(
    act: Act, case: CaseState, place: int = TOWNSHIP, *, today: date = ACCEPTED_ON, unit: str = "", **words: Any
) -> Draft:
    request = ActRequest(act, place, unit, **words)
    return decide(
        request, case=case, catalogue=CATALOGUE, today=today, calendar=CALENDAR, facts={*case.path, b"\1" * 32}
    )


@pytest.mark.parametrize(
    ("act", "case", "words", "written"),
    [
        (
            Act.ASK_ONCE,
            a_case(),
            {"missing": ("户口簿",), "detail": "当面告知"},
            {"missing": ("户口簿",), "notice": "当面告知", "due_day": number_of(date(2010, 3, 31))},
        ),
        (
            Act.ASK_ONCE,
            a_case(),
            {"missing": ("户口簿",), "day": date(2010, 3, 10)},
            {"due_day": number_of(date(2010, 3, 10))},
        ),
        (Act.SUPPLY, a_case(ASKED), {}, {"promised_days": LIMITED.promised_days, "item_version": 1}),
        (Act.LAPSE, a_case(ASKED), {"today": date(2010, 4, 1)}, {}),
        (Act.WITHDRAW, a_case(ASKED), {"reason": "申请人撤回"}, {"reason": "申请人撤回"}),
        (Act.SEND_BACK, REVIEWED, {"reason": "缺现场意见", "to_unit": "林业站"}, {"next_unit": "林业站"}),
        (Act.REASSIGN, REVIEWED, {"reason": "经办人外出", "to_unit": "民政窗口"}, {"next_unit": "民政窗口"}),
        (Act.BEGIN_SPECIAL, REVIEWED, BEGINNING, {"procedure": HEARING, "notice": "电话告知"}),
        (Act.END_SPECIAL, HEARD, {"reason": "已经听证"}, {"reason": "已经听证"}),
        (Act.WITHDRAW, HEARD, {"reason": "申请人撤回"}, {"reason": "申请人撤回"}),
        (Act.VILLAGE_ACT_DONE, at_the_village(), {"place": VILLAGE, "reason": "公示无异议"}, {"opinion": "公示无异议"}),
        (
            Act.EXTEND,
            REVIEWED,
            {"extension": PROMISE, "day": LAWFUL, "today": PROMISED, **EXTENDING},
            {"to_day": number_of(LAWFUL), "days": 0, "approver": "局长01", "notice": "电话告知"},
        ),
        (Act.EXTEND, REVIEWED, {"extension": LEGAL, "today": LAWFUL, **EXTENDING}, {"days": 10, "to_day": 0}),
        (Act.CORRECT, CLOSED, {"fact_id": CLOSED.path[0], "reason": "笔误", "said": True}, {"reason": "笔误"}),
        (Act.CORRECT, CLOSED, {"fact_id": b"\1" * 32, "reason": "评价记错", "said": True}, {"fact_id": b"\1" * 32}),
        (Act.RATE, CLOSED, {"grade": 5, "detail": "window"}, {"grade": 5, "channel": "window"}),
        (Act.RATE, CLOSED, {"grade": 1, "reason": "等候太久"}, {"grade": 1, "reason": "等候太久"}),
        (Act.COMPLAIN, a_case(), {"about_place": TOWNSHIP, "said": True}, {"about_place": TOWNSHIP}),
    ],
)
def test_an_act_that_is_in_order_is_written(
    act: Act, case: CaseState, words: dict[str, Any], written: dict[str, Any]
) -> None:
    draft = asked(act, case, **words)
    assert (draft.act, draft.based_on[0]) == (act, case.tip)
    assert {name: getattr(draft, name) for name in written} == written


@pytest.mark.parametrize(
    ("code", "act", "case", "words"),
    [
        ("MISSING_LIST_EMPTY", Act.ASK_ONCE, a_case(), {"missing": (" ",)}),
        ("DAY_IN_THE_PAST", Act.ASK_ONCE, a_case(), {"missing": ("户口簿",), "day": date(2010, 2, 28)}),
        ("DAY_TOO_FAR", Act.ASK_ONCE, a_case(), {"missing": ("户口簿",), "day": date(9999, 1, 1)}),
        (
            "DAY_TOO_FAR",
            Act.EXTEND,
            a_case(ACCEPT, item=UNLIMITED),
            {"extension": PROMISE, "day": date(9999, 1, 1), **EXTENDING},
        ),
        ("ITEM_UNKNOWN", Act.EXTEND, replace(REVIEWED, item_code="XX99"), {"extension": LEGAL, **EXTENDING}),
        ("ACT_NOT_ALLOWED_IN_STAGE", Act.ASK_ONCE, a_case(ASKED), {"missing": ("户口簿",)}),
        ("VILLAGE_MAY_NOT", Act.ASK_ONCE, Story().case(), {"place": VILLAGE, "missing": ("户口簿",)}),
        ("NOT_LAPSED_YET", Act.LAPSE, a_case(ASKED), {"today": date(2010, 3, 31)}),
        ("REASON_MISSING", Act.WITHDRAW, a_case(), {}),
        ("REASON_MISSING", Act.SEND_BACK, REVIEWED, {}),
        ("REASON_MISSING", Act.REASSIGN, REVIEWED, {"to_unit": "民政窗口"}),
        ("SAME_UNIT", Act.REASSIGN, REVIEWED, {"reason": "无"}),
        ("NOT_LEAD_OF_PLACE", Act.REASSIGN, REVIEWED, {"unit": "民政窗口", "to_unit": "林业站", "reason": "代班"}),
        ("NOT_LEAD_OF_PLACE", Act.REASSIGN, REVIEWED, {"place": COUNTY, "to_unit": "林业站", "reason": "代班"}),
        ("EXTENSION_KIND_MISSING", Act.EXTEND, REVIEWED, EXTENDING),
        ("APPROVER_MISSING", Act.EXTEND, REVIEWED, {"extension": LEGAL, **EXTENDING, "approver": ""}),
        ("NOTICE_MISSING", Act.EXTEND, REVIEWED, {"extension": LEGAL, **EXTENDING, "detail": ""}),
        ("REASON_MISSING", Act.EXTEND, REVIEWED, {"extension": LEGAL, **EXTENDING, "reason": ""}),
        ("EXTENSION_NOT_LATER", Act.EXTEND, REVIEWED, {"extension": PROMISE, "day": PROMISED, **EXTENDING}),
        ("EXTENSION_NOT_LATER", Act.EXTEND, REVIEWED, {"extension": PROMISE, **EXTENDING}),
        (
            "PAST_LEGAL_LIMIT",
            Act.EXTEND,
            REVIEWED,
            {"extension": PROMISE, "day": LAWFUL + timedelta(days=1), **EXTENDING},
        ),
        (
            "EXTENSION_TOO_LATE",
            Act.EXTEND,
            REVIEWED,
            {"extension": PROMISE, "day": LAWFUL, "today": PROMISED + timedelta(days=1), **EXTENDING},
        ),
        (
            "EXTENSION_TOO_LATE",
            Act.EXTEND,
            REVIEWED,
            {"extension": LEGAL, "today": LAWFUL + timedelta(days=1), **EXTENDING},
        ),
        ("EXTENSION_TOO_LONG", Act.EXTEND, REVIEWED, {"extension": LEGAL, "days": 11, **EXTENDING}),
        ("NO_LEGAL_LIMIT", Act.EXTEND, a_case(ACCEPT, item=UNLIMITED), {"extension": LEGAL, **EXTENDING}),
        (
            "EXTENDED_ALREADY",
            Act.EXTEND,
            a_case(ACCEPT, (Act.EXTEND, {"extension": LEGAL, "days": 10})),
            {"extension": LEGAL, **EXTENDING},
        ),
        ("SPECIAL_PROCEDURE_UNKNOWN", Act.BEGIN_SPECIAL, REVIEWED, BEGINNING | {"procedure": "招标"}),
        ("NOTICE_MISSING", Act.BEGIN_SPECIAL, REVIEWED, {"procedure": "听证"}),
        ("NO_SPECIAL_PROCEDURE", Act.BEGIN_SPECIAL, a_case(ACCEPT, item=UNLIMITED), BEGINNING),
        ("ACT_NOT_ALLOWED_IN_STAGE", Act.BEGIN_SPECIAL, HEARD, BEGINNING),
        ("ACT_NOT_ALLOWED_IN_STAGE", Act.DECIDE, HEARD, {"outcome": Outcome.GRANTED}),
        ("ACT_NOT_ALLOWED_IN_STAGE", Act.EXTEND, HEARD, {"extension": LEGAL, **EXTENDING}),
        ("REASON_MISSING", Act.END_SPECIAL, HEARD, {}),
        ("ONLY_THE_VILLAGE", Act.VILLAGE_ACT_DONE, a_case(item=ASSISTED), {"reason": "公示无异议"}),
        ("NO_VILLAGE_ACT", Act.VILLAGE_ACT_DONE, at_the_village(item=LIMITED), {"place": VILLAGE, "reason": "无"}),
        (
            "VILLAGE_ACT_DONE_ALREADY",
            Act.VILLAGE_ACT_DONE,
            at_the_village(Act.VILLAGE_ACT_DONE),
            {"place": VILLAGE, "reason": "公示无异议"},
        ),
        ("FACT_NOT_OF_CASE", Act.CORRECT, CLOSED, {"fact_id": bytes(32), "reason": "笔误", "said": True}),
        ("TEXT_MISSING", Act.CORRECT, CLOSED, {"fact_id": CLOSED.path[0], "reason": "笔误"}),
        ("ACT_NOT_ALLOWED_IN_STAGE", Act.RATE, REVIEWED, {"grade": 5}),
        ("GRADE_MISSING", Act.RATE, CLOSED, {}),
        ("GRADE_MISSING", Act.RATE, CLOSED, {"grade": 6}),
        ("RATING_REASON_MISSING", Act.RATE, CLOSED, {"grade": 2}),
        ("PLACE_NOT_ON_PATH", Act.RATE, CLOSED, {"place": FAR_VILLAGE, "grade": 5}),
        ("TEXT_MISSING", Act.COMPLAIN, CLOSED, {}),
        ("NOT_ON_THE_PATH", Act.COMPLAIN, CLOSED, {"about_place": FAR_VILLAGE, "said": True}),
    ],
)
def test_an_act_that_is_not_is_refused_with_its_reason(
    code: str, act: Act, case: CaseState, words: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as said:
        asked(act, case, **words)
    assert said.value.code == code
    assert str(said.value).endswith("。")


def test_a_promise_may_be_moved_up_to_the_legal_limit_as_it_was_extended() -> None:
    case = a_case(ACCEPT, (Act.EXTEND, {"extension": LEGAL, "days": 10}))
    beyond = CALENDAR.deadline(ACCEPTED_ON, 30).day
    assert asked(Act.EXTEND, case, extension=PROMISE, day=beyond, **EXTENDING).to_day == number_of(beyond)
    with pytest.raises(Refused):
        asked(Act.EXTEND, case, extension=PROMISE, day=beyond + timedelta(days=1), **EXTENDING)


def test_where_nobody_answered_in_time_a_limit_is_moved_before_it_ends_as_counted_from_receipt() -> None:
    accepted_ms, late = at_ms(ACCEPTED_ON + timedelta(days=14)), LAWFUL + timedelta(days=1)
    deemed = replace(REVIEWED, accepted_at_ms=accepted_ms)
    asked_in_time = replace(a_case(ASKED, (Act.SUPPLY, {}), DONE), accepted_at_ms=accepted_ms)
    moves: list[dict[str, Any]] = [{"extension": LEGAL, "today": late}, {"extension": PROMISE, "day": late}]
    for moved in moves:
        assert asked(Act.EXTEND, asked_in_time, **EXTENDING, **moved)
        with pytest.raises(Refused) as said:
            asked(Act.EXTEND, deemed, **EXTENDING, **moved)
        assert said.value.code in ("EXTENSION_TOO_LATE", "PAST_LEGAL_LIMIT")
    assert asked(Act.EXTEND, deemed, extension=LEGAL, today=LAWFUL, **EXTENDING)


def test_a_legal_limit_that_was_extended_too_late_does_not_let_the_promise_go_beyond_it() -> None:
    case = a_case(ACCEPT, (Act.EXTEND, {"extension": LEGAL, "days": 10}))
    (extended,) = case.extensions
    case = replace(case, extensions=(replace(extended, at_ms=at_ms(LAWFUL + timedelta(days=1))),))
    with pytest.raises(Refused) as said:
        asked(Act.EXTEND, case, extension=PROMISE, day=LAWFUL + timedelta(days=1), **EXTENDING)
    assert said.value.code == "PAST_LEGAL_LIMIT"


def test_days_of_a_special_procedure_are_not_counted_when_a_limit_is_moved() -> None:
    case = a_case(ACCEPT, (Act.BEGIN_SPECIAL, {}), (Act.END_SPECIAL, {}))
    begun, ended = case.stage_history[-2:]
    late = ended._replace(at_ms=at_ms(ACCEPTED_ON + timedelta(days=28)))
    case = replace(case, stage_history=(*case.stage_history[:-2], begun, late))
    day = CALENDAR.deadline(ACCEPTED_ON + timedelta(days=28), 20).day
    today = PROMISED + timedelta(days=28)
    assert asked(Act.EXTEND, case, extension=PROMISE, day=day, today=today, **EXTENDING).to_day == number_of(day)


def test_what_counts_within_the_legal_limit_does_not_move_it() -> None:
    case = a_case(ACCEPT, (Act.BEGIN_SPECIAL, {"within_legal_limit": True}), (Act.END_SPECIAL, {}))
    begun, ended = case.stage_history[-2:]
    late = ended._replace(at_ms=at_ms(ACCEPTED_ON + timedelta(days=28)))
    case = replace(case, stage_history=(*case.stage_history[:-2], begun, late))
    with pytest.raises(Refused) as said:
        asked(Act.EXTEND, case, extension=LEGAL, today=LAWFUL + timedelta(days=1), **EXTENDING)
    assert said.value.code == "EXTENSION_TOO_LATE"


def test_without_a_calendar_nothing_is_extended() -> None:
    request = ActRequest(Act.EXTEND, TOWNSHIP, extension=LEGAL, **EXTENDING)
    with pytest.raises(Refused, match="日历"):
        decide(request, case=REVIEWED, catalogue=CATALOGUE, today=ACCEPTED_ON)


def test_a_case_whose_papers_are_complete_is_accepted_that_day() -> None:
    case = a_case(ASKED, (Act.SUPPLY, {"item_version": 3, "release": 2}))
    assert case.stage is Stage.EXAMINING
    assert (case.item_version, case.release) == (3, 2)
    assert case.accepted_at_ms == at_ms(ACCEPTED_ON) + len(case.path) - 1


def test_what_is_sent_back_or_reassigned_goes_on_at_the_named_unit() -> None:
    case = a_case(ACCEPT, DONE, (Act.SEND_BACK, {"next_unit": "林业站"}))
    assert (case.stage, case.custodian) == (Stage.EXAMINING, Holder(TOWNSHIP, "林业站"))
    story = Story()
    story.goes_up()
    story.does(Act.REASSIGN, TOWNSHIP, next_unit="民政窗口")
    assert story.case().custodian == Holder(TOWNSHIP, "民政窗口")
    assert story.case().stage is Stage.RECEIVED
