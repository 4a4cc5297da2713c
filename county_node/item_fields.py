"""The fields of a service item in words: as release files have them, and as differences show them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from sync.cases.workdays import FIRST_YEAR
from sync.catalogue.items import (
    Branch,
    CaseKind,
    ItemStage,
    Level,
    Limit,
    LimitUnit,
    Material,
    ServiceItem,
    SpecialProcedure,
    StageName,
    VillageMode,
)

BETWEEN_PARTS, WITHIN_PART = "；", "|"
WITHIN_LEGAL_LIMIT, SILENCE_IS_CONSENT = "计入法定", "逾期视为同意"
"""Stages, materials, procedures and branches in one cell: parts, and what each is made of."""

NOTHING = "无"
"""Empties a field that would otherwise keep what it was."""

Value = str | list[str]
"""What a file says of a field: a text, or a list of parts."""


class Labelled(Protocol):
    """A member of an enumeration with its Chinese word."""

    @property
    def label(self) -> str: ...


Word = TypeVar("Word", bound=Labelled)


@dataclass(frozen=True, slots=True)
class Field:
    """`name` as in the messages, `label` as people read it. `read` raises ValueError that says what to write."""

    name: str
    label: str
    read: Callable[[Value], Any]
    write: Callable[[Any], str] = str

    def of(self, item: ServiceItem) -> str:
        """What an item says here, as a file would have it."""
        return self.write(getattr(item, self.name))


# Reading.


def text(value: Value) -> str:
    if isinstance(value, list):
        raise ValueError("这里只写一项，不要写成列表。")
    return "" if value == NOTHING else value


def texts(value: Value) -> list[str]:
    """Parts, from a list or from one text."""
    parts = value if isinstance(value, list) else text(value).split(BETWEEN_PARTS)
    return [part.strip() for part in parts if part.strip()]


def number(value: Value) -> int:
    written = text(value)
    if not re.fullmatch("[0-9]{1,5}", written):
        raise ValueError(f"“{written}”不是整数，请只写数字，例如5。")
    return int(written)


def day(value: Value) -> date | None:
    written = text(value)
    if not written:
        return None
    try:
        found = date.fromisoformat(written)
    except ValueError:
        raise ValueError(f"“{written}”不是日期，请写成2011-01-31这样。") from None
    if found.year < FIRST_YEAR:
        raise ValueError(f"“{written}”太早，日期不能早于{FIRST_YEAR}年。")
    return found


def one_of(words: Iterable[Word]) -> Callable[[Value], Word]:
    """Reads one of some words."""
    known = {each.label: each for each in words if each.label}

    def read(value: Value) -> Word:
        written = text(value)
        if written not in known:
            raise ValueError(f"“{written}”不能这样写，请写{'、'.join(known)}中的一个。")
        return known[written]

    return read


_level, _stage_name = one_of(Level), one_of(StageName)
_COUNTED = {unit.label: unit for unit in (LimitUnit.WORKING_DAYS, LimitUnit.CALENDAR_DAYS, LimitUnit.MONTHS)}
_UNCOUNTED = {unit.label: unit for unit in (LimitUnit.NONE, LimitUnit.AT_ONCE)}


def _limit(value: Value) -> Limit:
    written = text(value)
    if written in _UNCOUNTED:
        return Limit(0, _UNCOUNTED[written])
    counted = re.fullmatch(f"([0-9]{{1,5}})({'|'.join(_COUNTED)})", written)
    if counted is None:
        words = "、".join(["20个工作日", "30日", "3个月", *_UNCOUNTED])
        raise ValueError(f"“{written}”不是时限，请照这些写法：{words}。")
    return Limit(int(counted[1]), _COUNTED[counted[2]])


def _parts(value: Value, *, least: int, most: int, form: str) -> list[list[str]]:
    """The parts of a cell, each filled up to its full length. `form` says how one is written."""
    found = []
    for part in texts(value):
        cells = [cell.strip() for cell in part.split(WITHIN_PART)]
        if not least <= len(cells) <= most:
            raise ValueError(f"“{part}”应写成“{form}”，几项之间用“{BETWEEN_PARTS}”分开。")
        found.append(cells + [""] * (most - len(cells)))
    return found


def _stages(value: Value) -> tuple[ItemStage, ...]:
    parts = _parts(value, least=4, most=4, form="环节|层级|办理单位|天数")
    return tuple(ItemStage(_stage_name(stage), _level(at), owner, number(days)) for stage, at, owner, days in parts)


def _materials(value: Value) -> tuple[Material, ...]:
    """One original and no copy, where nothing else is written."""
    parts = _parts(value, least=1, most=4, form="材料|原件份数|复印件份数|出具单位")
    return tuple(Material(name, number(own or "1"), number(copies or "0"), by) for name, own, copies, by in parts)


def _procedures(value: Value) -> tuple[SpecialProcedure, ...]:
    parts = _parts(value, least=2, most=5, form="程序|天数|层级|依据|计入法定")
    return tuple(
        SpecialProcedure(
            name,
            number(days),
            basis,
            _level(at) if at else Level.UNSPECIFIED,
            _is_said(word, WITHIN_LEGAL_LIMIT, otherwise="法定期限也暂停"),
        )
        for name, days, at, basis, word in parts
    )


def _branches(value: Value) -> tuple[Branch, ...]:
    parts = _parts(value, least=3, most=4, form="部门|窗口|天数|逾期视为同意")
    return tuple(
        Branch(department, unit, number(days), _is_said(word, SILENCE_IS_CONSENT, otherwise="要等意见到齐"))
        for department, unit, days, word in parts
    )


def _is_said(word: str, said: str, *, otherwise: str) -> bool:
    if word not in ("", said):
        raise ValueError(f"“{word}”应为“{said}”，或不填（{otherwise}）。")
    return bool(word)


# Writing.


def _label(value: Labelled) -> str:
    return value.label


def _day_text(value: date | None) -> str:
    return value.isoformat() if value else ""


def _joined(parts: Iterable[tuple[object, ...]]) -> str:
    return BETWEEN_PARTS.join(WITHIN_PART.join(map(str, part)).rstrip(WITHIN_PART) for part in parts)


def _stages_text(stages: tuple[ItemStage, ...]) -> str:
    return _joined((each.stage.label, each.level.label, each.owner, each.limit_days) for each in stages)


def _materials_text(materials: tuple[Material, ...]) -> str:
    return _joined((each.name, each.originals, each.copies, each.issued_by) for each in materials)


def _procedures_text(procedures: tuple[SpecialProcedure, ...]) -> str:
    return _joined(
        (each.name, each.limit_days, each.level.label, each.legal_basis, WITHIN_LEGAL_LIMIT * each.within_legal_limit)
        for each in procedures
    )


def _branches_text(branches: tuple[Branch, ...]) -> str:
    return _joined(
        (each.department, each.unit, each.limit_days, SILENCE_IS_CONSENT * each.silence_is_consent) for each in branches
    )


FIELDS = (
    Field("code", "事项代码", text),
    Field("name", "事项名称", text),
    Field("category", "类别", text),
    Field("department", "部门", text),
    Field("case_kind", "办件类型", one_of(CaseKind), _label),
    Field("legal_limit", "法定时限", _limit, _label),
    Field("promised_days", "承诺工作日", number),
    Field("decided_at", "决定层级", _level, _label),
    Field("village_mode", "村级办理", one_of(VillageMode), _label),
    Field("stages", "环节", _stages, _stages_text),
    Field("materials", "材料", _materials, _materials_text),
    Field("fee_basis", "收费依据", text),
    Field("special_procedures", "特别程序", _procedures, _procedures_text),
    Field("branches", "会办部门", _branches, _branches_text),
    Field("legal_basis", "法律依据", text),
    Field("valid_from_day", "生效日期", day, _day_text),
    Field("valid_to_day", "失效日期", day, _day_text),
)
"""All but the version, which follows from the releases before."""
