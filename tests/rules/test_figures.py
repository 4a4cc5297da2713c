"""Figures add up, and rates are taken of the sums."""

from __future__ import annotations

import pytest

from sync.cases.figures import Figures


def test_figures_of_places_add_up_to_those_of_the_unit() -> None:
    one, other = Figures(handled=3, open=1, late=1), Figures(handled=4, closed=4)
    assert one + other == Figures(handled=7, open=1, late=1, closed=4)
    assert sum((one, other), Figures()) == one + other


@pytest.mark.parametrize(
    ("rate", "figures", "percent"),
    [
        ("satisfied_percent", Figures(rated=35023, satisfied=34393), pytest.approx(98.2, abs=0.005)),
        ("on_time_percent", Figures(judged=8, on_time=6), 75.0),
        ("early_percent", Figures(judged=8, early=2), 25.0),
        ("promised_early_percent", Figures(judged=8, not_instant=4, promised_early=1), 25.0),
        ("same_day_percent", Figures(judged=8, instant=4, same_day=3), 75.0),
    ],
)
def test_a_rate_is_percent_of_what_it_is_taken_of(rate: str, figures: Figures, percent: float) -> None:
    assert getattr(figures, rate) == percent
    assert getattr(Figures(handled=9, closed=9), rate) is None


def test_the_rate_of_a_unit_is_that_of_its_cases_and_not_the_mean_of_its_places() -> None:
    assert (Figures(rated=1, satisfied=0) + Figures(rated=99, satisfied=99)).satisfied_percent == 99.0
