"""The broker lives and dies with its node, and confirms nothing that is not on the disk."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from sync.carriers.nats import Hub, Line, StreamLimits
from sync.carriers.nats_keys import new_seed, public_key
from sync.carriers.nats_server import ExistingNats, NatsServer, check_durable, find_binary
from sync.errors import Corrupt, Malformed, Unavailable
from tests.carriers.conftest import NEIGHBOUR, VILLAGE, Township, free_port
from tests.carriers.test_contract import take, take_all
from tests.eventually import eventually

NEWCOMER = 510524100203
NODE = """
import asyncio, sys
from pathlib import Path
from sync.carriers.nats_server import NatsServer

async def main() -> None:
    async with NatsServer(Path(sys.argv[1]), port=int(sys.argv[2])) as server:
        print(server.pid, flush=True)
        await server.run()

asyncio.run(main())
"""


@asynccontextmanager
async def watched(server: NatsServer) -> AsyncIterator[None]:
    watching = asyncio.create_task(server.run())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def state_of(stat: Path) -> str:
    """Return the letter Linux gives a process or thread in its `stat` file: R, S, D, T (stopped), Z …"""
    return stat.read_text().rsplit(")", 1)[1].split()[0]


def is_alive(pid: int) -> bool:
    """A zombie is dead."""
    try:
        return state_of(Path(f"/proc/{pid}/stat")) != "Z"
    except OSError:
        return False


async def stop(server: NatsServer) -> None:
    """Halt the broker; a thread that has not heard of the signal yet would still answer."""
    assert server.pid
    os.kill(server.pid, signal.SIGSTOP)
    threads = Path(f"/proc/{server.pid}/task")
    await eventually(lambda: all(state_of(stat) == "T" for stat in threads.glob("*/stat")))


@contextlib.contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A program that is gone afterwards."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as program:
        try:
            yield program
        finally:
            program.kill()


def kill(server: NatsServer) -> int:
    assert server.pid is not None
    pid = server.pid
    os.kill(pid, signal.SIGKILL)
    return pid


async def test_a_broker_that_does_not_write_through_is_refused(tmp_path: Path) -> None:
    careless = tmp_path / "careless"
    careless.write_text(f'#!/bin/sh\nsed -i /sync_interval/d "$2"\nexec {find_binary()} "$@"\n')
    careless.chmod(0o755)
    server = NatsServer(tmp_path / "nats", port=free_port(), binary=str(careless))
    with pytest.raises(Corrupt, match="sync_interval"):
        await server.__aenter__()
    assert server.pid is None


@pytest.mark.parametrize(
    ("version", "fits"), [("2.15.0", False), ("2.9.30", False), ("2.15.1", True), ("3.0.0-RC.1", True)]
)
def test_a_broker_older_than_the_repair_is_refused(version: str, fits: bool) -> None:
    varz = {"version": version, "jetstream": {"config": {"sync_always": True}}}
    with contextlib.nullcontext() if fits else pytest.raises(Corrupt, match="过旧"):
        check_durable(varz)


async def test_a_killed_broker_comes_back_with_everything_it_confirmed(
    township: Township, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []
    sent = [b"parcel %d" % number for number in range(10)]
    async with watched(township.server), township.line(VILLAGE) as line:
        line.on_connected(lambda: heard.append("up"))
        line.on_disconnected(lambda: heard.append("down"))
        for payload in sent:
            await line.send(payload)
        async with aclosing(township.hub.receive(VILLAGE)) as came:
            unacknowledged = await anext(came)
            before = kill(township.server)
            # The same subscription goes on; what nobody acknowledged comes again.
            got = [unacknowledged.payload]
            while set(got) != set(sent) or got.count(sent[0]) < 2:
                delivery = await asyncio.wait_for(anext(came), 10)
                got.append(delivery.payload)
                with contextlib.suppress(Unavailable):
                    await delivery.ack()
        await eventually(lambda: line.connected)
        await line.send(b"after")
        assert b"after" in await take_all(township.hub.road(VILLAGE), within=0.7)
        assert heard == ["up", "down", "up"]
    assert heard == ["up", "down", "up", "down"]
    assert township.server.restarts == 1
    assert township.server.pid != before
    assert len([record for record in caplog.records if "意外停止" in record.message]) == 1
    assert not [record for record in caplog.records if record.exc_info]


async def test_the_village_goes_on_receiving_after_the_broker_was_killed(township: Township) -> None:
    async with watched(township.server), township.line(VILLAGE) as line, aclosing(line.receive()) as came:
        waiting = asyncio.create_task(anext(came))
        await eventually(lambda: line.connected)
        kill(township.server)
        await eventually(lambda: not line.connected)
        await eventually(lambda: line.connected and township.hub.connected)
        await township.hub.send(VILLAGE, b"news")
        delivery = await asyncio.wait_for(waiting, 5)
        await delivery.ack()
    assert delivery.payload == b"news"


async def test_a_send_into_a_dead_line_fails_at_once(township: Township) -> None:
    async with township.line(VILLAGE) as line:
        await line.connect()
        kill(township.server)
        await eventually(lambda: not line.connected)
        async with asyncio.timeout(0.5):
            with pytest.raises(Unavailable, match="正在重新连接"):
                await line.send(b"parcel")


async def test_a_send_under_way_fails_as_soon_as_the_line_breaks(township: Township) -> None:
    async with township.line(VILLAGE) as line:
        await line.connect()
        await stop(township.server)
        sending = asyncio.create_task(line.send(b"parcel"))
        await asyncio.sleep(0.2)
        assert not sending.done()
        kill(township.server)
        async with asyncio.timeout(2):
            with pytest.raises(Unavailable):
                await sending


async def test_a_broker_whose_disk_was_lost_gets_its_streams_again(township: Township, tmp_path: Path) -> None:
    server, hub = township.server, township.hub
    restarted = asyncio.Event()
    server.on_ready(restarted.set)
    async with township.line(VILLAGE) as line:
        await line.send(b"lost with the disk")
        async with aclosing(hub.receive(VILLAGE)) as came:
            late = await anext(came)
            pid = kill(server)
            await eventually(lambda: not is_alive(pid))
            shutil.rmtree(tmp_path / "nats" / "store")
            async with watched(server):
                await asyncio.wait_for(restarted.wait(), 10)
                await eventually(lambda: hub.connected and line.connected)
                with pytest.raises(Unavailable, match="流"):
                    await line.send(b"offered again")
                await hub.ensure(VILLAGE)
                await line.send(b"offered again")
                again = await take(hub.road(VILLAGE), ack=False)
                # A receipt for a parcel of the lost stream must not delete one of the new stream.
                await late.ack()
                assert await take_all(hub.road(VILLAGE), within=1.0) == [again.payload] == [b"offered again"]


async def test_a_broker_dies_with_its_node_even_by_kill_9(tmp_path: Path) -> None:
    with running(sys.executable, "-c", NODE, str(tmp_path / "nats"), str(free_port())) as node:
        assert node.stdout is not None
        pid = int(await asyncio.to_thread(node.stdout.readline))
        assert is_alive(pid)
        node.kill()
        node.wait()
        await eventually(lambda: not is_alive(pid), within=2)


async def test_a_broker_left_over_from_an_earlier_life_is_stopped_first(tmp_path: Path) -> None:
    port = free_port()
    async with NatsServer(tmp_path, port=port):
        pass
    with running(find_binary(), "-c", str(tmp_path / "nats.conf")) as stale:
        await eventually(lambda: (tmp_path / "nats.pid").read_text() == str(stale.pid))
        async with NatsServer(tmp_path, port=port) as server:
            assert server.pid not in (None, stale.pid)
            assert stale.wait(timeout=1) is not None


async def test_a_pid_file_that_names_somebody_else_harms_nobody(tmp_path: Path) -> None:
    with running("sleep", "60") as bystander:
        (tmp_path / "nats.pid").write_text(str(bystander.pid))
        async with NatsServer(tmp_path, port=free_port()):
            assert bystander.poll() is None


async def test_letting_a_village_in_or_out_leaves_the_others_connected(township: Township) -> None:
    server, hub, heard = township.server, township.hub, list[str]()
    seed = new_seed()
    async with (
        township.line(VILLAGE) as staying,
        township.line(NEIGHBOUR) as leaving,
        Line(server.url, NEWCOMER, seed) as newcomer,
    ):
        await asyncio.gather(staying.connect(), leaving.connect())
        staying.on_disconnected(lambda: heard.append("village"))
        hub.on_disconnected(lambda: heard.append("owner"))
        with pytest.raises(Unavailable):
            await newcomer.connect()

        keys = {VILLAGE: township.seeds[VILLAGE], NEWCOMER: seed}
        await server.set_children({place: public_key(key) for place, key in keys.items()})
        await hub.ensure(NEWCOMER)
        await newcomer.send(b"good morning")
        assert (await take(hub.road(NEWCOMER))).payload == b"good morning"
        await eventually(lambda: not leaving.connected)
        with pytest.raises(Unavailable):
            await leaving.send(b"still here?")
        await staying.send(b"still here")
        assert heard == []

        # And in again: a line that was thrown out opens a new connection by itself.
        keys[NEIGHBOUR] = township.seeds[NEIGHBOUR]
        await server.set_children({place: public_key(key) for place, key in keys.items()})
        await eventually(lambda: sends(leaving))
    assert server.restarts == 0


async def sends(line: Line) -> bool:
    try:
        await line.send(b"parcel")
    except Unavailable:
        return False
    return True


async def test_a_broker_that_cannot_start_says_why(township: Township, tmp_path: Path) -> None:
    port = int(township.server.url.rsplit(":", 1)[1])
    with pytest.raises(Unavailable, match="address already in use"):
        await NatsServer(tmp_path / "second", port=port).__aenter__()


async def test_nobody_listening_is_unavailable_at_the_first_try() -> None:
    async with asyncio.timeout(3), Line(f"nats://127.0.0.1:{free_port()}", VILLAGE, new_seed()) as line:
        with pytest.raises(Unavailable):
            await line.connect()
        with pytest.raises(Unavailable):
            await anext(line.receive())
        assert not line.connected


async def test_a_full_box_is_unavailable_until_something_is_taken_out(township: Township) -> None:
    small = StreamLimits(ack_wait_s=0.5, max_bytes=4096)
    async with (
        Hub(township.server.url, township.server.owner_seed, limits=small) as hub,
        township.line(VILLAGE) as line,
    ):
        await hub.ensure(VILLAGE)  # brings the streams to the new limits
        await line.send(bytes(3000))
        with pytest.raises(Unavailable, match="已满"):
            await line.send(bytes(3001))
        await take(hub.road(VILLAGE))
        await eventually(lambda: sends(line))


async def test_a_message_over_the_streams_own_limit_is_malformed(township: Township) -> None:
    tight = StreamLimits(ack_wait_s=0.5, max_message_bytes=1000)
    async with Hub(township.server.url, township.server.owner_seed, limits=tight) as hub:
        await hub.ensure(VILLAGE)
        with pytest.raises(Malformed, match="拆成小包"):
            await hub.send(VILLAGE, bytes(2000))


async def test_a_village_without_streams_yet_is_told_to_wait(township: Township) -> None:
    seed = new_seed()
    keys = {NEWCOMER: seed, **township.seeds}
    await township.server.set_children({place: public_key(key) for place, key in keys.items()})
    async with Line(township.server.url, NEWCOMER, seed) as line:
        with pytest.raises(Unavailable, match="等上级建好"):
            await line.send(b"parcel")
        with pytest.raises(Unavailable, match="等上级建好"):
            await asyncio.wait_for(anext(line.receive()), 5)


async def test_somebody_elses_broker_is_checked_and_left_alone(township: Township) -> None:
    url, seed = township.server.url, township.server.owner_seed
    async with ExistingNats(url, owner_seed=seed) as existing:
        assert existing.ready.is_set()
    assert township.server.pid is not None
    with pytest.raises(Unavailable):
        await ExistingNats(f"nats://127.0.0.1:{free_port()}", owner_seed=seed).__aenter__()


async def test_a_node_that_stops_in_order_leaves_no_broker(tmp_path: Path) -> None:
    async with NatsServer(tmp_path, port=free_port()) as server:
        pid = server.pid
        watching = asyncio.create_task(server.run())
        await asyncio.sleep(0)
    assert pid is not None
    assert not is_alive(pid)
    assert server.restarts == 0
    await asyncio.wait_for(watching, 2)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="no-such-server"):
        find_binary(str(tmp_path / "no-such-server"))
