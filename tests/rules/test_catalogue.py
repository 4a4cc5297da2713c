"""Releases of the catalogue: what they add up to and what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from county_node import seed
from sync.catalogue import delegation
from sync.catalogue.checks import Fault, faults, least_days, notices
from sync.catalogue.items import (
    CaseKind,
    ChangeKind,
    Delegation,
    DelegationRecall,
    Department,
    Level,
    Limit,
    LimitUnit,
    Material,
    Power,
    ServiceItem,
    VillageMode,
)
from sync.catalogue.release import Catalogue, ItemChange, Release, Standing, apply
from sync.errors import Refused
from tests import joint
from tests.rules.stories import COUNTY, OTHER_TOWNSHIP, TOWNSHIP, VILLAGE

TODAY = date(2010, 3, 1)
FIRST = apply(Catalogue(COUNTY), seed.first_release())
# Decided at the township, and at the county.
AT_TOWNSHIP, AT_COUNTY = "JS01", "JS02"


def item_of(code: str, /, **changed: Any) -> ServiceItem:
    found = FIRST.item(code)
    assert found is not None
    return replace(found, **{"version": found.version + 1, **changed})


def amends(code: str = AT_TOWNSHIP, /, *, kind: ChangeKind = ChangeKind.AMEND, **changed: Any) -> Release:
    return Release(2, "调整", changes=(ItemChange(kind, "调整", item_of(code, **changed)),))


def grants(**changed: Any) -> Release:
    granted = Delegation(54, AT_TOWNSHIP, frozenset({TOWNSHIP}), frozenset({Power.ACCEPT}))
    return Release(2, "委托", delegations=(replace(granted, **changed),))


def takes_back(code: str = AT_TOWNSHIP, **what: Any) -> Release:
    number = next(n for n, (_, granted) in FIRST.delegations.items() if granted.item_code == code)
    return Release(2, "收回", recalls=(DelegationRecall(number, reason="机构调整", **what),))


def test_the_first_release_is_without_fault_and_delegated_to_every_township() -> None:
    release = seed.first_release()
    assert faults(Catalogue(COUNTY), release) == []
    items = FIRST.items_in_force()
    assert (len(items), len({item.category for item in items})) == (53, 11)
    assert sum(item.decided_at is Level.COUNTY for item in items) == 32
    for township in seed.divisions().townships:
        for item in items:
            held = {power for power in Power if delegation.may(FIRST, township.code, item.code, power, TODAY)}
            deciding = {Power.DECIDE} if item.decided_at is Level.TOWNSHIP else set()
            assert held == {Power.ACCEPT, Power.EXAMINE} | deciding


def test_limits_the_law_leaves_open_pass_with_a_notice() -> None:
    codes = [notice.code for notice in notices(seed.first_release())]
    assert (codes.count("NO_LEGAL_LIMIT"), codes.count("LEGAL_LIMIT_AT_ONCE")) == (30, 1)


def test_a_joint_item_that_asks_nobody_passes_with_a_notice() -> None:
    assert [notice.code for notice in notices(seed.first_release())].count("NO_BRANCHES") == 2
    assert notices(joint.RELEASE) == []


def test_a_joint_item_says_whom_it_asks_and_within_what_time() -> None:
    assert faults(FIRST, joint.RELEASE) == []


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("BRANCHES_NOT_JOINT", {"case_kind": CaseKind.PROMISED}),
        ("BRANCH_TWICE", {"branches": (*joint.BRANCHES, joint.BRANCHES[0])}),
        ("BRANCH_DEPARTMENT_UNKNOWN", {"branches": (replace(joint.BRANCHES[0], department="没有"),)}),
        ("BRANCH_INCOMPLETE", {"branches": (replace(joint.BRANCHES[0], unit=" "),)}),
        ("BRANCH_INCOMPLETE", {"branches": (replace(joint.BRANCHES[0], limit_days=0),)}),
        ("BRANCH_OVER_PROMISE", {"branches": (replace(joint.BRANCHES[0], limit_days=31),)}),
        (
            "TOO_MANY_BRANCHES",
            {"branches": tuple(replace(joint.BRANCHES[0], unit=f"样例窗口{number}") for number in range(100))},
        ),
    ],
)
def test_what_is_wrong_with_the_branches_of_an_item_is_said(code: str, changed: dict[str, Any]) -> None:
    change = replace(joint.RELEASE.changes[0], item=replace(joint.ITEM, **changed))
    assert [fault.code for fault in faults(FIRST, replace(joint.RELEASE, changes=(change,)))] == [code]


def test_the_longest_branch_may_take_the_whole_promise() -> None:
    branches = (replace(joint.BRANCHES[0], limit_days=30), *joint.BRANCHES[1:])
    change = replace(joint.RELEASE.changes[0], item=replace(joint.ITEM, branches=branches))
    assert faults(FIRST, replace(joint.RELEASE, changes=(change,))) == []


def test_old_versions_are_kept_for_the_cases_judged_by_them() -> None:
    second = apply(FIRST, amends(promised_days=4))
    newest, old = second.item(AT_TOWNSHIP), second.item_version(AT_TOWNSHIP, 1)
    assert newest is not None
    assert old is not None
    assert (newest.version, newest.promised_days, old.promised_days) == (2, 4, 1)
    assert second.item_version(AT_TOWNSHIP, 3) is None
    assert FIRST.release == 1


def test_a_suspended_item_is_kept_and_comes_back_with_its_next_version() -> None:
    suspended = apply(FIRST, amends(kind=ChangeKind.SUSPEND, version=1))
    assert suspended.standing(AT_TOWNSHIP) is Standing.SUSPENDED
    assert suspended.item(AT_TOWNSHIP) == FIRST.item(AT_TOWNSHIP)
    assert len(suspended.items_in_force()) == 52
    back = apply(suspended, replace(amends(), number=3))
    assert back.standing(AT_TOWNSHIP) is Standing.IN_FORCE


def test_a_cancelled_item_may_be_brought_in_again_but_not_amended() -> None:
    cancelled = apply(FIRST, amends(kind=ChangeKind.CANCEL, version=1))
    assert cancelled.standing(AT_TOWNSHIP) is Standing.CANCELLED
    again = replace(amends(kind=ChangeKind.ADD), number=3)
    assert faults(cancelled, again) == []
    assert "ITEM_UNKNOWN" in codes_of(cancelled, replace(amends(), number=3))


def test_releases_follow_each_other_without_gaps() -> None:
    with pytest.raises(Refused, match="请先取得第2版") as said:
        apply(FIRST, Release(3))
    assert said.value.code == "RELEASE_NOT_NEXT"


def codes_of(catalogue: Catalogue, release: Release) -> list[str]:
    return [fault.code for fault in faults(catalogue, release)]


STAGES = item_of(AT_TOWNSHIP).stages
UNKNOWN = replace(item_of(AT_TOWNSHIP), code="NEW1", version=1)

FAULTY: list[tuple[str, Release]] = [
    ("RELEASE_NOT_NEXT", Release(3, "跳号")),
    ("TITLE_MISSING", Release(2, " ")),
    ("DEPARTMENT_INCOMPLETE", Release(2, "部门", departments=(Department("X", ""),))),
    ("DUPLICATE_CODE", Release(2, "部门", departments=(Department("X", "甲"), Department("X", "乙")))),
    ("DUPLICATE_CODE", replace(amends(), changes=amends().changes * 2)),
    ("DUPLICATE_DELEGATION", replace(grants(), delegations=grants().delegations * 2)),
    ("REASON_MISSING", Release(2, "调整", changes=(ItemChange(ChangeKind.AMEND, "", item_of(AT_TOWNSHIP)),))),
    ("REASON_MISSING", Release(2, "收回", recalls=(DelegationRecall(1),))),
    ("KIND_OF_CHANGE_MISSING", amends(kind=ChangeKind.UNSPECIFIED)),
    ("ITEM_EXISTS", amends(kind=ChangeKind.ADD)),
    ("ITEM_EXISTS", amends(kind=ChangeKind.TAKE_OVER)),
    ("ITEM_UNKNOWN", Release(2, "调整", changes=(ItemChange(ChangeKind.AMEND, "改", UNKNOWN),))),
    ("ITEM_UNKNOWN", Release(2, "调整", changes=(ItemChange(ChangeKind.CANCEL, "改", UNKNOWN),))),
    ("VERSION_NOT_NEXT", amends(version=1)),
    ("VERSION_NOT_NEXT", amends(kind=ChangeKind.SUSPEND, version=2)),
    ("CODE_MISSING", amends(code="")),
    ("NAME_MISSING", amends(name=" ")),
    ("DEPARTMENT_UNKNOWN", amends(department="没有")),
    ("CASE_KIND_MISSING", amends(case_kind=CaseKind.UNSPECIFIED)),
    ("VILLAGE_MODE_MISSING", amends(village_mode=VillageMode.UNSPECIFIED)),
    ("DECIDING_LEVEL_WRONG", amends(decided_at=Level.VILLAGE)),
    ("VALIDITY_WRONG", amends(valid_from_day=date(2010, 2, 1), valid_to_day=date(2010, 1, 1))),
    ("LEGAL_LIMIT_MISSING", amends(legal_limit=Limit(5, LimitUnit.UNSPECIFIED))),
    ("PROMISE_OVER_LEGAL", amends(legal_limit=Limit(5, LimitUnit.WORKING_DAYS), promised_days=6)),
    # Six working days span a weekend: eight days at least.
    ("PROMISE_OVER_LEGAL", amends(legal_limit=Limit(7, LimitUnit.CALENDAR_DAYS), promised_days=6)),
    ("PROMISE_OVER_LEGAL", amends(legal_limit=Limit(1, LimitUnit.MONTHS), promised_days=21)),
    ("STAGES_OVER_PROMISE", amends(promised_days=0)),
    ("INSTANT_WITH_PROMISE", amends(case_kind=CaseKind.INSTANT)),
    ("LIMIT_TOO_LONG", amends(promised_days=5001)),
    ("MATERIALS_MISSING", amends(materials=())),
    ("MATERIAL_UNNAMED", amends(materials=(Material(""),))),
    ("STAGE_MISSING", amends(stages=STAGES[:-1])),
    ("STAGES_OUT_OF_ORDER", amends(stages=STAGES[::-1])),
    ("STAGES_OUT_OF_ORDER", amends(stages=(*STAGES, STAGES[-1]))),
    ("STAGE_WITHOUT_OWNER", amends(stages=tuple(replace(stage, owner="") for stage in STAGES))),
    ("DELEGATION_NOT_NEXT", grants(number=60)),
    ("DELEGATION_OF_UNKNOWN_ITEM", grants(item_code="没有")),
    ("DELEGATION_OF_UNKNOWN_ITEM", replace(grants(), changes=amends(kind=ChangeKind.CANCEL, version=1).changes)),
    ("POWER_BEYOND_ITEM", grants(item_code=AT_COUNTY, powers=frozenset({Power.DECIDE}))),
    ("POWER_MISSING", grants(powers=frozenset())),
    ("TOWNSHIP_MISSING", grants(townships=frozenset())),
    ("TOWNSHIP_NOT_OF_COUNTY", grants(townships=frozenset({510525100000}))),
    ("TOWNSHIP_NOT_OF_COUNTY", grants(townships=frozenset({VILLAGE}))),
    ("TOWNSHIP_NOT_OF_COUNTY", grants(townships=frozenset({COUNTY}))),
    ("DELEGATION_DATES_WRONG", grants(from_day=date(2010, 2, 1), to_day=date(2010, 1, 1))),
    ("RECALL_OF_UNKNOWN_DELEGATION", Release(2, "收回", recalls=(DelegationRecall(99, reason="调整"),))),
    ("RECALL_OF_UNKNOWN_TOWNSHIP", takes_back(townships=frozenset({510525100000}))),
    ("RECALL_OF_UNKNOWN_POWER", takes_back(AT_COUNTY, powers=frozenset({Power.DECIDE}))),
]


@pytest.mark.parametrize(("code", "release"), FAULTY, ids=[f"{n}-{code}" for n, (code, _) in enumerate(FAULTY)])
def test_each_fault_is_named_in_plain_chinese(code: str, release: Release) -> None:
    found: list[Fault] = faults(FIRST, release)
    assert code in [fault.code for fault in found]
    assert all(fault.message.endswith("。") for fault in found)


def test_an_item_suspended_already_is_not_suspended_again() -> None:
    suspended = apply(FIRST, amends(kind=ChangeKind.SUSPEND, version=1))
    again = replace(amends(kind=ChangeKind.SUSPEND, version=1), number=3)
    assert codes_of(suspended, again) == ["ALREADY_SUSPENDED"]


def test_all_faults_are_told_at_once() -> None:
    bad = amends(name="", materials=(), promised_days=0, version=7)
    assert codes_of(FIRST, bad) == ["VERSION_NOT_NEXT", "NAME_MISSING", "STAGES_OVER_PROMISE", "MATERIALS_MISSING"]


def test_an_item_that_is_only_made_known_needs_neither_papers_nor_stages() -> None:
    assert codes_of(FIRST, amends(village_mode=VillageMode.INFORM, materials=(), stages=())) == []


def without_fault() -> dict[str, Release]:
    return {
        "amended": amends(promised_days=4, legal_limit=Limit(6, LimitUnit.CALENDAR_DAYS)),
        "suspended": amends(kind=ChangeKind.SUSPEND, version=1),
        "merged into a new one": Release(2, "合并", changes=(ItemChange(ChangeKind.MERGE, "合并", UNKNOWN),)),
        "delegated": grants(),
        "recalled": takes_back(townships=frozenset({TOWNSHIP}), powers=frozenset({Power.DECIDE})),
    }


@pytest.mark.parametrize("name", without_fault())
def test_a_release_without_fault_is_published(name: str) -> None:
    assert faults(FIRST, without_fault()[name]) == []


@pytest.mark.parametrize(
    ("limit", "days"),
    [
        (Limit(0, LimitUnit.WORKING_DAYS), 0),
        (Limit(5, LimitUnit.WORKING_DAYS), 5),
        (Limit(6, LimitUnit.WORKING_DAYS), 8),
        (Limit(20, LimitUnit.WORKING_DAYS), 26),
        (Limit(30, LimitUnit.CALENDAR_DAYS), 30),
        (Limit(1, LimitUnit.MONTHS), 28),
        (Limit(3, LimitUnit.MONTHS), 89),
        (Limit(12, LimitUnit.MONTHS), 365),
        (Limit(25, LimitUnit.MONTHS), 758),
    ],
)
def test_limits_are_compared_in_calendar_days_at_their_lower_bound(limit: Limit, days: int) -> None:
    assert least_days(limit) == days


def held(catalogue: Catalogue, power: Power, *, at: int = TOWNSHIP, on: date = TODAY) -> bool:
    return delegation.may(catalogue, at, AT_TOWNSHIP, power, on)


def test_a_recall_takes_what_it_names_and_nothing_else() -> None:
    second = apply(FIRST, takes_back(townships=frozenset({TOWNSHIP}), powers=frozenset({Power.DECIDE})))
    assert not held(second, Power.DECIDE)
    assert held(second, Power.ACCEPT)
    assert held(second, Power.DECIDE, at=OTHER_TOWNSHIP)
    assert delegation.recalled_by(second, TOWNSHIP, AT_TOWNSHIP, Power.DECIDE) == 2
    assert delegation.recalled_by(second, TOWNSHIP, AT_TOWNSHIP, Power.ACCEPT) is None


def test_a_recall_that_names_nothing_takes_everything() -> None:
    second = apply(FIRST, takes_back())
    assert not any(held(second, power, at=at) for power in Power for at in (TOWNSHIP, OTHER_TOWNSHIP))


def test_what_was_delegated_under_an_earlier_release_is_remembered() -> None:
    second = apply(FIRST, takes_back())

    def asked(release: int) -> bool:
        return delegation.power_at_release(second, release, TOWNSHIP, AT_TOWNSHIP, Power.ACCEPT, TODAY)

    assert (asked(0), asked(1), asked(2)) == (False, True, False)


def test_a_power_given_again_is_held_again() -> None:
    second = apply(FIRST, takes_back())
    third = apply(second, replace(grants(), number=3))
    assert held(third, Power.ACCEPT)
    assert delegation.delegation_for(third, TOWNSHIP, AT_TOWNSHIP, Power.ACCEPT, TODAY) == 54
    assert not held(third, Power.ACCEPT, at=OTHER_TOWNSHIP)


@pytest.mark.parametrize(
    ("on", "holds"),
    [(date(2009, 12, 31), False), (date(2010, 1, 1), True), (date(2010, 12, 31), True), (date(2011, 1, 1), False)],
)
def test_a_delegation_holds_from_its_first_day_to_its_last(on: date, holds: bool) -> None:
    dated = grants(from_day=date(2010, 1, 1), to_day=date(2010, 12, 31))
    third = apply(apply(FIRST, takes_back()), replace(dated, number=3))
    assert held(third, Power.ACCEPT, on=on) is holds
