"""5,000 damaged messages at the doors of a running county: no node stops, and no book holds what nobody wrote."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import grpc
import nats
import pytest
import pytest_asyncio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from county_node import seed
from operations.networks import Spot
from operations.opening import answering, open_county
from sync.carriers import nats_names
from sync.carriers.nats import Hub, Line
from sync.carriers.nats_keys import keep_seed
from sync.carriers.nats_names import DOWN, UP
from sync.exchange import parcels
from sync.exchange.link import Link
from sync.exchange.rounds import exchange
from sync.facts import signing
from sync.facts.streams import Stream
from sync.facts.v1 import journal_pb2
from sync.journal.book import Book, Identity
from sync.journal.schema import connect
from sync.node import identity, settings
from sync.node.node import BOOK
from sync.rpc.client import OPTIONS
from sync.rpc.v1 import case_service_pb2 as cases_pb
from tests.county import append, applicant, filing
from tests.doors.accounts import WRITING, Holding, Told, holding, not_asked_for, written_by_nobody
from tests.doors.honest import REQUESTS, Knows, file_case
from tests.doors.mutating import Mutated, mutated
from tests.doors.test_calls import METHODS, assert_plain, path
from tests.eventually import eventually
from tests.whole_county.running import Memory, Running, small_county

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

T = TypeVar("T")

SEED = int(os.environ.get("CUNTONG_SEED", "20101231"))
"""Shown with a failure. Give another to look for more."""

CALLS = 60
"""Of each method at each of the three nodes."""
PARCELS = {UP: 1240, DOWN: 700}
AT_ONCE = 12
MAY_GROW_MB = 50

StatusCode = grpc.StatusCode
REFUSED = {
    StatusCode.INVALID_ARGUMENT,
    StatusCode.NOT_FOUND,
    StatusCode.FAILED_PRECONDITION,
    StatusCode.PERMISSION_DENIED,
    StatusCode.ALREADY_EXISTS,
}


@dataclass
class Besieged:
    """A county, a township and a village that run; and a second village whose node is played here, with its keys."""

    running: Running
    author: Book
    """Of the second village: a real journal of which the township holds only the beginning."""

    @property
    def spots(self) -> tuple[Spot, Spot, Spot]:
        return self.running.county, self.running.township, self.running.villages[0]

    @property
    def absent(self) -> Spot:
        return self.running.villages[1]

    def holdings(self) -> dict[int, Holding]:
        return {spot.place: holding(self.running.directory(spot) / BOOK, spot.place) for spot in self.spots}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def county(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Besieged]:
    running = small_county(tmp_path_factory.mktemp("besieged"), stations=2)
    async with running.processes:
        await open_all_but_one(running)
        async with Book(*book_of(running, running.villages[1])) as author:
            await begin(running, author)
            yield Besieged(running, author)
        await running.close()
    assert running.faults_in_closed_books() == []


async def open_all_but_one(running: Running) -> None:
    there = (running.county, running.township, running.villages[0])
    for spot in there:
        await running.start(spot)
    await open_county(running.root, running.network, tell=lambda _: None)
    for spot in there:
        await answering(running.client(spot), holding_release=1)


def book_of(running: Running, spot: Spot) -> tuple[Path, Identity]:
    directory = running.directory(spot)
    return directory / BOOK, identity.identity_of(directory, settings.read(directory))


async def begin(running: Running, author: Book) -> None:
    """Some work is done everywhere; of what the absent village has written, the township knows the beginning."""
    chance, client = random.Random(SEED), running.client(running.villages[0])
    knows = await what_is_known(running, running.villages[0])
    for _ in range(6):
        filed = (await client.ask(client.cases.FileCase, file_case(knows, chance))).case
        request = cases_pb.ActRequest(request_id=chance.randbytes(16), case=filed.case_id.hex(), act="hand_over")
        await client.ask(client.cases.Act, request)
    await eventually(lambda: is_confirmed(running))
    here, township = author.identity.place, running.township
    for number in range(1, 15):
        await append(author, filing(number, home=here, private=applicant(f"样例村民{number}")))
        if number == 2:
            await exchange(author, peer=township.place, call=running.client(township).exchange)


async def is_confirmed(running: Running) -> bool:
    """Those who run have told each other all; says who has not."""
    seen = [await running.status(spot) for spot in (running.township, running.villages[0])]
    open_still = [
        f"{status.place} has {link.entries_unconfirmed} unconfirmed by {link.peer}: {link.last_error}"
        for status in seen
        for link in status.links[:1]
        if link.entries_unconfirmed
    ]
    assert not open_still, "; ".join(open_still)
    return True


async def what_is_known(running: Running, spot: Spot) -> Knows:
    absent = running.villages[1]
    shown = identity.enrolment(running.directory(absent), absent.place)
    root = identity.read_key(running.directory(running.county) / identity.ROOT_KEY)
    certificate = signing.certify(
        root, place=shown.place, key=bytes.fromhex(shown.key), nats_key=shown.nats_key, at_ms=1_800_000_000_000
    )
    first = {change.item.code for change in seed.first_release().changes}
    items = [item for item in await running.items(spot) if item.code in first]
    return Knows(spot.place, items, await running.cases(spot), certificate)


# What neighbours really have to say.


async def has_to_say(book: Book, *, peer: int) -> list[journal_pb2.Parcel]:
    """All that a place holds for a neighbour, scope by scope, whole and from later entries on."""
    refusal = journal_pb2.SegmentRefusal(segment_hash=bytes(range(32)), code="BAD_FACT", reason="no good")
    return [
        (
            await parcels.make_up(
                book,
                peer=peer,
                scopes=[scope],
                assumed={stream: hashes_up_to(book, stream, seq) for stream in book.read_chains.streams_in(scope)},
                listed=True,
                refusals=[refusal],
            )
        ).parcel
        for scope in parcels.shared(book, peer)
        for seq in (0, 1, 4, 9)
    ]


def hashes_up_to(book: Book, stream: Stream, seq: int) -> set[bytes]:
    row = book.read_chains.row_of(stream)
    found = book.reader.execute("SELECT hash FROM entries WHERE stream=? AND seq=?", [row, seq])
    return {bytes(each) for (each,) in found.fetchall()}


@asynccontextmanager
async def copy_of_book(running: Running, spot: Spot) -> AsyncIterator[Book]:
    """What a node holds, with its key, and as if it had heard of no neighbour: it has everything to say."""
    path, who = book_of(running, spot)
    copy = path.with_name(f"copy-{len(list(path.parent.iterdir()))}.sqlite")
    with closing(connect(path)) as conn:
        conn.execute("VACUUM INTO ?", [str(copy)])
    with closing(connect(copy)) as conn:
        conn.execute("DELETE FROM stated")
        conn.execute("DELETE FROM stated_heads")
    async with Book(copy, who) as book:
        yield book


async def said_to(besieged: Besieged) -> dict[int, list[journal_pb2.Parcel]]:
    """To each node that runs, what a neighbour of it really has to say."""
    county, township, village = besieged.spots
    async with copy_of_book(besieged.running, township) as book:
        down, up = await has_to_say(book, peer=village.place), await has_to_say(book, peer=county.place)
    return {
        county.place: up,
        township.place: await has_to_say(besieged.author, peer=township.place),
        village.place: down,
    }


# What must hold whatever came.


@asynccontextmanager
async def unharmed(besieged: Besieged) -> AsyncIterator[dict[int, list[Told]]]:
    """Around a storm: afterwards every node still works, and holds only what was really written or asked for.

    Yields where to note what callers were told, by node.
    """
    running, before = besieged.running, besieged.holdings()
    memories = {spot.place: Memory.of(running.pid(spot)) for spot in besieged.spots}
    told: dict[int, list[Told]] = {spot.place: [] for spot in besieged.spots}
    print(f"seed {SEED}")
    yield told
    for spot in besieged.spots:
        await eventually(partial(running.is_up, spot))
        assert memories[spot.place].grown_mb() <= MAY_GROW_MB
        assert "\n".join(complaints(running, spot)) == ""
    running.processes.check()
    after = besieged.holdings()
    authors = [*besieged.holdings().values(), holding(besieged.author.path, besieged.absent.place)]
    for place, held in after.items():
        assert "\n".join(written_by_nobody(held, authors)) == ""
        assert "\n".join(not_asked_for(before[place], held, told[place])) == ""
        assert held.keys == before[place].keys
    assert running.faults_in_closed_books() == []


def complaints(running: Running, spot: Spot) -> list[str]:
    """What a node logged as a mistake of its own: lines with a traceback, errors, and what is no line of its log."""
    log = running.processes.log_directory / f"{spot.place}.log"
    return [line for line in log.read_text(encoding="utf-8").splitlines() if is_complaint(line)]


def is_complaint(line: str) -> bool:
    try:
        said = json.loads(line)
    except ValueError:
        return True
    return said["level"] not in ("info", "warning") or "error" in said


# The storms.


def damaged(seed: str, *, count: int, make: Callable[[random.Random], Message]) -> list[Mutated]:
    chance = random.Random(f"{SEED} {seed}")
    return [mutated(chance, make(chance)) for _ in range(count)]


def one_of(said: list[journal_pb2.Parcel], chance: random.Random) -> Message:
    return chance.choice(said)


async def some_at_a_time(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """All of it, AT_ONCE together."""
    waiting, done = list(work), list[T]()
    while waiting:
        done += await asyncio.gather(*waiting[:AT_ONCE])
        del waiting[:AT_ONCE]
    return done


async def ask(channel: grpc.aio.Channel, method: MethodDescriptor, encoded: bytes) -> bytes:
    """The answer, or the first of several."""
    if not method.server_streaming:
        once: Any = channel.unary_unary(path(method))
        return bytes(await once(encoded, timeout=20))
    watch: Any = channel.unary_stream(path(method))
    watching = watch(encoded, timeout=20)
    try:
        async for answer in watching:
            return bytes(answer)
        return b""
    finally:
        watching.cancel()


async def outcome(channel: grpc.aio.Channel, method: MethodDescriptor, message: Mutated) -> Told | StatusCode:
    """What became of a call: what its caller was told, or the status with which it was refused."""
    try:
        answer = await ask(channel, method, message.encoded)
    except grpc.aio.AioRpcError as error:
        assert_in_order(error, method, message)
        return error.code()
    asked, answered = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    return Told(method.name, asked.FromString(message.encoded), answered.FromString(answer))


def assert_in_order(error: grpc.aio.AioRpcError, method: MethodDescriptor, message: Mutated) -> None:
    """A refusal that a caller can do something with; of streams, only a few are let in."""
    allowed = REFUSED | {StatusCode.UNAVAILABLE} if method.server_streaming else REFUSED
    assert error.code() in allowed, f"{method.full_name}: {error.code()} {error.details()}: {message}"
    assert_plain(error)


async def test_damaged_calls_open_no_inside_and_write_only_what_was_asked(county: Besieged) -> None:
    said, outcomes = await said_to(county), list[Told | StatusCode]()
    async with unharmed(county) as told:
        for spot in county.spots:
            knows = await what_is_known(county.running, spot)
            knows.parcels = said[spot.place]
            async with grpc.aio.insecure_channel(spot.address, options=OPTIONS) as channel:
                for method in METHODS:
                    make = partial(REQUESTS[method.name], knows)
                    messages = damaged(f"{spot.level} {method.name}", count=CALLS, make=make)
                    became = await some_at_a_time(outcome(channel, method, each) for each in messages)
                    told[spot.place] += [each for each in became if isinstance(each, Told) and each.method in WRITING]
                    outcomes += became
    assert len(outcomes) == CALLS * len(METHODS) * len(county.spots)
    refused = Counter(each for each in outcomes if not isinstance(each, Told))
    assert refused[StatusCode.INVALID_ARGUMENT] > len(outcomes) / 3, "most damage is seen at the door"


async def test_damaged_parcels_leave_nothing_in_a_book_that_its_author_did_not_sign(county: Besieged) -> None:
    running, township, village, absent = county.running, county.spots[1], county.spots[2], county.absent
    said, url = await said_to(county), f"nats://127.0.0.1:{county.spots[1].nats}"
    up, down = (
        damaged(direction, count=PARCELS[direction], make=partial(one_of, said[place]))
        for direction, place in ((UP, township.place), (DOWN, village.place))
    )
    own_seed = identity.nats_seed(running.directory(absent))
    owner_seed = keep_seed(running.directory(township) / "nats" / "owner.seed")
    async with (
        unharmed(county),
        Line(url, absent.place, own_seed, parent=township.place) as line,
        Hub(url, owner_seed) as hub,
    ):
        before = [await hub.messages_ever(UP, place=absent.place), await hub.messages_ever(DOWN, place=village.place)]
        await some_at_a_time(line.send(each.encoded) for each in up)
        await some_at_a_time(hub.send(village.place, each.encoded) for each in down)
        after = [await hub.messages_ever(UP, place=absent.place), await hub.messages_ever(DOWN, place=village.place)]
        assert after[0] - before[0] == len({each.encoded for each in up})
        assert after[1] - before[1] >= len({each.encoded for each in down})
        await eventually(lambda: are_taken(url, owner_seed, absent=absent, village=village), within=60)
        for spot in (township, village):
            # Not the status: it shows the last fifty, and those may all be a neighbour's.
            with closing(connect(book_of(running, spot)[0])) as conn:
                codes = conn.execute("SELECT DISTINCT code FROM refusals WHERE by_peer=0").fetchall()
            assert len(codes) >= 3, "what could still be read was looked into, and refused"
    await the_undamaged_still_arrive(county, line=Line(url, absent.place, own_seed, parent=township.place))


async def are_taken(url: str, owner_seed: str, *, absent: Spot, village: Spot) -> bool:
    """Nothing waits at the broker any more."""
    async with await nats.connect(url, nkeys_seed_str=owner_seed) as client:
        names = [nats_names.stream(UP, place=absent.place), nats_names.stream(DOWN, place=village.place)]
        return not any([(await client.jetstream().stream_info(name)).state.messages for name in names])


async def the_undamaged_still_arrive(county: Besieged, *, line: Line) -> None:
    """The absent village comes back, the other one files a case: all of it reaches the county."""
    running, (_, township, village) = county.running, county.spots
    client, knows = running.client(village), await what_is_known(running, village)
    await client.ask(client.cases.FileCase, file_case(knows, random.Random()))
    link = Link(county.author, peer=township.place, road=line, call=running.client(township).exchange)
    async with line:
        working = asyncio.create_task(link.run())
        try:
            await eventually(lambda: not parcels.count_unconfirmed(county.author, township.place), within=30)
            await eventually(lambda: is_confirmed(running), within=30)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    top = county.holdings()[running.county.place]
    assert holding(county.author.path, county.absent.place).own() <= top.entries
