"""Joint cases (联办件, 并联审批): what their branches say, and whether a branch is needed any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sync.cases.fold import CaseState
from sync.cases.workdays import Calendar, Deadline, day_of
from sync.catalogue.items import Branch


@dataclass(frozen=True)
class Joint:
    """What is held of the branches a case has asked last, and of the case that a branch is for.

    `doubtful`: branches of which nobody can say whether the limit has passed, because a clock was not to be trusted.
    """

    branches: Mapping[bytes, CaseState] = field(default_factory=dict)
    parent: CaseState | None = None
    doubtful: frozenset[bytes] = frozenset()


ALONE = Joint()


class NeedEnded(NamedTuple):
    """From when a branch is not needed any more, milliseconds UTC, by which move of its case.

    `by` empty: it never was, because the move that asked for it is not part of the case.
    """

    by: bytes
    at_ms: int


def need_ended(branch: CaseState, parent: CaseState | None) -> NeedEnded | None:
    """None: it is needed still, as far as is known here."""
    if parent is None or parent.tip is None or not branch.stage_history:
        return None
    fork = next((each for each in parent.forks if branch.case_id in each.branches), None)
    if fork is None:
        return NeedEnded(b"", branch.stage_history[0].at_ms)
    return NeedEnded(fork.ended_by, fork.ended_at_ms) if fork.ended_by else None


def deadline(branch: CaseState, asked: Branch, calendar: Calendar) -> Deadline:
    """By when the opinion is due, as asked."""
    return calendar.deadline(day_of(branch.stage_history[0].at_ms), asked.limit_days)


def is_silent(branch: CaseState, *, calendar: Calendar | None, today: date) -> bool:
    """逾期视为同意: its item takes silence for consent, and its limit has passed on days that are known.

    Whoever has said something that does not count, or that this version does not understand, has not been silent.
    """
    asked = branch.branch
    if branch.opinion is not None or asked is None or not asked.silence_is_consent or calendar is None:
        return False
    if branch.open_branches or branch.waiting or branch.held_for_upgrade:
        return False
    due = deadline(branch, asked, calendar)
    return not due.provisional and today > due.day


class Opinions(NamedTuple):
    """The branches a case needs, by what can be said of them today: their ids."""

    given: tuple[bytes, ...]
    silent: tuple[bytes, ...]
    missing: tuple[bytes, ...]


def opinions(case: CaseState, joint: Joint, *, calendar: Calendar | None, today: date) -> Opinions:
    """What the lead knows when it decides. A branch that is not held here is missing."""
    held = {name: joint.branches.get(name) for name in case.branches}
    given = tuple(name for name, branch in held.items() if branch and branch.opinion is not None)
    silent = tuple(
        name
        for name, branch in held.items()
        if branch and name not in joint.doubtful and is_silent(branch, calendar=calendar, today=today)
    )
    return Opinions(given, silent, tuple(name for name in held if name not in given + silent))
