"""What the book holds of a joint case: its branches, or the case that a branch is of."""

from __future__ import annotations

from collections.abc import Callable

from sync.cases.joint import ALONE, Joint
from sync.facts.v1 import fact_pb2
from sync.journal.cases import CaseFacts

CaseOf = Callable[[bytes], CaseFacts | None]
"""A case by its id. None: nothing of it is here."""


TRUSTED = fact_pb2.CLOCK_STATE_TRUSTED


def joint_of(case: CaseFacts, case_of: CaseOf, *, clock_state: fact_pb2.ClockState = TRUSTED) -> Joint:
    """`clock_state`: of this node's clock, where somebody acts by it."""
    if not (case.state.forks or case.parent_id):
        return ALONE
    parent = case_of(case.parent_id) if case.parent_id else None
    asked = case.state.forks[-1].branches if case.state.forks else ()
    held = {name: branch for name in asked if (branch := case_of(name)) is not None}
    return Joint(
        branches={name: branch.state for name, branch in held.items()},
        parent=parent.state if parent else None,
        doubtful=frozenset(name for name, branch in held.items() if not _is_certain(branch) or clock_state != TRUSTED),
    )


def _is_certain(branch: CaseFacts) -> bool:
    return branch.filed is not None and branch.filed.fact.clock_state == TRUSTED
