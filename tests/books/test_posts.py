"""Rosters and absences as a book holds them: who sees which, who is on duty, and what they show."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import closing
from datetime import date
from typing import Any

import pytest

from sync.cases import places
from sync.cases.posts import MOST_POSTS
from sync.cases.stages import Act
from sync.cases.workdays import number_of
from sync.facts.streams import PATH, SUBTREE, Scope
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from sync.journal import known, offering, posts, schema, signals
from sync.journal.clock import Reading
from sync.journal.signals import Signalled
from sync.journal.verify import verify
from sync.journal.writing import Draft
from tests.books.test_figures import MONDAY, Case, at, county, later
from tests.county import (
    COUNTY,
    FAR_VILLAGE,
    NEXT_VILLAGE,
    OTHER_TOWNSHIP,
    ROOT,
    TOWNSHIP,
    VILLAGE,
    County,
    append,
    rows,
    take,
)

__all__ = ["county"]

WINDOW, DESK = "综合窗口", "收件岗"
TUESDAY = later(1)
HOUR = 3_600_000


async def publish(county: County, place: int, body: Any, *, on: date = MONDAY, hour: int = 10) -> None:
    for watch in county.watches.values():
        watch.now_ms = at(on, hour)
    absence = isinstance(body, pb.AwayNoticed)
    kind = fact_pb2.BODY_TYPE_AWAY_NOTICED if absence else fact_pb2.BODY_TYPE_POSTS_PUBLISHED
    await county.books[place].write(lambda tx: tx.publish(kind, body, request_id=os.urandom(16)))


def roster(place: int, a: str, b: str = "", *, first: date = MONDAY) -> pb.PostsPublished:
    held = pb.Post(unit=WINDOW, post=DESK, holder_a=a, holder_b=b)
    return pb.PostsPublished(place=place, from_day=number_of(first), posts=[held])


def away(person: str, begins: int, ends: int) -> pb.AwayNoticed:
    return pb.AwayNoticed(unit=WINDOW, post=DESK, person=person, from_ms=begins, to_ms=ends, note="下村")


async def on_duty(county: County, at_place: int, of: int, at_ms: int) -> str:
    return await county.books[at_place].look(lambda conn: posts.on_duty(conn, of, WINDOW, DESK, at_ms))


# Who holds them.


async def test_rosters_travel_as_far_as_their_place_is_seen(county: County) -> None:
    publishing = (COUNTY, TOWNSHIP, OTHER_TOWNSHIP, VILLAGE)
    for place in publishing:
        await publish(county, place, roster(place, f"样例{place}"))
    await county.settle_down()
    seen = {
        COUNTY: set(publishing),
        TOWNSHIP: {COUNTY, TOWNSHIP, VILLAGE},
        OTHER_TOWNSHIP: {COUNTY, OTHER_TOWNSHIP},
        VILLAGE: {COUNTY, TOWNSHIP, VILLAGE},
        NEXT_VILLAGE: {COUNTY, TOWNSHIP},
        FAR_VILLAGE: {COUNTY, OTHER_TOWNSHIP},
    }
    for place, expected in seen.items():
        assert set(await county.books[place].look(posts.with_rosters)) == expected
        for of in expected:
            assert await on_duty(county, place, of, at(MONDAY, 11)) == f"样例{of}"
        assert verify(county.path(place), ROOT.public) == []


async def test_every_level_says_the_same_whatever_came_first(county: County) -> None:
    """Three rosters of one township, and an absence, told to the county and the village in different orders."""
    for hour, first, name in ((10, MONDAY, "样例1"), (11, TUESDAY, "样例2"), (12, MONDAY, "样例3")):
        await publish(county, TOWNSHIP, roster(TOWNSHIP, name, "样例9", first=first), hour=hour)
        await county.exchange(TOWNSHIP if name != "样例2" else VILLAGE)
    await publish(county, TOWNSHIP, away("样例3", at(MONDAY, 14), at(MONDAY, 16)), hour=13)
    await county.settle_down()
    for place in (COUNTY, TOWNSHIP, VILLAGE):
        said = [await on_duty(county, place, TOWNSHIP, at(day, hour)) for day, hour in ((MONDAY, 13), (MONDAY, 15))]
        said += [await on_duty(county, place, TOWNSHIP, at(TUESDAY))]
        assert said == ["样例3", "样例9", "样例2"]


async def test_where_nothing_was_published_nobody_is_on_duty(county: County) -> None:
    assert await on_duty(county, COUNTY, TOWNSHIP, at(TUESDAY)) == ""
    await publish(county, TOWNSHIP, roster(TOWNSHIP, "样例1"))
    book = county.books[TOWNSHIP]
    assert await book.look(lambda conn: posts.on_duty(conn, TOWNSHIP, WINDOW, "无此岗", at(TUESDAY))) == ""


async def test_nobody_publishes_for_another(county: County) -> None:
    """Not by another name in the body, nor in the scope of a place below."""
    await publish(county, TOWNSHIP, roster(OTHER_TOWNSHIP, "样例1"))
    foreign = Draft(
        Scope(SUBTREE, TOWNSHIP),
        fact_pb2.FACT_CLASS_ADMIN,
        fact_pb2.BODY_TYPE_POSTS_PUBLISHED,
        roster(TOWNSHIP, "样例2").SerializeToString(),
        fact_pb2.Actor(place=COUNTY),
        os.urandom(16),
    )
    await append(county.books[COUNTY], foreign)
    await county.settle_down()
    for place in (COUNTY, TOWNSHIP):
        assert await county.books[place].look(posts.with_rosters) == []
        assert verify(county.path(place), ROOT.public) == []


async def test_what_is_kept_of_rosters_is_checked_and_made_again(county: County) -> None:
    await publish(county, TOWNSHIP, roster(TOWNSHIP, "样例1", "样例2"))
    await publish(county, TOWNSHIP, away("样例1", at(MONDAY), at(MONDAY, 12)))
    await county.close(TOWNSHIP)
    with closing(schema.sqlite3.connect(str(county.path(TOWNSHIP)), isolation_level=None)) as conn:
        assert conn.execute("SELECT person FROM posts ORDER BY person").fetchall() == [("",), ("样例1",)]
        conn.execute("DELETE FROM posts WHERE person<>''")
    assert [each.table for each in verify(county.path(TOWNSHIP), ROOT.public)] == ["posts"]
    with closing(schema.sqlite3.connect(str(county.path(TOWNSHIP)), isolation_level=None)) as conn:
        conn.execute("DROP TABLE posts")
        conn.execute("DELETE FROM _sqlite_migrations WHERE name='m010_posts'")
    await county.open(TOWNSHIP)
    assert verify(county.path(TOWNSHIP), ROOT.public) == []
    assert await on_duty(county, TOWNSHIP, TOWNSHIP, at(MONDAY, 11)) == "样例2"


async def test_nobody_is_put_on_a_post_by_what_a_clock_not_to_be_trusted_wrote(county: County) -> None:
    clock: Any = county.books[TOWNSHIP].clock
    clock.reading = lambda **_: Reading(at(later(-3)), fact_pb2.CLOCK_STATE_UNTRUSTED, 0)
    await publish(county, TOWNSHIP, roster(TOWNSHIP, "样例1", first=later(-3)))
    del clock.reading
    await county.settle_down()
    for place in (COUNTY, TOWNSHIP):
        assert await on_duty(county, place, TOWNSHIP, at(later(1))) == ""
        assert verify(county.path(place), ROOT.public) == []


async def test_a_roster_of_more_posts_than_any_place_has_is_not_read(county: County) -> None:
    """A peer may have written it all the same."""
    endless = pb.PostsPublished(place=TOWNSHIP, from_day=number_of(MONDAY), posts=[pb.Post()] * (MOST_POSTS + 1))
    await publish(county, TOWNSHIP, endless)
    await hear(county, 10)
    for place in (COUNTY, TOWNSHIP):
        assert await county.books[place].look(posts.with_rosters) == []
        assert verify(county.path(place), ROOT.public) == []


async def test_what_was_written_later_than_it_says_counts_from_then_on(county: County) -> None:
    await publish(county, TOWNSHIP, roster(TOWNSHIP, "样例1"))
    await hear(county, 9)
    backdated = "INSERT INTO backdated SELECT f.id, ? FROM posts p JOIN facts f ON f.fact_id=p.fact_id"
    await county.books[COUNTY].write(lambda tx: tx.conn.execute(backdated, [at(TUESDAY, 14)]))
    assert [await on_duty(county, COUNTY, TOWNSHIP, at(TUESDAY, hour)) for hour in (13, 15)] == ["", "样例1"]


# What they show.


async def shown(county: County, place: int, *, now_ms: int, within: int = COUNTY) -> list[Signalled]:
    bounds, book = places.bounds(within), county.books[place]
    await book.write(known.note_known)
    return await book.look(lambda conn: signals.of_posts(conn, here=place, within=bounds, now_ms=now_ms))


async def hear(county: County, hour: int, *, on: date = TUESDAY) -> None:
    """Everybody speaks to his parent, at this hour of a day."""
    for watch in county.watches.values():
        watch.now_ms = at(on, hour)
    await county.settle_down(rounds=2)


async def taken_in_by(county: County, person: str, *, on: date = TUESDAY) -> Case:
    case = await Case(county, VILLAGE).file(by=VILLAGE, on=on)
    await case.hand_over(on=on)
    await county.exchange(VILLAGE)
    await case.act(Act.TAKE_IN, pb.TakenIn(), by=TOWNSHIP, on=on, person=person)
    return case


async def test_who_handles_a_case_without_being_on_post_is_shown_at_every_level(county: County) -> None:
    await publish(county, TOWNSHIP, roster(TOWNSHIP, "样例1", "样例2"))
    await taken_in_by(county, "样例1")
    case = await taken_in_by(county, "样例2")
    await hear(county, 11)
    for place in (COUNTY, TOWNSHIP, VILLAGE):
        (found,) = await shown(county, place, now_ms=at(TUESDAY, 12))
        assert (found.rule, found.place, found.about) == ("NOT_ON_POST", TOWNSHIP, "样例2")
        assert (found.case_id, found.fact_id) == (case.facts[0], case.facts[-1])
        assert rows(county.books[place], "SELECT COUNT(*) FROM cases WHERE signals<>''") == [(0,)]
    assert await shown(county, COUNTY, now_ms=at(TUESDAY, 12), within=OTHER_TOWNSHIP) == []
    assert len(await shown(county, COUNTY, now_ms=at(TUESDAY, 12), within=VILLAGE)) == 1


@pytest.mark.parametrize(
    ("person", "on", "trusted", "fires"),
    [
        ("样例2", later(2), True, True),
        ("样例2", later(2), False, False),
        ("", later(2), True, False),
        ("样例2", MONDAY, True, False),
    ],
)
async def test_only_a_person_by_a_trusted_clock_under_a_roster_is_shown(
    county: County, person: str, on: date, trusted: bool, fires: bool
) -> None:
    if on < TUESDAY:
        await taken_in_by(county, person, on=on)
    await publish(county, TOWNSHIP, roster(TOWNSHIP, "样例1"), on=TUESDAY)
    if not trusted:
        clock: Any = county.books[TOWNSHIP].clock
        clock.reading = lambda **_: Reading(at(on), fact_pb2.CLOCK_STATE_UNTRUSTED, 0)
    if on > TUESDAY:
        await taken_in_by(county, person, on=on)
    found = await shown(county, TOWNSHIP, now_ms=at(later(2), 12))
    assert [each.rule for each in found] == (["NOT_ON_POST"] if fires else [])


async def test_only_so_many_of_the_newest_cases_are_looked_at(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    await publish(county, TOWNSHIP, roster(TOWNSHIP, "样例1"))
    for _ in range(3):
        await taken_in_by(county, "样例2")
    assert len(await shown(county, TOWNSHIP, now_ms=at(TUESDAY, 12))) == 3
    monkeypatch.setattr(signals, "LOOKED_AT", 2)
    found = await shown(county, TOWNSHIP, now_ms=at(TUESDAY, 12))
    assert [each.row for each in found] == [3, 2]


async def test_a_post_without_anybody_is_shown_while_it_lasts(county: County) -> None:
    await publish(county, TOWNSHIP, roster(TOWNSHIP, "样例1"))
    await publish(county, TOWNSHIP, away("样例1", at(TUESDAY, 11), at(TUESDAY, 15)))
    for hour, expected in ((10, []), (12, [("POST_UNSTAFFED", TOWNSHIP, f"{WINDOW} {DESK}")]), (16, [])):
        await hear(county, hour)
        for place in (COUNTY, TOWNSHIP):
            found = await shown(county, place, now_ms=at(TUESDAY, hour))
            assert [(each.rule, each.place, each.about) for each in found] == expected


async def test_of_many_posts_and_of_one_case_only_so_many_are_shown(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = pb.PostsPublished(place=TOWNSHIP, from_day=number_of(MONDAY), posts=[pb.Post()] * MOST_POSTS)
    await publish(county, TOWNSHIP, empty)
    case = await taken_in_by(county, "样例1")
    for _ in range(2):
        await case.act(Act.STAGE_DONE, pb.StageDone(), by=TOWNSHIP, on=TUESDAY, person="样例1")
    for most, shown_of_the_case in ((20, 3), (2, 2)):
        monkeypatch.setattr(signals, "OF_A_CASE", most)
        found = Counter(each.rule for each in await shown(county, TOWNSHIP, now_ms=at(TUESDAY, 12)))
        assert found == {"POST_UNSTAFFED": signals.OF_A_PLACE, "NOT_ON_POST": shown_of_the_case}


async def test_who_stood_in_is_not_shown_while_the_absence_he_stood_in_for_is_on_its_way(county: County) -> None:
    """The county has the case, and of the township's own journal not yet all."""
    await publish(county, TOWNSHIP, roster(TOWNSHIP, "样例1", "样例2"))
    await hear(county, 9)
    await publish(county, TOWNSHIP, away("样例1", at(TUESDAY, 9), at(TUESDAY, 18)), on=TUESDAY, hour=9)
    await taken_in_by(county, "样例2")
    await taken_in_by(county, "样例3")
    await carry(county, TOWNSHIP, COUNTY, kind=PATH)
    assert rows(county.books[COUNTY], "SELECT COUNT(*) FROM cases WHERE custodian_place=?", TOWNSHIP) == [(2,)]
    assert await shown(county, COUNTY, now_ms=at(TUESDAY, 12)) == []
    await hear(county, 12)
    (found,) = await shown(county, COUNTY, now_ms=at(TUESDAY, 12))
    assert (found.rule, found.about) == ("NOT_ON_POST", "样例3")


async def carry(county: County, sender: int, to: int, *, kind: int) -> None:
    """Only what one place has of one kind of journal, as if the rest had been cut off."""
    book = county.books[sender]
    scopes = [each for each in book.read_chains.scopes() if each.kind == kind]
    offer = offering.unsent(
        book.reader, book.read_chains, here=sender, peer=to, scopes=scopes, assumed={}, limit=1_000_000
    )
    await take(county.books[to], *offer.segments, sender=sender)
