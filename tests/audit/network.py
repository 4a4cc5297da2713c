"""A small county on disk as its nodes leave it: books closed, a dozen cases on their way or at their end."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf.message import Message

from county_node import seed
from operations.networks import Network, Ports, directory, make, planned
from sync.cases import workdays
from sync.cases.decide import ActRequest
from sync.cases.stages import Act, Outcome
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import schema
from sync.journal.book import Identity
from sync.journal.catalogue_translation import calendar_message, release_message
from sync.journal.counter import Asked, do
from sync.journal.entering import Entry, enter
from sync.node import settings
from sync.node.node import BOOK
from tests.county import ROOT, County

DECIDED_HERE, DECIDED_ABOVE = "JS01", "MZ07"
PAPER_MS = 1_799_000_000_000


@dataclass
class Laid(County):
    """Books where the nodes of a network keep them, and what people do at the counters of those nodes."""

    network: Network = field(kw_only=True)
    requests: int = 0

    def path(self, place: int) -> Path:
        return directory(self.folder, self.network.spot(place)) / BOOK

    def identity(self, place: int, *, life: int = 0) -> Identity:
        found = super().identity(place, life=life)
        return Identity(place, found.key, found.root_key, self.network.spot(place).homes)

    @property
    def county(self) -> int:
        return self.network.county.place

    @property
    def township(self) -> int:
        return self.network.at("township")[0].place

    @property
    def villages(self) -> tuple[int, ...]:
        return tuple(spot.place for spot in self.network.at("village"))

    async def act(self, at: int, act: Act, case: str = "", **more: Any) -> str:
        """One act at the counter of a place. Returns the number of the case."""
        self.requests += 1
        call = {
            name: more.pop(name)
            for name in ("applicant", "private_text", "happened_at_ms", "paper_places")
            if name in more
        }
        asked = Asked(
            request_id=self.requests.to_bytes(16, "big"),
            digest=bytes(32),
            act=ActRequest(act, at, said="private_text" in call, **more),
            actor=fact_pb2.Actor(place=at, unit=more.get("unit", "")),
            case=case,
            **call,
        )
        book = self.books[at]
        case_id = await book.write(lambda tx: do(tx, asked))
        ((number,),) = book.reader.execute("SELECT number FROM cases WHERE case_id=?", [case_id]).fetchall()
        return str(number)

    async def enter(self, at: int, body: Message, **more: Any) -> bytes:
        """One entry of a register. Returns its fact id."""
        self.requests += 1
        entry = Entry(body, fact_pb2.Actor(place=at, person="T01"), self.requests.to_bytes(16, "big"), **more)
        return await self.books[at].write(lambda tx: enter(tx, entry))

    async def file(self, at: int, name: str, *, home: int = 0, item: str = DECIDED_HERE, **more: Any) -> str:
        person = bodies_pb2.Applicant(name=name)
        return await self.act(at, Act.FILE, home=home or at, item_code=item, applicant=person, **more)

    async def examine_and_decide(self, at: int, case: str) -> None:
        """From acceptance to the end."""
        for act in (Act.ACCEPT, Act.STAGE_DONE):
            await self.act(at, act, case, reason="样例意见")
        await self.decide(at, case)

    async def decide(self, at: int, case: str) -> None:
        await self.act(at, Act.DECIDE, case, outcome=Outcome.GRANTED, detail="样例字1号")
        await self.act(at, Act.CLOSE, case)


async def write(folder: Path) -> None:
    """Makes a network of 1 + 1 + 2 nodes and writes what a busy fortnight leaves in its books."""
    network = planned(seed.divisions(), townships=1, stations=2, ports=Ports(20_000))
    make(folder, network)
    for spot in network.spots:
        set_root_key(directory(folder, spot) / settings.FILE)
    async with Laid(folder, network=network, homes={spot.place: spot.homes for spot in network.spots}) as laid:
        await laid.open(*(spot.place for spot in network.spots))
        await laid.introduce(*laid.books)
        await publish(laid)
        await laid.settle_down()
        await handle_cases(laid)


def set_root_key(path: Path) -> None:
    """The keys of tests are certified by a root key of their own."""
    path.write_text(re.sub(r'root_key = "\w+"', f'root_key = "{ROOT.public.hex()}"', path.read_text("utf-8")), "utf-8")


async def publish(laid: Laid) -> None:
    calendar = seed.calendar()
    bodies = {
        fact_pb2.BODY_TYPE_CALENDAR_PUBLISHED: calendar_message(calendar, source=calendar.source),
        fact_pb2.BODY_TYPE_CATALOGUE_RELEASED: release_message(seed.first_release()),
    }
    for body_type, body in bodies.items():
        await publish_at(laid, laid.county, body_type, body)
    for place in laid.books:
        roster = bodies_pb2.PostsPublished(place=place, posts=[bodies_pb2.Post(unit="综合窗口", post="收件岗")])
        await publish_at(laid, place, fact_pb2.BODY_TYPE_POSTS_PUBLISHED, roster)


async def publish_at(laid: Laid, place: int, body_type: fact_pb2.BodyType, body: Message) -> None:
    await laid.books[place].write(lambda tx: tx.publish(body_type, body, request_id=bytes([body_type]) * 16))


async def handle_cases(laid: Laid) -> None:
    """Thirteen cases: decided below and above, refused, withdrawn, lapsed in the post, rated well and badly."""
    township, county, (station, other) = laid.township, laid.county, laid.villages
    cases = [await laid.file(station, f"样例甲{n}") for n in range(5)] + [await laid.file(other, "样例乙")]
    above = await laid.file(other, "样例丙", item=DECIDED_ABOVE)
    for case in (*cases, above):
        await laid.act(other if case in (cases[-1], above) else station, Act.HAND_OVER, case)
    await laid.file(station, "样例丁")  # stays at the station
    under_way = await laid.file(other, "样例戊")
    await laid.settle_down()
    for case in (*cases, above):
        await laid.act(township, Act.TAKE_IN, case)
    for case in cases[:3]:
        await laid.examine_and_decide(township, case)
    await laid.act(township, Act.REFUSE, cases[3], reason="样例理由", review_way="样例途径")
    await laid.act(township, Act.WITHDRAW, cases[4], reason="样例理由")
    for act in (Act.ACCEPT, Act.STAGE_DONE, Act.PASS_UP):
        await laid.act(township, act, above, reason="样例意见")
    await laid.file(township, "样例己")
    paper = laid.network.spot(township).homes[1]
    keyed_in = await laid.file(township, "样例庚", home=paper, happened_at_ms=PAPER_MS, paper_places=frozenset({paper}))
    await laid.examine_and_decide(township, keyed_in)
    await laid.file(county, "样例辛", item=DECIDED_ABOVE)
    await laid.settle_down()
    await laid.act(county, Act.TAKE_IN, above)
    await laid.act(county, Act.STAGE_DONE, above)
    await laid.decide(county, above)
    await laid.settle_down()
    await laid.act(other, Act.DELIVER, above, detail="当面领取")
    await laid.act(station, Act.RATE, cases[0], grade=5, detail="window")
    await laid.act(
        township, Act.RATE, cases[1], grade=2, reason="等得久", private_text="样例：等了两天", detail="phone"
    )
    await laid.act(county, Act.COMPLAIN, cases[2], private_text="样例：没有说清楚", detail="phone")
    await laid.settle_down()
    await laid.act(county, Act.ACCEPT_COMPLAINT, cases[2])
    await laid.act(county, Act.ANSWER_COMPLAINT, cases[2], private_text="样例：已当面说明")
    await laid.act(township, Act.CALL_BACK, cases[1], reason="已改进叫号", private_text="样例：电话回访")
    await keep_registers(laid, township)
    await laid.settle_down()
    await laid.act(other, Act.HAND_OVER, under_way)


async def keep_registers(laid: Laid, place: int) -> None:
    """Somebody asks; somebody makes an appointment and comes."""
    asked = bodies_pb2.FirstContact(channel="window", about="问低保材料", outcome=bodies_pb2.CONTACT_OUTCOME_ANSWERED)
    await laid.enter(place, asked, private_text="样例：为父亲问")
    today = workdays.day_of(laid.books[place].clock.now())
    made = bodies_pb2.AppointmentMade(day=workdays.number_of(today))
    appointment = await laid.enter(place, made, applicant=bodies_pb2.Applicant(name="样例壬"))
    ended = bodies_pb2.AppointmentEnded(appointment=appointment, end=bodies_pb2.APPOINTMENT_END_KEPT)
    await laid.enter(place, ended)


# What somebody does to the closed books.


@contextmanager
def opened(root: Path, place: int) -> Iterator[Any]:
    """A closed book without the triggers that forbid any change; they are put back afterwards."""
    conn = schema.sqlite3.connect(str(root / str(place) / BOOK), isolation_level=None)
    triggers = conn.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
    try:
        for name, _ in triggers:
            conn.execute(f"DROP TRIGGER {name}")
        yield conn
        for _, sql in triggers:
            conn.execute(sql)
    finally:
        conn.close()


def copied(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "county"))


# The auditor.


@dataclass(frozen=True)
class Told:
    """How the auditor ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def kinds(self) -> set[str]:
        return {finding["what"] for finding in self.report["findings"]}

    @property
    def cases(self) -> set[str]:
        return {finding["case"] for finding in self.report["findings"]} - {""}


def audited(root: Path, *words: str) -> Told:
    command = [sys.executable, "-m", "operations.audit", str(root), *(words or ("--json",))]
    said = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    return Told(said.returncode, said.stdout, said.stderr)
