"""A station without a line of its own: it writes its book, and sends when somebody opens the line."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from operations.networks import WITHOUT_LINE, Spot
from operations.opening import answering, open_county
from sync.errors import Refused
from sync.facts.v1 import bodies_pb2
from sync.rpc.v1 import case_service_pb2 as pb
from sync.rpc.v1 import node_service_pb2 as node_pb
from tests.eventually import eventually
from tests.whole_county.running import Running, say, small_county


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[Running]:
    """One county, one township, one station without a line; it was on line once and holds the catalogue."""
    county = small_county(tmp_path, stations=1, classes=WITHOUT_LINE)
    async with county.processes:
        for spot in county.network.spots:
            await county.start(spot)
        await open_county(county.root, county.network, tell=lambda _: None)
        await answering(county.client(county.township), holding_release=1)
        assert not await is_connected(county), "it does not try by itself"
        await line(county, "open")
        await answering(county.client(station(county)), holding_release=1)
        await line(county, "close")
        yield county
        await county.close()


def station(county: Running) -> Spot:
    return county.villages[0]


async def line(county: Running, word: str) -> None:
    said = await say("village-agent", "line", word, "--at", station(county).address, "--json")
    assert (said.code, said.json) == (0, {}), said.err


async def file(county: Running, spot: Spot) -> pb.Case:
    client = county.client(spot)
    item = (await county.items(spot))[0].code
    applicant = bodies_pb2.Applicant(name="样例村民甲")
    request = pb.FileCaseRequest(request_id=os.urandom(16), item_code=item, applicant=applicant, channel="window")
    filed: pb.Case = (await client.ask(client.cases.FileCase, request)).case
    return filed


async def reach(county: Running, case: pb.Case) -> str:
    client = county.client(station(county))
    answer = await client.ask(client.cases.GetCase, pb.GetCaseRequest(case=case.number))
    return str(answer.case.reach_label)


async def is_connected(county: Running) -> bool:
    return (await county.status(station(county))).links[0].connected


async def messages(county: Running) -> tuple[int, int]:
    """Ever sent up and down between the station and its township, by the township's broker."""
    links = (await county.status(county.township)).links
    (below,) = [link for link in links if link.peer == station(county).place]
    return below.messages_up, below.messages_down


async def test_what_is_filed_off_line_goes_up_when_the_line_is_opened(county: Running) -> None:
    filed = await file(county, station(county))
    assert not await is_connected(county)
    assert await reach(county, filed) == "已登记"
    assert await county.cases(county.township) == []
    before = await messages(county)

    await line(county, "open")

    async def at_the_county() -> bool:
        return await reach(county, filed) == "县已收"

    await eventually(at_the_county)
    assert [case.number for case in await county.cases(county.county)] == [filed.number]
    assert await is_connected(county)
    after = await messages(county)
    assert after[0] > before[0]
    assert after[1] > before[1]


async def test_after_the_line_is_closed_nothing_more_goes(county: Running) -> None:
    await line(county, "open")
    first = await file(county, station(county))

    async def at_the_county() -> bool:
        return await reach(county, first) == "县已收"

    await eventually(at_the_county)
    await line(county, "close")
    assert not await is_connected(county)
    before = await messages(county)
    second = await file(county, station(county))
    at_the_window = await file(county, county.township)

    async def window_at_the_county() -> bool:
        return at_the_window.number in {case.number for case in await county.cases(county.county)}

    await eventually(window_at_the_county)
    assert second.number not in {case.number for case in await county.cases(county.county)}
    assert await reach(county, second) == "已登记"
    assert (await messages(county))[0] == before[0]


async def test_a_line_that_is_always_open_is_not_closed_by_a_command(county: Running) -> None:
    client = county.client(county.township)
    with pytest.raises(Refused) as refused:
        await client.ask(client.node.SetLine, node_pb.SetLineRequest(open=False))
    assert refused.value.code == "LINE_ALWAYS_OPEN"
