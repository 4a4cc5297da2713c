"""Figures of a unit for a period: one definition each, the same at every level."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """Counts of cases, those recorded twice left out. A case counts on the day a fact was recorded."""

    # 收件: received at a township or the county in the period.
    handled: int = 0
    # 经村站: of these, filed for a village and handed over by its station, or keyed in for it.
    via_village_stations: int = 0
    # 办结: came to an end in the period, in whatever way.
    closed: int = 0
    # 在办: received, and not ended by the last day.
    open: int = 0
    # 途中: handed over by a village, and not taken in by the last day.
    in_transit: int = 0
    # 不予受理, 撤回, 逾期未补: of closed.
    refused: int = 0
    withdrawn: int = 0
    lapsed: int = 0
    # Closed 办结 with a promise that could be judged.
    judged: int = 0
    # 按时: used ≤ promised, or by the day it was moved to.
    on_time: int = 0
    # 提前: used < promised, or an instant item closed the same day.
    early: int = 0
    not_instant: int = 0
    promised_early: int = 0
    # 即办件: promised for the day itself.
    instant: int = 0
    same_day: int = 0
    extended: int = 0
    # 暂定: closed, with a promise no calendar held here can judge.
    provisional: int = 0
    # 评价, 满意 (grade ≥ 3), 投诉, 推拖: recorded in the period.
    rated: int = 0
    satisfied: int = 0
    complaints: int = 0
    shirked: int = 0
    # 纸质补录: of handled, keyed in from a paper book. The date is claimed.
    paper_claimed: int = 0
    # 超期: of open, as far as the custodian's data reach beyond the deadline; 待核: as far as they do not.
    late: int = 0
    late_provisional: int = 0
    # 待了结冲突
    conflicts: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(**{name: count + getattr(other, name) for name, count in vars(self).items()})

    @property
    def satisfied_percent(self) -> float | None:
        return _percent(self.satisfied, self.rated)

    @property
    def on_time_percent(self) -> float | None:
        return _percent(self.on_time, self.judged)

    @property
    def early_percent(self) -> float | None:
        return _percent(self.early, self.judged)

    @property
    def promised_early_percent(self) -> float | None:
        return _percent(self.promised_early, self.not_instant)

    @property
    def same_day_percent(self) -> float | None:
        return _percent(self.same_day, self.instant)


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None
