"""Measurements say what they measured; how fast it was is nobody's business here."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from operations.bench.measuring import percentile, summed_up
from operations.bench.proxy import Proxy
from tests.whole_county.running import processes_of, say


def test_of_several_rounds_the_median_is_told_with_the_least_and_the_most() -> None:
    told = summed_up({"live_per_s": [300.0, 100.0, 200.0]})
    assert told == {"live_per_s": 200.0, "spread": {"live_per_s": [100.0, 300.0]}}


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(200, 0, -1)]
    assert [percentile(values, p) for p in (1, 50, 99, 100)] == [2.0, 100.0, 198.0, 200.0]
    assert percentile([7.0], 99) == 7.0


async def test_a_line_counts_what_goes_over_it_and_can_be_cut() -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            while heard := await reader.read(100):
                writer.write(heard.upper())

    server = await asyncio.start_server(shout, "127.0.0.1", 0)
    async with server, Proxy(server.sockets[0].getsockname()[1]) as line:
        assert await shouted(line, b"abc") == b"ABC"
        assert line.bytes == 6
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        await line.cut()
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await shouted(line, b"d")
        await line.mend()
        assert await shouted(line, b"d") == b"D"
        assert line.bytes == 8


async def shouted(line: Proxy, word: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    writer.write(word)
    answer = await reader.readexactly(len(word))
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.long
@pytest.mark.timeout(330)
async def test_filings_travel_live_and_after_a_silence_beside_the_same_bytes_on_a_bare_road(tmp_path: Path) -> None:
    root = tmp_path / "bench"
    root.mkdir()
    words = ("bench", "relay", "--dir", root, "--filings", "138", "--rounds", "1", "--json")
    said = await say("cuntong", *words, within=300)
    assert said.code == 0, said.err
    found = said.json
    assert (found["filings"], found["rounds"], found["fact_bytes"]) == (138, 1, 430)
    for name in ("live", "catch_up", "raw_message", "raw_message_serial", "raw_frame"):
        assert found[f"{name}_per_s"] > 0
    assert found["live_ratio"] == pytest.approx(found["live_per_s"] / found["raw_message_per_s"], abs=0.01)
    assert processes_of(tmp_path) == []


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_an_idle_county_is_measured_one_filing_at_a_time(tmp_path: Path) -> None:
    root = tmp_path / "bench"
    root.mkdir()
    said = await say(
        "cuntong", "bench", "trickle", "--dir", root, "--cases", "600", "--rounds", "1", "--json", within=550
    )
    assert said.code == 0, said.err
    found = said.json
    assert 0 < found["p50_ms"] <= found["p99_ms"]
    assert found["noop_round_trips"] == 1
    assert found["noop_bytes"] <= 1024
    assert found["noop_facts"] >= 1700
    assert found["noop_streams"] >= 700
    assert 0 < found["reconnect_30_s"] <= found["reconnect_30_worst_s"]
    assert processes_of(tmp_path) == []


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_room_and_waiting_times_are_measured_at_a_full_county(tmp_path: Path) -> None:
    root = tmp_path / "bench"
    root.mkdir()
    words = ("--dir", root, "--cases", "600", "--open", "60", "--rounds", "1", "--json")
    said = await say("cuntong", "bench", "footprint", *words, within=550)
    assert said.code == 0, said.err
    found = said.json
    assert found["cases"] >= 600
    assert found["facts"] >= 1700
    assert found["fact_bytes"] == pytest.approx(430, abs=20)
    for name in ("agent_rss_mb", "agent_first_answer_s", "county_rss_mb", "overview_p99_ms", "bytes_per_fact"):
        assert found[name] > 0
    assert processes_of(tmp_path) == []


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_supervision_is_measured_at_a_full_county(tmp_path: Path) -> None:
    root = tmp_path / "bench"
    root.mkdir()
    words = ("--dir", root, "--cases", "600", "--open", "60", "--rounds", "1", "--json")
    said = await say("cuntong", "bench", "supervise", *words, within=550)
    assert said.code == 0, said.err
    found = said.json
    assert found["looked_at"] > 0
    for name in ("sweep_s", "overview_p99_ms", "fact_to_view_ms", "full_recompute_s", "ratio"):
        assert found[name] > 0
    assert processes_of(tmp_path) == []
