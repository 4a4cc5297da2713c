"""The books a relay begins with, and a folder where hundreds of them can be."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from county_node import seed
from sync.cases.stages import Act
from sync.facts import hashing
from sync.facts.streams import SUBTREE, Scope
from sync.facts.v1 import fact_pb2
from sync.journal.catalogue_translation import release_message
from sync.journal.writing import Draft
from tests.county import COUNTY, TOWNSHIP, append
from tests.flows.relay import Relay

ITEMS = DECIDED_BELOW, DECIDED_ABOVE = "JS01", "MZ07"
"""One item a township decides itself, and one it passes up to the county."""

IN_MEMORY = Path("/dev/shm")


@contextmanager
def short_lived_folder() -> Iterator[Path]:
    """For hundreds of books that are thrown away at once: in memory, where the machine has a place for that."""
    wanted = IN_MEMORY if IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="cuntong-", dir=wanted) as folder:
        yield Path(folder)


@dataclass(frozen=True)
class Course:
    """A case filed somewhere, and what happened to it."""

    home: int
    item: str
    steps: tuple[tuple[int, Act], ...] = ()


EXAMINED = ((TOWNSHIP, Act.TAKE_IN), (TOWNSHIP, Act.ACCEPT), (TOWNSHIP, Act.STAGE_DONE))


async def lay_out(folder: Path, *wanted: int, courses: tuple[Course, ...] = ()) -> None:
    """Writes the books every relay of these places begins with: all keys known everywhere, a small catalogue, cases."""
    async with Relay(folder, luck=random.Random(0)) as relay:
        relay.homes[COUNTY] = wanted
        await relay.open(*wanted)
        await relay.introduce(*wanted)
        await relay.know_each_other()
        await append(relay.books[COUNTY], small_release())
        await relay.settle_down()
        for course in courses:
            case_id = await relay.ask(relay.filing(course.item, at=course.home, home=course.home))
            for place, act in course.steps:
                await relay.settle_down()
                await relay.act(place, act, case_id)
        await relay.settle_down()


def small_release() -> Draft:
    whole = seed.first_release()
    release = replace(
        whole,
        changes=tuple(change for change in whole.changes if change.item.code in ITEMS),
        delegations=tuple(each for each in whole.delegations if each.item_code in ITEMS),
    )
    return Draft(
        scope=Scope(SUBTREE, COUNTY),
        fact_class=fact_pb2.FACT_CLASS_ADMIN,
        body_type=fact_pb2.BODY_TYPE_CATALOGUE_RELEASED,
        body=release_message(release).SerializeToString(deterministic=True),
        actor=fact_pb2.Actor(place=COUNTY),
        request_id=hashing.number(COUNTY) + hashing.number(1),
    )
