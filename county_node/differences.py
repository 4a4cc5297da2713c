"""What is different between two releases of the catalogue: items, fields, departments and delegations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce

from county_node.item_fields import FIELDS
from sync.catalogue.items import ChangeKind, Delegation, DelegationRecall, Department, ServiceItem
from sync.catalogue.release import Catalogue, Release, Standing, apply
from sync.errors import Malformed


class Outcome(StrEnum):
    """What has become of an item."""

    ADDED = "ADDED"
    CHANGED = "CHANGED"
    SUSPENDED = "SUSPENDED"
    CANCELLED = "CANCELLED"

    @property
    def label(self) -> str:
        return {"ADDED": "新增", "CHANGED": "变更", "SUSPENDED": "暂停", "CANCELLED": "取消"}[self]


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field before and after, in the words of item_fields."""

    name: str
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an item on the way, as its release gives it."""

    release: int
    kind: ChangeKind
    reason: str


@dataclass(frozen=True, slots=True)
class ItemDifference:
    """An item that is not as it was."""

    code: str
    name: str
    outcome: Outcome
    steps: tuple[Step, ...]
    fields: tuple[FieldDifference, ...]


@dataclass(frozen=True, slots=True)
class Differences:
    """From the end of release `first` to the end of release `last`. Grants and recalls stand with their release."""

    first: int
    last: int
    departments: tuple[Department, ...]
    items: tuple[ItemDifference, ...]
    granted: tuple[tuple[int, Delegation], ...]
    recalled: tuple[tuple[int, DelegationRecall], ...]


def differences(county: int, releases: Sequence[Release], *, first: int, last: int) -> Differences:
    """Compares two of the releases; `releases` are 1, 2, … without gaps, `first` 0 is before any of them."""
    if not 0 <= first < last <= len(releases):
        raise Malformed(f"请写两个版次，前小后大，最大是第{len(releases)}版；0是首次发布以前。")
    before = reduce(apply, releases[:first], Catalogue(county))
    after = reduce(apply, releases[first:last], before)
    between = releases[first:last]
    return Differences(
        first,
        last,
        departments=tuple(
            each for code, each in sorted(after.departments.items()) if before.departments.get(code) != each
        ),
        items=tuple(_items(before, after, between)),
        granted=tuple((release.number, each) for release in between for each in release.delegations),
        recalled=tuple((release.number, each) for release in between for each in release.recalls),
    )


def _items(before: Catalogue, after: Catalogue, between: Sequence[Release]) -> Iterator[ItemDifference]:
    steps: defaultdict[str, list[Step]] = defaultdict(list)
    for release in between:
        for change in release.changes:
            steps[change.item.code].append(Step(release.number, change.kind, change.reason))
    for code, taken in sorted(steps.items()):
        old, new = before.item(code), after.item(code)
        outcome = _outcome(before.standing(code), after.standing(code))
        if new is not None and outcome is not None:
            fields = tuple(_fields(old, new)) if outcome is Outcome.CHANGED and old is not None else ()
            yield ItemDifference(code, new.name, outcome, tuple(taken), fields)


def _outcome(old: Standing | None, new: Standing | None) -> Outcome | None:
    """None: it is gone after as before."""
    gone = (None, Standing.CANCELLED)
    if new in gone:
        return None if old in gone else Outcome.CANCELLED
    if new is Standing.SUSPENDED:
        return Outcome.SUSPENDED
    return Outcome.ADDED if old in gone else Outcome.CHANGED


def _fields(old: ServiceItem, new: ServiceItem) -> Iterator[FieldDifference]:
    for field in FIELDS:
        before, after = field.of(old), field.of(new)
        if before != after:
            yield FieldDifference(field.name, field.label, before, after)
