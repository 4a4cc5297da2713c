"""Parcels through a real broker, both ways."""

from contextlib import aclosing

from tests.carriers.conftest import NEIGHBOUR, TOWNSHIP, VILLAGE, Township


async def test_a_parcel_goes_up_and_its_answer_comes_down(township: Township) -> None:
    async with township.line(VILLAGE) as line:
        await line.send(b"filing")
        async with aclosing(township.hub.receive(VILLAGE)) as came:
            up = await anext(came)
            await up.ack()
        await township.hub.road(VILLAGE).send(b"checkpoint")
        async with aclosing(line.receive()) as came:
            down = await anext(came)
            await down.ack()
    assert (up.payload, up.sent_by) == (b"filing", VILLAGE)
    assert (down.payload, down.sent_by) == (b"checkpoint", TOWNSHIP)
    assert up.sent_by != NEIGHBOUR
