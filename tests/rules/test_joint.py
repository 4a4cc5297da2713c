"""Joint cases (联办件): who may ask, what the lead must wait for, and what silence is worth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from county_node import seed
from sync.cases.decide import ActRequest, Draft, allowed_acts, decide, notices
from sync.cases.fold import CaseState, Holder, Move, fold, follow
from sync.cases.joint import Joint, NeedEnded, need_ended
from sync.cases.stages import Act, ExtensionKind, Opinion, Outcome, Stage
from sync.cases.workdays import Calendar
from sync.catalogue.items import CaseKind
from sync.catalogue.release import Catalogue, apply
from sync.errors import Refused
from tests.joint import BRANCHES, DAYS, ITEM, RELEASE, SILENT, SILENT_TOO, UNITS
from tests.rules.stories import COUNTY, TOWNSHIP, VILLAGE, Story
from tests.rules.test_decide_course import ACCEPTED_ON, CALENDAR, at_ms

CATALOGUE = apply(apply(Catalogue(COUNTY), seed.first_release()), RELEASE)
DUE = CALENDAR.deadline(ACCEPTED_ON, DAYS).day
AFTERWARDS = DUE + timedelta(days=1)
CONSENT, OBJECTION = Opinion.CONSENT, Opinion.OBJECTION
DECIDE: dict[str, Any] = {"outcome": Outcome.GRANTED}


def asked_of(number: int) -> bytes:
    """The id of the branch of a unit, by its number in the item."""
    return bytes([0xB0 + number]) * 32


@dataclass
class Told:
    """A joint case of the county, with its branches."""

    story: Story = field(default_factory=lambda: Story(home=COUNTY, filed_at=COUNTY))
    branches: dict[str, CaseState] = field(default_factory=dict)

    def does(self, *acts: Act, place: int = COUNTY, **more: Any) -> Told:
        for act in acts:
            self.story.does(act, place, item_version=1, release=2, **more)
        return self

    def forks(self, *, on: date = ACCEPTED_ON) -> Told:
        names = tuple(asked_of(number) for number in range(len(UNITS)))
        self.does(Act.FORK, branches=names)
        for name, branch in zip(names, BRANCHES, strict=True):
            filing = Move(name, Act.FILE, place=COUNTY, branch=branch, recorded_at_ms=at_ms(on))
            self.branches[branch.unit] = fold(name, COUNTY, [filing])
        return self

    def says(self, *units: str, opinion: Opinion = CONSENT) -> Told:
        for unit in units:
            branch = self.branches[unit]
            assert branch.tip is not None
            given = Move(bytes([7]) + branch.case_id[1:], Act.GIVE_OPINION, (branch.tip,), COUNTY, unit)
            self.branches[unit] = follow(branch, given._replace(opinion=opinion)) or branch
            assert self.branches[unit].stage is Stage.OPINED
        return self

    @property
    def case(self) -> CaseState:
        for index, move in enumerate(self.story.moves):
            self.story.moves[index] = move._replace(
                recorded_at_ms=at_ms(ACCEPTED_ON) + index, item_code=ITEM.code if index == 0 else move.item_code
            )
        found = self.story.case()
        assert len(found.path) == len(self.story.moves)
        return found

    def joint(self, **more: Any) -> Joint:
        return Joint({branch.case_id: branch for branch in self.branches.values()}, **more)


def accepted() -> Told:
    return Told().does(Act.ACCEPT)


def reviewed() -> Told:
    return accepted().does(Act.STAGE_DONE).forks()


def ask(
    act: Act,
    told: Told,
    *,
    today: date = ACCEPTED_ON,
    catalogue: Catalogue = CATALOGUE,
    calendar: Calendar | None = CALENDAR,
    joint: Joint | None = None,
    place: int = COUNTY,
    **words: Any,
) -> Draft:
    request = ActRequest(act, place, **words)
    return decide(
        request,
        case=told.case,
        catalogue=catalogue,
        today=today,
        calendar=calendar,
        joint=joint or told.joint(),
    )


def ask_unit(told: Told, unit: str, **words: Any) -> Draft:
    request = ActRequest(Act.GIVE_OPINION, words.pop("place", COUNTY), words.pop("by", unit), **words)
    branch = told.branches[unit]
    return decide(
        request, case=branch, catalogue=CATALOGUE, today=ACCEPTED_ON, calendar=CALENDAR, joint=Joint(parent=told.case)
    )


def refusal(code: str, act: Any, *args: Any, **words: Any) -> str:
    with pytest.raises(Refused) as said:
        act(*args, **words)
    assert said.value.code == code
    assert str(said.value).endswith("。")
    return str(said.value)


# Asking.


def test_the_lead_asks_all_departments_of_the_item_at_once() -> None:
    for told in (accepted(), accepted().does(Act.STAGE_DONE)):
        draft = ask(Act.FORK, told)
        assert draft.branches == BRANCHES
        assert (draft.item_code, draft.item_version) == (ITEM.code, 1)


def test_asking_leaves_the_case_where_it_is() -> None:
    told = accepted().forks()
    assert told.case.stage is Stage.EXAMINING
    assert told.case.custodian == Holder(COUNTY)
    assert told.case.branches == tuple(asked_of(number) for number in range(9))


def test_each_branch_is_from_the_start_in_the_hands_of_its_unit() -> None:
    branches = accepted().forks().branches
    assert [each.custodian for each in branches.values()] == [Holder(COUNTY, unit) for unit in UNITS]
    assert {each.stage for each in branches.values()} == {Stage.CONSULTING}


def without_branches() -> Catalogue:
    change = replace(RELEASE.changes[0], item=replace(ITEM, branches=()))
    return apply(apply(Catalogue(COUNTY), seed.first_release()), replace(RELEASE, changes=(change,)))


def test_what_may_not_be_asked() -> None:
    refusal("ACT_NOT_ALLOWED_IN_STAGE", ask, Act.FORK, Told())
    refusal("FORKED_ALREADY", ask, Act.FORK, accepted().forks())
    refusal("NO_BRANCHES", ask, Act.FORK, accepted(), catalogue=without_branches())
    refusal("NOT_CUSTODIAN", ask, Act.FORK, accepted(), place=TOWNSHIP)
    held_elsewhere = replace(accepted().case, item_code="XX99")
    request = ActRequest(Act.FORK, COUNTY)
    refusal("ITEM_UNKNOWN", decide, request, case=held_elsewhere, catalogue=CATALOGUE, today=ACCEPTED_ON)


def test_a_township_needs_the_power_to_examine() -> None:
    story = Story(filed_at=TOWNSHIP, home=TOWNSHIP)
    story.does(Act.ACCEPT, TOWNSHIP)
    told = Told(story)
    refusal("NOT_DELEGATED", ask, Act.FORK, told, place=TOWNSHIP)


# Answering.


def test_a_department_consents_or_objects_with_a_reason() -> None:
    told = accepted().forks()
    assert ask_unit(told, UNITS[0], opinion=CONSENT).consents
    draft = ask_unit(told, UNITS[0], opinion=OBJECTION, reason="选址不符")
    assert (draft.consents, draft.reason) == (False, "选址不符")


def test_what_a_department_may_not_say() -> None:
    told = accepted().forks()
    refusal("OPINION_UNSPECIFIED", ask_unit, told, UNITS[0])
    refusal("REASON_MISSING", ask_unit, told, UNITS[0], opinion=OBJECTION, reason=" ")
    refusal("NOT_CUSTODIAN", ask_unit, told, UNITS[0], by=UNITS[1], opinion=CONSENT)
    refusal("NOT_CUSTODIAN", ask_unit, told, UNITS[0], by="", opinion=CONSENT)
    refusal("NOT_CUSTODIAN", ask_unit, told, UNITS[0], place=VILLAGE, opinion=CONSENT)
    refusal("ACT_NOT_ALLOWED_IN_STAGE", ask_unit, told.says(UNITS[0]), UNITS[0], opinion=CONSENT)
    refusal("ACT_NOT_ALLOWED_IN_STAGE", ask, Act.GIVE_OPINION, told, opinion=CONSENT)


@pytest.mark.parametrize("act", [Act.ACCEPT, Act.WITHDRAW, Act.HAND_OVER, Act.RATE, Act.COMPLAIN, Act.OVERRIDE])
def test_a_branch_is_no_case_of_an_applicant(act: Act) -> None:
    told = accepted().forks()
    request = ActRequest(act, COUNTY, UNITS[0], reason="样例", grade=5, said=True)
    refusal(
        "ACT_NOT_ALLOWED_IN_STAGE",
        decide,
        request,
        case=told.branches[UNITS[0]],
        catalogue=CATALOGUE,
        today=ACCEPTED_ON,
    )


def test_the_lead_of_the_place_may_give_a_branch_to_another_unit() -> None:
    branch = accepted().forks().branches[UNITS[0]]
    request = ActRequest(Act.REASSIGN, COUNTY, to_unit="样例综合科", reason="机构调整")
    draft = decide(request, case=branch, catalogue=CATALOGUE, today=ACCEPTED_ON)
    assert branch.tip is not None
    moved = follow(branch, Move(b"\7" * 32, Act.REASSIGN, (branch.tip,), COUNTY, next_unit=draft.next_unit))
    assert moved is not None
    assert (moved.custodian, moved.stage) == (Holder(COUNTY, "样例综合科"), Stage.CONSULTING)


ENDINGS: dict[str, tuple[Act, int]] = {
    "decided": (Act.DECIDE, COUNTY),
    "withdrawn": (Act.WITHDRAW, COUNTY),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_once_the_case_is_over_no_opinion_is_needed(how: str) -> None:
    told = reviewed()
    assert need_ended(told.branches[SILENT], told.case) is None
    act, place = ENDINGS[how]
    told.does(act, place=place)
    need = need_ended(told.branches[SILENT], told.case)
    assert told.case.tip is not None
    assert need == NeedEnded(told.case.tip, told.case.forks[-1].ended_at_ms)
    said = refusal("OPINION_NOT_NEEDED", ask_unit, told, SILENT, opinion=CONSENT)
    joint = Joint(parent=told.case)
    assert notices(told.branches[SILENT], place=COUNTY, catalogue=CATALOGUE, joint=joint) == (said,)


def test_a_branch_whose_case_is_not_here_is_still_needed() -> None:
    branch = accepted().forks().branches[SILENT]
    assert need_ended(branch, None) is None
    assert need_ended(branch, CaseState(b"\1" * 32, COUNTY)) is None


def test_a_branch_that_no_move_of_the_case_names_was_never_needed() -> None:
    branch = accepted().forks().branches[SILENT]
    assert need_ended(branch, accepted().case) == NeedEnded(b"", at_ms(ACCEPTED_ON))


# A fork at the township while the county takes the case away.


def taken_away(*, first: bool) -> tuple[CaseState, bytes, bytes]:
    story = Story()
    story.goes_up()
    before = story.does(Act.ACCEPT, TOWNSHIP)
    fork = story.does(Act.FORK, TOWNSHIP, branches=(asked_of(0),))
    override = story.does(Act.OVERRIDE, COUNTY, after=before if first else fork)
    return story.case(), fork, override


def test_a_fork_and_an_override_in_conflict_end_with_the_county() -> None:
    case, fork, override = taken_away(first=True)
    assert (case.tip, case.late, case.forks) == (override, frozenset({fork}), ())
    branch = accepted().forks().branches[UNITS[0]]
    assert need_ended(branch, case) == NeedEnded(b"", at_ms(ACCEPTED_ON))


def test_a_case_that_is_taken_in_above_is_asked_about_there() -> None:
    story = Story()
    story.goes_up()
    story.does(Act.ACCEPT, TOWNSHIP)
    story.does(Act.FORK, TOWNSHIP, branches=(asked_of(0),))
    story.does(Act.PASS_UP, TOWNSHIP, to_place=COUNTY)
    assert story.case().branches == (asked_of(0),)
    taken = story.does(Act.TAKE_IN, COUNTY)
    assert (story.case().branches, story.case().forks[-1].ended_by) == ((), taken)


def test_whoever_takes_a_case_over_does_not_wait_for_what_others_have_asked() -> None:
    case, _, override = taken_away(first=False)
    assert (case.branches, case.forks[-1].ended_by) == ((), override)


def test_the_new_custodian_may_ask_anew() -> None:
    story = Story(home=COUNTY, filed_at=COUNTY)
    story.does(Act.ACCEPT, COUNTY)
    told = Told(story).forks()
    told.does(Act.FORK, branches=(b"\5" * 32,))
    assert told.case.branches == (b"\5" * 32,)
    assert [bool(each.ended_by) for each in told.case.forks] == [True, False]


# Deciding.


def test_the_lead_decides_when_all_opinions_are_in_whatever_they_say() -> None:
    told = reviewed().says(*UNITS[1:]).says(UNITS[0], opinion=OBJECTION)
    assert ask(Act.DECIDE, told, **DECIDE).silent == ()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_opinions_may_come_in_any_order(order: tuple[int, ...]) -> None:
    told = reviewed().says(*UNITS[3:])
    for number in order:
        refusal("OPINION_MISSING", ask, Act.DECIDE, told, **DECIDE)
        told.says(UNITS[number])
    ask(Act.DECIDE, told, **DECIDE)


@pytest.mark.parametrize("unit", UNITS)
def test_with_one_opinion_missing_nothing_is_decided(unit: str) -> None:
    told = reviewed().says(*(each for each in UNITS if each != unit))
    assert unit in refusal("OPINION_MISSING", ask, Act.DECIDE, told, **DECIDE)


def test_a_branch_that_is_not_here_is_missing() -> None:
    told = reviewed().says(*UNITS)
    del told.branches[UNITS[0]]
    assert "没有传到本机" in refusal("OPINION_MISSING", ask, Act.DECIDE, told, **DECIDE)


def test_before_anybody_was_asked_nothing_is_decided() -> None:
    refusal("NOT_FORKED", ask, Act.DECIDE, accepted().does(Act.STAGE_DONE), **DECIDE)


def test_a_joint_item_that_asks_nobody_is_decided_like_any_other() -> None:
    told = accepted().does(Act.STAGE_DONE)
    assert ask(Act.DECIDE, told, catalogue=without_branches(), **DECIDE).silent == ()


def test_deciding_is_not_offered_before_the_opinions_are_in() -> None:
    def offered(told: Told) -> bool:
        acts = allowed_acts(
            told.case,
            place=COUNTY,
            unit="",
            catalogue=CATALOGUE,
            today=ACCEPTED_ON,
            calendar=CALENDAR,
            joint=told.joint(),
        )
        return Act.DECIDE in acts

    assert not offered(reviewed())
    assert offered(reviewed().says(*UNITS))


# Silence.


def all_but_the_silent() -> Told:
    return reviewed().says(*(each for each in UNITS if each not in (SILENT, SILENT_TOO)))


def test_silence_is_consent_where_the_item_says_so_and_the_limit_has_passed() -> None:
    told = all_but_the_silent()
    silent = (told.branches[SILENT].case_id, told.branches[SILENT_TOO].case_id)
    assert ask(Act.DECIDE, told, today=AFTERWARDS, **DECIDE).silent == silent
    assert ask(Act.DECIDE, told.says(SILENT), today=AFTERWARDS, **DECIDE).silent == silent[1:]


def test_the_last_day_is_still_theirs() -> None:
    refusal("OPINION_MISSING", ask, Act.DECIDE, all_but_the_silent(), today=DUE, **DECIDE)


def test_without_the_rule_silence_is_no_consent_however_long() -> None:
    told = reviewed().says(*UNITS[1:])
    late = AFTERWARDS + timedelta(days=60)
    assert UNITS[0] in refusal("OPINION_MISSING", ask, Act.DECIDE, told, today=late, **DECIDE)


@pytest.mark.parametrize("calendar", [None, replace(CALENDAR, last_day=DUE - timedelta(days=1))])
def test_days_that_no_calendar_covers_make_nobody_consent(calendar: Calendar | None) -> None:
    told = all_but_the_silent()
    refusal("OPINION_MISSING", ask, Act.DECIDE, told, today=AFTERWARDS, calendar=calendar, **DECIDE)


def test_where_a_clock_was_not_to_be_trusted_nobody_has_consented() -> None:
    told = all_but_the_silent()
    joint = told.joint(doubtful=frozenset({told.branches[SILENT].case_id}))
    said = refusal("OPINION_MISSING", ask, Act.DECIDE, told, today=AFTERWARDS, joint=joint, **DECIDE)
    assert SILENT in said
    assert SILENT_TOO not in said


@pytest.mark.parametrize("doubt", [{"held_for_upgrade": True}, {"conflict": frozenset({b"\1" * 32})}])
def test_what_was_said_and_does_not_count_is_no_silence(doubt: dict[str, Any]) -> None:
    told = all_but_the_silent()
    told.branches[SILENT] = replace(told.branches[SILENT], **doubt)
    refusal("OPINION_MISSING", ask, Act.DECIDE, told, today=AFTERWARDS, **DECIDE)


# The legal limit.


def test_a_joint_case_may_be_extended_by_fifteen_working_days() -> None:
    words: dict[str, Any] = {"approver": "样例县长", "reason": "案情复杂", "detail": "电话告知"}
    words["extension"] = ExtensionKind.LEGAL
    assert ask(Act.EXTEND, accepted(), **words).days == 15
    refusal("EXTENSION_TOO_LONG", ask, Act.EXTEND, accepted(), days=16, **words)
    change = replace(RELEASE.changes[0], item=replace(ITEM, case_kind=CaseKind.PROMISED, branches=()))
    other = apply(apply(Catalogue(COUNTY), seed.first_release()), replace(RELEASE, changes=(change,)))
    refusal("EXTENSION_TOO_LONG", ask, Act.EXTEND, accepted(), days=11, catalogue=other, **words)
    assert ask(Act.EXTEND, accepted(), catalogue=other, **words).days == 10
