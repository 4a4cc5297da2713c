"""How far promises stay below what the law allows."""

from __future__ import annotations

import pytest

from sync.catalogue.compression import Compression, compression
from sync.catalogue.items import Limit, LimitUnit, ServiceItem


def item(department: str, legal: Limit, promised: int) -> ServiceItem:
    return ServiceItem("YL01", 1, department=department, legal_limit=legal, promised_days=promised)


@pytest.mark.parametrize(
    ("legal", "promised", "found"),
    [
        # Six working days span a weekend, twenty span three.
        (Limit(20, LimitUnit.WORKING_DAYS), 6, Compression(1, 26, 8)),
        (Limit(20, LimitUnit.CALENDAR_DAYS), 5, Compression(1, 20, 5)),
        (Limit(2, LimitUnit.MONTHS), 0, Compression(1, 59, 0)),
        (Limit(0, LimitUnit.WORKING_DAYS), 0, Compression(1, 0, 0)),
        # The number is not read where the law sets none.
        (Limit(9, LimitUnit.NONE), 5, Compression(without_limit=1)),
        (Limit(9, LimitUnit.AT_ONCE), 0, Compression(without_limit=1)),
        (Limit(9, LimitUnit.UNSPECIFIED), 0, Compression(without_limit=1)),
    ],
)
def test_days_are_calendar_days_at_their_lower_bound(legal: Limit, promised: int, found: Compression) -> None:
    assert compression([item("A", legal, promised)]) == {"A": found}


def test_departments_add_up_to_the_whole() -> None:
    thirty = Limit(30, LimitUnit.CALENDAR_DAYS)
    found = compression([item("B", thirty, 5), item("A", thirty, 10), item("B", Limit(), 3)])
    assert list(found) == ["A", "B"]
    assert found["B"] == Compression(1, 30, 5, without_limit=1)
    total = sum(found.values(), Compression())
    assert total == Compression(2, 60, 17, without_limit=1)
    assert total.percent == pytest.approx(100 * 43 / 60)


def test_where_the_law_sets_no_days_nothing_is_compressed() -> None:
    assert compression([item("A", Limit(), 3)])["A"].percent is None
    assert Compression().percent is None
