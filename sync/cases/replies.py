"""What is owed to those who complained or were not satisfied, by whom and by when.

These limits run from what somebody said of a case, whatever its course; a late reply is listed and counted, and makes
no finding.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import NamedTuple

from sync.cases import places
from sync.cases.clocks import ClockLevel, Standing, standing_of
from sync.cases.stages import Act
from sync.cases.workdays import Calendar, Deadline, day_of

BADLY_RATED = (1, 2)
"""Grades that need a reason and are called back."""


class ReplyKind(IntEnum):
    """Which reply. Numbers as in the calls between nodes."""

    COMPLAINT_ACCEPTANCE = 1
    COMPLAINT_ANSWER = 2
    CALL_BACK = 3

    @property
    def label(self) -> str:
        return ("", "投诉受理", "投诉答复", "回访")[self]


# Working days from the complaint or the rating.
LIMITS = {ReplyKind.COMPLAINT_ACCEPTANCE: 5, ReplyKind.COMPLAINT_ANSWER: 10, ReplyKind.CALL_BACK: 15}


class Voice(NamedTuple):
    """What somebody said of a case, to which a reply is owed: a complaint, or (`grade` 1 or 2) a bad rating.

    Times of the first reply of each kind in milliseconds UTC as recorded, 0 = none so far.
    """

    fact_id: bytes
    at_ms: int
    grade: int = 0
    accepted_at_ms: int = 0
    # Answered, or called back.
    replied_at_ms: int = 0
    # Where it was written down.
    place: int = 0
    # Whether the clocks can be relied on by which it, the acceptance and the answer or call back were recorded.
    trusted: bool = True
    accepted_trusted: bool = True
    replied_trusted: bool = True

    @property
    def is_complaint(self) -> bool:
        return not self.grade


class Said(NamedTuple):
    """An annotation of a case. `named`: the fact it is about, of one that names one. Recorded at, milliseconds UTC."""

    fact_id: bytes
    act: Act
    place: int
    at_ms: int
    named: bytes = b""
    grade: int = 0
    trusted: bool = True


def voices(said: Collection[Said], *, caller: int) -> tuple[Voice, ...]:
    """What needs a reply, the earliest first: also a bad rating beside the one that counts.

    `caller`: whose turn it is to call back (`replier`); no other call back counts than its own or one from above it.
    """
    found = [_voice(e, said, caller=caller) for e in said if e.act is Act.COMPLAIN or e.grade in BADLY_RATED]
    return tuple(sorted(found, key=lambda voice: (voice.at_ms, voice.fact_id)))


def _voice(about: Said, said: Iterable[Said], *, caller: int) -> Voice:
    def first(act: Act) -> tuple[int, bool]:
        replied = (each for each in said if each.act is act and each.named == about.fact_id)
        counted = (each for each in replied if _may_write(act, each.place, caller=caller))
        # 0 would say that there is none. Of two at one time the one that can be relied on.
        at_ms, doubtful = min(((max(1, each.at_ms), not each.trusted) for each in counted), default=(0, False))
        return at_ms, not doubtful

    rated = about.act is Act.RATE
    accepted_at_ms, accepted = (0, True) if rated else first(Act.ACCEPT_COMPLAINT)
    replied_at_ms, replied = first(Act.CALL_BACK if rated else Act.ANSWER_COMPLAINT)
    return Voice(
        about.fact_id,
        about.at_ms,
        about.grade if rated else 0,
        accepted_at_ms,
        replied_at_ms,
        about.place,
        about.trusted,
        accepted,
        replied,
    )


def _may_write(act: Act, place: int, *, caller: int) -> bool:
    return places.contains(place, caller) if act is Act.CALL_BACK else WRITERS[act] <= places.level(place)


# The lowest level that may reply. 投诉: the county's, never the office's that is complained of; a complaint need
# not name one, and with one holder none is answered twice. 回访: whoever decided the case, or a place above.
WRITERS = {
    Act.ACCEPT_COMPLAINT: places.COUNTY,
    Act.ANSWER_COMPLAINT: places.COUNTY,
    Act.CALL_BACK: places.TOWNSHIP,
}


def waiting(voices: Iterable[Voice], act: Act) -> list[bytes]:
    """The complaints or ratings for which an act may be done: once each, an answer only to what was taken up."""
    return [voice.fact_id for voice in voices if _waits(voice, act)]


def _waits(voice: Voice, act: Act) -> bool:
    if voice.replied_at_ms or voice.is_complaint == (act is Act.CALL_BACK):
        return False
    return act is Act.CALL_BACK or bool(voice.accepted_at_ms) == (act is Act.ANSWER_COMPLAINT)


def replier(kind: ReplyKind, *, home: int, custodian: int) -> int:
    """Whose turn it is: the county's with a complaint; with a call back the office's that ended the case.

    A village only carries papers: its township calls back.
    """
    level = places.COUNTY if kind is not ReplyKind.CALL_BACK else places.TOWNSHIP
    start = home if kind is not ReplyKind.CALL_BACK else custodian
    return next((place for place in places.path(start) if places.level(place) >= level), start)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that is owed, or was given on the day `done`. The limit in working days."""

    kind: ReplyKind
    voice: Voice
    start: date
    limit_days: int
    deadline: Deadline
    done: date | None = None
    trusted: bool = True
    """The clocks of both its ends can be relied on."""


def replies(voice: Voice, *, calendar: Calendar, arrived_at_ms: int = 0) -> Iterator[Reply]:
    """The replies that what was said asks for.

    `arrived_at_ms`: when a rating had come to whoever has to call back, who has all the days of the limit from then
    on; 0 = that is not shown. The limits of complaints are the law's and run from the complaint.
    """
    if not voice.is_complaint:
        replied = voice.replied_at_ms, voice.replied_trusted
        yield _reply(ReplyKind.CALL_BACK, voice, calendar, *replied, from_ms=arrived_at_ms)
        return
    accepted, replied = (voice.accepted_at_ms, voice.accepted_trusted), (voice.replied_at_ms, voice.replied_trusted)
    # What was answered was taken up.
    taken_up = min((each for each in (accepted, replied) if each[0]), default=accepted)
    yield _reply(ReplyKind.COMPLAINT_ACCEPTANCE, voice, calendar, *taken_up)
    yield _reply(ReplyKind.COMPLAINT_ANSWER, voice, calendar, *replied)


def _reply(
    kind: ReplyKind, voice: Voice, calendar: Calendar, done_at_ms: int, trusted: bool, *, from_ms: int = 0
) -> Reply:
    start, done = day_of(max(voice.at_ms, from_ms)), day_of(done_at_ms) if done_at_ms else None
    deadline = calendar.deadline(start, LIMITS[kind])
    return Reply(kind, voice, start, LIMITS[kind], deadline, done, voice.trusted and trusted)


def standing(reply: Reply, *, calendar: Calendar, today: date, known: bool) -> Standing:
    """How it stands: one that was given as on the day it was.

    `known`: all that was done up to the deadline is here, and the limit did not begin later than it says.
    """
    if not reply.trusted and today > reply.deadline.day:
        left = calendar.working_days_left(reply.done or today, reply.deadline)
        return Standing(left, "待核：时钟不可信", ClockLevel.OVERDUE_PROVISIONAL)
    if reply.done is None:
        return standing_of(reply.deadline, limit_days=reply.limit_days, calendar=calendar, today=today, known=known)
    left = calendar.working_days_left(reply.done, reply.deadline)
    if reply.deadline.provisional:
        return Standing(left, "已办理，是否按时暂定", ClockLevel.PROVISIONAL)
    late = reply.done > reply.deadline.day
    if late and not known:
        return Standing(left, "待核：数据未到", ClockLevel.OVERDUE_PROVISIONAL)
    if late:
        return Standing(left, f"逾期{-left}个工作日办理", ClockLevel.OVERDUE)
    return Standing(left, "已按时办理", ClockLevel.NORMAL)
