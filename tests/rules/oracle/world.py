"""The model's stores, meeting and parting: a driver for histories that are lived in the model."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from tests.rules.oracle import model as untyped
from tests.rules.oracle.words import Facts, model

RULES = model.Rules.fixed()


@dataclass(frozen=True)
class Named(untyped.Fact):
    """A fact of the model under the name the product gave it: where the name decides, both decide alike."""

    name: str = ""

    @property
    def id(self) -> str:
        return self.name


@dataclass
class World:
    """A store at each place. The model asks it for the time and for random numbers, and counts in it."""

    chance: random.Random
    now: int = 0
    created: set[str] = field(default_factory=set)
    epochs: dict[str, int] = field(default_factory=dict)
    stores: dict[str, Any] = field(default_factory=dict)
    stated: dict[str, int] = field(default_factory=dict)
    """How often each place has stated what it holds; set back with its store."""
    newest: dict[tuple[str, str], tuple[int, int, int]] = field(default_factory=dict)
    """Of each road, the epoch, count and time of the statement that counts."""

    def __post_init__(self) -> None:
        for name in model.PARENT:
            self.stores[name] = model.Machine(name, self, RULES)
            # Nobody is judged here, and making them up takes most of the model's time.
            self.stores[name].checkpoints = list

    def rnd(self) -> int:
        return self.chance.getrandbits(48)

    def write(self, fact: Named) -> None:
        self.stores[fact.by].append(fact.home, [fact])

    def parcel(self, here: str, to: str) -> Any:
        return self._stating(here, self.stores[here].parcel_for(to))

    def _stating(self, here: str, parcel: Any) -> Any:
        self.stated[here] = self.stated.get(here, 0) + 1
        self.now += 1
        return parcel | {"stated": (self.stores[here].epoch, self.stated[here], self.now)}

    def copy(self, name: str) -> Any:
        """A store as it is now, with its count and what it has heard."""
        return self.stores[name].snapshot(), self.stated.get(name, 0), self._heard_by(name)

    def _heard_by(self, name: str) -> dict[tuple[str, str], tuple[int, int, int]]:
        return {road: newest for road, newest in self.newest.items() if road[1] == name}

    def new_of(self, name: str, parcel: Any) -> list[Any]:
        """What a place itself wrote of what it sends, since its store was opened or restored: one fact each."""
        epoch = self.stores[name].epoch
        return [each for each in parcel["segs"] if each[0].stream[:2] == (name, epoch) and each[0].seq > 1]

    def take_in(self, parcel: Any) -> None:
        """A statement that comes after a later one of the same epoch counts no more, unless its signer was set back."""
        store, road = self.stores[parcel["to"]], (parcel["frm"], parcel["to"])
        epoch, count, made = parcel["stated"]
        held, known = self.newest.get(road), store.known.get(parcel["frm"])
        store.receive(parcel, parcel["frm"])
        if held is not None and held[0] == epoch and count < held[1] and made <= held[2]:
            store.known[parcel["frm"]] = known
        else:
            self.newest[road] = epoch, count, made

    def meet(self, one: str, other: str) -> None:
        """Both give what the other lacks. Afterwards each knows what the other holds."""
        both = ((one, other), (other, one))
        parcels = [
            self._stating(here, self.stores[here].parcel_for(there, tips=self._tips(there, here)))
            for here, there in both
        ]
        for parcel in parcels:
            self.take_in(parcel)
        for here, there in both:
            self.stores[here].known[there] = self._tips(there, here)

    def _tips(self, of: str, seen_at: str) -> dict[Any, Any]:
        store = self.stores[of]
        return {stream: store.tips(stream) for stream in store.streams() if model.sees(seen_at, stream[2])}

    def restore(self, name: str, copy: Any, *, noticed: bool) -> None:
        store = self.stores[name]
        snapshot, self.stated[name], heard = copy
        store.load(snapshot)
        for road in self._heard_by(name):
            del self.newest[road]
        self.newest |= heard
        if noticed:
            store.open_epoch("restore")

    def settle_down(self, *, rounds: int = 12) -> None:
        """All neighbours meet until nothing new comes of it."""
        for _ in range(rounds):
            before = self._state()
            for child, above in model.PARENT.items():
                if above:
                    self.meet(child, above)
            if self._state() == before:
                return
        raise AssertionError("the model does not come to rest")

    def _state(self) -> list[tuple[int, int]]:
        return [(len(store.ent), len(store.parked)) for store in self.stores.values()]

    # Looking into stores.

    def facts_by_case(self, name: str) -> dict[str, Facts]:
        """All that counts at a place, gaps or not."""
        store, found = self.stores[name], dict[str, Facts]()
        for identity, fact in store.facts():
            found.setdefault(store.caseid(fact), []).append((identity, fact))
        return found

    def beyond_gap(self, name: str) -> set[str]:
        """Facts that are here, and stand in no stream without a gap."""
        store = self.stores[name]
        chained = {entry.fact.id for entry in store.ent.values()}
        return {entry.fact.id for segment in store.parked.values() for entry in segment} - chained
