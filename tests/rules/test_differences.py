"""Two releases beside each other, and who may do what between them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from county_node import seed
from county_node.differences import FieldDifference, Outcome, Step, differences
from sync.catalogue.delegation import grants
from sync.catalogue.items import ChangeKind, Delegation, DelegationRecall, Department, Power, ServiceItem
from sync.catalogue.release import Catalogue, ItemChange, Release, apply
from sync.errors import Malformed
from tests.rules.stories import COUNTY, OTHER_TOWNSHIP, TOWNSHIP

FIRST = seed.first_release()


def change(kind: ChangeKind, code: str, version: int, reason: str = "样例", /, **to: object) -> ItemChange:
    found = apply(Catalogue(COUNTY), FIRST).item(code)
    assert found is not None
    return ItemChange(kind, reason, replace(found, version=version, **to))  # type: ignore[arg-type]


SECOND = Release(
    2,
    "第二版",
    departments=(Department("YLJ", "样例局"), FIRST.departments[0]),
    changes=(
        change(ChangeKind.AMEND, "JS02", 2, "缩短", promised_days=15),
        change(ChangeKind.SUSPEND, "JS03", 1),
        change(ChangeKind.CANCEL, "JS04", 1),
        ItemChange(ChangeKind.ADD, "样例", ServiceItem("YL01", 1, "样例许可")),
        ItemChange(ChangeKind.ADD, "样例", ServiceItem("YL02", 1, "短命许可")),
    ),
    delegations=(Delegation(54, "JS01", frozenset({TOWNSHIP}), frozenset({Power.ACCEPT})),),
)
THIRD = Release(
    3,
    "第三版",
    changes=(
        change(ChangeKind.AMEND, "JS02", 3, "再缩短", promised_days=14),
        change(ChangeKind.AMEND, "JS03", 2, "恢复"),
        ItemChange(ChangeKind.CANCEL, "误设", ServiceItem("YL02", 1)),
    ),
    recalls=(DelegationRecall(54, reason="试办期满"),),
)
RELEASES = (FIRST, SECOND, THIRD)


def outcomes(first: int, last: int) -> dict[str, Outcome]:
    found = differences(COUNTY, RELEASES, first=first, last=last)
    return {each.code: each.outcome for each in found.items}


def test_what_has_become_of_each_item() -> None:
    assert outcomes(1, 2) == {
        "JS02": Outcome.CHANGED,
        "JS03": Outcome.SUSPENDED,
        "JS04": Outcome.CANCELLED,
        "YL01": Outcome.ADDED,
        "YL02": Outcome.ADDED,
    }
    assert outcomes(2, 3) == {"JS02": Outcome.CHANGED, "JS03": Outcome.CHANGED, "YL02": Outcome.CANCELLED}
    # What came and went in between is no difference.
    assert "YL02" not in outcomes(1, 3)
    assert set(outcomes(0, 1).values()) == {Outcome.ADDED}
    assert len(outcomes(0, 1)) == 53


def test_a_changed_item_shows_its_fields_and_every_reason_on_the_way() -> None:
    found = differences(COUNTY, RELEASES, first=1, last=3)
    changed = next(each for each in found.items if each.code == "JS02")
    assert changed.fields == (FieldDifference("promised_days", "承诺工作日", "20", "14"),)
    assert changed.steps == (Step(2, ChangeKind.AMEND, "缩短"), Step(3, ChangeKind.AMEND, "再缩短"))


def test_departments_and_delegations_are_compared_too() -> None:
    found = differences(COUNTY, RELEASES, first=1, last=3)
    assert found.departments == (Department("YLJ", "样例局"),)
    assert [(release, each.number) for release, each in found.granted] == [(2, 54)]
    assert [(release, each.delegation) for release, each in found.recalled] == [(3, 54)]
    assert differences(COUNTY, RELEASES, first=2, last=3).departments == ()


@pytest.mark.parametrize(("first", "last"), [(1, 1), (2, 1), (1, 4), (-1, 1)])
def test_only_two_releases_that_are_held_are_compared(first: int, last: int) -> None:
    with pytest.raises(Malformed, match="最大是第3版"):
        differences(COUNTY, RELEASES, first=first, last=last)


def test_grants_tell_what_was_recalled_from_what_was_not() -> None:
    both = frozenset({TOWNSHIP, OTHER_TOWNSHIP})
    granted = Delegation(1, "JS01", both, frozenset({Power.ACCEPT, Power.EXAMINE, Power.DECIDE}))
    catalogue = apply(Catalogue(COUNTY), Release(1, delegations=(granted,)))
    everything = (Power.ACCEPT, Power.EXAMINE, Power.DECIDE)
    assert [(each.townships, each.powers, each.recalled_by) for each in grants(catalogue)] == [
        ((TOWNSHIP, OTHER_TOWNSHIP), everything, None)
    ]
    recalled = DelegationRecall(1, frozenset({TOWNSHIP}), frozenset({Power.DECIDE}), "样例")
    catalogue = apply(catalogue, Release(2, recalls=(recalled,)))
    assert {(each.townships, each.powers, each.recalled_by) for each in grants(catalogue)} == {
        ((TOWNSHIP,), (Power.ACCEPT, Power.EXAMINE), None),
        ((TOWNSHIP,), (Power.DECIDE,), 2),
        ((OTHER_TOWNSHIP,), everything, None),
    }
