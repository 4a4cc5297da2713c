"""What the rules count by and what is stored for ever bear the same numbers."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import pytest

from sync.cases.stages import Opinion, Outcome
from sync.catalogue.items import CaseKind, ChangeKind, Level, LimitUnit, Power, StageName, VillageMode
from sync.facts.v1 import bodies_pb2
from sync.rpc.v1 import case_service_pb2


@pytest.mark.parametrize(
    ("ours", "stored"),
    [
        (Level, bodies_pb2.Level),
        (CaseKind, bodies_pb2.CaseKind),
        (LimitUnit, bodies_pb2.LimitUnit),
        (StageName, bodies_pb2.StageName),
        (VillageMode, bodies_pb2.VillageMode),
        (Power, bodies_pb2.Power),
        (ChangeKind, bodies_pb2.ChangeKind),
        (Outcome, bodies_pb2.Outcome),
        (Opinion, case_service_pb2.Opinion),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_enum_has_the_names_and_numbers_of_the_stored_one(ours: type[IntEnum], stored: Any) -> None:
    names = list(stored.keys())
    prefix = names[0].removesuffix("UNSPECIFIED")
    assert {each.name: each.value for each in ours} == {name.removeprefix(prefix): n for name, n in stored.items()}


@pytest.mark.parametrize("ours", [CaseKind, LimitUnit, StageName, VillageMode, Power, ChangeKind, Outcome, Opinion])
def test_every_value_people_see_has_a_chinese_label(ours: Any) -> None:
    labels = [each.label for each in ours if each]
    assert all(labels)
    assert len(set(labels)) == len(labels)
