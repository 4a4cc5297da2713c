"""What a unit's score takes off, and what it never does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sync.cases.figures import Figures
from sync.cases.scores import Confirmed, Weights, score
from sync.errors import Malformed
from sync.node import settings
from sync.node.settings import Score, Settings

BUSY = Figures(handled=200, closed=100, judged=100, on_time=100, rated=50, satisfied=50)
WEIGHTS = Weights(on_time=40, satisfied=20, finding=2, complaint=1, shirked=5, most=10)


NOTHING = Confirmed()


def points(figures: Figures, confirmed: Confirmed = NOTHING) -> float:
    found = score(figures, confirmed, weights=WEIGHTS)
    assert found is not None
    return round(found.points, 6)


@pytest.mark.parametrize(
    ("figures", "confirmed", "left"),
    [
        ({}, Confirmed(), 100),
        ({"on_time": 75}, Confirmed(25, 25), 100 - 10 - 10),
        ({"on_time": 75}, Confirmed(0, 25), 100 - 10),
        ({"on_time": 75}, Confirmed(5, 5), 100 - 2 - 10),
        ({"satisfied": 40}, Confirmed(), 100 - 4),
        ({}, Confirmed(1, 0), 98),
        ({}, Confirmed(99, 0), 90),
        ({"complaints": 3}, Confirmed(), 97),
        ({"complaints": 300}, Confirmed(), 90),
        ({"shirked": 1}, Confirmed(), 95),
        ({"on_time": 0, "satisfied": 0, "complaints": 99, "shirked": 99}, Confirmed(200, 100), 10),
    ],
)
def test_what_is_certain_costs_points(figures: dict[str, int], confirmed: Confirmed, left: float) -> None:
    assert points(replace(BUSY, **figures), confirmed) == left


def test_of_cases_that_others_above_took_part_in_only_what_was_found_against_an_office_costs_points() -> None:
    said = replace(BUSY, on_time=75, satisfied=0, complaints=3, shirked=1)
    assert points(said, Confirmed(1, 25)) == 100 - 10 - 2 - 20 - 3 - 5
    found = score(said, Confirmed(1, 25), weights=WEIGHTS, also_above=True)
    assert found is not None
    assert found.points == 100 - 10 - 2


@pytest.mark.parametrize("figures", [{"late": 40}, {"late_provisional": 40}, {"provisional": 40}, {"in_transit": 40}])
def test_what_is_not_certain_costs_nothing(figures: dict[str, int]) -> None:
    assert points(replace(BUSY, **figures)) == 100


def test_a_case_that_was_late_between_two_offices_costs_neither_a_point() -> None:
    assert points(replace(BUSY, on_time=60)) == 100, "nobody's promise was confirmed broken"


def test_no_score_is_below_nothing_and_who_did_nothing_has_none() -> None:
    heavy = replace(WEIGHTS, on_time=100, satisfied=100)
    worst = score(replace(BUSY, on_time=0, satisfied=0), Confirmed(100, 100), weights=heavy)
    assert worst is not None
    assert worst.points == 0
    assert score(Figures(open=7, in_transit=2), Confirmed(), weights=WEIGHTS) is None


def test_the_county_sets_the_weights_in_its_settings() -> None:
    assert Score().weights == Weights()
    assert Score(on_time=10).weights == replace(Weights(), on_time=10)


@pytest.mark.parametrize("wrong", ["on_time = -1", "on_time = 101", "mood = 5"])
def test_a_weight_that_makes_no_sense_is_refused(tmp_path: Path, wrong: str) -> None:
    folder = tmp_path / "node"
    settings.write(folder, Settings(place=510524000000, name="样例", root_key="00"))
    path = folder / settings.FILE
    assert settings.read(folder).score == Score()
    path.write_text(path.read_text("utf-8").split("[score]")[0] + f"[score]\n{wrong}\n", "utf-8")
    with pytest.raises(Malformed, match="score"):
        settings.read(folder)
