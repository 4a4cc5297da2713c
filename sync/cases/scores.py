"""The score of a unit for a month or a quarter (单位评分): a hundred points, less what its figures take off.

Nobody loses points for what is only suspected, for what no calendar can judge yet, or for silence. Nor for a case that
was late because it lay between two offices: of the cases closed late only those count whose promise was confirmed
broken by an office of the unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sync.cases.figures import Figures

FULL = 100.0


@dataclass(frozen=True)
class Weights:
    """Points. `on_time`, `satisfied`: off where every case was late, or everybody dissatisfied; in proportion below.

    `finding`, `complaint`, `shirked`: off for each, at most `most` for one of the three.
    """

    on_time: float = 40.0
    satisfied: float = 20.0
    finding: float = 2.0
    complaint: float = 2.0
    shirked: float = 5.0
    most: float = 20.0


class Confirmed(NamedTuple):
    """超期认定: findings against offices of a unit, told in the period and not withdrawn; and of its cases closed late
    in the period those of which such a finding, whenever told, says that one of its offices broke the promise."""

    findings: int = 0
    promises: int = 0


@dataclass(frozen=True, slots=True)
class Loss:
    """Points taken off, and for what."""

    label: str
    points: float


@dataclass(frozen=True, slots=True)
class Score:
    """What is left of a hundred points, and what was taken off."""

    losses: tuple[Loss, ...]

    @property
    def points(self) -> float:
        return max(0.0, FULL - sum(loss.points for loss in self.losses))


def score(figures: Figures, confirmed: Confirmed, *, weights: Weights, also_above: bool = False) -> Score | None:
    """None: nothing came, ended or was said in the period.

    `also_above`: the figures count cases by their homes, also what a place above did with them. Nobody loses points for
    what was said of another, or for its refusals.
    """
    if not (
        figures.handled or figures.closed or figures.rated or figures.complaints or figures.shirked or any(confirmed)
    ):
        return None
    losses = [
        Loss("按时", weights.on_time * _share(confirmed.promises, figures.judged)),
        Loss("超期认定", min(weights.most, weights.finding * confirmed.findings)),
    ]
    if not also_above:
        losses += [
            Loss("满意", weights.satisfied * _share(figures.rated - figures.satisfied, figures.rated)),
            Loss("投诉", min(weights.most, weights.complaint * figures.complaints)),
            Loss("推拖", min(weights.most, weights.shirked * figures.shirked)),
        ]
    return Score(tuple(loss for loss in losses if loss.points))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
