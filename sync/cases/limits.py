"""Time limits an office had on a case, from the first to the last: when each began and ended, and whether it was kept.

What is said of an office rests on evidence: on what surely happened by when, not on when word of it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sync.cases.clocks import DECISION_DAYS, ClockKind, Step, course, running
from sync.cases.stages import Act, Stage
from sync.cases.workdays import Calendar, Deadline, Suspension, begin_of, day_of, end_of
from sync.catalogue.items import ServiceItem

# The acts by which an office does its part within a limit. Passed on, a case is somebody else's turn.
PASSED_ON = frozenset({Act.HAND_OVER, Act.PASS_UP, Act.WITHDRAW})
ANSWERED = frozenset({Act.ACCEPT, Act.REFUSE, Act.ASK_ONCE, Act.SUPPLY, Act.LAPSE})
PERFORMS = {
    ClockKind.AGENCY: ANSWERED | PASSED_ON,
    ClockKind.DELIVERY_UP: frozenset({Act.TAKE_IN, Act.OVERRIDE}),
    ClockKind.DECISION: ANSWERED | PASSED_ON,
    ClockKind.STAGE: frozenset({Act.STAGE_DONE, Act.DECIDE, Act.CLOSE}) | PASSED_ON,
    ClockKind.PROMISE: frozenset({Act.DECIDE}) | PASSED_ON,
    ClockKind.LEGAL: frozenset({Act.DECIDE}) | PASSED_ON,
    ClockKind.SPECIAL: frozenset({Act.END_SPECIAL}) | PASSED_ON,
    ClockKind.VILLAGE_ACT: frozenset({Act.VILLAGE_ACT_DONE}) | PASSED_ON,
    ClockKind.DELIVERY: frozenset({Act.DELIVER}),
    ClockKind.OPINION: frozenset({Act.GIVE_OPINION}),
}
# Whoever meets the applicant may do it, from the home of the case up to the office that decided.
ANYBODY_ON_THE_WAY = frozenset({ClockKind.DELIVERY})
# Neither begins nor ends a limit.
MOVES_NOTHING = frozenset({Act.SETTLE, Act.REASSIGN})

MOST_LEGS = 300
"""No case of people has so many steps. What comes after these is not weighed: a person looks at it."""

MOST_EVIDENCE = 16


class Moment(NamedTuple):
    """A fact of a case as evidence, whether it counts on the path or not. Times in milliseconds UTC.

    `not_before_ms`: its author had signed for its journal by then, and this was not in it: it was written later,
    whatever it says. `doubtful`: nobody but a person can say when it was, because the author's clock was not to be
    trusted, or his store has gone back. `act` None: one that this version does not know.
    """

    fact_id: bytes
    act: Act | None
    place: int
    recorded_at_ms: int
    not_before_ms: int = 0
    doubtful: bool = False

    @property
    def at_ms(self) -> int:
        """When it happened at the earliest."""
        return self.recorded_at_ms if self.doubtful else max(self.recorded_at_ms, self.not_before_ms)


class Limit(NamedTuple):
    """A limit as it ran: from a day, for so many days, until its deadline; and the act on the path that ended it.

    `doubtful`, `ended_doubtfully`: nobody but a person can say when it began, or ended.
    """

    kind: ClockKind
    place: int
    start: date
    limit_days: int
    deadline: Deadline
    stopped: tuple[Suspension, ...] = ()
    # Of a stage's limit.
    stage: Stage | None = None
    # 视为受理: the last day on which it could have been accepted instead.
    deemed_on: date | None = None
    doubtful: bool = False
    # Ends it on the path. Empty: it runs.
    ended_by: bytes = b""
    ended_at_ms: int = 0
    ended_doubtfully: bool = False

    def is_late(self, today: date) -> bool:
        """As far as the path says for certain."""
        ended = self.ended_by and not self.ended_doubtfully
        return (day_of(self.ended_at_ms) if ended else today) > self.deadline.day

    @property
    def label(self) -> str:
        return f"{self.kind.label}·{self.stage.label}" if self.stage else self.kind.label

    @property
    def window_ms(self) -> tuple[int, int]:
        """From the first day to the end of the last."""
        return begin_of(self.start), end_of(self.deadline.day)

    @property
    def known_ms(self) -> tuple[int, int]:
        """Within this time all must be known: where nobody accepted the case, also that nobody did (视为受理)."""
        return begin_of(self.start), end_of(max(self.deadline.day, self.deemed_on or self.deadline.day))


class Leg(NamedTuple):
    """A step on the path, the fact it is, and to whom it offers the case.

    `arrived_at_ms`: of an offer, the taker's first trusted checkpoint that covers it; 0 = not known to have come.
    """

    fact_id: bytes
    step: Step
    offered_place: int = 0
    arrived_at_ms: int = 0
    doubtful: bool = False


class Coverage(StrEnum):
    """Whether all that a place did within some time is here."""

    KNOWN = "known"
    NOT_YET = "not_yet"
    # Its store was set back or copied: what it did then may never come.
    HOLE = "hole"


class Standing(StrEnum):
    """What can be said of a limit."""

    RUNNING = "running"
    IN_TIME = "in_time"
    # 疑似: late as far as is known here.
    SUSPECTED = "suspected"
    # 待人工核定: only a person can say.
    FOR_A_PERSON = "for_a_person"
    CONFIRMED = "confirmed"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Standing.RUNNING: "计时中",
    Standing.IN_TIME: "按时",
    Standing.SUSPECTED: "疑似超期（数据未到齐）",
    Standing.FOR_A_PERSON: "疑似超期（需人工核定）",
    Standing.CONFIRMED: "超期（已确认）",
}


class Finding(NamedTuple):
    """What is said of a limit, and the acts it rests on: done in time, or of which a person must say when."""

    standing: Standing
    evidence: tuple[bytes, ...] = ()


MayAccept = Callable[[int, date], bool]
"""Whether a place could accept the case on a day."""


def limits(
    legs: Sequence[Leg], *, item: ServiceItem | None, calendar: Calendar, today: date, may_accept: MayAccept
) -> list[Limit]:
    """Every limit that ran or runs on the path of a case, in the order in which they began."""
    legs = [leg for leg in legs if leg.step.act not in MOVES_NOTHING]
    endless, legs = len(legs) > MOST_LEGS, legs[:MOST_LEGS]
    found: dict[tuple[ClockKind, date, Stage | None], Limit] = {}
    ended: list[Limit] = []
    for count in range(1, len(legs) + 1):
        last = legs[count - 1]
        following = day_of(legs[count].step.at_ms) if count < len(legs) else today
        before, found = found, {}
        for limit in _running(legs[:count], item=item, calendar=calendar, today=following, may_accept=may_accept):
            key = limit.kind, limit.start, limit.stage
            known = before.pop(key, None)
            # Whoever takes the case after the deadline has not let it pass, and what is moved then is not rescued.
            passed = known is not None and day_of(last.step.at_ms) > known.deadline.day
            doubtful = endless or any(leg.doubtful for leg in legs[:count])
            found[key] = (known if known and passed else limit)._replace(doubtful=doubtful)
        ended += [
            each._replace(ended_by=last.fact_id, ended_at_ms=last.step.at_ms, ended_doubtfully=last.doubtful)
            for each in before.values()
        ]
    return sorted([*ended, *found.values()], key=lambda each: (each.start, each.kind))


def _running(
    legs: Sequence[Leg], *, item: ServiceItem | None, calendar: Calendar, today: date, may_accept: MayAccept
) -> list[Limit]:
    """Those that run after the last of these steps, until the next."""
    told = course([leg.step for leg in legs])
    told = told._replace(offered_place=legs[-1].offered_place, arrived_at_ms=legs[-1].arrived_at_ms)
    found = running(told, item=item, calendar=calendar, today=today, may_accept=may_accept(told.holder, today))
    return [
        Limit(
            clock.kind,
            clock.place,
            clock.start,
            clock.limit_days,
            clock.deadline,
            clock.stopped,
            stage=told.stage if clock.kind is ClockKind.STAGE else None,
            deemed_on=calendar.deadline(clock.start, DECISION_DAYS).day if clock.deemed else None,
        )
        for clock in found
    ]


def judged(limit: Limit, *, today: date, moments: Iterable[Moment], coverage: Callable[[], Coverage]) -> Finding:
    """What can be said of a limit. Nobody is accused of what may have been done in time.

    `moments`: all facts of the case that are here, on the path or not. `coverage`: of the office whose turn it was,
    over the window of the limit; asked only where all depends on it.
    """
    if not limit.is_late(today):
        return Finding(Standing.IN_TIME if limit.ended_by else Standing.RUNNING)
    moments = list(moments)
    in_time = [each for each in moments if _performs(each, limit.kind, limit.place, limit.window_ms)]
    certain = tuple(each.fact_id for each in in_time if each.act is not None and not each.doubtful)
    if certain:
        return Finding(Standing.IN_TIME, certain[:MOST_EVIDENCE])
    in_time += [
        each for each in moments if limit.deemed_on and _performs(each, ClockKind.DECISION, limit.place, limit.known_ms)
    ]
    if in_time or limit.doubtful or limit.ended_doubtfully:
        return Finding(Standing.FOR_A_PERSON, tuple(each.fact_id for each in in_time)[:MOST_EVIDENCE])
    if limit.deadline.provisional:
        return Finding(Standing.SUSPECTED)
    standing = {
        Coverage.KNOWN: Standing.CONFIRMED,
        Coverage.NOT_YET: Standing.SUSPECTED,
        Coverage.HOLE: Standing.FOR_A_PERSON,
    }
    found = standing[coverage()]
    return Finding(found, (limit.ended_by,) if limit.ended_by and found is not Standing.FOR_A_PERSON else ())


def _performs(moment: Moment, kind: ClockKind, place: int, within_ms: tuple[int, int]) -> bool:
    begun, ended = within_ms
    if kind not in ANYBODY_ON_THE_WAY and moment.place != place:
        return False
    if not (moment.doubtful or begun <= moment.at_ms < ended):
        return False
    return moment.act is None or moment.act in PERFORMS[kind]
