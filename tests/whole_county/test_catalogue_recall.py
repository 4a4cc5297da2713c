"""A delegation is recalled while a township is off line: the county sees who knows, and the township may not decide."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToJson

from county_node import seed
from operations.networks import Spot
from operations.opening import answering
from sync.catalogue.items import Level
from sync.facts.v1 import bodies_pb2
from tests.eventually import eventually
from tests.whole_county.running import COMMANDS, Running, say, small_county


@pytest.fixture
async def two_townships(tmp_path: Path) -> AsyncIterator[Running]:
    """One county, two townships with a village each, release 1 at all of them."""
    county = small_county(tmp_path, townships=2, stations=1)
    async with county.processes:
        await county.open()
        yield county
        await county.close()


async def publish(county: Running, release: bodies_pb2.CatalogueReleased) -> int:
    """As the county's editor does: a JSON file and a command. Returns the number it got."""
    file = county.root.parent / "release.json"
    file.write_text(MessageToJson(release), encoding="utf-8")
    said = await say("county-node", "publish-release", "--at", county.county.address, "--json", file)
    assert said.code == 0, said.err
    return int(said.json["number"])


async def holdings(county: Running) -> dict[int, int]:
    """The release that each place is known to hold, as the command says."""
    said = await say("cuntong", "catalogue", "status", "--json", "--at", county.county.address)
    assert said.code == 0, said.err
    return {each["place"]: each["release"] for each in said.json["holdings"]}


async def do(spot: Spot, *words: str) -> dict[str, Any]:
    said = await say(COMMANDS[spot.level], words[0], "--at", spot.address, "--json", *words[1:])
    assert said.code == 0, said.err
    answer: dict[str, Any] = json.loads(said.out)
    return answer


def may(county: Running, spot: Spot, number: str, act: str) -> Any:
    """A check whether an act is open at a node."""

    async def check() -> bool:
        return any(case.number == number and act in case.allowed_acts for case in await county.cases(spot))

    return check


async def test_a_recall_reaches_an_off_line_township_before_it_may_decide(two_townships: Running) -> None:
    county = two_townships
    township, other = county.network.at("township")
    village, other_village = county.villages
    everybody = {spot.place for spot in county.network.spots}
    item = next(each for each in seed.first_release().changes if each.item.decided_at is Level.TOWNSHIP).item
    delegation = next(each for each in seed.first_release().delegations if each.item_code == item.code)

    # The second release reaches every node.
    department = seed.first_release().departments[0]
    second = bodies_pb2.CatalogueReleased(title="第二版：部门更名")
    second.departments.add(code=department.code, name=department.name + "（更名）")
    assert await publish(county, second) == 2

    async def all_hold_the_second() -> bool:
        return await holdings(county) == dict.fromkeys(everybody, 2)

    await eventually(all_hold_the_second, within=20)

    # Accepted and examined at the township while it still had the power.
    number = (await do(village, "file", "--item", item.code, "--name", "样例村民甲"))["number"]
    await do(village, "hand-over", number)
    await eventually(may(county, township, number, "take_in"))
    for act in ("take-in", "accept", "stage-done"):
        await do(township, act, number)
    assert await may(county, township, number, "decide")()

    # Recalled while it is off line.
    await county.stop(township)
    third = bodies_pb2.CatalogueReleased(title="第三版：收回")
    power = bodies_pb2.POWER_DECIDE
    third.recalls.add(delegation=delegation.number, townships=[township.place], powers=[power], reason="试点结束")
    assert await publish(county, third) == 3

    async def others_hold_the_third() -> bool:
        known = await holdings(county)
        return {place for place, release in known.items() if release == 3} == {
            county.county.place,
            other.place,
            other_village.place,
        }

    await eventually(others_hold_the_third, within=20)
    known = await holdings(county)
    assert set(known) == everybody
    assert (known[township.place], known[village.place]) == (2, 2)

    # Back on line it may not decide any more, and passes the case up.
    await county.start(township)
    await answering(county.client(township), holding_release=3)
    refused = await say("township-node", "decide", "--at", township.address, "--outcome", "granted", number)
    assert (refused.code, refused.out) == (2, "")
    assert "收回" in refused.err
    assert "POWER_RECALLED" in refused.err
    await do(township, "pass-up", number, "--opinion", "决定权已收回")
    await eventually(may(county, county.county, number, "take_in"), within=20)
    for words in (("take-in",), ("stage-done",), ("decide", "--outcome", "granted")):
        decided = await do(county.county, words[0], number, *words[1:])
    assert (decided["stage"], decided["outcome"]) == ("DECIDED", "OUTCOME_GRANTED")

    async def all_hold_the_third() -> bool:
        return await holdings(county) == dict.fromkeys(everybody, 3)

    await eventually(all_hold_the_third, within=20)

    # The other township still has the power.
    beside = (await do(other_village, "file", "--item", item.code, "--name", "样例村民乙"))["number"]
    await do(other_village, "hand-over", beside)
    await eventually(may(county, other, beside, "take_in"))
    for act in ("take-in", "accept", "stage-done"):
        await do(other, act, beside)
    assert (await do(other, "decide", beside, "--outcome", "granted"))["stage"] == "DECIDED"
