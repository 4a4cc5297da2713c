"""A county in a temporary folder, for every test of books."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sync.journal.book import Book
from tests.county import COUNTY, TOWNSHIP, VILLAGE, County, know


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    async with County(tmp_path) as county:
        yield county


@pytest.fixture
async def township(county: County) -> Book:
    """The township's book, which knows the keys of the county, itself and the village."""
    book = await county.open(TOWNSHIP)
    await know(book, COUNTY, TOWNSHIP, VILLAGE)
    return book


@pytest.fixture
async def village(county: County) -> Book:
    book = await county.open(VILLAGE)
    await know(book, COUNTY, TOWNSHIP, VILLAGE)
    return book
