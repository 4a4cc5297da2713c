"""Places: 12-digit statistical codes, and who lies above whom."""

from __future__ import annotations

from functools import lru_cache

from sync.errors import Malformed

# The segments of a code, from the last to the first: village 3, township 3, county 2, prefecture 2,
# province 2 digits. The index is the level.
SEGMENTS = (10**3, 10**6, 10**8, 10**10, 10**12)
VILLAGE, TOWNSHIP, COUNTY, PREFECTURE, PROVINCE = range(5)
LABELS = ("村", "乡镇", "县", "市（州）", "省")


def is_place(code: int) -> bool:
    """Twelve digits that begin with a province."""
    return 11 * 10**10 <= code < 10**12


@lru_cache(maxsize=4096)
def level(place: int) -> int:
    """0 village, 1 township, 2 county, 3 prefecture, 4 province: the lowest segment that is not all zeros."""
    _check(place)
    return next(index for index, segment in enumerate(SEGMENTS) if place % segment)


@lru_cache(maxsize=4096)
def parent(place: int) -> int | None:
    """The next place up. None above a province."""
    own = level(place)
    return None if own == PROVINCE else place - place % SEGMENTS[own]


@lru_cache(maxsize=4096)
def path(place: int) -> tuple[int, ...]:
    """The place itself first, then everything above it up to the province."""
    above = parent(place)
    return (place,) if above is None else (place, *path(above))


def contains(above: int, below: int) -> bool:
    """Whether `above` is `below` or lies above it. By whole segments, never by leading digits."""
    return above in path(below)


def bounds(place: int) -> tuple[int, int]:
    """The codes from a place to the last one below it."""
    own = level(place)
    return place, place if own == VILLAGE else place + SEGMENTS[own - 1] - 1


def segment_below(place: int) -> int:
    """The places directly below lie at whole multiples of this; 1 where there is nothing between them and a case."""
    own = level(place)
    return SEGMENTS[own - 2] if own > TOWNSHIP else 1


def below(within: int, place: int) -> int:
    """The place directly below `within` that another lies in; `within` itself for its own."""
    return place - place % segment_below(within)


def label(place: int) -> str:
    """What kind of place it is: 村, 乡镇, 县."""
    return LABELS[level(place)]


def checked(place: int) -> int:
    """A place somebody has named. Raises Malformed where it is none."""
    if not is_place(place):
        raise Malformed(f"{place} 不是12位统计用区划代码。")
    return place


def _check(place: int) -> None:
    if not is_place(place):
        raise Malformed(f"{place} 不是12位统计用区划代码")
