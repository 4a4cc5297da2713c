"""The rosters of a place and the absences noted there, as they follow from the facts of a book."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sync.cases.limits import Coverage
from sync.cases.posts import MOST_POSTS, Absence, Post, Roster, Rosters
from sync.cases.workdays import day_numbered, number_of
from sync.facts.streams import SUBTREE, Scope
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from sync.journal import known
from sync.journal.clock import TOLERANCE_MS
from sync.journal.translation import body_of

Row = tuple[int, str, bytes]

FOR_EVER = 1 << 62

ROSTER = ""
"""Stands in the table in place of a person."""


def on_duty(conn: Any, place: int, unit: str, post: str, at_ms: int) -> str:
    """Staff code of who is on duty at a post of a place at a time, milliseconds UTC, as far as is known here.

    "" = nobody, or no such post is published then.
    """
    found = rosters(conn, place, persons=()).post(unit, post, at_ms)
    return rosters(conn, place, persons=found.holders).on_duty(unit, post, at_ms) if found else ""


def rosters(conn: Any, place: int, *, persons: Sequence[str] | None = None) -> Rosters:
    """The rosters of a place with the absences of these persons; None: of everybody."""
    known = [] if persons is None else [ROSTER, *persons]
    chosen = f"AND p.person IN ({','.join('?' * len(known))})" if known else ""
    found = conn.execute(
        "SELECT f.fact_id, f.bytes, COALESCE(b.not_before_ms, 0) FROM posts p JOIN facts f ON f.fact_id=p.fact_id "
        f"LEFT JOIN backdated b ON b.fact=f.id WHERE p.place=? {chosen}",
        [place, *known],
    )
    published: list[Roster] = []
    noted: list[Absence] = []
    for fact_id, encoded, not_before_ms in found.fetchall():
        fact = fact_pb2.Fact.FromString(encoded)
        # Never backward: not from a time by which its author had signed for a journal without it.
        fact.recorded_at_ms = max(fact.recorded_at_ms, not_before_ms)
        if _is_roster(fact):
            published.append(roster_of(fact_id, fact))
        else:
            noted.append(absence_of(fact_id, fact))
    return Rosters(tuple(published), tuple(noted))


def is_known(conn: Any, *, here: int, place: int, at_ms: int) -> bool:
    """Whether all that a place had said of its posts by then is here: an absence may still be on its way."""
    roster = rosters(conn, place, persons=()).at(at_ms)
    return roster is not None and known_until(conn, here=here, place=place, since_ms=roster.recorded_at_ms) >= at_ms


def known_until(conn: Any, *, here: int, place: int, since_ms: int) -> int:
    """Through when all is here that a place has said of its posts since a time; milliseconds UTC. 0 = unknown, also
    where something of it may never come."""
    scope = Scope(SUBTREE, place)
    through_ms = FOR_EVER if place == here else known.known_through(conn, place=place, scope=scope)
    until_ms = max(0, through_ms - TOLERANCE_MS)
    found = known.coverage(conn, here=here, place=place, scope=scope, window_ms=(since_ms, until_ms))
    return until_ms if found is Coverage.KNOWN else 0


def with_rosters(conn: Any) -> list[int]:
    """The places of which a roster is known here."""
    query = "SELECT DISTINCT place FROM posts WHERE person=? ORDER BY place"
    return [place for (place,) in conn.execute(query, [ROSTER]).fetchall()]


def row_of(fact_id: bytes, fact: fact_pb2.Fact) -> Row | None:
    """What the table keeps of a fact. None: it is no word of a place about its own posts, of more than any has, or
    nobody knows since when it counts."""
    if fact.home != fact.recorder.place or fact.clock_state != fact_pb2.CLOCK_STATE_TRUSTED:
        return None
    if _is_roster(fact):
        body = body_of(fact, pb.PostsPublished)
        counts = body.place == fact.home and len(body.posts) <= MOST_POSTS
        return (fact.home, ROSTER, fact_id) if counts else None
    if fact.body_type == fact_pb2.BODY_TYPE_AWAY_NOTICED:
        person = body_of(fact, pb.AwayNoticed).person
        return (fact.home, person, fact_id) if person else None
    return None


def _is_roster(fact: fact_pb2.Fact) -> bool:
    return fact.body_type == fact_pb2.BODY_TYPE_POSTS_PUBLISHED


# Facts as the rules see them, and back.


def roster_of(fact_id: bytes, fact: fact_pb2.Fact) -> Roster:
    body = body_of(fact, pb.PostsPublished)
    return Roster(day_numbered(body.from_day), posts_of(body.posts), fact.recorded_at_ms, fact_id)


def posts_of(messages: Iterable[pb.Post]) -> tuple[Post, ...]:
    return tuple(
        Post(
            each.unit,
            each.post,
            each.holder_a,
            each.holder_b,
            each.chief_representative,
            each.letter,
            _day(each.letter_from_day),
            _day(each.letter_to_day),
        )
        for each in messages
    )


def post_message(post: Post) -> pb.Post:
    days = {name: number_of(getattr(post, name)) for name in ("letter_from_day", "letter_to_day")}
    return pb.Post(**post._asdict() | days)


def absence_of(fact_id: bytes, fact: fact_pb2.Fact) -> Absence:
    body = body_of(fact, pb.AwayNoticed)
    return Absence(body.unit, body.post, body.person, body.from_ms, body.to_ms, body.note, fact.recorded_at_ms, fact_id)


def _day(number: int) -> date | None:
    return day_numbered(number) if number else None
