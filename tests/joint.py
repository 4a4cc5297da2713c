"""A joint item as a county might have it, invented: nine departments are asked at once."""

from __future__ import annotations

from dataclasses import replace

from county_node import seed
from sync.catalogue.items import Branch, CaseKind, ChangeKind, Department, Level, Limit, LimitUnit, ServiceItem
from sync.catalogue.release import ItemChange, Release

DEPARTMENTS = tuple(Department(f"YL{number}", f"样例{number}局") for number in range(1, 10))
UNITS = tuple(f"{each.name}窗口" for each in DEPARTMENTS)
DAYS = 5
# The silence of the last two is consent.
BRANCHES = tuple(
    Branch(department.code, unit, DAYS, silence_is_consent=department in DEPARTMENTS[7:])
    for department, unit in zip(DEPARTMENTS, UNITS, strict=True)
)
SILENT, SILENT_TOO = UNITS[7:]

ITEM: ServiceItem = replace(
    next(each.item for each in seed.first_release().changes if each.item.decided_at is Level.COUNTY),
    code="LB01",
    name="样例建设项目并联审批",
    case_kind=CaseKind.JOINT,
    legal_limit=Limit(45, LimitUnit.WORKING_DAYS),
    promised_days=30,
    branches=BRANCHES,
)
RELEASE = Release(2, "样例联办", departments=DEPARTMENTS, changes=(ItemChange(ChangeKind.ADD, "样例新增", ITEM),))
