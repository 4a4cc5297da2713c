"""Who comes to the county hall: as many of each kind as give the county's figures, and nothing of what comes of it."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from county_node import seed
from operations.audit.counting import PERCENTS
from operations.replay.hall import differences
from operations.replay.hall_scenario import (
    COMPREHENSIVE,
    DEPARTMENTS,
    FIRST_DAY,
    LAST_DAY,
    ON_THE_LAST_DAY,
    VISITS,
    WITH_A_WINDOW,
    Hall,
    hall,
    release,
)
from sync.catalogue.checks import faults
from sync.catalogue.release import Catalogue, apply


@pytest.fixture(scope="module")
def whole() -> Hall:
    return hall(1, calendar=seed.calendar())


def as_told(plan: Hall, **wrong: Any) -> dict[str, Any]:
    """What a county says that has done as planned, and otherwise in what is named."""
    total: dict[str, Any] = plan.counted(len(plan.days))
    total |= {name: 100 * total[part] / total[of] for name, (part, of) in PERCENTS.items()}
    told = {"confirmed": 0, "windows": WITH_A_WINDOW + 1, "departments": DEPARTMENTS}
    return {"total": total | {k: v for k, v in wrong.items() if k not in told}} | {
        k: wrong.get(k, told[k]) for k in told
    }


def test_the_plan_gives_the_figures_of_the_county(whole: Hall) -> None:
    assert list(differences(as_told(whole), whole, days=len(whole.days), is_whole=True)) == []
    counted = whole.counted(len(whole.days))
    assert counted["judged"] - counted["early"] == ON_THE_LAST_DAY


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"handled": VISITS - 1}, "收件应为303821，服务给出303820"),
        ({"same_day": 1}, "当日办结件"),
        ({"early_percent": 99.974}, "提前率应为99.98"),
        ({"satisfied_percent": 98.97}, "满意率应为98.98"),
        ({"confirmed": 1}, "没有一件超期，却认定了1件"),
        ({"windows": 18}, "18个窗口"),
    ],
)
def test_whatever_comes_out_otherwise_is_said(whole: Hall, wrong: dict[str, Any], said: str) -> None:
    found = list(differences(as_told(whole, **wrong), whole, days=len(whole.days), is_whole=True))
    assert said in "".join(found)


def test_everybody_comes_and_is_answered_on_working_days_of_the_three_years(whole: Hall) -> None:
    assert len(whole.visits) == VISITS
    assert (whole.days[0], whole.days[-1]) == (FIRST_DAY.replace(day=2), LAST_DAY)
    assert all(seed.calendar().is_working(day) for day in whole.days)
    assert max(visit.decided_on for visit in whole.visits) < len(whole.days)
    for visit in random.Random(1).sample(whole.visits, 2000):
        assert 0 <= visit.used <= visit.item.promised_days


def test_every_department_is_served_at_its_window_or_the_comprehensive_one(whole: Hall) -> None:
    windows = Counter(visit.window for visit in whole.visits)
    assert len(windows) == WITH_A_WINDOW + 1
    at_the_comprehensive = {visit.item.department for visit in whole.visits if visit.window == COMPREHENSIVE}
    assert len(at_the_comprehensive) == DEPARTMENTS - WITH_A_WINDOW


def test_the_hall_offers_what_the_county_may_publish() -> None:
    catalogue = apply(Catalogue(seed.divisions().code), seed.first_release())
    assert faults(catalogue, release(2)) == []


def test_a_part_of_the_plan_and_another_seed() -> None:
    part, again, other = (hall(each, calendar=seed.calendar(), scale=0.001) for each in (1, 1, 2))
    assert part == again != other
    counted = part.counted(400)
    assert counted["handled"] == counted["closed"] + counted["open"] < len(part.visits) == round(VISITS / 1000)
