"""Short stories about a case: who did what, after what."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sync.cases.fold import CaseState, Move, fold
from sync.cases.stages import Act

COUNTY = 510524000000
TOWNSHIP, OTHER_TOWNSHIP = 510524100000, 510524101000
VILLAGE, NEXT_VILLAGE, FAR_VILLAGE = 510524100201, 510524100202, 510524101201


@dataclass
class Story:
    """A case of one home. Each act follows the one before unless `after` says otherwise."""

    home: int = VILLAGE
    filed_at: int = VILLAGE
    moves: list[Move] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.case_id = self.does(Act.FILE, self.filed_at, item_code="JS01", item_version=1, release=1)

    def does(self, act: Act | None, place: int, *, after: bytes | None = None, **more: Any) -> bytes:
        based_on = more.pop("based_on", None) or (after or (self.moves[-1].id if self.moves else b""),)
        number = next(self._numbers)
        move_id: bytes = more.pop("move_id", number.to_bytes(32, "big"))
        move = Move(
            move_id,
            act,
            based_on=() if based_on == (b"",) else based_on,
            place=place,
            recorded_at_ms=number * 1000,
            **more,
        )
        self.moves.append(move)
        return move_id

    def goes_up(self, *, by: int = VILLAGE, to: int = TOWNSHIP, act: Act = Act.HAND_OVER) -> bytes:
        self.does(act, by, to_place=to)
        return self.does(Act.TAKE_IN, to)

    def decided_at_township(self) -> bytes:
        self.goes_up()
        self.does(Act.ACCEPT, TOWNSHIP)
        self.does(Act.STAGE_DONE, TOWNSHIP)
        return self.does(Act.DECIDE, TOWNSHIP)

    def case(self, *, without: tuple[bytes, ...] = ()) -> CaseState:
        return fold(self.case_id, self.home, [move for move in self.moves if move.id not in without])
