"""What stands in the books of running nodes, set against what their callers were told and what neighbours wrote."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from google.protobuf.message import Message

from sync.cases.workdays import day_of, number_of
from sync.facts.hashing import SALT_BYTES
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.schema import connect
from sync.journal.translation import BODY_TYPES
from sync.node.case_service import ACTS
from sync.rpc.v1 import case_service_pb2 as cases_pb
from sync.rpc.v1 import register_service_pb2 as registers_pb


@dataclass(frozen=True)
class Entry:
    """An entry of a book: in which journal, by its hash, and its fact with the private part."""

    author: int
    stream: tuple[Any, ...]
    hash: bytes
    fact_id: bytes
    fact: bytes
    private: bytes


@dataclass(frozen=True)
class Holding:
    """All that one book holds of facts and keys at one moment."""

    place: int
    entries: frozenset[Entry]
    facts: frozenset[bytes]
    keys: frozenset[tuple[int, bytes]]

    def own(self) -> frozenset[Entry]:
        """What this place has written itself."""
        return frozenset(entry for entry in self.entries if entry.author == self.place)


ENTRIES = (
    "SELECT s.author, s.epoch, s.kind, s.place, e.seq, e.hash, f.fact_id, f.bytes, COALESCE(p.part, x'') "
    "FROM entries e JOIN streams s ON s.id=e.stream JOIN facts f ON f.id=e.fact "
    "LEFT JOIN private_parts p ON p.fact=f.id"
)


def holding(book: Path, place: int) -> Holding:
    with closing(connect(book, read_only=True)) as conn:
        conn.execute("BEGIN")
        entries = [Entry(row[0], tuple(row[:5]), *map(bytes, row[5:])) for row in conn.execute(ENTRIES).fetchall()]
        facts = [bytes(fact_id) for (fact_id,) in conn.execute("SELECT fact_id FROM facts").fetchall()]
        keys = conn.execute("SELECT place, key FROM keys").fetchall()
    return Holding(place, frozenset(entries), frozenset(facts), frozenset((at, bytes(key)) for at, key in keys))


def written_by_nobody(held: Holding, authors: Iterable[Holding]) -> list[str]:
    """Entries and facts in a book that stand in no book of those whose they would be."""
    honest = [entry for each in authors for entry in each.own()]
    entries, facts = set(honest), {entry.fact_id for entry in honest}
    found = [f"entry {entry.hash.hex()} of {entry.author}" for entry in held.entries - entries]
    return found + [f"fact {each.hex()}" for each in held.facts - facts]


# What callers were told.


class Told(NamedTuple):
    """A call that was answered with yes."""

    method: str
    request: Any
    answer: Any


WRITING = frozenset(
    {
        *("FileCase", "Act", "PublishRelease", "PublishCalendar", "IntroduceKey", "Enter", "TakeStep", "SettleFinding"),
        *("PublishPosts", "NoteAway", "EndAway"),
    }
)


def not_asked_for(before: Holding, after: Holding, told: list[Told]) -> list[str]:
    """What a node wrote although nobody was told so, or otherwise than he asked; and what he was told in vain."""
    new = {entry.fact_id: fact_pb2.Fact.FromString(entry.fact) for entry in after.own() - before.own()}
    private = {entry.fact_id: entry.private for entry in after.own()}
    by_request = {(fact.request_id, int(fact.body_type)): fact_id for fact_id, fact in new.items()}
    stream_of = {entry.fact_id: entry.stream[:-1] for entry in after.own()}
    found, written_in, ended = [], set(), set()
    for each in told:
        fact_id = _fact_of(each, by_request)
        if fact_id not in new:
            found.append(f"{each.method} was answered with yes and not written: {each.request}")
            continue
        written_in.add(stream_of[fact_id])
        fact = new.pop(fact_id)
        if each.method == "EndAway":
            ended.add(_absence(fact))
        if not _is_as_asked(each, fact, private[fact_id], place=after.place):
            found.append(f"{each.method} was written otherwise than asked: {each.request}")
    # The first fact in a scope that was not foreseen opens a stream there.
    begun = {name for name, fact in new.items() if _opens(fact) and stream_of[name] in written_in}
    # Whoever is back ends all that he had noted for this time.
    also = {name for name, fact in new.items() if ended and _absence(fact) in ended}
    return found + [f"nobody was told of {fact}" for name, fact in new.items() if name not in begun | also]


def _absence(fact: fact_pb2.Fact) -> tuple[object, ...]:
    """Whose, and until when. Empty for any other fact."""
    if fact.body_type != fact_pb2.BODY_TYPE_AWAY_NOTICED:
        return ()
    away = bodies_pb2.AwayNoticed.FromString(fact.body)
    return away.unit, away.post, away.person, away.to_ms


def _opens(fact: fact_pb2.Fact) -> bool:
    return fact.body_type == fact_pb2.BODY_TYPE_STREAM_OPENED


def _fact_of(told: Told, by_request: dict[tuple[bytes, int], bytes]) -> bytes:
    if told.method == "IntroduceKey":
        return bytes(told.answer.fact_id)
    if told.method == "Enter":
        return bytes(told.answer.entry.fact_id)
    return by_request.get((told.request.request_id, _body_type(told)), b"")


def _body_type(told: Told) -> int:
    return BODY_TYPES[ACTS[told.request.act]] if told.method == "Act" else BODY_TYPE_OF[told.method]


BODY_TYPE_OF: dict[str, int] = {
    "FileCase": fact_pb2.BODY_TYPE_CASE_FILED,
    "PublishRelease": fact_pb2.BODY_TYPE_CATALOGUE_RELEASED,
    "PublishCalendar": fact_pb2.BODY_TYPE_CALENDAR_PUBLISHED,
    "IntroduceKey": fact_pb2.BODY_TYPE_KEY_INTRODUCED,
    "TakeStep": fact_pb2.BODY_TYPE_ACCOUNTABILITY_STEP,
    "SettleFinding": fact_pb2.BODY_TYPE_FINDING_SETTLED,
    "PublishPosts": fact_pb2.BODY_TYPE_POSTS_PUBLISHED,
    "NoteAway": fact_pb2.BODY_TYPE_AWAY_NOTICED,
    "EndAway": fact_pb2.BODY_TYPE_AWAY_NOTICED,
}


def _is_as_asked(told: Told, fact: fact_pb2.Fact, private: bytes, *, place: int) -> bool:
    asked, answer = told.request, told.answer
    content = private[SALT_BYTES:]
    if told.method == "FileCase":
        return _as_filed(fact, content) == _as_understood(asked, place)
    if told.method == "Act":
        said = bodies_pb2.PrivateText.FromString(content).text
        by = fact_pb2.Actor(place=place, unit=asked.actor.unit, post=asked.actor.post, person=asked.actor.person)
        return (fact.case_id, fact.recorder, said) == (answer.case.case_id, by, asked.private_text.strip())
    if told.method == "TakeStep":
        step = bodies_pb2.AccountabilityStep.FromString(fact.body)
        by = fact_pb2.Actor(place=place, unit=asked.actor.unit, post=asked.actor.post, person=asked.actor.person)
        return (step.deed, step.text, fact.recorder) == (asked.step.deed, asked.step.text, by)
    if told.method == "SettleFinding":
        return fact.body == _bytes(asked.settled)
    if told.method == "Enter":
        return _as_entered(fact, content, asked) == _as_meant(asked, place, recorded_at_ms=fact.recorded_at_ms)
    if told.method == "IntroduceKey":
        return bool(bodies_pb2.KeyIntroduced.FromString(fact.body).certificate == asked.certificate)
    if told.method == "PublishPosts":
        asked.posts.place, asked.posts.from_day = place, answer.from_day
        return fact.body == _bytes(asked.posts)
    if told.method == "NoteAway":
        asked.away.from_ms = answer.from_ms
        return fact.body == _bytes(asked.away)
    if told.method == "EndAway":
        ended = bodies_pb2.AwayNoticed.FromString(fact.body)
        return (ended.unit, ended.post, ended.person) == (asked.unit, asked.post, asked.person)
    published = asked.release if told.method == "PublishRelease" else asked.calendar
    published.number = answer.number
    return fact.body == _bytes(published)


def _as_filed(fact: fact_pb2.Fact, content: bytes) -> cases_pb.FileCaseRequest:
    """The request that a filing in a book answers."""
    body = bodies_pb2.CaseFiled.FromString(fact.body)
    return cases_pb.FileCaseRequest(
        request_id=fact.request_id,
        actor=fact.recorder,
        home=fact.home,
        item_code=fact.item_code,
        materials=body.materials,
        applicant=bodies_pb2.Applicant.FromString(content),
        channel=body.channel,
        happened_at_ms=fact.happened_at_ms if fact.paper_page else 0,
        paper_page=fact.paper_page,
    )


def _as_understood(asked: cases_pb.FileCaseRequest, place: int) -> cases_pb.FileCaseRequest:
    understood = cases_pb.FileCaseRequest()
    understood.CopyFrom(asked)
    understood.home = asked.home or place
    understood.actor.place = place
    understood.applicant.SetInParent()
    return understood


def _as_entered(fact: fact_pb2.Fact, content: bytes, asked: registers_pb.EnterRequest) -> registers_pb.EnterRequest:
    """The request that an entry in a book answers. Which register it is in says the request."""
    which = asked.WhichOneof("entry")
    entered = registers_pb.EnterRequest(
        request_id=fact.request_id, actor=fact.recorder, home=fact.home, item_code=fact.item_code
    )
    getattr(entered, which).ParseFromString(fact.body)
    if which == "contact":
        entered.private_text = bodies_pb2.PrivateText.FromString(content).text
    entered.applicant.ParseFromString(content if which == "appointment" else b"")
    return entered


def _as_meant(asked: registers_pb.EnterRequest, place: int, *, recorded_at_ms: int) -> registers_pb.EnterRequest:
    meant = registers_pb.EnterRequest()
    meant.CopyFrom(asked)
    meant.home = asked.home or place
    meant.actor.place = place
    meant.private_text = asked.private_text.strip()
    meant.applicant.SetInParent()
    which = asked.WhichOneof("entry")
    if which in ("service", "attestation") and not getattr(asked, which).day:
        getattr(meant, which).day = number_of(day_of(recorded_at_ms))
    return meant


def _bytes(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)
