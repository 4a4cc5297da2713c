"""A running county of real processes for the tests that kill, cut and wipe."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.whole_county.running import Running, processes_of, small_county


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[Running]:
    """One county, one township, two villages; afterwards none of their processes is left."""
    county = small_county(tmp_path)
    async with county.processes:
        await county.open()
        yield county
        await county.close()
    await eventually(lambda: not processes_of(tmp_path), within=5.0)
