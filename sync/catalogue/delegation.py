"""What townships may do in the county's name, now and when a case was filed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sync.catalogue.items import Delegation, Power
from sync.catalogue.release import Catalogue


@dataclass(frozen=True, slots=True)
class Grant:
    """Powers that townships were given together and lost together. `recalled_by`: the release that took them back."""

    delegation: Delegation
    granted_by: int
    townships: tuple[int, ...]
    powers: tuple[Power, ...]
    recalled_by: int | None


def may(catalogue: Catalogue, township: int, item_code: str, power: Power, on_day: date) -> bool:
    """Whether the township holds the power now."""
    return delegation_for(catalogue, township, item_code, power, on_day) is not None


def delegation_for(
    catalogue: Catalogue, township: int, item_code: str, power: Power, on_day: date, *, release: int | None = None
) -> int | None:
    """Number of the delegation that gives the township the power; `release`: as it was under that release."""
    last = catalogue.release if release is None else release
    for granted_by, delegation in _naming(catalogue, township, item_code, power):
        if granted_by <= last and delegation.is_open_on(on_day):
            taken = _recalled_by(catalogue, delegation, township, power)
            if taken is None or taken > last:
                return delegation.number
    return None


def power_at_release(
    catalogue: Catalogue, release: int, township: int, item_code: str, power: Power, on_day: date
) -> bool:
    """Whether the township held the power under an earlier release: it accepts what was delegated when filed."""
    return delegation_for(catalogue, township, item_code, power, on_day, release=release) is not None


def recalled_by(catalogue: Catalogue, township: int, item_code: str, power: Power) -> int | None:
    """The release that last took the power from the township. None: it never had it, or nobody took it."""
    releases = [
        _recalled_by(catalogue, delegation, township, power)
        for _, delegation in _naming(catalogue, township, item_code, power)
    ]
    return max((release for release in releases if release is not None), default=None)


def grants(catalogue: Catalogue) -> Iterator[Grant]:
    """Who may do what under which delegation, by its number; what was recalled apart from what was not."""
    for _, (release, delegation) in sorted(catalogue.delegations.items()):
        together: defaultdict[tuple[tuple[Power, ...], int | None], list[int]] = defaultdict(list)
        for township in sorted(delegation.townships):
            for ended, powers in _by_end(catalogue, delegation, township).items():
                together[tuple(powers), ended].append(township)
        for (held, ended), townships in together.items():
            yield Grant(delegation, release, tuple(townships), held, ended)


def _by_end(catalogue: Catalogue, delegation: Delegation, township: int) -> dict[int | None, list[Power]]:
    """The powers one township was given, by the release that took them back. None: none did."""
    found: defaultdict[int | None, list[Power]] = defaultdict(list)
    for power in sorted(delegation.powers):
        found[_recalled_by(catalogue, delegation, township, power)].append(power)
    return found


def _naming(catalogue: Catalogue, township: int, item_code: str, power: Power) -> Iterator[tuple[int, Delegation]]:
    """Delegations of the power, the newest first, with the releases that granted them."""
    for release, delegation in catalogue.delegations_of.get(item_code, ()):
        if power in delegation.powers and township in delegation.townships:
            yield release, delegation


def _recalled_by(catalogue: Catalogue, delegation: Delegation, township: int, power: Power) -> int | None:
    recalls = (
        release
        for release, recall in catalogue.recalls
        if recall.delegation == delegation.number and recall.takes(township, power)
    )
    return next(recalls, None)
