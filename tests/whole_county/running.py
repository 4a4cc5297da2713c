"""A county of real processes that may be held, killed and looked into."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from county_node import seed
from operations.networks import ON_LINE, Network, Ports, Spot, directory, free_base, make, planned
from operations.opening import answering, open_county
from operations.processes import Processes
from sync.errors import Unavailable
from sync.facts.v1 import bodies_pb2
from sync.journal.verify import verify
from sync.node import settings
from sync.node.node import BOOK
from sync.rpc.client import Client
from sync.rpc.v1 import case_service_pb2 as pb
from sync.rpc.v1 import catalogue_service_pb2 as catalogue_pb
from sync.rpc.v1 import node_service_pb2 as node_pb
from tests.eventually import eventually

COMMANDS = {"county": "county-node", "township": "township-node", "village": "village-agent"}
PAGE = 200
AGAIN_S = 0.05


def program(name: str) -> str:
    """A command of this environment."""
    return str(Path(sys.executable).parent / name)


def is_alive(pid: int) -> bool:
    """False once the process has ended, whether or not somebody has asked for its exit code."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def processes_of(folder: Path) -> list[int]:
    """Processes whose command line names the folder."""
    return [pid for pid, words in _command_lines() if str(folder) in words and is_alive(pid)]


def _command_lines() -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                yield int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def _memory_mb(pid: int, field: str) -> float:
    """A line of /proc/<pid>/status."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(f"{field}:"))


@dataclass(frozen=True)
class Memory:
    """What a process holds in memory (VmRSS), to be compared with the most it has held since (VmHWM)."""

    pid: int
    before_mb: float

    @classmethod
    def of(cls, pid: int) -> Memory:
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")  # VmHWM counts anew.
        return cls(pid, _memory_mb(pid, "VmRSS"))

    def grown_mb(self) -> float:
        return _memory_mb(self.pid, "VmHWM") - self.before_mb


@dataclass
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


async def say(name: str, *words: str | Path, within: float = 60.0) -> Said:
    """Runs a command as a person would."""
    process = await asyncio.create_subprocess_exec(
        program(name), *map(str, words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(within):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise AssertionError(f"{name} {words} did not end within {within} s") from None
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


@dataclass
class Running:
    """The nodes of a small county, each a process of its own."""

    root: Path
    network: Network
    processes: Processes
    clients: dict[int, Client] = field(default_factory=dict)

    @property
    def county(self) -> Spot:
        return self.network.county

    @property
    def township(self) -> Spot:
        return self.network.at("township")[0]

    @property
    def villages(self) -> tuple[Spot, ...]:
        return self.network.at("village")

    # Life and death.

    async def open(self) -> None:
        """All nodes up, the first catalogue at every one of them."""
        for spot in self.network.spots:
            await self.start(spot)
        await open_county(self.root, self.network, tell=lambda _: None)
        for spot in self.network.spots:
            await answering(self.client(spot), holding_release=1)

    async def start(self, spot: Spot) -> None:
        await self.processes.start(str(spot.place), [program(COMMANDS[spot.level]), "run", str(self.directory(spot))])

    async def stop(self, spot: Spot) -> None:
        await self.processes.stop(str(spot.place))

    async def kill(self, spot: Spot) -> tuple[int, int]:
        """kill -9. Returns the process id and the exit code."""
        process = self.processes.running.pop(str(spot.place))
        process.kill()
        return process.pid, await process.wait()

    def hold(self, spot: Spot) -> None:
        """Stops a node in its tracks; its broker goes on."""
        self.processes.running[str(spot.place)].send_signal(signal.SIGSTOP)

    def release(self, spot: Spot) -> None:
        self.processes.running[str(spot.place)].send_signal(signal.SIGCONT)

    async def close(self) -> None:
        for client in self.clients.values():
            await client.__aexit__(None, None, None)
        self.clients.clear()

    # Looking.

    def pid(self, spot: Spot) -> int:
        return self.processes.running[str(spot.place)].pid

    def client(self, spot: Spot) -> Client:
        return self.clients.setdefault(spot.place, Client(spot.address, timeout_s=10.0))

    def directory(self, spot: Spot) -> Path:
        return directory(self.root, spot)

    async def status(self, spot: Spot) -> node_pb.GetStatusResponse:
        client = self.client(spot)
        found: node_pb.GetStatusResponse = await client.ask(client.node.GetStatus, node_pb.GetStatusRequest())
        return found

    async def is_up(self, spot: Spot) -> bool:
        try:
            await self.status(spot)
        except Unavailable:
            return False
        return True

    async def unconfirmed(self, spot: Spot) -> int:
        """Entries of a node that its parent has not confirmed."""
        return int((await self.status(spot)).links[0].entries_unconfirmed)

    async def all_confirmed(self) -> bool:
        """Every neighbour has given its word for all that is held beside it; says who has not."""
        try:
            seen = [await self.status(spot) for spot in self.network.spots]
        except Unavailable:
            return False
        open_still = [
            f"{status.place} has {link.entries_unconfirmed} unconfirmed by {link.peer}: connected {link.connected}, "
            f"exchanges {link.exchanges}, {len(link.retries)} tries, parked {status.parked_segments}, {link.last_error}"
            for status in seen
            for link in status.links
            if link.entries_unconfirmed
        ]
        assert not open_still, "; ".join(open_still)
        return True

    async def cases(self, spot: Spot) -> list[pb.Case]:
        """All cases of a node, page by page."""
        client, found, token = self.client(spot), list[pb.Case](), ""
        while True:
            request = pb.ListCasesRequest(page_size=PAGE, page_token=token)
            answer = await client.ask(client.cases.ListCases, request)
            found += answer.cases
            token = answer.next_page_token
            if not token:
                return found

    async def items(self, spot: Spot) -> list[bodies_pb2.ServiceItem]:
        client = self.client(spot)
        answer = await client.ask(client.catalogue.ListItems, catalogue_pb.ListItemsRequest(page_size=PAGE))
        return list(answer.items)

    def faults_in_closed_books(self) -> list[str]:
        """What verify finds in the books of nodes that no longer run."""
        found = []
        for spot in self.network.spots:
            root_key = bytes.fromhex(settings.read(self.directory(spot)).root_key)
            found += [f"{spot.place} {each}" for each in verify(self.directory(spot) / BOOK, root_key)]
        return found


def small_county(folder: Path, *, townships: int = 1, stations: int = 2, classes: str = ON_LINE) -> Running:
    """The directories of a small county, with ports of its own."""
    count = 3 + townships * (2 + stations)
    ports = Ports(free_base(count))
    network = planned(seed.divisions(), townships=townships, stations=stations, ports=ports, classes=classes)
    make(folder / "network", network)
    return Running(folder / "network", network, Processes(folder / "logs"))


@dataclass
class Filer:
    """Somebody who files at a village and hands over, and writes into a log of his own what he was told.

    A call that is not answered is made again with the same request id, until it is.
    """

    county: Running
    spot: Spot
    item: str
    log: Path
    asked: set[bytes] = field(default_factory=set)
    told: dict[bytes, pb.Case] = field(default_factory=dict)
    unanswered: int = 0
    """Calls that broke off: nobody could say whether they were written."""
    stopping: bool = False

    async def run(self, *, pause_s: float = 0.03) -> None:
        """Files and hands over until he is told to stop; ends with nothing open."""
        self.stopping = False
        while not self.stopping:
            await self.file_one()
            await asyncio.sleep(pause_s)

    async def file_one(self) -> None:
        request_id = os.urandom(16)
        self.asked.add(request_id)
        client = self.county.client(self.spot)
        filing = pb.FileCaseRequest(
            request_id=request_id,
            item_code=self.item,
            applicant=bodies_pb2.Applicant(name="样例村民甲"),
            channel="window",
        )
        case = (await self._until_answered(client.cases.FileCase, filing)).case
        self._note("filed", request_id, case)
        self.told[request_id] = case
        handing = pb.ActRequest(request_id=os.urandom(16), case=case.case_id.hex(), act="hand_over")
        handed = (await self._until_answered(client.cases.Act, handing)).case
        self._note("handed over", handing.request_id, handed)

    async def burst(self, count: int) -> None:
        await asyncio.gather(*(self.file_one() for _ in range(count)))

    async def _until_answered(self, method: Any, request: Any) -> Any:
        while True:
            try:
                return await self.county.client(self.spot).ask(method, request)
            except Unavailable:
                self.unanswered += 1
                await asyncio.sleep(AGAIN_S)

    def _note(self, what: str, request_id: bytes, case: pb.Case) -> None:
        line = {"what": what, "request_id": request_id.hex(), "number": case.number, "case_id": case.case_id.hex()}
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def told(log: Path) -> list[dict[str, str]]:
    """What the filer was told, from his own log."""
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


async def filers(county: Running) -> list[Filer]:
    """One at each village, for an item that the village hands over."""
    item = (await county.items(county.villages[0]))[0].code
    folder = county.root.parent
    return [Filer(county, spot, item, folder / f"filed-{spot.place}.jsonl") for spot in county.villages]


async def assert_each_once(county: Running, filed: list[Filer], at: Spot) -> int:
    """Every case the filers were told of is at a node exactly once, handed over, and none that nobody filed."""
    lines = [line for filer in filed for line in told(filer.log)]
    promised = {(line["case_id"], line["number"]) for line in lines if line["what"] == "filed"}
    handed_over = {line["case_id"] for line in lines if line["what"] == "handed over"}
    assert len(promised) == sum(len(filer.asked) for filer in filed), "every call was answered in the end"
    found = await county.cases(at)
    seen = [(case.case_id.hex(), case.number) for case in found]
    assert set(seen) == promised, f"lost: {promised - set(seen)}; nobody filed: {set(seen) - promised}"
    assert len(seen) == len({case_id for case_id, _ in seen}) == len({number for _, number in seen})
    assert not any(case.number_twice or case.duplicate or case.open_branches for case in found)
    assert {case.case_id.hex() for case in found if case.stage == "IN_TRANSIT"} == handed_over
    return len(found)


async def gone(pid: int, *, within: float = 3.0) -> None:
    """Waits until a process has ended."""
    await eventually(lambda: not is_alive(pid), within=within)
