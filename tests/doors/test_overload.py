"""More than a node can take: too many callers, a full stream, messages that swell. It says so, and goes on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio

from operations.networks import Spot
from sync.carriers.nats import Hub, StreamLimits
from sync.carriers.nats_keys import keep_seed
from sync.cases import places
from sync.errors import Refused, Unavailable
from sync.facts.v1 import bodies_pb2, journal_pb2
from sync.journal.schema import connect
from sync.node.node import BOOK
from sync.node.supervision_service import MAX_WATCHERS
from sync.rpc.server import MAX_CALLS, Seats
from sync.rpc.v1 import case_service_pb2 as pb
from sync.rpc.v1 import supervision_service_pb2 as supervision_pb
from tests.eventually import eventually
from tests.whole_county.running import Memory, Running, assert_each_once, filers, small_county

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLERS = 120
RECOVERED_S = 5.0
MAY_GROW_MB = 50
MIB = 2**20
BOMB_BYTES = 400 * MIB

FULL_BYTES = 64 * 1024
FULL = "收件流已满"

GET_CASE = "/sync.rpc.v1.CaseService/GetCase"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def county(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One county, one township, one village, each a process of its own."""
    county = small_county(tmp_path_factory.mktemp("overload"), stations=1)
    async with county.processes:
        await county.open()
        yield county
        await county.close()
    assert county.faults_in_closed_books() == []


async def still_serves(county: Running, spot: Spot) -> None:
    """A normal call is answered within seconds."""
    await eventually(lambda: county.is_up(spot), within=RECOVERED_S)


async def one_filing(county: Running) -> pb.FileCaseRequest:
    item = (await county.items(county.county))[0].code
    applicant = bodies_pb2.Applicant(name="样例村民甲")
    return pb.FileCaseRequest(request_id=os.urandom(16), item_code=item, applicant=applicant)


# Too many callers.


def sent_away(calls: list[asyncio.Task[Any]]) -> list[BaseException | None]:
    return [call.exception() for call in calls if call.done()]


def assert_told_in_plain_words(refusals: list[BaseException | None]) -> None:
    assert {type(each) for each in refusals} == {Unavailable}
    assert {str(each) for each in refusals} == {"本节点正忙，请稍后再试。"}


@contextmanager
def held_by_another(book: Path) -> Iterator[None]:
    """Somebody else writes in the book for a long time: a copy being made, an operator's own tool."""
    with closing(connect(book)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_of_many_who_file_at_once_those_above_the_limit_are_told_and_the_others_served(county: Running) -> None:
    spot, filing = county.county, await one_filing(county)
    client, before = county.client(spot), await county.cases(spot)

    async def file_case() -> bytes:
        request = pb.FileCaseRequest()
        request.CopyFrom(filing)
        request.request_id = os.urandom(16)
        return bytes((await client.ask(client.cases.FileCase, request)).case.case_id)

    with held_by_another(county.directory(spot) / BOOK):
        calls = [asyncio.create_task(file_case()) for _ in range(CALLERS)]
        await eventually(lambda: len(sent_away(calls)) == CALLERS - MAX_CALLS)
        assert_told_in_plain_words(sent_away(calls))
        with pytest.raises(Refused, match="不是本节点的直接下级"):  # Neighbours have places of their own.
            await client.exchange(journal_pb2.Parcel(version=1, sender=spot.place, receiver=spot.place))
    await still_serves(county, spot)
    filed = {each for each in await asyncio.gather(*calls, return_exceptions=True) if isinstance(each, bytes)}
    assert len(filed) == MAX_CALLS
    assert {case.case_id for case in await county.cases(spot)} == {case.case_id for case in before} | filed


@asynccontextmanager
async def connections(address: str, count: int) -> AsyncIterator[list[grpc.aio.Channel]]:
    """Each its own: calls of one connection would wait for each other at the caller's end."""
    apart = [("grpc.use_local_subchannel_pool", 1)]
    async with AsyncExitStack() as opened:
        yield [
            await opened.enter_async_context(grpc.aio.insecure_channel(address, options=apart)) for _ in range(count)
        ]


async def test_callers_who_say_nothing_keep_nobody_out(county: Running) -> None:
    """32 of them did, for as long as they liked."""
    spot = county.county
    async with connections(spot.address, 6) as channels:
        asking: list[Any] = [channel.stream_unary(GET_CASE) for channel in channels]
        calls = [asking[number % len(asking)]() for number in range(CALLERS)]
        try:
            await eventually(lambda: sum(call.done() for call in calls) == CALLERS - MAX_CALLS)
            done = [call for call in calls if call.done()]
            assert {await call.code() for call in done} == {grpc.StatusCode.UNAVAILABLE}
            assert {await call.details() for call in done} == {"本节点正忙，请稍后再试。"}
            await still_serves(county, spot)
            assert any(not call.done() for call in calls), "some still say nothing"
        finally:
            for call in calls:
                call.cancel()


async def test_whoever_gave_his_place_up_is_not_served_though_he_speaks_at_that_moment() -> None:
    """One more was served than there are places for."""
    seats, spoken = Seats(1), asyncio.Event()

    async def words() -> AsyncIterator[bytes]:
        await spoken.wait()
        yield b"at last"

    async def served() -> bytes:
        with seats.taken() as seat:
            return await seat.hear(words())

    slow = asyncio.create_task(served())
    await asyncio.sleep(0)
    spoken.set()
    with seats.taken(), pytest.raises(Unavailable, match="正忙"):
        await slow


async def test_of_many_who_watch_the_figures_only_a_few_are_let_in(county: Running) -> None:
    client = county.client(county.county)

    async def first(watching: AsyncGenerator[Any, None]) -> None:
        await anext(watching)

    streams = [
        client.watch(client.supervision.WatchFigures, supervision_pb.WatchFiguresRequest()) for _ in range(CALLERS)
    ]
    try:
        outcomes = await asyncio.gather(*map(first, streams), return_exceptions=True)
        refused = [each for each in outcomes if each is not None]
        assert len(refused) == CALLERS - MAX_WATCHERS
        assert {type(each) for each in refused} == {Unavailable}
        assert all("请关闭不用的后再试" in str(each) or "请稍后再试" in str(each) for each in refused)
        await still_serves(county, county.county)
    finally:
        for stream in streams:
            await stream.aclose()


# Messages that swell.


async def test_a_small_message_that_swells_to_400_megabytes_is_refused_unswollen(county: Running) -> None:
    spot = county.county
    memory = Memory.of(county.pid(spot))
    async with grpc.aio.insecure_channel(spot.address, options=[("grpc.max_send_message_length", -1)]) as channel:
        ask: Any = channel.unary_unary(GET_CASE)
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await ask(bytes(BOMB_BYTES), compression=grpc.Compression.Gzip, timeout=60)
    assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "ecompressed" in (raised.value.details() or ""), "it was small enough until then"
    await still_serves(county, spot)
    assert memory.grown_mb() <= MAY_GROW_MB


def a_huge_header() -> Iterator[bytes]:
    yield b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Much: "
    yield from [b"x" * MIB] * 8


def headers_without_end() -> Iterator[bytes]:
    yield b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    yield from [b"X-Much: more\r\n" * 75_000] * 8


def a_huge_body() -> Iterator[bytes]:
    yield b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % (64 * MIB)
    yield from [bytes(MIB)] * 64


def a_body_without_end() -> Iterator[bytes]:
    yield b"POST /search HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield from [b"100000\r\n" + bytes(MIB) + b"\r\n"] * 64


HUNG_UP = b"hung up"


async def say_over_http(spot: Spot, words: Iterator[bytes]) -> bytes:
    """The status with which these bytes are answered, however many of them are heard."""
    reader, writer = await asyncio.open_connection("127.0.0.1", spot.web)
    answer = asyncio.create_task(reader.readline())
    try:
        async with asyncio.timeout(20):
            with suppress(ConnectionError):
                for each in words:
                    writer.write(each)
                    await writer.drain()
            return (await answer).split()[1]
    except (ConnectionError, IndexError):
        return HUNG_UP
    finally:
        answer.cancel()
        writer.transport.abort()


@pytest.mark.parametrize("words", [a_huge_header, headers_without_end, a_huge_body, a_body_without_end])
async def test_the_page_takes_no_flood_in(county: Running, words: Any) -> None:
    spot = county.county
    memory = Memory.of(county.pid(spot))
    assert await say_over_http(spot, words()) in (b"400", b"405", HUNG_UP)
    assert await say_over_http(spot, iter([b"GET / HTTP/1.0\r\n\r\n"])) == b"200"
    await still_serves(county, spot)
    assert memory.grown_mb() <= MAY_GROW_MB


# A full stream.


async def bound(county: Running, child: Spot, *, max_bytes: int) -> None:
    """What the operator of the broker may do: bound the child's streams."""
    parent = county.network.spot(places.parent(child.place) or 0)
    seed = keep_seed(county.directory(parent) / "nats" / "owner.seed")
    async with Hub(f"nats://127.0.0.1:{parent.nats}", seed, limits=StreamLimits(max_bytes=max_bytes)) as hub:
        await hub.ensure(child.place)


async def test_a_child_whose_stream_is_full_says_so_keeps_all_and_sends_it_when_there_is_room(county: Running) -> None:
    (village,), (filer,) = county.villages, await filers(county)
    await filer.burst(1)
    await eventually(lambda: county.all_confirmed())
    await bound(county, village, max_bytes=FULL_BYTES)

    async def link() -> Any:
        return (await county.status(village)).links[0]

    async def has_sent_more(than: int) -> bool:
        now = await link()
        return now.parcels_sent > than or FULL in now.last_error

    county.hold(county.township)
    while FULL not in (sent := await link()).last_error:
        assert len(filer.asked) < 200, "the stream takes more than it should"
        await filer.burst(8)
        await eventually(partial(has_sent_more, sent.parcels_sent))

    async def was_tried_again() -> bool:
        return len((await link()).retries) >= 2

    await eventually(was_tried_again)
    assert FULL in (await link()).last_error
    await filer.burst(3)  # Whoever stands at the counter is served all the same.
    assert await county.unconfirmed(village) > len(filer.asked)
    county.release(county.township)

    async def all_has_arrived() -> bool:
        now = await link()
        return now.entries_unconfirmed == 0 and not now.last_error

    await eventually(all_has_arrived, within=RECOVERED_S)
    await bound(county, village, max_bytes=StreamLimits().max_bytes)
    for spot in (village, county.township):
        assert await assert_each_once(county, [filer], spot) == len(filer.asked)
