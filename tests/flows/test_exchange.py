"""Two neighbours call each other and hold the same, whatever either lost."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from sync.catalogue.items import Department
from sync.catalogue.release import Release
from sync.errors import Refused, Unavailable
from sync.exchange.rounds import answer, exchange
from sync.facts.streams import PATH, Scope
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2
from sync.journal import statements
from sync.journal.book import Book
from sync.journal.catalogue_translation import release_message
from sync.journal.verify import verify
from sync.node.catalogue_service import CatalogueService
from sync.rpc.v1.catalogue_service_pb2 import PublishReleaseRequest
from tests.county import (
    BOX,
    COUNTY,
    OTHER_TOWNSHIP,
    ROOT,
    TOWNSHIP,
    VILLAGE,
    County,
    Traffic,
    append,
    cases_of,
    file_cases,
    filing,
    heads_of,
    own_stream,
    private_part,
    rows,
)

if TYPE_CHECKING:
    from sync.node.node import Node

HOUR_MS = 3_600_000


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    async with County(tmp_path) as county:
        await county.open(COUNTY, TOWNSHIP, VILLAGE)
        await county.introduce(COUNTY, TOWNSHIP, VILLAGE)
        await county.know_each_other()
        await county.settle_down()
        yield county


def assert_same(county: County, one: int, other: int) -> None:
    """Both hold the same of all they share."""
    here, there = county.books[one], county.books[other]
    shared = statements.shared_scopes(here.read_chains, one, other)
    assert shared == statements.shared_scopes(there.read_chains, other, one)
    for scope in shared:
        assert heads_of(here, scope) == heads_of(there, scope), scope
    assert cases_of(here).items() <= cases_of(there).items() or cases_of(there).items() <= cases_of(here).items()


async def test_a_quiet_exchange_is_one_round_trip_below_a_kilobyte_whatever_is_held(county: County) -> None:
    drafts = [filing(number, private=private_part("张三")) for number in range(2000)]
    await append(county.books[VILLAGE], *drafts)
    await county.settle_down(rounds=2)
    for child in (VILLAGE, TOWNSHIP):
        traffic = Traffic()
        assert await county.exchange(child, traffic=traffic) == 1
        assert traffic.calls == 1
        assert traffic.sent + traffic.received < 1024
    assert len(cases_of(county.books[COUNTY])) == 2000


async def test_only_what_is_new_travels(county: County) -> None:
    await append(county.books[VILLAGE], *(filing(number) for number in range(500)))
    await county.exchange(VILLAGE)
    await file_cases(county.books[VILLAGE], 1000)
    traffic = Traffic()
    assert await county.exchange(VILLAGE, traffic=traffic) <= 3
    assert traffic.sent + traffic.received < 8 * 1024
    assert_same(county, VILLAGE, TOWNSHIP)


async def test_a_filing_reaches_the_county_and_its_receipt_comes_back(county: County) -> None:
    (case_id,) = await file_cases(county.books[VILLAGE], 1)
    await county.settle_down(rounds=2)
    assert case_id in cases_of(county.books[COUNTY])
    village = county.books[VILLAGE]
    row = village.read_chains.row_of(own_stream(village, BOX))
    assert row is not None
    (head,) = village.read_chains.heads(row)
    for signer in (TOWNSHIP, COUNTY):
        assert statements.covers(village.reader, village.read_chains, signer=signer, entry=head), signer


async def lose(county: County, place: int) -> None:
    """The machine is gone with its book; a new one begins with nothing."""
    await county.close(place)
    for path in county.folder.glob(f"{place}.sqlite*"):
        path.unlink()
    await county.open(place)
    await county.know_each_other()


@pytest.mark.parametrize("lost", [VILLAGE, TOWNSHIP, COUNTY])
async def test_who_lost_everything_gets_it_back_from_the_neighbours(county: County, lost: int) -> None:
    await append(county.books[VILLAGE], *(filing(n, private=private_part("张三")) for n in range(300)))
    await county.settle_down(rounds=2)
    before = cases_of(county.books[lost])
    await lose(county, lost)
    assert cases_of(county.books[lost]) == {}
    await county.settle_down(rounds=3)
    assert cases_of(county.books[lost]) == before
    for child, parent in ((VILLAGE, TOWNSHIP), (TOWNSHIP, COUNTY)):
        assert_same(county, child, parent)
    assert verify(county.path(lost), ROOT.public) == []


class LosesReplies(Traffic):
    """The parent commits, and its answer is lost on the way back."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = self.lost = times

    def comes(self, payload: bytes) -> bytes:
        if self.left:
            self.left -= 1
            raise Unavailable("the line broke")
        return super().comes(payload)


@pytest.mark.parametrize("lost", [1, 2, 5])
async def test_lost_replies_cost_nothing_but_another_try(county: County, lost: int) -> None:
    await append(county.books[VILLAGE], *(filing(number) for number in range(50)))
    traffic = LosesReplies(lost)
    failed = 0
    while True:
        try:
            await county.exchange(VILLAGE, traffic=traffic)
            break
        except Unavailable:
            failed += 1
    assert failed == lost
    assert_same(county, VILLAGE, TOWNSHIP)
    assert len(cases_of(county.books[TOWNSHIP])) == 50
    assert rows(county.books[TOWNSHIP], "SELECT COUNT(*) FROM parked") == [(0,)]
    assert len(own_chain(county.books[TOWNSHIP], VILLAGE)) == 51


def own_chain(book: Book, author: int) -> list[tuple[int, bytes]]:
    found = rows(
        book, "SELECT seq, hash FROM entries e JOIN streams s ON s.id=stream WHERE author=? ORDER BY seq", author
    )
    return [(seq, entry_hash) for seq, entry_hash in found]


@pytest.mark.parametrize("helper", [VILLAGE, COUNTY])
async def test_a_township_set_back_regains_its_entries_and_opens_a_new_epoch_by_proof(
    county: County, helper: int
) -> None:
    township = county.books[TOWNSHIP]
    await file_cases(township, 1)
    await county.settle_down()
    await county.close(TOWNSHIP)
    county.copy(TOWNSHIP, name="yesterday")
    township = await county.open(TOWNSHIP)
    old = own_stream(township, BOX)
    await file_cases(township, 2, 3)
    await county.settle_down()
    expected = cases_of(township)
    await county.close(TOWNSHIP)
    county.set_back(TOWNSHIP, name="yesterday")
    township = await county.open(TOWNSHIP)
    assert len(cases_of(township)) == 1
    assert own_stream(township, BOX) == old

    await (county.exchange(VILLAGE) if helper == VILLAGE else county.exchange(TOWNSHIP))
    assert cases_of(township) == expected
    new = own_stream(township, BOX)
    assert new.epoch != old.epoch
    await file_cases(township, 4)
    await county.settle_down()
    for book in county.books.values():
        row = book.read_chains.row_of(old)
        assert row is not None
        assert not book.read_chains.is_forked(row)
        assert len(cases_of(book)) == 4
    assert opening_of(county.books[COUNTY], new.epoch).reason == bodies_pb2.OPEN_REASON_PROOF
    assert verify(county.path(TOWNSHIP), ROOT.public) == []


def opening_of(book: Book, epoch: bytes) -> bodies_pb2.StreamOpened:
    ((encoded,),) = rows(
        book,
        "SELECT f.bytes FROM streams s JOIN entries e ON e.stream=s.id AND e.seq=1 JOIN facts f ON f.id=e.fact "
        "WHERE s.epoch=? AND s.place=? AND s.kind=?",
        epoch,
        VILLAGE,
        BOX.kind,
    )
    return bodies_pb2.StreamOpened.FromString(fact_pb2.Fact.FromString(encoded).body)


async def test_a_township_that_wrote_on_after_being_set_back_forks_once_and_goes_on(county: County) -> None:
    await county.close(TOWNSHIP)
    county.copy(TOWNSHIP, name="yesterday")
    township = await county.open(TOWNSHIP)
    old = own_stream(township, BOX)
    await file_cases(township, 1, 2)
    await county.settle_down()
    await county.close(TOWNSHIP)
    county.set_back(TOWNSHIP, name="yesterday")
    township = await county.open(TOWNSHIP)
    await file_cases(township, 3)
    await county.settle_down()
    assert own_stream(township, BOX).epoch != old.epoch
    for book in county.books.values():
        row = book.read_chains.row_of(old)
        assert row is not None
        assert len(book.read_chains.heads(row)) == 2
        assert len(cases_of(book)) == 3
    assert cases_of(county.books[VILLAGE]) == cases_of(township) == cases_of(county.books[COUNTY])
    assert_same(county, VILLAGE, TOWNSHIP)
    assert_same(county, TOWNSHIP, COUNTY)


async def test_a_county_set_back_publishes_nothing_before_every_township_is_in_touch_again(county: County) -> None:
    await county.open(OTHER_TOWNSHIP)
    await county.know_each_other()
    await county.settle_down()
    await county.close(COUNTY)
    county.copy(COUNTY, name="yesterday")
    await county.open(COUNTY)
    assert await publish(county, "样例旧版") == 1
    await county.settle_down()
    await county.close(COUNTY)
    county.set_back(COUNTY, name="yesterday")
    await county.open(COUNTY)
    await county.exchange(TOWNSHIP)
    later(county)
    await county.exchange(TOWNSHIP)
    with pytest.raises(Refused, match=f"再发布：{OTHER_TOWNSHIP}。"):
        await publish(county, "样例新版")
    await county.exchange(OTHER_TOWNSHIP)
    assert await publish(county, "样例新版") == 2


def later(county: County) -> None:
    for watch in county.watches.values():
        watch.now_ms += HOUR_MS


async def publish(county: County, title: str) -> int:
    """At the county. Returns the number."""
    release = release_message(Release(0, title, departments=(Department(title, title),)))
    request = PublishReleaseRequest(request_id=os.urandom(16), release=release)
    node = SimpleNamespace(book=county.books[COUNTY], settings=SimpleNamespace(place=COUNTY))
    return (await CatalogueService(cast("Node", node)).publish_release(request)).number


async def test_a_long_catch_up_goes_in_parcels_that_fit(county: County) -> None:
    drafts = [filing(number, private=private_part(os.urandom(1000).hex())) for number in range(1500)]
    for at in range(0, len(drafts), 100):
        await append(county.books[VILLAGE], *drafts[at : at + 100])
    traffic = Traffic()
    rounds = await county.exchange(VILLAGE, traffic=traffic)
    assert traffic.sent > 3_000_000
    assert 5 < rounds < 20
    assert_same(county, VILLAGE, TOWNSHIP)


async def test_an_exchange_with_a_segment_the_parent_refuses_comes_to_an_end(county: County) -> None:
    """Its homes differ: the township does not keep what the village offers. The rest goes on."""
    village, township = county.books[VILLAGE], county.books[TOWNSHIP]
    await file_cases(village, 1)
    changed = 0

    async def call(request: journal_pb2.Parcel) -> journal_pb2.Parcel:
        nonlocal changed
        for segment in request.segments:
            if segment.stream.author == VILLAGE:
                segment.entries[-1].signature = bytes(64)
                changed += 1
        return await answer(township, request, peer=VILLAGE)

    rounds = await exchange(village, peer=TOWNSHIP, call=call)
    assert changed
    assert rounds < 10
    assert cases_of(township) == {}
    assert rows(village, "SELECT code FROM refusals") == []  # It says nothing of the segment: it is offered again.
    await file_cases(village, 2)
    await county.exchange(VILLAGE)
    assert len(cases_of(township)) == 2


async def test_two_villages_never_see_each_other(county: County) -> None:
    await file_cases(county.books[VILLAGE], 1)
    await county.settle_down()
    shared = statements.shared_scopes(county.books[TOWNSHIP].read_chains, TOWNSHIP, VILLAGE)
    assert Scope(PATH, TOWNSHIP) not in shared
    assert rows(county.books[VILLAGE], "SELECT DISTINCT place FROM streams WHERE kind=?", PATH) == [(VILLAGE,)]


@pytest.mark.parametrize(
    ("moved", "believed"),
    [
        pytest.param(VILLAGE, True, id="an hour goes by before the answer is here"),
        pytest.param(TOWNSHIP, False, id="the township's clock is an hour ahead"),
    ],
)
async def test_a_clock_is_doubted_only_for_what_the_parent_certainly_says(
    county: County, moved: int, believed: bool
) -> None:
    village = county.books[VILLAGE]
    before = {place: watch.now_ms for place, watch in county.watches.items()}
    county.watches[VILLAGE].now_ms = county.watches[TOWNSHIP].now_ms = max(before.values())
    if moved is TOWNSHIP:
        county.watches[TOWNSHIP].now_ms += HOUR_MS

    async def call(parcel: journal_pb2.Parcel) -> journal_pb2.Parcel:
        reply = await answer(county.books[TOWNSHIP], parcel, peer=VILLAGE)
        if moved is VILLAGE:
            county.watches[VILLAGE].now_ms += HOUR_MS
        return reply

    await exchange(village, peer=TOWNSHIP, call=call)
    trusted = village.clock.reading().state == fact_pb2.CLOCK_STATE_TRUSTED
    assert trusted is believed
