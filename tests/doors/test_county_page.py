"""The county's page: its figures, its deadlines, and how it opens, moves and closes."""

from __future__ import annotations

import asyncio
import os
import re
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import pytest
from google.protobuf.message import Message
from playwright.async_api import Page, async_playwright

from county_node import overview, seed
from county_node import page as county_page
from county_node.overview import Bucket, Level, Overview
from county_node.page import page, read
from sync.cases.figures import Figures
from sync.cases.stages import Act
from sync.cases.workdays import SHANGHAI
from sync.catalogue.release import Release
from sync.errors import Unavailable
from sync.exchange.rounds import answer, exchange
from sync.facts.signing import SigningKey, certify
from sync.facts.streams import PATH, SUBTREE, Scope
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2
from sync.journal.book import Book, Identity
from sync.journal.catalogue_translation import calendar_message, release_message
from sync.journal.clock import Clock
from sync.journal.receiving import learn_key
from sync.journal.translation import BODY_TYPES
from sync.journal.writing import Draft
from sync.node import web
from sync.node.settings import Web
from tests.county import applicant
from tests.eventually import eventually

if TYPE_CHECKING:
    from sync.node.node import Node

COUNTY, TOWNSHIP, VILLAGE = 510524000000, 510524100000, 510524100201
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
needs_browser = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: install chromium")


def at(text: str) -> int:
    """A time in Asia/Shanghai, milliseconds UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


@dataclass
class County:
    """A county's book in a directory, with a clock that stands until it is set."""

    directory: Path
    now_ms: int = at("2026-03-02T09:00")
    root: SigningKey = field(default_factory=SigningKey.new)

    def __post_init__(self) -> None:
        self.book = self.book_of(COUNTY)

    def book_of(self, place: int, *, homes: tuple[int, ...] = (COUNTY, TOWNSHIP, VILLAGE)) -> Book:
        identity = Identity(place, SigningKey.new(), self.root.public, homes)
        clock = Clock(now=lambda: self.now_ms, built_at_ms=0)
        return Book(self.directory / f"{place}.sqlite", identity, clock=clock)

    def node(self, *, port: int = 0) -> Node:
        settings = SimpleNamespace(name="叙永县政务服务中心", web=Web(port=port))
        return cast("Node", SimpleNamespace(book=self.book, settings=settings, directory=self.directory))

    async def publish(self) -> None:
        """The first catalogue and the calendar."""
        calendar = calendar_message(seed.calendar(), source="test")
        await self.release(seed.first_release())
        await self._publish(fact_pb2.BODY_TYPE_CALENDAR_PUBLISHED, calendar)

    async def release(self, release: Release) -> None:
        await self._publish(fact_pb2.BODY_TYPE_CATALOGUE_RELEASED, release_message(release))

    async def _publish(self, body_type: fact_pb2.BodyType, body: Message) -> None:
        draft = Draft(
            Scope(SUBTREE, COUNTY),
            fact_pb2.FACT_CLASS_ADMIN,
            body_type,
            body.SerializeToString(),
            fact_pb2.Actor(place=COUNTY),
            os.urandom(16),
        )
        await self.book.write(lambda tx: tx.append([draft]))

    async def file(self, *, by: int, number: str = "", request_id: bytes = b"", name: str = "") -> Case:
        case = Case(self, home=by)
        private = applicant(name) if name else b""
        await case.act(Act.FILE, pb.CaseFiled(number=number), by=by, request_id=request_id, private=private)
        return case

    async def hear_from(self, township: int) -> None:
        """The township and the county exchange what they hold."""
        async with self.book_of(township, homes=(township,)) as theirs:
            for place, key in ((township, theirs.identity.key.public), (COUNTY, self.book.identity.key.public)):
                certificate = certify(self.root, place=place, key=key, nats_key="", at_ms=1)
                introduced = pb.KeyIntroduced(certificate=certificate).SerializeToString()
                for book in (theirs, self.book):
                    await book.write(lambda tx, key=introduced: learn_key(tx, key))  # type: ignore[misc]
            await exchange(theirs, peer=COUNTY, call=lambda parcel: answer(self.book, parcel, peer=township))


@dataclass
class Case:
    """A case as it grows in the county's book, one act after another."""

    county: County
    home: int
    facts: list[bytes] = field(default_factory=list)

    async def act(self, act: Act, body: Message, *, by: int, request_id: bytes = b"", private: bytes = b"") -> None:
        draft = Draft(
            Scope(PATH, self.home),
            fact_pb2.FACT_CLASS_MOVE,
            BODY_TYPES[act],
            body.SerializeToString(),
            fact_pb2.Actor(place=by),
            request_id or os.urandom(16),
            case_id=self.facts[0] if self.facts else b"",
            based_on=self.facts[-1:],
            item_code="JS01",
            item_version=1,
            private=private,
        )
        self.facts += await self.county.book.write(lambda tx: tx.append([draft]))

    async def hand_over(self) -> None:
        await self.act(Act.HAND_OVER, pb.HandedOver(to_place=TOWNSHIP), by=VILLAGE)

    async def arrive(self) -> None:
        await self.hand_over()
        await self.act(Act.TAKE_IN, pb.TakenIn(), by=TOWNSHIP)

    async def accept(self, *, days: int) -> None:
        await self.act(Act.ACCEPT, pb.Accepted(promised_days=days), by=TOWNSHIP)

    async def decide(self) -> None:
        await self.act(Act.STAGE_DONE, pb.StageDone(), by=TOWNSHIP)
        await self.act(Act.DECIDE, pb.Decided(outcome=pb.OUTCOME_GRANTED), by=TOWNSHIP)

    async def close(self) -> None:
        await self.decide()
        await self.act(Act.CLOSE, pb.Closed(), by=TOWNSHIP)


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    made = County(tmp_path)
    async with made.book:
        await made.publish()
        yield made


@asynccontextmanager
async def opened(county: County) -> AsyncIterator[str]:
    """The page while it runs: its URL."""
    running = asyncio.create_task(page(county.node()))
    address = county.directory / web.ADDRESS
    await eventually(lambda: running.done() or address.exists())
    try:
        yield address.read_text().strip()
    finally:
        running.cancel()
        await asyncio.wait([running])
    assert running.cancelled()
    assert not address.exists()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    text: str


async def get(url: str, *, method: str = "GET") -> Answer:
    def ask() -> Answer:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=5) as found:
                return Answer(found.status, found.headers, found.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read().decode())

    return await asyncio.to_thread(ask)


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[asyncio.StreamReader]:
    """An open event stream, read up to its first event."""
    host, port = url.removeprefix("http://").rstrip("/").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=2**20)
    writer.write(f"GET /events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    try:
        await asyncio.wait_for(reader.readuntil(b"event: changed\n"), 5)
        yield reader
    finally:
        writer.close()


def row_of(seen: Overview, place: int) -> overview.PlaceRow:
    return next(row for row in seen.rows if row.place == place)


# Figures.


async def test_a_case_counts_where_it_stands(county: County) -> None:
    await county.file(by=VILLAGE)
    await (await county.file(by=VILLAGE)).hand_over()
    await (await county.file(by=VILLAGE)).arrive()
    done = await county.file(by=TOWNSHIP)
    await done.accept(days=3)
    await done.close()
    refused = await county.file(by=TOWNSHIP)
    await refused.act(Act.REFUSE, pb.Refused(reason="不属本县"), by=TOWNSHIP)
    passed_up = await county.file(by=TOWNSHIP)
    await passed_up.accept(days=3)
    await passed_up.act(Act.PASS_UP, pb.PassedUp(to_place=COUNTY), by=TOWNSHIP)
    await county.file(by=COUNTY)

    seen = await read(county.book)

    kept = Figures(judged=1, on_time=1, early=1, not_instant=1, promised_early=1)
    below = Figures(handled=4, via_village_stations=1, closed=2, open=2, in_transit=1, refused=1) + kept
    assert row_of(seen, TOWNSHIP).figures == below
    assert row_of(seen, COUNTY).figures == Figures(handled=1, open=1)
    assert len(seen.rows) == 24
    assert seen.total == below + Figures(handled=1, open=1)
    assert sum(seen.buckets.values()) == seen.total.open


async def test_a_case_filed_twice_counts_once(county: County) -> None:
    request_id = os.urandom(16)
    await county.file(by=TOWNSHIP, request_id=request_id)
    await county.file(by=TOWNSHIP, request_id=request_id, number="again")
    (kept,) = county.book.reader.execute("SELECT COUNT(*) FROM cases").fetchone()
    assert kept == 2
    assert (await read(county.book)).total.handled == 1


async def test_two_acts_on_one_state_are_shown_as_a_conflict(county: County) -> None:
    case = await county.file(by=TOWNSHIP)
    filed = case.facts[:]
    await case.accept(days=3)
    case.facts = filed
    await case.act(Act.REFUSE, pb.Refused(reason="不属本县"), by=TOWNSHIP)
    assert row_of(await read(county.book), TOWNSHIP).figures.conflicts == 1


async def test_a_silent_township_is_shown_by_the_line_and_not_accused(county: County) -> None:
    assert row_of(await read(county.book), TOWNSHIP).as_of == overview.AsOf("尚无数据")
    await county.hear_from(TOWNSHIP)
    county.now_ms += overview.STALE_AFTER_MS
    assert row_of(await read(county.book), TOWNSHIP).as_of == overview.AsOf("09:00")
    county.now_ms += 1
    assert row_of(await read(county.book), TOWNSHIP).as_of == overview.AsOf("线路中断？数据截至 09:00", stale=True)


# Deadlines. 2026-03-02 is a Monday.


async def test_what_a_township_may_have_done_off_line_is_not_called_late(county: County) -> None:
    case = await county.file(by=TOWNSHIP)
    await case.accept(days=2)
    await county.hear_from(TOWNSHIP)

    county.now_ms = at("2026-03-06T09:00")
    async with opened(county) as url:
        shown = (await get(url)).text
    assert "待核：数据未到" in shown
    assert "超期2个工作日" not in shown

    await county.hear_from(TOWNSHIP)
    async with opened(county) as url:
        shown = (await get(url)).text
    assert "超期2个工作日" in shown
    assert "待核：数据未到" not in shown


async def test_a_case_decided_in_time_does_not_become_late_by_waiting(county: County) -> None:
    case = await county.file(by=TOWNSHIP)
    await case.accept(days=2)
    await case.decide()
    county.now_ms = at("2026-03-20T09:00")
    seen = await read(county.book)
    assert seen.buckets[Bucket.DECIDED] == 1
    assert seen.urgent == ()


async def test_a_case_whose_papers_were_asked_for_is_not_timed(county: County) -> None:
    case = await county.file(by=TOWNSHIP)
    await case.act(Act.ASK_ONCE, pb.AskedOnce(missing=["样例材料"]), by=TOWNSHIP)
    seen = await read(county.book)
    assert (seen.buckets[Bucket.UNTIMED], seen.total.open, seen.urgent) == (1, 1, ())


@pytest.mark.parametrize(
    ("now", "bucket", "level", "words"),
    [
        ("2026-03-02T17:00", Bucket.TO_FIVE, Level.NORMAL, "剩余5个工作日"),
        ("2026-03-06T09:00", Bucket.ONE_DAY, Level.REMINDER, "剩余1个工作日"),
        ("2026-03-09T23:59", Bucket.TODAY, Level.LAST_DAY, "今天到期"),
        ("2026-03-10T00:00", Bucket.OVERDUE, Level.OVERDUE, "超期1个工作日"),
    ],
)
async def test_an_open_case_is_counted_and_shown_by_its_time_left(
    county: County, now: str, bucket: Bucket, level: Level, words: str
) -> None:
    await (await county.file(by=COUNTY)).act(Act.ACCEPT, pb.Accepted(promised_days=5), by=COUNTY)
    county.now_ms = at(now)
    seen = await read(county.book)
    assert [each for each, count in seen.buckets.items() if count] == [bucket]
    assert (seen.urgent[0].time_left.level, seen.urgent[0].time_left.words) == (level, words)
    assert seen.total.late == (bucket is Bucket.OVERDUE)


# The door.


async def test_what_a_node_writes_into_a_number_is_text_and_no_persons_number(county: County) -> None:
    await county.file(by=TOWNSHIP, number="<script>alert(1)</script> 510524198001011234")
    async with opened(county) as url:
        shown = (await get(url)).text
    assert "&lt;script&gt;alert(1)" in shown
    assert "510524198001011234" not in shown
    assert "510524********1234" in shown


async def test_the_door_shows_only_and_says_so_in_chinese(county: County) -> None:
    async with opened(county) as url:
        front, lost, posted = await get(url), await get(url + "nothing"), await get(url, method="POST")
        assert (await get(url, method="HEAD")).status == 200
        assert (await get(url + "events", method="HEAD")).status == 200
        assert (await get(url + "healthz")).text == "ok\n"
    assert (front.status, lost.status, posted.status) == (200, 404, 405)
    assert "没有这个页面" in lost.text
    assert "事项目录第 1 版" in front.text
    for shown in (front, lost, posted):
        assert "script-src 'self'" in shown.headers["Content-Security-Policy"]
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert shown.headers["Referrer-Policy"] == "no-referrer"


async def test_a_period_is_drawn_once_with_its_own_figures(county: County) -> None:
    await county.file(by=TOWNSHIP)
    county.now_ms = at("2026-03-05T09:00")
    await county.file(by=TOWNSHIP)
    async with opened(county) as url:
        first = await get(url + "?from=2026-03-02&to=2026-03-04")
        since = await get(url + "?from=2026-03-05")
    for told, handled, days in ((first, 1, "2026-03-02 至 2026-03-04"), (since, 1, "2026-03-05 至 2026-03-05")):
        assert told.status == 200
        assert days in told.text
        shown = re.findall(rf'data-place="{TOWNSHIP}"><th scope="row">[^<]+</th>\s*<td>(\d+)</td>', told.text)
        assert shown == [str(handled)]
        assert "live.js" not in told.text
        assert "按剩余时间" not in told.text


@pytest.mark.parametrize(
    "asked", ["from=2026-13-01", "from=2026-03-03&to=2026-03-02", "to=x", "from=2027-01-01", "from=1970-12-31"]
)
async def test_a_period_that_cannot_be_is_refused_in_chinese(county: County, asked: str) -> None:
    async with opened(county) as url:
        answer = await get(url + "?" + asked)
    assert (answer.status, "起始日期不能晚于截止日期" in answer.text) == (400, True)


async def test_a_case_is_found_by_number_or_name_and_nobody_is_named(county: County) -> None:
    number = "510524100000-20260302-000001"
    await county.file(by=TOWNSHIP, number=number, name="样例欧阳小明")
    async with opened(county) as url:
        for text in (number, number[:13], "样例欧阳小明"):
            answer = await get(f"{url}search?q={quote(text)}")
            assert (answer.status, number in answer.text, "样****明" in answer.text) == (200, True, True)
            results = answer.text.partition("<main")[2]
            assert "样例欧阳小明" not in results
        nobody, nothing = await get(f"{url}search?q={quote('样例无此人')}"), await get(f"{url}search?q=1")
    assert (nobody.status, "没有查到办件" in nobody.text) == (200, True)
    assert (nothing.status, "请输入办件编号" in nothing.text) == (400, True)


async def test_what_is_found_goes_on_to_the_next_page(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(county_page, "FOUND", 2)
    for serial in range(1, 4):
        await county.file(by=TOWNSHIP, number=f"510524100000-20260302-{serial:06}")
    async with opened(county) as url:
        first = (await get(f"{url}search?q=510524100000-")).text
        (following,) = re.findall(r'href="/(search[^"]+)" rel="next"', first)
        second = (await get(url + following.replace("&amp;", "&"))).text
    found = [re.findall(r">(510524100000-20260302-\d{6})<", page.partition("<main")[2]) for page in (first, second)]
    assert [[each[-1] for each in numbers] for numbers in found] == [["3", "2"], ["1"]]


async def test_a_taken_port_is_named_with_what_to_do(county: County) -> None:
    async with opened(county) as url:
        port = int(url.rstrip("/").rsplit(":", 1)[1])
        with pytest.raises(Unavailable, match=rf"Port {port} on 127.0.0.1 is taken.*web\.port"):
            await page(county.node(port=port))


async def test_streams_beyond_the_limit_are_turned_away_until_one_leaves(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "MAX_STREAMS", 1)
    async with opened(county) as url:
        async with listening(url):
            assert (await get(url + "events")).status == 503
            assert (await get(url)).status == 200

        async def listen_again() -> bool:
            try:
                async with listening(url):
                    return True
            except asyncio.IncompleteReadError:
                return False

        await eventually(listen_again)


async def test_a_quiet_stream_beats_and_a_change_is_sent(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "HEARTBEAT_S", 0.05)
    async with opened(county) as url, listening(url) as reader:
        await asyncio.wait_for(reader.readuntil(b"\n:\n\n"), 2)
        await county.file(by=TOWNSHIP, number="anewone")
        await asyncio.wait_for(reader.readuntil(b"anewone"), 3)


async def test_changes_are_sent_at_most_once_a_second(county: County) -> None:
    async with opened(county) as url, listening(url) as reader:
        received = b""

        async def gather() -> None:
            nonlocal received
            while chunk := await reader.read(2**16):
                received += chunk

        gathering = asyncio.create_task(gather())
        for number in range(30):
            await county.file(by=TOWNSHIP, number=f"case{number}.")
            await asyncio.sleep(0.05)
        await eventually(lambda: b"case29." in received)
        gathering.cancel()
        await asyncio.wait([gathering])
        assert 1 <= received.count(b"event: changed") <= 4


async def test_a_figure_that_cannot_be_drawn_is_logged_and_the_page_stays_open(
    county: County, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(web, "PAUSE_S", 0.01)
    async with opened(county) as url, listening(url) as reader:
        with monkeypatch.context() as broken:
            broken.setattr(county_page, "_figures", lambda _: 1 / 0)
            await county.file(by=TOWNSHIP, number="anewone")
            await eventually(lambda: "page could not be drawn" in caplog.text)
        await asyncio.wait_for(reader.readuntil(b"anewone"), 3)


async def test_an_open_stream_does_not_keep_the_page_from_closing(county: County) -> None:
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as still_open:
        async with opened(county) as url:
            reader = await still_open.enter_async_context(listening(url))
            stopping = loop.time()
        assert loop.time() - stopping < 3
        # Ended in order, not cut off.
        assert (await reader.read()).endswith(b"0\r\n\r\n")


# In a browser.


@asynccontextmanager
async def browser_page(**options: Any) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGS)
        try:
            yield await browser.new_page(**options)
        finally:
            await browser.close()


@contextmanager
def no_complaints(shown: Page) -> Iterator[None]:
    complaints: list[str] = []
    shown.on("console", lambda message: complaints.append(message.text))
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    yield
    assert complaints == []


async def numbers(shown: Page, selector: str) -> list[int]:
    cells = await shown.locator(f"{selector} td:not(.as-of):not(.rate)").all_inner_texts()
    return [int(each) for each in cells]


@needs_browser
async def test_figures_move_in_an_open_browser_and_add_up(county: County) -> None:
    await county.file(by=COUNTY)
    async with opened(county) as url, browser_page() as shown:
        with no_complaints(shown):
            await shown.goto(url)
            await shown.get_by_text("● 实时更新").wait_for()
            for _ in range(2):
                await (await county.file(by=VILLAGE)).arrive()
            await county.file(by=VILLAGE)
            township = f"#places tr[data-place='{TOWNSHIP}']"
            await shown.locator(f"{township} td:nth-child(2)", has_text="2").wait_for()
            assert await numbers(shown, township) == [2, 2, 0, 2, 0, 0, 0, 0, 0, 0]
            rows = await numbers(shown, "#places tbody tr")
            assert await numbers(shown, "#places tfoot tr") == [sum(rows[column::10]) for column in range(10)]
            assert await shown.locator("#spoken").inner_text() == "在办 3 件，按剩余时间"


@needs_browser
async def test_without_script_and_on_a_telephone_the_page_is_whole(county: County) -> None:
    await county.file(by=TOWNSHIP, number="510524100000-20260302-000001")
    telephone = {"width": 390, "height": 800}
    async with opened(county) as url, browser_page(java_script_enabled=False, viewport=telephone) as shown:
        await shown.goto(url)
        assert await shown.locator("#places tbody tr").count() == 24
        await shown.get_by_text("510524100000-20260302-000001").wait_for()
        assert await shown.evaluate("document.documentElement.scrollWidth") <= 390
