"""How far promises stay below what the law allows (时限压缩), by department and in all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sync.catalogue.checks import is_counted, least_days
from sync.catalogue.items import Department, Limit, LimitUnit, ServiceItem
from sync.catalogue.release import Catalogue

HOW_COMPARED = (
    "法定时限和承诺时限都折成日历日，按最少的算，与发布目录时的核对相同：工作日每满5个加一个双休日，"
    "几个月按平年里最短的几个月算。法律没有规定天数的（未规定、当场）不计入，另列项数。"
)
"""Below a table, for whoever reads it."""


@dataclass(frozen=True, slots=True)
class Compression:
    """Sums over items. Days are calendar days at their lower bound, of items with a legal number of days only."""

    items: int = 0
    legal_days: int = 0
    promised_days: int = 0
    # Items the law sets no number of days for.
    without_limit: int = 0

    def __add__(self, other: Compression) -> Compression:
        return Compression(
            self.items + other.items,
            self.legal_days + other.legal_days,
            self.promised_days + other.promised_days,
            self.without_limit + other.without_limit,
        )

    @property
    def percent(self) -> float | None:
        """By how much of the legal days the promises are shorter. None: there are no legal days."""
        return 100 * (self.legal_days - self.promised_days) / self.legal_days if self.legal_days else None


@dataclass(frozen=True, slots=True)
class Table:
    """Of the items in force: by department, and in all."""

    rows: tuple[tuple[Department, Compression], ...]
    total: Compression


def table(catalogue: Catalogue, categories: Collection[str]) -> Table:
    """Of some categories; where none is named, of all."""
    items = [each for each in catalogue.items_in_force() if not categories or each.category in categories]
    found = compression(items)
    rows = tuple((Department(code, catalogue.department_name(code)), each) for code, each in found.items())
    return Table(rows, sum(found.values(), Compression()))


def compression(items: Iterable[ServiceItem]) -> dict[str, Compression]:
    """By department, in the order of their codes. Their sum is that of all items."""
    found: defaultdict[str, Compression] = defaultdict(Compression)
    for item in items:
        found[item.department] += _of(item)
    return dict(sorted(found.items()))


def _of(item: ServiceItem) -> Compression:
    if not is_counted(item.legal_limit):
        return Compression(without_limit=1)
    promised = Limit(item.promised_days, LimitUnit.WORKING_DAYS)
    return Compression(1, least_days(item.legal_limit), least_days(promised))
