"""What the page on the architecture says of the code is so."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sync.cases.stages import stage_diagram
from sync.facts import hashing, signing

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

NAMED = sorted(set(re.findall(r"`([a-z_/]+)\.py:([A-Za-z_.]+)`", PAGE)))
FILES = sorted(set(re.findall(r"`((?:sync|county_node|operations|tests|proto)/[a-z0-9_/.]+\.[a-z]+)(?::|`)", PAGE)))
LAYERS = [name for row in PROJECT["tool"]["importlinter"]["contracts"][0]["layers"] for name in row.split(" | ")]
DOMAINS = [
    value.decode()
    for module in (hashing, signing)
    for value in vars(module).values()
    if isinstance(value, bytes) and value.startswith(b"cuntong/")
]


def section(heading: str) -> str:
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def test_the_stages_on_the_page_are_those_of_the_table() -> None:
    between = PAGE.split("<!-- stages: begin -->\n")[1].split("<!-- stages: end -->")[0]
    assert between == f"```mermaid\n{stage_diagram()}```\n"


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_function_the_page_names_is_there(file: str, name: str) -> None:
    found: Any = importlib.import_module(file.replace("/", "."))
    for part in name.split("."):
        found = getattr(found, part)


@pytest.mark.parametrize("file", FILES)
def test_a_file_the_page_names_is_there(file: str) -> None:
    assert (ROOT / file).is_file()


def test_the_folders_stand_in_the_order_of_the_layers() -> None:
    rows = [line.split("|")[1] for line in section("Folders").splitlines() if line.startswith("| `")]
    assert [name for row in rows for name in re.findall(r"`([a-z_.]+)`", row)] == LAYERS


def test_the_domain_strings_on_the_page_are_those_of_the_code() -> None:
    on_page = re.findall(r"`(cuntong/[a-z-]+/\d+)`", section("Bytes that never change"))
    assert sorted(on_page) == sorted(DOMAINS)
    assert len(DOMAINS) == 8


def test_a_dependency_on_the_page_is_one_the_project_asks_for() -> None:
    asked = {re.split(r"[>=;<]", each)[0] for each in PROJECT["project"]["dependencies"]}
    rows = [line.split("|")[1] for line in section("Dependencies").splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`([a-z0-9-]+)`", row)} <= asked
