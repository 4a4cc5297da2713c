"""The commands: what they print, how they end, and what a node refuses before it starts."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from operations.networks import LOCAL, free_base
from sync.node import settings
from sync.node.settings import Grpc, Parent, Settings
from tests.eventually import eventually
from tests.whole_county.running import Running, is_alive, processes_of, say, small_county

pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNTY, TOWNSHIP, VILLAGE = 510524000000, 510524100000, 510524100201
NAME, ID_NUMBER, PHONE = "欧阳样例子", "510524199003078516", "13812345678"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def county(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A county hall alone, as a process, its catalogue published."""
    folder = tmp_path_factory.mktemp("commands")
    county = small_county(folder, townships=0)
    async with county.processes:
        await county.open()
        yield county
        await county.close()
    assert processes_of(folder) == []


def village(folder: Path, *, port: int = 0, toml: str = "") -> Path:
    """The directory of a village whose township is away; `toml` is written at its end."""
    free = free_base(2)
    parent = Parent(place=TOWNSHIP, grpc=f"{LOCAL}:{free}", nats=f"nats://{LOCAL}:{free + 1}")
    made = Settings(place=VILLAGE, name="样例村", root_key="00" * 32, parent=parent, grpc=Grpc(port=port))
    settings.write(folder, made)
    file = folder / settings.FILE
    file.write_text(file.read_text(encoding="utf-8") + toml, encoding="utf-8")
    return folder


# Before it starts.


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "localhost", "192.168.1.2"])
@pytest.mark.parametrize("door", ["grpc", "web"])
async def test_a_node_listens_on_this_machine_only(tmp_path: Path, door: str, host: str) -> None:
    folder = village(tmp_path / "node")
    file = folder / settings.FILE
    before, _, after = file.read_text(encoding="utf-8").partition(f"[{door}]\n")
    file.write_text(f"{before}[{door}]\n{after.replace(LOCAL, host, 1)}", encoding="utf-8")
    said = await say("village-agent", "run", folder)
    assert (said.code, said.out) == (2, "")
    assert f"{LOCAL} only, not on {host}" in said.err
    assert said.err.count("\n") == 1, "one plain sentence"


@pytest.mark.parametrize(
    ("toml", "names"),
    [
        ("\n[colour]\nred = 1\n", "colour"),
        ("\n[numbering.more]\nstep = 2\n", "$.numbering"),
        ("\n[nats]\n", "TOML"),
    ],
)
async def test_a_setting_nobody_knows_is_refused_by_its_name(tmp_path: Path, toml: str, names: str) -> None:
    said = await say("village-agent", "run", village(tmp_path / "node", toml=toml))
    assert (said.code, said.out) == (2, "")
    assert names in said.err
    assert str(tmp_path / "node" / settings.FILE) in said.err
    assert "Traceback" not in said.err


async def test_a_directory_without_settings_says_what_to_do(tmp_path: Path) -> None:
    said = await say("village-agent", "run", tmp_path / "none")
    assert (said.code, "`init`" in said.err) == (2, True)


async def test_a_port_that_is_taken_is_named(county: Running, tmp_path: Path) -> None:
    port = county.county.grpc
    said = await say("village-agent", "run", village(tmp_path / "node", port=port))
    assert said.code == 3
    assert f"Port {port} on {LOCAL} is taken" in said.err
    assert "Traceback" not in said.err


async def test_one_directory_has_one_node_until_the_kernel_says_it_is_gone(county: Running) -> None:
    hall = county.county
    before = await county.status(hall)
    said = await say("county-node", "run", county.directory(hall))
    assert said.code == 3
    assert "already" in said.err
    after = await county.status(hall)
    assert (after.epoch, after.nats_server) == (before.epoch, before.nats_server)
    assert is_alive(after.nats_server.pid)

    _, code = await county.kill(hall)
    assert code == -signal.SIGKILL
    await county.start(hall)
    await eventually(lambda: county.is_up(hall), within=15)
    assert (await county.status(hall)).epoch == before.epoch


async def test_a_node_is_made_once(tmp_path: Path) -> None:
    hall: list[str | Path] = ["init", tmp_path / "hall", "--json"]
    first = await say("county-node", *hall)
    key = (tmp_path / "hall" / "root.key").read_bytes()
    second = await say("county-node", *hall)
    assert (first.code, second.code, second.out) == (0, 2, "")
    assert "there already" in second.err
    assert (tmp_path / "hall" / "root.key").read_bytes() == key

    below: list[str | Path] = ["init", tmp_path / "centre", "--place", str(TOWNSHIP), "--name", "样例镇", "--json"]
    below += ["--root-key", first.json["root_key"], "--parent-grpc", f"{LOCAL}:1", "--parent-nats", f"nats://{LOCAL}:2"]
    third, fourth = await say("township-node", *below), await say("township-node", *below)
    assert (third.code, fourth.code, fourth.out) == (0, 2, "")
    assert json.loads((tmp_path / "centre" / "enrolment.json").read_text(encoding="utf-8")) == third.json


# What they print and how they end.


SOME_COMMANDS = {
    "county-node": {"run", "init", "enrol", "status", "publish-release", "take-in", "decide", "accept-complaint"},
    "township-node": {"run", "init", "status", "file", "take-in", "accept", "pass-up", "decide", "replies"},
    "village-agent": {"run", "init", "status", "file", "hand-over", "deliver", "journal", "contact", "appointment"},
    "cuntong": {"demo", "road", "catalogue", "checklist"},
}


@pytest.mark.parametrize("name", SOME_COMMANDS)
async def test_every_command_explains_itself(name: str) -> None:
    said = await say(name, "--help")
    assert (said.code, said.err) == (0, "")
    listed = set(re.findall(r"^  ([a-z-]+)", said.out.partition("Commands:")[2], re.MULTILINE))
    assert SOME_COMMANDS[name] <= listed


async def test_json_goes_to_stdout_alone_or_into_a_file(county: Running, tmp_path: Path) -> None:
    at, file = county.county.address, tmp_path / "status.json"
    told = await say("county-node", "status", "--at", at, "--json")
    written = await say("county-node", "status", "--at", at, f"--json={file}")
    by_directory = await say("county-node", "status", "--at", county.directory(county.county), "--json")
    assert (told.code, told.err, told.out.count("\n")) == (0, "", 1)
    assert (written.code, written.out, written.err) == (0, "", "")
    answers = [told.json, json.loads(file.read_text(encoding="utf-8")), by_directory.json]
    assert [each["place"] for each in answers] == [COUNTY] * 3
    assert len({each["epoch"] for each in answers}) == 1


async def test_a_file_is_never_taken_from_the_next_word(county: Running) -> None:
    said = await say("county-node", "case", "--at", county.county.address, "--json", "510524000000-20260101-999999")
    assert (said.code, said.out) == (2, "")
    assert "[CASE_UNKNOWN]" in said.err


async def test_what_is_refused_ends_with_2_and_what_is_away_with_3(county: Running, tmp_path: Path) -> None:
    at = county.county.address
    refused = await say("county-node", "file", "--at", at, "--item", "NONE", "--name", "样例村民甲", "--json")
    malformed = await say("county-node", "cases", "--at", at, "--page-size", "201")
    away = await say("county-node", "status", "--at", f"{LOCAL}:{free_base(1)}")
    not_running = await say("county-node", "status", "--at", tmp_path)
    codes = [each.code for each in (refused, malformed, away, not_running)]
    assert codes == [2, 2, 3, 3]
    for each in (refused, malformed, away, not_running):
        assert each.out == ""
        assert each.err.strip()
        assert "Traceback" not in each.err
    assert "[ITEM_UNKNOWN]" in refused.err


# What a node says of people.


async def test_logs_say_nothing_of_the_people(county: Running) -> None:
    at, item = county.county.address, (await county.items(county.county))[0].code
    who = ["--name", NAME, "--id-number", ID_NUMBER, "--phone", PHONE]
    filed = await say("county-node", "file", "--at", at, "--item", item, *who, "--json")
    assert filed.code == 0, filed.err
    wrong = await say("county-node", "file", "--at", at, "--item", item, "--name", NAME, "--id-number", ID_NUMBER[:-1])
    assert wrong.code == 2
    named = f"{NAME}{ID_NUMBER}{PHONE}"
    assert (await say("county-node", "case", "--at", at, named)).code == 2
    assert NAME not in filed.out
    assert ID_NUMBER not in filed.out

    logs = [*county.processes.log_directory.iterdir(), *county.root.rglob("*.log")]
    said = "".join(file.read_text(encoding="utf-8", errors="replace") for file in logs)
    assert "node is open" in said
    assert [each for each in (NAME, ID_NUMBER, PHONE) if each in said] == []
