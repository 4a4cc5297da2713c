"""What is wrong with a release, all of it at once, before it is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from sync.catalogue.items import (
    PROMISE_STAGES,
    CaseKind,
    ChangeKind,
    Delegation,
    DelegationRecall,
    Level,
    Limit,
    LimitUnit,
    Power,
    ServiceItem,
    StageName,
    VillageMode,
)
from sync.catalogue.release import ENDINGS, Catalogue, ItemChange, Release, Standing

# No limit of an item is longer than this many working days: about twenty years.
LONGEST_LIMIT = 5_000
# As many as their numbers have digits for.
MOST_BRANCHES = 99
# Changes that bring an item in, and changes of an item already there. Merging and splitting may do either.
BRINGING_IN = frozenset({ChangeKind.ADD, ChangeKind.TAKE_OVER})
CHANGING = frozenset({ChangeKind.AMEND, ChangeKind.CONVERT})
# Days of n months, counted from the month where they are fewest (no leap year).
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

T = TypeVar("T")


# Which fields of a release a fault follows from, by its code; the first is the one to mend.
FIELDS_OF: dict[str, tuple[str, ...]] = {
    "RELEASE_NOT_NEXT": ("number",),
    "TITLE_MISSING": ("title",),
    "DEPARTMENT_INCOMPLETE": ("name",),
    "DUPLICATE_CODE": ("code",),
    "DUPLICATE_DELEGATION": ("number",),
    "REASON_MISSING": ("reason",),
    "KIND_OF_CHANGE_MISSING": ("kind",),
    "ITEM_EXISTS": ("kind",),
    "ITEM_UNKNOWN": ("code",),
    "ALREADY_SUSPENDED": ("kind",),
    "VERSION_NOT_NEXT": ("version",),
    "CODE_MISSING": ("code",),
    "NAME_MISSING": ("name",),
    "DEPARTMENT_UNKNOWN": ("department",),
    "CASE_KIND_MISSING": ("case_kind",),
    "VILLAGE_MODE_MISSING": ("village_mode",),
    "DECIDING_LEVEL_WRONG": ("decided_at",),
    "VALIDITY_WRONG": ("valid_to_day", "valid_from_day"),
    "LEGAL_LIMIT_MISSING": ("legal_limit",),
    "PROMISE_OVER_LEGAL": ("promised_days", "legal_limit"),
    "STAGES_OVER_PROMISE": ("stages", "promised_days"),
    "INSTANT_WITH_PROMISE": ("promised_days", "case_kind"),
    "LIMIT_TOO_LONG": ("promised_days", "legal_limit", "stages"),
    "NO_LEGAL_LIMIT": ("legal_limit",),
    "LEGAL_LIMIT_AT_ONCE": ("legal_limit",),
    "MATERIALS_MISSING": ("materials",),
    "MATERIAL_UNNAMED": ("materials",),
    "STAGE_MISSING": ("stages",),
    "STAGES_OUT_OF_ORDER": ("stages",),
    "STAGE_WITHOUT_OWNER": ("stages",),
    "NO_BRANCHES": ("branches",),
    "BRANCHES_NOT_JOINT": ("branches", "case_kind"),
    "TOO_MANY_BRANCHES": ("branches",),
    "BRANCH_TWICE": ("branches",),
    "BRANCH_DEPARTMENT_UNKNOWN": ("branches",),
    "BRANCH_INCOMPLETE": ("branches",),
    "BRANCH_OVER_PROMISE": ("branches", "promised_days"),
    "DELEGATION_NOT_NEXT": ("number",),
    "DELEGATION_OF_UNKNOWN_ITEM": ("item_code",),
    "POWER_BEYOND_ITEM": ("powers",),
    "POWER_MISSING": ("powers",),
    "TOWNSHIP_MISSING": ("townships",),
    "TOWNSHIP_NOT_OF_COUNTY": ("townships",),
    "DELEGATION_DATES_WRONG": ("to_day", "from_day"),
    "RECALL_OF_UNKNOWN_DELEGATION": ("delegation",),
    "RECALL_OF_UNKNOWN_TOWNSHIP": ("townships",),
    "RECALL_OF_UNKNOWN_POWER": ("powers",),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault or a notice: machine code, what it is about, and plain Chinese."""

    code: str
    where: str
    message: str

    @property
    def fields(self) -> tuple[str, ...]:
        """What of it is wrong, as the messages name it."""
        return FIELDS_OF[self.code]


def faults(catalogue: Catalogue, release: Release) -> list[Fault]:
    """Everything that forbids publishing the release on top of the catalogue."""
    return [
        *_number(catalogue, release),
        *_departments(release),
        *_twice(release),
        *(fault for change in release.changes for fault in _change(catalogue, release, change)),
        *_delegations(catalogue, release),
        *_recalls(catalogue, release),
    ]


def notices(release: Release) -> list[Fault]:
    """What should be looked at and forbids nothing."""
    return [notice for change in release.changes if change.kind not in ENDINGS for notice in _item_notices(change.item)]


def item_faults(catalogue: Catalogue, item: ServiceItem) -> list[Fault]:
    """What is wrong with an item that is published, for whatever reason."""
    return list(_item(catalogue, Release(catalogue.release), item))


LIMIT_FAULTS = frozenset(
    {"STAGES_OVER_PROMISE", "BRANCH_OVER_PROMISE", "PROMISE_OVER_LEGAL", "INSTANT_WITH_PROMISE", "LIMIT_TOO_LONG"}
)
"""Faults of how the limits of an item stand to each other."""


def least_days(limit: Limit) -> int:
    """The fewest calendar days a limit can span. Working days come in weeks of five, make-up days left aside:
    n working days span at least n + 2 · ⌊(n-1)/5⌋ calendar days. n months: the shortest n months of a plain year."""
    if limit.unit is LimitUnit.WORKING_DAYS:
        return limit.number + 2 * ((limit.number - 1) // 5) if limit.number else 0
    if limit.unit is LimitUnit.MONTHS:
        years, months = divmod(limit.number, 12)
        return years * 365 + min(sum((_MONTH_DAYS * 2)[start : start + months]) for start in range(12))
    return limit.number


def _number(catalogue: Catalogue, release: Release) -> Iterator[Fault]:
    if release.number != catalogue.release + 1:
        message = f"现有目录是第{catalogue.release}版，新目录应为第{catalogue.release + 1}版。"
        yield Fault("RELEASE_NOT_NEXT", f"第{release.number}版", message)
    if not release.title.strip():
        yield Fault("TITLE_MISSING", f"第{release.number}版", "请写明本版目录的说明。")


def _departments(release: Release) -> Iterator[Fault]:
    for department in release.departments:
        if not department.code.strip() or not department.name.strip():
            yield Fault("DEPARTMENT_INCOMPLETE", department.code, "部门的代码和名称都要填写。")


def _twice(release: Release) -> Iterator[Fault]:
    for kind, codes in (
        ("事项", [change.item.code for change in release.changes]),
        ("部门", [each.code for each in release.departments]),
    ):
        for code in _repeated(codes):
            yield Fault("DUPLICATE_CODE", code, f"{kind}代码{code}在本版中出现了不止一次，请只留一次。")
    for number in _repeated(each.number for each in release.delegations):
        yield Fault("DUPLICATE_DELEGATION", f"委托{number}", f"委托{number}在本版中出现了不止一次，请只留一次。")


def _repeated(values: Iterable[T]) -> list[T]:
    return [value for value, times in Counter(values).items() if times > 1]


def _change(catalogue: Catalogue, release: Release, change: ItemChange) -> Iterator[Fault]:
    if not change.reason.strip():
        yield Fault("REASON_MISSING", change.item.code, "请写明变动的理由。")
    yield from _kind(catalogue, change)
    if change.kind not in ENDINGS:
        yield from _item(catalogue, release, change.item)


def _kind(catalogue: Catalogue, change: ItemChange) -> Iterator[Fault]:
    """Whether the kind of change fits what is in the catalogue."""
    item, kind, standing = change.item, change.kind, catalogue.standing(change.item.code)
    known = catalogue.item(item.code)
    newest = known.version if known else 0
    if kind is ChangeKind.UNSPECIFIED:
        yield Fault("KIND_OF_CHANGE_MISSING", item.code, "请选择变动的种类。")
    elif kind in BRINGING_IN and standing not in (None, Standing.CANCELLED):
        yield Fault("ITEM_EXISTS", item.code, f"目录中已有{item.code}，不能再{kind.label}，请用“变更”。")
    elif (kind in CHANGING or kind in ENDINGS) and standing in (None, Standing.CANCELLED):
        yield Fault("ITEM_UNKNOWN", item.code, f"目录中没有{item.code}，不能{kind.label}，请核对代码。")
    elif kind is ChangeKind.SUSPEND and standing is Standing.SUSPENDED:
        yield Fault("ALREADY_SUSPENDED", item.code, f"{item.code}已经暂停，请删去这一项。")
    expected = newest if kind in ENDINGS else newest + 1
    if item.version != expected and (known or kind not in ENDINGS):
        yield Fault("VERSION_NOT_NEXT", item.code, f"{item.code}的版本应为{expected}，不是{item.version}。")


def _item(catalogue: Catalogue, release: Release, item: ServiceItem) -> Iterator[Fault]:
    yield from _filled_in(catalogue, release, item)
    yield from _limits(item)
    yield from _branches(catalogue, release, item)
    # What is only made known has neither papers nor a course.
    if item.village_mode is not VillageMode.INFORM:
        yield from _materials(item)
        yield from _stages(item)


def _known_departments(catalogue: Catalogue, release: Release) -> set[str]:
    return catalogue.departments.keys() | {each.code for each in release.departments}


def _filled_in(catalogue: Catalogue, release: Release, item: ServiceItem) -> Iterator[Fault]:
    departments = _known_departments(catalogue, release)
    wanting = (
        ("CODE_MISSING", not item.code.strip(), "请填写事项代码。"),
        ("NAME_MISSING", not item.name.strip(), "请填写事项名称。"),
        (
            "DEPARTMENT_UNKNOWN",
            item.department not in departments,
            f"没有代码为“{item.department}”的部门，请核对，或在本版中加上这个部门。",
        ),
        ("CASE_KIND_MISSING", item.case_kind is CaseKind.UNSPECIFIED, "请选择办件类型。"),
        ("VILLAGE_MODE_MISSING", item.village_mode is VillageMode.UNSPECIFIED, "请选择村级办理方式。"),
        ("DECIDING_LEVEL_WRONG", item.decided_at < Level.TOWNSHIP, "请选择由乡镇还是县级决定。"),
        ("VALIDITY_WRONG", _ends_before_it_begins(item), "失效日期早于生效日期，请核对。"),
    )
    yield from (Fault(code, item.code, message) for code, wrong, message in wanting if wrong)


def _ends_before_it_begins(dated: ServiceItem) -> bool:
    begins, ends = dated.valid_from_day, dated.valid_to_day
    return begins is not None and ends is not None and ends < begins


def _limits(item: ServiceItem) -> Iterator[Fault]:
    """Σ stage limits ≤ promise ≤ legal limit, in calendar days at their lower bound."""
    stages = sum(stage.limit_days for stage in item.stages if stage.stage in PROMISE_STAGES)
    promised = Limit(item.promised_days, LimitUnit.WORKING_DAYS)
    legal = item.legal_limit
    if legal.unit is LimitUnit.UNSPECIFIED:
        yield Fault("LEGAL_LIMIT_MISSING", item.code, "请填写法定时限；法律没有规定的，请选“未规定”。")
    if is_counted(legal) and least_days(promised) > least_days(legal):
        message = f"承诺{item.promised_days}个工作日，超过法定时限{legal.label}，请缩短承诺，或核对法定时限。"
        yield Fault("PROMISE_OVER_LEGAL", item.code, message)
    if stages > item.promised_days:
        message = f"各环节时限合计{stages}个工作日，超过承诺{item.promised_days}个工作日，请调整。"
        yield Fault("STAGES_OVER_PROMISE", item.code, message)
    if item.case_kind is CaseKind.INSTANT and item.promised_days:
        yield Fault("INSTANT_WITH_PROMISE", item.code, "即办件当天办结，承诺时限应为0。")
    if max(item.promised_days, legal.number, *(stage.limit_days for stage in item.stages), 0) > LONGEST_LIMIT:
        yield Fault("LIMIT_TOO_LONG", item.code, f"时限不能超过{LONGEST_LIMIT}，请核对。")


def _branches(catalogue: Catalogue, release: Release, item: ServiceItem) -> Iterator[Fault]:
    """会办: they run side by side, so the longest must end within the promise."""
    if item.branches and item.case_kind is not CaseKind.JOINT:
        yield Fault("BRANCHES_NOT_JOINT", item.code, "只有联办件才列会办部门，请核对办件类型。")
    if len(item.branches) > MOST_BRANCHES:
        yield Fault("TOO_MANY_BRANCHES", item.code, f"会办部门最多{MOST_BRANCHES}个。")
    for unit in _repeated(branch.unit for branch in item.branches):
        yield Fault("BRANCH_TWICE", item.code, f"会办单位“{unit}”列了不止一次。")
    departments = _known_departments(catalogue, release)
    for branch in item.branches:
        if branch.department not in departments:
            yield Fault("BRANCH_DEPARTMENT_UNKNOWN", item.code, f"没有代码为“{branch.department}”的会办部门。")
        if not branch.unit.strip() or not branch.limit_days:
            yield Fault(
                "BRANCH_INCOMPLETE", item.code, f"会办部门{branch.department}要写明由哪个窗口出意见、时限几天。"
            )
    longest = max((branch.limit_days for branch in item.branches), default=0)
    if longest > item.promised_days:
        message = f"会办意见时限最长{longest}个工作日，超过承诺{item.promised_days}个工作日。"
        yield Fault("BRANCH_OVER_PROMISE", item.code, message)


def is_counted(limit: Limit) -> bool:
    """Whether it is a number of days that a promise can be compared with."""
    return limit.unit in (LimitUnit.WORKING_DAYS, LimitUnit.CALENDAR_DAYS, LimitUnit.MONTHS)


def _item_notices(item: ServiceItem) -> Iterator[Fault]:
    if item.case_kind is CaseKind.JOINT and not item.branches:
        yield Fault("NO_BRANCHES", item.code, f"{item.name}是联办件，没有列会办部门，将不经会办直接办理。")
    if item.legal_limit.unit is LimitUnit.NONE:
        yield Fault("NO_LEGAL_LIMIT", item.code, f"{item.name}没有法定时限，无法与承诺比较。")
    if item.legal_limit.unit is LimitUnit.AT_ONCE:
        yield Fault(
            "LEGAL_LIMIT_AT_ONCE", item.code, f"{item.name}法定为当场（及时）办理，承诺{item.promised_days}个工作日。"
        )


def _materials(item: ServiceItem) -> Iterator[Fault]:
    if not item.materials:
        yield Fault("MATERIALS_MISSING", item.code, "请列出申请人要交的材料。")
    for material in item.materials:
        if not material.name.strip():
            yield Fault("MATERIAL_UNNAMED", item.code, "有一份材料没有名称，请补上。")


def _stages(item: ServiceItem) -> Iterator[Fault]:
    names = [stage.stage for stage in item.stages]
    missing = [name.label for name in PROMISE_STAGES if name not in names]
    if missing:
        yield Fault("STAGE_MISSING", item.code, f"缺少环节：{'、'.join(missing)}，请补上。")
    if StageName.UNSPECIFIED in names or names != sorted(set(names)):
        yield Fault("STAGES_OUT_OF_ORDER", item.code, "环节应按代办、村级协办、受理、审查、审核、办结排列，每个一次。")
    for stage in item.stages:
        if stage.level is Level.UNSPECIFIED or not stage.owner.strip():
            yield Fault("STAGE_WITHOUT_OWNER", item.code, f"环节“{stage.stage.label}”没有写明由谁办理，请补上。")


def _delegations(catalogue: Catalogue, release: Release) -> Iterator[Fault]:
    items = {change.item.code: change for change in release.changes}
    for number, delegation in enumerate(release.delegations, start=max(catalogue.delegations, default=0) + 1):
        where = f"委托{delegation.number}"
        if delegation.number != number:
            yield Fault("DELEGATION_NOT_NEXT", where, f"委托的编号应为{number}，不是{delegation.number}。")
        yield from _delegated_item(catalogue, items.get(delegation.item_code), delegation, where=where)
        yield from _delegated_to(catalogue, delegation, where=where)


def _delegated_item(
    catalogue: Catalogue, change: ItemChange | None, delegation: Delegation, *, where: str
) -> Iterator[Fault]:
    standing, item = catalogue.standing(delegation.item_code), catalogue.item(delegation.item_code)
    if change is not None:
        standing = ENDINGS.get(change.kind, Standing.IN_FORCE)
        item = item if change.kind in ENDINGS else change.item
    if item is None or standing in (None, Standing.CANCELLED):
        yield Fault(
            "DELEGATION_OF_UNKNOWN_ITEM", where, f"目录中没有事项{delegation.item_code}，不能委托，请核对代码。"
        )
    elif Power.DECIDE in delegation.powers and item.decided_at is not Level.TOWNSHIP:
        yield Fault("POWER_BEYOND_ITEM", where, f"{item.code}由县级决定，不能把决定权委托给乡镇，请去掉“决定”。")


def _delegated_to(catalogue: Catalogue, delegation: Delegation, *, where: str) -> Iterator[Fault]:
    if not delegation.powers or Power.UNSPECIFIED in delegation.powers:
        yield Fault("POWER_MISSING", where, "请写明委托的是受理、审查还是决定。")
    if not delegation.townships:
        yield Fault("TOWNSHIP_MISSING", where, "请写明委托给哪些乡镇。")
    for township in sorted(delegation.townships):
        if not is_township_of(catalogue.county, township):
            yield Fault("TOWNSHIP_NOT_OF_COUNTY", where, f"{township}不是本县的乡镇，请核对代码。")
    begins, ends = delegation.from_day, delegation.to_day
    if begins is not None and ends is not None and ends < begins:
        yield Fault("DELEGATION_DATES_WRONG", where, "委托的截止日期早于起始日期，请核对。")


def is_township_of(county: int, place: int) -> bool:
    """By whole segments: six digits of the county, three of the township, three zeros."""
    return place // 10**6 == county // 10**6 and place != county and place % 1000 == 0


def _recalls(catalogue: Catalogue, release: Release) -> Iterator[Fault]:
    known = {number: delegation for number, (_, delegation) in catalogue.delegations.items()}
    for recall in release.recalls:
        where = f"收回委托{recall.delegation}"
        if not recall.reason.strip():
            yield Fault("REASON_MISSING", where, "请写明收回的理由。")
        if (delegation := known.get(recall.delegation)) is None:
            yield Fault(
                "RECALL_OF_UNKNOWN_DELEGATION", where, f"以前各版中没有委托{recall.delegation}，不能收回，请核对编号。"
            )
        else:
            yield from _recalled(delegation, recall, where=where)


def _recalled(delegation: Delegation, recall: DelegationRecall, *, where: str) -> Iterator[Fault]:
    for township in sorted(recall.townships - delegation.townships):
        yield Fault(
            "RECALL_OF_UNKNOWN_TOWNSHIP",
            where,
            f"委托{recall.delegation}没有给过{township}，不能收回，请去掉这个乡镇。",
        )
    for power in sorted(recall.powers - delegation.powers):
        yield Fault(
            "RECALL_OF_UNKNOWN_POWER", where, f"委托{recall.delegation}不含{power.label}权，不能收回，请去掉这一项。"
        )
