"""Who came to the county hall from January 2008 to February 2011: for what, to which window, on which day.

A pure function of a seed. How many cases there are of each kind stands here; how fast they were handled is found out by
whoever counts days.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from operations.replay.scenario import SEASON
from sync.cases.workdays import Calendar
from sync.catalogue.items import (
    PROMISE_STAGES,
    CaseKind,
    ChangeKind,
    Department,
    ItemStage,
    Level,
    Limit,
    LimitUnit,
    Material,
    ServiceItem,
    StageName,
    VillageMode,
)
from sync.catalogue.release import ItemChange, Release

FIRST_DAY, LAST_DAY = date(2008, 1, 1), date(2011, 2, 28)

VISITS = 303_821
PROMISED = 85_714
"""承诺件; the rest are 即办件, closed while the applicant waits."""
ON_THE_LAST_DAY = 60
"""Of those promised: decided on the last day of the promise. All others are decided before."""
RATED, DISSATISFIED = 121_528, 1_240

DEPARTMENTS, WITH_A_WINDOW = 35, 18
COMPREHENSIVE = "综合窗口"
"""Takes what belongs to the departments without a window of their own."""

PROMISES = (3, 5, 7, 10, 15)
"""Working days, dealt out to the departments in turn."""

GRADES = (5, 5, 5, 4, 4, 3)
BAD_GRADES = (2, 2, 1)


@dataclass(frozen=True, slots=True)
class Visit:
    """What somebody comes for. Days are working days by their number; `used` of them until it is decided.

    `grade` 0: no word about it.
    """

    number: int
    item: ServiceItem
    window: str
    day: int
    used: int
    grade: int

    @property
    def decided_on(self) -> int:
        return self.day + self.used


@dataclass(frozen=True)
class Hall:
    """The working days, and who comes on each."""

    days: tuple[date, ...]
    visits: tuple[Visit, ...]

    def counted(self, days: int) -> dict[str, int]:
        """What must be counted after the first so many days, by the names of the figures."""
        came = [visit for visit in self.visits if visit.day < days]
        ended = [visit for visit in came if visit.decided_on < days]
        promised = [visit for visit in ended if visit.item.promised_days]
        early = sum(visit.used < visit.item.promised_days for visit in promised)
        graded = [visit.grade for visit in ended if visit.grade]
        instant = len(ended) - len(promised)
        return {
            "handled": len(came),
            "closed": len(ended),
            "open": len(came) - len(ended),
            "judged": len(ended),
            "on_time": len(ended),
            "early": early + instant,
            "not_instant": len(promised),
            "promised_early": early,
            "instant": instant,
            "same_day": instant,
            "rated": len(graded),
            "satisfied": sum(grade >= 3 for grade in graded),
        }


def hall(seed: int, *, calendar: Calendar, scale: float = 1.0) -> Hall:
    """The hall's three years with `scale` times the visits of the county's own."""
    chance = random.Random(seed)
    every = (FIRST_DAY + timedelta(days=number) for number in range((LAST_DAY - FIRST_DAY).days + 1))
    days = tuple(day for day in every if calendar.is_working(day))
    coming = list(accumulate(SEASON[day.month] for day in days))
    items = {kind: [item for item in all_items() if item.case_kind is kind] for kind in KINDS}
    busy = list(accumulate(chance.uniform(0.2, 1.8) for _ in range(DEPARTMENTS)))
    visits = tuple(
        _visit(chance, number, items[kind], busy, kind=kind, last=last, grade=grade, coming=coming)
        for number, (kind, last, grade) in enumerate(_kinds(chance, scale))
    )
    return Hall(days, visits)


KINDS = (CaseKind.INSTANT, CaseKind.PROMISED)


def _kinds(chance: random.Random, scale: float) -> Iterator[tuple[CaseKind, bool, int]]:
    """Of each visit the kind, whether it is decided on the last day only, and the grade: as many as stand above."""
    visits, promised, last, rated, bad = (
        max(1, round(scale * count)) for count in (VISITS, PROMISED, ON_THE_LAST_DAY, RATED, DISSATISFIED)
    )
    kinds = [(CaseKind.PROMISED, number < last) for number in range(promised)]
    kinds += [(CaseKind.INSTANT, False)] * (visits - promised)
    grades = [chance.choice(BAD_GRADES) for _ in range(bad)] + [chance.choice(GRADES) for _ in range(rated - bad)]
    grades += [0] * (visits - rated)
    chance.shuffle(kinds)
    chance.shuffle(grades)
    return ((kind, is_last, grade) for (kind, is_last), grade in zip(kinds, grades, strict=True))


def _visit(
    chance: random.Random,
    number: int,
    items: Sequence[ServiceItem],
    busy: list[float],
    *,
    kind: CaseKind,
    last: bool,
    grade: int,
    coming: list[float],
) -> Visit:
    (department,) = chance.choices(range(DEPARTMENTS), cum_weights=busy)
    item = items[department]
    used = 0
    if kind is CaseKind.PROMISED:
        used = item.promised_days if last else chance.randrange(item.promised_days)
    # So early that it is decided within the time.
    days = len(coming) - used
    (day,) = chance.choices(range(days), cum_weights=coming[:days])
    window = _window(department) if department < WITH_A_WINDOW else COMPREHENSIVE
    return Visit(number, item, window, day, used, grade)


# What the hall offers.


def release(number: int = 0) -> Release:
    """The departments and items of the hall, invented: every department has one 即办件 and one 承诺件.

    `number` 0: the county gives the next one.
    """
    return Release(
        number=number,
        title="样例：县政务服务大厅事项",
        departments=tuple(Department(_code(each), f"样例部门{each + 1:02}") for each in range(DEPARTMENTS)),
        changes=tuple(ItemChange(ChangeKind.ADD, "样例：首次公布", item) for item in all_items()),
    )


def all_items() -> tuple[ServiceItem, ...]:
    """Of each kind, one of each department in their order."""
    return tuple(_item(kind, department) for kind in KINDS for department in range(DEPARTMENTS))


def _item(kind: CaseKind, department: int) -> ServiceItem:
    promised = PROMISES[department % len(PROMISES)] if kind is CaseKind.PROMISED else 0
    return ServiceItem(
        code=f"{_code(department)}{kind.name[0]}",
        version=1,
        name=f"样例部门{department + 1:02}{kind.label}",
        category="样例",
        department=_code(department),
        case_kind=kind,
        legal_limit=Limit(20, LimitUnit.WORKING_DAYS),
        promised_days=promised,
        stages=tuple(
            ItemStage(stage, Level.COUNTY, "样例窗口", promised if stage is StageName.EXAMINATION else 0)
            for stage in PROMISE_STAGES
        ),
        materials=(Material("样例申请表"),),
        decided_at=Level.COUNTY,
        village_mode=VillageMode.AGENCY,
        legal_basis="样例",
    )


def _code(department: int) -> str:
    return f"YLDT{department + 1:02}"


def _window(department: int) -> str:
    return f"样例部门{department + 1:02}窗口"
