"""What is kept at hand of the open cases is what their rows say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from sync.cases.stages import Act
from sync.facts.v1 import bodies_pb2 as pb
from sync.journal import open_cases
from sync.journal.book import Book
from sync.journal.clocks import Judged, Judging, judge
from sync.journal.open_cases import OpenCase, OpenCases
from tests.books.test_figures import MONDAY, WHOLE_YEAR, Case, at, county, in_one_township, later, publish_calendar
from tests.county import COUNTY, NEXT_VILLAGE, TOWNSHIP, VILLAGE, County

__all__ = ["county"]

Standing = dict[OpenCase, Judged | None]


def standing(judging: Judging) -> Standing:
    return {case: judging.governing(case) for case in judging.open_cases(COUNTY)}


async def kept(book: Book) -> Standing:
    """As it is kept at hand; the same as read anew."""
    found = await judge(book, lambda _, judging: standing(judging))
    rules = {"catalogue": book.catalogues.catalogue(), "calendar": book.catalogues.calendar()}
    here, now_ms = book.identity.place, book.clock.now()
    assert found == await book.look(
        lambda conn: standing(Judging(conn, OpenCases(), here=here, now_ms=now_ms, **rules))  # type: ignore[arg-type]
    )
    return found


async def all_kept(county: County, *, on: date) -> list[int]:
    """How many are open in each book."""
    for watch in county.watches.values():
        watch.now_ms = at(on, 18)
    return [len(await kept(county.books[place])) for place in (VILLAGE, TOWNSHIP, COUNTY)]


async def test_what_is_kept_of_a_case_changes_with_every_act_wherever_it_was_done(county: County) -> None:
    case = await Case(county, VILLAGE).file(by=VILLAGE)
    assert await all_kept(county, on=MONDAY) == [1, 0, 0]
    await case.hand_over()
    await county.settle_down()
    assert await all_kept(county, on=MONDAY) == [1, 1, 1]
    await case.act(Act.TAKE_IN, pb.TakenIn(), by=TOWNSHIP)
    await case.accept(by=TOWNSHIP, on=later(1))
    assert await all_kept(county, on=later(1)) == [1, 1, 1]
    (at_the_county,) = (await kept(county.books[COUNTY])).values()
    assert at_the_county is None, "it does not know yet that the township has it"
    await county.settle_down()
    (at_the_county,) = (await kept(county.books[COUNTY])).values()
    assert at_the_county is not None
    await case.close(by=TOWNSHIP, on=later(3))
    assert await all_kept(county, on=later(3)) == [1, 0, 1]
    await county.settle_down()
    assert await all_kept(county, on=later(3)) == [0, 0, 0]


async def test_days_pass_and_calendars_come_without_any_act(county: County) -> None:
    case = await Case(county, TOWNSHIP).file(by=TOWNSHIP, on=later(115))
    await case.accept(by=TOWNSHIP, days=5, on=later(115))
    await county.settle_down()
    book = county.books[COUNTY]

    async def seen(day: date) -> str:
        county.watches[COUNTY].now_ms = at(day)
        (judged,) = (await kept(book)).values()
        assert judged is not None
        return judged.standing.level.name

    assert await seen(later(116)) == "PROVISIONAL"
    await publish_calendar(county, WHOLE_YEAR)
    assert [await seen(later(days)) for days in (116, 122, 123)] == ["NORMAL", "LAST_DAY", "OVERDUE_PROVISIONAL"]
    for watch in county.watches.values():
        watch.now_ms = at(later(124))
    await county.exchange(TOWNSHIP)
    assert await seen(later(124)) == "OVERDUE"


async def test_a_job_that_is_taken_back_leaves_nothing_behind(county: County) -> None:
    book = county.books[TOWNSHIP]
    case = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    assert await all_kept(county, on=MONDAY) == [0, 1, 0]

    with pytest.raises(ArithmeticError):
        await book.write(lambda tx: _spoil(tx.conn, case.facts[0]))
    await in_one_township(county)
    assert await all_kept(county, on=later(2)) == [0, 1, 0]


def _spoil(conn: object, case: bytes) -> None:
    conn.execute("UPDATE cases SET stage='' WHERE case_id=?", [case])  # type: ignore[attr-defined]
    raise ArithmeticError


async def test_what_is_committed_while_somebody_reads_is_read_at_the_next_look(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases, read_cases = OpenCases(), open_cases.read_cases
    first = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    book = county.books[TOWNSHIP]

    def meanwhile(conn: Any, where: str, values: Mapping[str, int]) -> Iterator[OpenCase]:
        """What is seen is what was there before another case came."""
        yield from read_cases(conn, where, values)
        cases.change([2])

    monkeypatch.setattr(open_cases, "read_cases", meanwhile)
    assert [*cases.read(book.reader)] == [1]
    monkeypatch.setattr(open_cases, "read_cases", read_cases)
    second = await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    assert first.facts != second.facts
    assert [*cases.read(book.reader)] == [1, 2]


async def test_a_reading_that_fails_is_begun_anew(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    cases, book = OpenCases(), county.books[TOWNSHIP]
    await Case(county, TOWNSHIP).file(by=TOWNSHIP)
    with monkeypatch.context() as broken:
        broken.setattr(open_cases, "read_cases", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cases.read(book.reader)
    assert [*cases.read(book.reader)] == [1]


def test_where_nobody_looks_for_long_no_more_than_so_much_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_cases, "AT_MOST", 2)
    cases = OpenCases()
    cases._changed = set()
    for row in range(3):
        cases.change([row])
    assert cases._changed is None


async def test_a_place_sees_its_own_and_those_below(county: County) -> None:
    for home in (VILLAGE, NEXT_VILLAGE):
        await Case(county, home).file(by=home)
        await county.exchange(home)

    async def count(within: int) -> int:
        return await judge(county.books[TOWNSHIP], lambda _, judging: len([*judging.open_cases(within)]))

    assert [await count(each) for each in (COUNTY, TOWNSHIP, VILLAGE, NEXT_VILLAGE)] == [2, 2, 1, 1]
