"""Each fault of the loopback happens when told, and is counted."""

from contextlib import aclosing

import pytest

from sync.carriers.loopback import FAULTS, Loopback
from sync.errors import Unavailable
from tests.carriers.conftest import TOWNSHIP, VILLAGE
from tests.carriers.test_contract import take, take_all


def line(**more: float) -> Loopback:
    return Loopback(child=VILLAGE, parent=TOWNSHIP, ack_wait_s=0.1, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("lost", [b"2"]),
        ("twice", [b"1", b"1", b"2"]),
        ("out of order", [b"2", b"1"]),
        ("delayed", [b"2", b"1"]),
        ("receipt lost", [b"1", b"2", b"1"]),
    ],
)
async def test_a_fault_strikes_once(fault: str, expected: list[bytes]) -> None:
    pair = line()
    pair.strike(fault)
    for payload in (b"1", b"2"):
        await pair.child_end.send(payload)
    assert await take_all(pair.parent_end, within=0.4) == expected
    assert pair.took_place == {fault: 1}


async def test_a_parcel_sent_into_a_cut_is_not_carried() -> None:
    pair = line()
    pair.strike("cut")
    with pytest.raises(Unavailable):
        await pair.child_end.send(b"1")
    await pair.child_end.send(b"1")
    assert await take_all(pair.parent_end, within=0.2) == [b"1"]
    assert pair.took_place == {"cut": 1}


async def test_a_cut_line_tells_both_ends_and_delivers_after_mending() -> None:
    pair, heard = line(), list[str]()
    pair.child_end.on_disconnected(lambda: heard.append("down"))
    pair.parent_end.on_connected(lambda: heard.append("up"))
    await pair.child_end.send(b"1")
    async with aclosing(pair.parent_end.receive()) as came:
        first = await anext(came)
        pair.cut()
        for act in (first.ack(), pair.parent_end.send(b"2")):
            with pytest.raises(Unavailable):
                await act
        assert not pair.child_end.connected
        pair.mend()
    assert (await take(pair.parent_end)).payload == b"1"
    assert heard == ["down", "up"]


async def test_the_same_seed_brings_the_same_faults() -> None:
    async def faults(seed: int) -> dict[str, int]:
        chances = {"lost": 0.2, "twice": 0.2, "cut": 0.1}
        pair = Loopback(child=VILLAGE, parent=TOWNSHIP, seed=seed, chances=chances)
        for number in range(50):
            try:
                await pair.child_end.send(b"%d" % number)
            except Unavailable:
                continue
        return dict(pair.took_place)

    assert await faults(1) == await faults(1) != await faults(2)
    assert set(await faults(1)) == {"lost", "twice", "cut"}


def test_a_fault_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="no such fault"):
        Loopback(child=VILLAGE, parent=TOWNSHIP, chances={"stolen": 1.0})
    assert "receipt lost" in FAULTS
