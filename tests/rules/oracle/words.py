"""What the model says of a case, and what the product says of it in the model's words."""

from __future__ import annotations

from typing import Any

from sync.cases.fold import CaseState
from tests.rules.oracle import model as untyped

# Written without annotations.
model: Any = untyped

CODES = {
    "C": 510524000000,
    "T1": 510524100000,
    "T2": 510524101000,
    "V11": 510524100201,
    "V12": 510524100202,
    "V21": 510524101201,
}
Facts = list[tuple[str, Any]]


def as_the_model_says(case: CaseState, *, facts: Facts) -> dict[str, Any]:
    kinds = {bytes.fromhex(name): fact.kind for name, fact in facts}
    return {
        "path": tuple(each.hex() for each in case.path),
        "cust": case.custodian.place if case.custodian else None,
        "fence": case.fence,
        "stage": sum(kinds[each] == "stage" for each in case.path),
        "offered": case.offered_to.place if case.offered_to else None,
        "conflicts": {each.hex() for each in case.open_branches},
        "waiting": {each.hex() for each in case.waiting},
    }


def from_the_model(facts: Facts) -> dict[str, Any]:
    said = model.fold_tree(facts)
    notes = {name for name, fact in facts if fact.kind in model.NOTES}
    codes = {"cust": CODES.get(said["cust"]), "offered": CODES.get(said["offered"])}
    sets = {"conflicts": set(said["conflicts"]), "waiting": set(said["waiting"]) - notes}
    return {"path": tuple(said["path"]), "fence": said["fence"], "stage": said["stage"]} | codes | sets
