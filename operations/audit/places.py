"""Places: 12-digit codes, and which lies in which."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

# Village 3, township 3, county 2, prefecture 2 digits, from the end of the code.
SEGMENTS = (10**3, 10**6, 10**8, 10**10)
VILLAGE, TOWNSHIP, COUNTY = 0, 1, 2


@cache
def level(place: int) -> int:
    """0 village, 1 township, 2 county and so on: the lowest segment that is not all zeros."""
    return next((index for index, segment in enumerate(SEGMENTS) if place % segment), len(SEGMENTS))


@cache
def path(place: int) -> tuple[int, ...]:
    """The place and everything above it."""
    return tuple(dict.fromkeys([place, *(place - place % segment for segment in SEGMENTS)]))


def contains(above: int, below: int) -> bool:
    return above in path(below)


def township_of(home: int) -> int:
    return next((place for place in path(home) if level(place) >= TOWNSHIP), home)


def below(within: int, home: int) -> int:
    """The place directly below `within` that a home lies in; `within` itself for its own."""
    way = path(home)
    return way[max(0, way.index(within) - 1)]


def parent_among(place: int, known: Iterable[int]) -> int | None:
    """The nearest place above that has a book."""
    having = set(known)
    return next((above for above in path(place)[1:] if above in having), None)
