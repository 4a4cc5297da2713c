"""The closed books of a small county, written once; each test changes a copy."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.audit.network import audited, copied, write


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("network") / "county"
    asyncio.run(write(folder))
    return folder


@pytest.fixture
def root(written: Path, tmp_path: Path) -> Path:
    return copied(written, tmp_path)


@pytest.fixture(scope="session")
def sound(written: Path) -> dict[str, Any]:
    """What the auditor says of the county as it is."""
    told = audited(written)
    assert told.code == 0, told.out + told.err
    report: dict[str, Any] = json.loads(told.out)
    return report
