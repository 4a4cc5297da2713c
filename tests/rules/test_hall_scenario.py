"""Who comes to the county hall: as many of each kind as give the county's figures, and nothing of what comes of it."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from county_node import seed
from operations.replay.findings import differences, target
from operations.replay.hall import LABELS, TARGET
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


def test_the_plan_gives_the_figures_of_the_county(whole: Hall) -> None:
    counted = whole.counted(len(whole.days))
    percents = {
        "satisfied_percent": ("satisfied", "rated"),
        "on_time_percent": ("on_time", "judged"),
        "early_percent": ("early", "judged"),
        "promised_early_percent": ("promised_early", "not_instant"),
        "same_day_percent": ("same_day", "instant"),
    }
    shown = counted | {name: 100 * counted[part] / counted[of] for name, (part, of) in percents.items()}
    assert list(differences(shown, target(TARGET), labels=LABELS, places=2)) == []
    assert list(differences(shown | {"early_percent": 99.97}, target(TARGET), labels=LABELS, places=2)) != []
    assert counted["judged"] - counted["early"] == ON_THE_LAST_DAY


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
