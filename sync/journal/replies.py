"""The replies that are owed or were given, from the rows of a book."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sync.cases import places, replies
from sync.cases.clocks import Standing
from sync.cases.replies import Reply, ReplyKind, Voice, replier
from sync.cases.stages import Act
from sync.facts.hashing import SALT_BYTES
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.cases import voices_in
from sync.journal.clocks import Judging
from sync.journal.tallies import COUNTED
from sync.journal.translation import body_of, named_by, said_of

COLUMNS = "case_id, number, home, custodian_place, beyond_gap, replies"


@dataclass(frozen=True, slots=True)
class Owed:
    """A reply on a case, whose turn it is, and how it stands."""

    case_id: bytes
    number: str
    home: int
    place: int
    reply: Reply
    standing: Standing

    @property
    def position(self) -> tuple[bool, object, bytes, int]:
        """Its place in a list: what is owed first, then by the last day."""
        return self.reply.done is not None, self.reply.deadline.day, self.reply.voice.fact_id, int(self.reply.kind)


def of_homes(conn: Any, judging: Judging, *, within: tuple[int, int]) -> Iterator[Owed]:
    """All replies on the cases of some homes."""
    found = conn.execute(
        f"SELECT {COLUMNS} FROM cases WHERE replies<>'' AND {COUNTED} AND home BETWEEN ? AND ?", within
    )
    doubtful = _written_later(conn)
    for row in found.fetchall():
        yield from _of_row(conn, judging, doubtful, *row)


def of_case(conn: Any, judging: Judging, row: int) -> list[Owed]:
    """The replies on one case."""
    found = conn.execute(f"SELECT {COLUMNS} FROM cases WHERE id=?", [row]).fetchone()
    if found is None:
        return []
    return sorted(_of_row(conn, judging, _written_later(conn), *found), key=lambda each: each.position)


Doubtful = frozenset[tuple[bytes, Act]]
"""What was written later than it says: the complaint or rating it is or is about, and which act."""


def _written_later(conn: Any) -> Doubtful:
    found = conn.execute("SELECT f.fact_id, f.bytes FROM backdated b JOIN facts f ON f.id=b.fact").fetchall()
    said = (said_of(fact_id, fact_pb2.Fact.FromString(encoded)) for fact_id, encoded in found)
    return frozenset((each.named or each.fact_id, each.act) for each in said if each)


def _doubted(voice: Voice, doubtful: Doubtful) -> Voice:
    def relied_on(*acts: Act) -> bool:
        return not any((voice.fact_id, act) in doubtful for act in acts)

    return voice._replace(
        trusted=voice.trusted and relied_on(Act.COMPLAIN, Act.RATE),
        accepted_trusted=voice.accepted_trusted and relied_on(Act.ACCEPT_COMPLAINT),
        replied_trusted=voice.replied_trusted and relied_on(Act.ANSWER_COMPLAINT, Act.CALL_BACK),
    )


def _of_row(
    conn: Any,
    judging: Judging,
    doubtful: Doubtful,
    case_id: bytes,
    number: str,
    home: int,
    custodian: int,
    beyond_gap: int,
    column: str,
) -> Iterator[Owed]:
    caller = replier(ReplyKind.CALL_BACK, home=home, custodian=custodian or home)
    for voice in (_doubted(each, doubtful) for each in voices_in(column)):
        arrived_at_ms = 0 if voice.is_complaint else _arrived_at_ms(conn, voice, at=caller)
        for reply in replies.replies(voice, calendar=judging.calendar, arrived_at_ms=arrived_at_ms):
            place = replier(reply.kind, home=home, custodian=custodian or home)
            told = bool(voice.is_complaint or arrived_at_ms)
            known = told and judging.is_known(place, home, reply.deadline.day, beyond_gap=bool(beyond_gap))
            standing = replies.standing(reply, calendar=judging.calendar, today=judging.today, known=known)
            yield Owed(case_id, number, home, place, reply, standing)


def _arrived_at_ms(conn: Any, rating: Voice, *, at: int) -> int:
    """When a rating had come to a place, by what the place has signed for. 0 = that is not shown."""
    if rating.place == at:
        return rating.at_ms
    found = conn.execute(
        "SELECT a.at_ms FROM facts f JOIN arrivals a ON a.fact=f.id WHERE f.fact_id=? AND a.signer=?",
        [rating.fact_id, at],
    ).fetchone()
    return found[0] if found else 0


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody told, by which road, and what came of a call back. `said` is private."""

    channel: str
    said: str
    about_place: int = 0
    about_unit: str = ""
    reason: str = ""
    result: str = ""


def told(conn: Any, owed: Owed) -> Told:
    """The complaint or the rating that asks for a reply."""
    row, encoded, private = conn.execute(
        "SELECT f.case_row, f.bytes, COALESCE(p.part, x'') FROM facts f LEFT JOIN private_parts p ON p.fact=f.id "
        "WHERE f.fact_id=?",
        [owed.reply.voice.fact_id],
    ).fetchone()
    fact, said = fact_pb2.Fact.FromString(encoded), _text(private[SALT_BYTES:])
    if owed.reply.kind is ReplyKind.CALL_BACK:
        rated = body_of(fact, bodies_pb2.Rated)
        return Told(
            rated.channel, said, reason=rated.reason, result=_result(conn, row, owed) if owed.reply.done else ""
        )
    complained = body_of(fact, bodies_pb2.Complained)
    return Told(complained.channel, said, complained.about_place, complained.about_unit)


def _result(conn: Any, case_row: int, owed: Owed) -> str:
    """What came of the call back that counts."""
    facts = (fact_pb2.Fact.FromString(each) for (each,) in conn.execute(OF_CASE, [case_row]))
    backs = [
        each
        for each in facts
        if each.body_type == fact_pb2.BODY_TYPE_RATING_CALLED_BACK and places.contains(each.recorder.place, owed.place)
    ]
    voice = owed.reply.voice
    first = (e for e in backs if (named_by(e), e.recorded_at_ms) == (voice.fact_id, voice.replied_at_ms))
    return next((body_of(each, bodies_pb2.RatingCalledBack).result for each in first), "")


OF_CASE = "SELECT bytes FROM facts WHERE case_row=? ORDER BY fact_id"


def _text(content: bytes) -> str:
    try:
        return bodies_pb2.PrivateText.FromString(content).text
    except ValueError:
        return ""
