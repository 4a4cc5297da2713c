"""What the book holds of a joint case: its branches, or the case that a branch is of."""

from __future__ import annotations

from collections.abc import Callable

from sync.cases.joint import ALONE, Joint
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.cases import CaseFacts
from sync.journal.translation import body_of

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


def asked_by(case: CaseFacts) -> frozenset[bytes]:
    """The branches that a case has asked for, also by a fork that lost a conflict.

    Any place may file a branch of anybody's case: what the case itself does not name is none of its branches.
    """
    state = case.state
    allowed = {*state.path, *state.conflict, *state.late, *state.closed_by_settlement}
    forks = (
        body_of(each.fact, bodies_pb2.Forked)
        for each in case.facts
        if each.fact.body_type == fact_pb2.BODY_TYPE_FORKED and each.fact_id in allowed
    )
    return frozenset(name for fork in forks for name in fork.branches)


def _is_certain(branch: CaseFacts) -> bool:
    return branch.filed is not None and branch.filed.fact.clock_state == TRUSTED
