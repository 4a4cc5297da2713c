"""What a county starts with: its places, a calendar, and a first catalogue to be replaced by its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from sync.cases.workdays import Calendar
from sync.catalogue.items import (
    CaseKind,
    ChangeKind,
    Delegation,
    Department,
    ItemStage,
    Level,
    Limit,
    LimitUnit,
    Material,
    Power,
    ServiceItem,
    SpecialProcedure,
    StageName,
    VillageMode,
)
from sync.catalogue.release import ItemChange, Release


@dataclass(frozen=True, slots=True)
class VillageUnit:
    """A village or community committee. `station_class`: A on line, B software without a line, C paper only."""

    code: int
    name: str
    short: str
    kind: str
    has_station: bool
    station_class: str | None


@dataclass(frozen=True, slots=True)
class Township:
    """A township and its village units."""

    code: int
    name: str
    units: tuple[VillageUnit, ...]


@dataclass(frozen=True, slots=True)
class Divisions:
    """A county, its townships and villages, by statistical codes."""

    code: int
    name: str
    townships: tuple[Township, ...]

    def name_of(self, place: int) -> str | None:
        """Name of the county, a township or a village unit. None: not of this county."""
        return _names(self).get(place)


@cache
def divisions() -> Divisions:
    """The places of the county."""
    stored = _stored("divisions.json")
    townships = tuple(_township(each) for each in stored["townships"])
    return Divisions(stored["county"]["code"], stored["county"]["name"], townships)


@cache
def calendar() -> Calendar:
    """The working-day calendar, number 1."""
    stored = _stored("calendar.json")
    return Calendar(
        number=stored["number"],
        first_day=date.fromisoformat(stored["first_day"]),
        last_day=date.fromisoformat(stored["last_day"]),
        rest_weekdays=frozenset(map(date.fromisoformat, stored["rest_weekdays"])),
        working_weekend_days=frozenset(map(date.fromisoformat, stored["working_weekend_days"])),
        source=stored["source"],
    )


@cache
def first_release() -> Release:
    """The first catalogue: 53 farm items in 11 categories, a reconstruction, delegated to every township."""
    stored = _stored("farm_items.json")
    items = tuple(_item(each) for each in stored["items"])
    return Release(
        number=stored["number"],
        title=stored["title"],
        departments=tuple(Department(**each) for each in stored["departments"]),
        changes=tuple(ItemChange(ChangeKind.ADD, stored["reason"], item) for item in items),
        delegations=_delegations(items, powers=stored["delegated_to_townships"]),
    )


def _stored(name: str) -> Any:
    return json.loads((files("county_node") / "data" / name).read_text(encoding="utf-8"))


@cache
def _names(divisions: Divisions) -> dict[int, str]:
    named: dict[int, str] = {divisions.code: divisions.name}
    for township in divisions.townships:
        named[township.code] = township.name
        named |= {unit.code: unit.name for unit in township.units}
    return named


def _township(stored: dict[str, Any]) -> Township:
    return Township(stored["code"], stored["name"], tuple(_unit(each) for each in stored["units"]))


def _unit(stored: dict[str, Any]) -> VillageUnit:
    return VillageUnit(
        code=stored["code"],
        name=stored["name"],
        short=stored["short"],
        kind=stored["kind"],
        has_station=stored["station_230"],
        station_class=stored["station_class"],
    )


def _item(stored: dict[str, Any]) -> ServiceItem:
    return ServiceItem(
        code=stored["code"],
        version=stored["version"],
        name=stored["name"],
        category=stored["category"],
        department=stored["department"],
        case_kind=CaseKind[stored["case_kind"]],
        legal_limit=Limit(stored["legal_limit"]["number"], LimitUnit[stored["legal_limit"]["unit"]]),
        promised_days=stored["promised_days"],
        stages=tuple(_stage(each) for each in stored["stages"]),
        materials=tuple(Material(**each) for each in stored["materials"]),
        fee_basis=stored["fee_basis"],
        special_procedures=tuple(_procedure(each) for each in stored["special_procedures"]),
        decided_at=Level[stored["decided_at"]],
        village_mode=VillageMode[stored["village_mode"]],
        legal_basis=stored["legal_basis"],
    )


def _stage(stored: dict[str, Any]) -> ItemStage:
    return ItemStage(StageName[stored["stage"]], Level[stored["level"]], stored["owner"], stored["limit_days"])


def _procedure(stored: dict[str, Any]) -> SpecialProcedure:
    return SpecialProcedure(**{**stored, "level": Level[stored["level"]]})


def _delegations(items: tuple[ServiceItem, ...], *, powers: dict[str, list[str]]) -> tuple[Delegation, ...]:
    """Every township may do the same: up to the decision where it decides, up to the examination elsewhere."""
    townships = frozenset(township.code for township in divisions().townships)
    return tuple(
        Delegation(number, item.code, townships, frozenset(Power[each] for each in powers[item.decided_at.name]))
        for number, item in enumerate(items, start=1)
    )
