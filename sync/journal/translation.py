"""Facts as the rules see them, and what the rules decide as facts."""

from __future__ import annotations

from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from sync.cases.fold import Move
from sync.cases.stages import Act, Outcome
from sync.facts.v1 import bodies_pb2, fact_pb2

Body = TypeVar("Body", bound=Message)

# The acts a move can be, and the message each one's body is.
MOVES: dict[fact_pb2.BodyType, tuple[Act, type[Message]]] = {
    fact_pb2.BODY_TYPE_CASE_FILED: (Act.FILE, bodies_pb2.CaseFiled),
    fact_pb2.BODY_TYPE_HANDED_OVER: (Act.HAND_OVER, bodies_pb2.HandedOver),
    fact_pb2.BODY_TYPE_TAKEN_IN: (Act.TAKE_IN, bodies_pb2.TakenIn),
    fact_pb2.BODY_TYPE_ACCEPTED: (Act.ACCEPT, bodies_pb2.Accepted),
    fact_pb2.BODY_TYPE_REFUSED: (Act.REFUSE, bodies_pb2.Refused),
    fact_pb2.BODY_TYPE_STAGE_DONE: (Act.STAGE_DONE, bodies_pb2.StageDone),
    fact_pb2.BODY_TYPE_PASSED_UP: (Act.PASS_UP, bodies_pb2.PassedUp),
    fact_pb2.BODY_TYPE_DECIDED: (Act.DECIDE, bodies_pb2.Decided),
    fact_pb2.BODY_TYPE_CLOSED: (Act.CLOSE, bodies_pb2.Closed),
    fact_pb2.BODY_TYPE_DELIVERED: (Act.DELIVER, bodies_pb2.Delivered),
    fact_pb2.BODY_TYPE_OVERRIDDEN: (Act.OVERRIDE, bodies_pb2.Overridden),
    fact_pb2.BODY_TYPE_SETTLED: (Act.SETTLE, bodies_pb2.Settled),
}
BODY_TYPES: dict[Act, fact_pb2.BodyType] = {act: number for number, (act, _) in MOVES.items()}
KNOWN_VERSION = 1


def act_of(fact: fact_pb2.Fact) -> Act | None:
    """The act of a move. None for one this version does not know."""
    known = MOVES.get(fact.body_type)
    if known is None or fact.version > KNOWN_VERSION or fact.body_version > KNOWN_VERSION:
        return None
    return known[0]


def move_of(fact_id: bytes, fact: fact_pb2.Fact) -> Move:
    """The move a fact of class MOVE is. One whose body cannot be read is of a type not known here."""
    act = act_of(fact)
    body = _body(fact) if act else None
    if body is None:
        act = None
    return Move(
        id=fact_id,
        act=act,
        based_on=tuple(fact.based_on),
        place=fact.recorder.place,
        unit=fact.recorder.unit,
        to_place=getattr(body, "to_place", 0),
        to_unit=getattr(body, "to_unit", ""),
        next_unit=getattr(body, "next_unit", "") or getattr(body, "unit", ""),
        outcome=_outcome(body),
        recorded_at_ms=fact.recorded_at_ms,
        happened_at_ms=fact.happened_at_ms,
        item_code=fact.item_code,
        item_version=fact.item_version,
        release=fact.release,
    )


def _body(fact: fact_pb2.Fact) -> Message | None:
    try:
        return MOVES[fact.body_type][1].FromString(fact.body)
    except DecodeError:
        return None


def body_of(fact: fact_pb2.Fact, kind: type[Body]) -> Body:
    """The body of a fact, empty where it cannot be read: a later version may have changed it."""
    try:
        return kind.FromString(fact.body)
    except DecodeError:
        return kind()


def _outcome(body: Message | None) -> Outcome | None:
    number = getattr(body, "outcome", None)
    return Outcome(number) if number in (Outcome.GRANTED, Outcome.DENIED) else None
