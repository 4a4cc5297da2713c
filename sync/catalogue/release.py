"""Numbered releases, and the catalogue they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from sync.catalogue.items import ChangeKind, Delegation, DelegationRecall, Department, ServiceItem
from sync.errors import Refused


class Standing(StrEnum):
    """Whether an item may be filed."""

    IN_FORCE = "IN_FORCE"
    SUSPENDED = "SUSPENDED"
    CANCELLED = "CANCELLED"


# Kinds of change that end an item instead of making its next version.
ENDINGS = {ChangeKind.CANCEL: Standing.CANCELLED, ChangeKind.SUSPEND: Standing.SUSPENDED}


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One change of one item. Of a cancelled or suspended item only code and version are read: the one it ends."""

    kind: ChangeKind
    reason: str
    item: ServiceItem


@dataclass(frozen=True, slots=True)
class Release:
    """What changes against the release before. Numbers run from 1 without gaps."""

    number: int
    title: str = ""
    departments: tuple[Department, ...] = ()
    changes: tuple[ItemChange, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    recalls: tuple[DelegationRecall, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """An item with all its versions, oldest first, and the releases that brought them."""

    versions: tuple[ServiceItem, ...]
    releases: tuple[int, ...]
    standing: Standing = Standing.IN_FORCE
    # Why it stands so, as the newest change said.
    reason: str = ""


@dataclass(frozen=True)
class Catalogue:
    """All releases up to `release`, added up. Recalls keep the release that made them."""

    county: int
    release: int = 0
    departments: Mapping[str, Department] = field(default_factory=dict)
    listed: Mapping[str, Listed] = field(default_factory=dict)
    # By number: the release that granted it, and the delegation.
    delegations: Mapping[int, tuple[int, Delegation]] = field(default_factory=dict)
    recalls: tuple[tuple[int, DelegationRecall], ...] = ()

    @cached_property
    def delegations_of(self) -> Mapping[str, tuple[tuple[int, Delegation], ...]]:
        """By item: its delegations, the newest first, with the releases that granted them."""
        found: dict[str, tuple[tuple[int, Delegation], ...]] = {}
        for _, granted in sorted(self.delegations.items(), reverse=True):
            code = granted[1].item_code
            found[code] = (*found.get(code, ()), granted)
        return found

    def item(self, code: str) -> ServiceItem | None:
        """The newest version, whether it may still be filed or not."""
        found = self.listed.get(code)
        return found.versions[-1] if found else None

    def item_to_judge_by(self, code: str, version: int) -> ServiceItem | None:
        """In the version a case is judged by; the newest, where that one is not held."""
        return self.item_version(code, version) or self.item(code)

    def item_version(self, code: str, version: int) -> ServiceItem | None:
        """One version, kept for the cases judged by it."""
        found = self.listed.get(code)
        return next((item for item in found.versions if item.version == version), None) if found else None

    def standing(self, code: str) -> Standing | None:
        """None: no such item."""
        found = self.listed.get(code)
        return found.standing if found else None

    def department_name(self, code: str) -> str:
        """A department nobody named is shown by its code."""
        found = self.departments.get(code)
        return found.name if found else code

    def items_in_force(self) -> tuple[ServiceItem, ...]:
        """What may be filed, in the order of the codes."""
        listed = sorted(self.listed.items())
        return tuple(found.versions[-1] for _, found in listed if found.standing is Standing.IN_FORCE)


def apply(catalogue: Catalogue, release: Release) -> Catalogue:
    """The catalogue with one more release. Refused unless it is the next one. Content is not checked again here."""
    if release.number != catalogue.release + 1:
        raise Refused(
            "RELEASE_NOT_NEXT",
            f"现有目录是第{catalogue.release}版，不能接第{release.number}版，请先取得第{catalogue.release + 1}版。",
        )
    granted = {each.number: (release.number, each) for each in release.delegations}
    return replace(
        catalogue,
        release=release.number,
        departments={**catalogue.departments, **{each.code: each for each in release.departments}},
        listed=_changed(catalogue.listed, release),
        delegations={**granted, **catalogue.delegations},
        recalls=catalogue.recalls + tuple((release.number, recall) for recall in release.recalls),
    )


def _changed(listed: Mapping[str, Listed], release: Release) -> dict[str, Listed]:
    after = dict(listed)
    for change in release.changes:
        before = after.get(change.item.code)
        if change.kind not in ENDINGS:
            after[change.item.code] = _next_version(before, change, release=release.number)
        elif before is not None:
            after[change.item.code] = replace(before, standing=ENDINGS[change.kind], reason=change.reason)
    return after


def _next_version(before: Listed | None, change: ItemChange, *, release: int) -> Listed:
    old = before or Listed((), ())
    return Listed((*old.versions, change.item), (*old.releases, release), reason=change.reason)
