"""Facts as the rules see them, and what the rules decide as facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message

from sync.cases.fold import Move
from sync.cases.replies import Said
from sync.cases.stages import Act, ExtensionKind, Opinion, Outcome
from sync.facts.hashing import SALT_BYTES
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.catalogue_translation import branch_of

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
    fact_pb2.BODY_TYPE_ASKED_ONCE: (Act.ASK_ONCE, bodies_pb2.AskedOnce),
    fact_pb2.BODY_TYPE_SUPPLIED: (Act.SUPPLY, bodies_pb2.Supplied),
    fact_pb2.BODY_TYPE_LAPSED: (Act.LAPSE, bodies_pb2.Lapsed),
    fact_pb2.BODY_TYPE_WITHDRAWN: (Act.WITHDRAW, bodies_pb2.Withdrawn),
    fact_pb2.BODY_TYPE_SENT_BACK: (Act.SEND_BACK, bodies_pb2.SentBack),
    fact_pb2.BODY_TYPE_EXTENDED: (Act.EXTEND, bodies_pb2.Extended),
    fact_pb2.BODY_TYPE_REASSIGNED: (Act.REASSIGN, bodies_pb2.Reassigned),
    fact_pb2.BODY_TYPE_SPECIAL_BEGUN: (Act.BEGIN_SPECIAL, bodies_pb2.SpecialBegun),
    fact_pb2.BODY_TYPE_SPECIAL_ENDED: (Act.END_SPECIAL, bodies_pb2.SpecialEnded),
    fact_pb2.BODY_TYPE_VILLAGE_ACT_DONE: (Act.VILLAGE_ACT_DONE, bodies_pb2.VillageActDone),
    fact_pb2.BODY_TYPE_FORKED: (Act.FORK, bodies_pb2.Forked),
    fact_pb2.BODY_TYPE_OPINION_GIVEN: (Act.GIVE_OPINION, bodies_pb2.OpinionGiven),
}
# What can be said about a case, by facts of class annotation.
ANNOTATIONS: dict[fact_pb2.BodyType, Act] = {
    fact_pb2.BODY_TYPE_FEE_CHARGED: Act.CHARGE,
    fact_pb2.BODY_TYPE_CORRECTED: Act.CORRECT,
    fact_pb2.BODY_TYPE_RATED: Act.RATE,
    fact_pb2.BODY_TYPE_COMPLAINED: Act.COMPLAIN,
    fact_pb2.BODY_TYPE_COMPLAINT_ACCEPTED: Act.ACCEPT_COMPLAINT,
    fact_pb2.BODY_TYPE_COMPLAINT_ANSWERED: Act.ANSWER_COMPLAINT,
    fact_pb2.BODY_TYPE_RATING_CALLED_BACK: Act.CALL_BACK,
}
# What a reply is about, by the body of the reply.
NAMED: dict[fact_pb2.BodyType, Callable[[fact_pb2.Fact], bytes]] = {
    fact_pb2.BODY_TYPE_COMPLAINT_ACCEPTED: lambda fact: body_of(fact, bodies_pb2.ComplaintAccepted).complaint,
    fact_pb2.BODY_TYPE_COMPLAINT_ANSWERED: lambda fact: body_of(fact, bodies_pb2.ComplaintAnswered).complaint,
    fact_pb2.BODY_TYPE_RATING_CALLED_BACK: lambda fact: body_of(fact, bodies_pb2.RatingCalledBack).rating,
}
BODY_TYPES: dict[Act, fact_pb2.BodyType] = {act: number for number, (act, _) in MOVES.items()}
BODY_TYPES |= {act: number for number, act in ANNOTATIONS.items()}
KNOWN_VERSION = 1


def act_of(fact: fact_pb2.Fact) -> Act | None:
    """The act of a move or an annotation. None for one this version does not know."""
    if fact.version > KNOWN_VERSION or fact.body_version > KNOWN_VERSION:
        return None
    if fact.fact_class == fact_pb2.FACT_CLASS_ANNOTATION:
        return ANNOTATIONS.get(fact.body_type)
    known = MOVES.get(fact.body_type)
    return known[0] if known else None


def move_of(fact_id: bytes, fact: fact_pb2.Fact) -> Move:
    """The move a fact of class MOVE is. One whose body cannot be read is of a type not known here."""
    act = act_of(fact)
    body = _body(fact) if act else None
    if body is None:
        act = None
    return Move(
        id=fact_id,
        act=act,
        **(_told(body) if body is not None else {}),
        based_on=tuple(fact.based_on),
        place=fact.recorder.place,
        unit=fact.recorder.unit,
        recorded_at_ms=fact.recorded_at_ms,
        happened_at_ms=fact.happened_at_ms,
        item_code=fact.item_code,
        item_version=fact.item_version,
        release=fact.release,
        branch=branch_of(asked.branch) if (asked := asked_of(fact)) else None,
    )


def asked_of(fact: fact_pb2.Fact) -> bodies_pb2.CaseFiled | None:
    """The filing of a branch of a joint case. None for any other fact."""
    is_branch = fact.parent_case_id and fact.body_type == fact_pb2.BODY_TYPE_CASE_FILED
    return body_of(fact, bodies_pb2.CaseFiled) if is_branch else None


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


def said_of(fact_id: bytes, fact: fact_pb2.Fact) -> Said | None:
    """What a fact of class ANNOTATION says of its case. None for one this version does not know."""
    act = act_of(fact)
    if act is None:
        return None
    trusted = fact.clock_state == fact_pb2.CLOCK_STATE_TRUSTED
    return Said(fact_id, act, fact.recorder.place, fact.recorded_at_ms, named_by(fact), grade_of(fact), trusted)


def named_by(fact: fact_pb2.Fact) -> bytes:
    """What a reply is about. Empty for any other fact."""
    named = NAMED.get(fact.body_type)
    return named(fact) if named else b""


GRADES = range(1, 6)


def grade_of(fact: fact_pb2.Fact) -> int:
    """The grade a fact gives. 0: none, or one that nobody can give."""
    if fact.body_type != fact_pb2.BODY_TYPE_RATED:
        return 0
    grade = body_of(fact, bodies_pb2.Rated).grade
    return grade if grade in GRADES else 0


def applicant_name(private_part: bytes) -> str:
    """The applicant in the private part of a filing. Empty where it cannot be read."""
    try:
        return bodies_pb2.Applicant.FromString(private_part[SALT_BYTES:]).name.strip()
    except DecodeError:
        return ""


def _outcome(number: int) -> Outcome | None:
    return Outcome(number) if number in (Outcome.GRANTED, Outcome.DENIED) else None


def _extension(number: int) -> ExtensionKind:
    known = number in (ExtensionKind.PROMISE, ExtensionKind.LEGAL)
    return ExtensionKind(number) if known else ExtensionKind.UNSPECIFIED


# What the fold reads of bodies, by the names of their fields: the field of a move, and how its value is understood.
READ: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "to_place": ("to_place", int),
    "to_unit": ("to_unit", str),
    "next_unit": ("next_unit", str),
    "unit": ("next_unit", str),
    "outcome": ("outcome", _outcome),
    "due_day": ("due_day", int),
    "kind": ("extension", _extension),
    "to_day": ("to_day", int),
    "days": ("days", int),
    "within_legal_limit": ("within_legal_limit", bool),
    "branches": ("branches", tuple),
    "consents": ("opinion", lambda consents: Opinion.CONSENT if consents else Opinion.OBJECTION),
}
READ_OF = {
    kind: [(name, *READ[name]) for name in kind.DESCRIPTOR.fields_by_name if name in READ] for _, kind in MOVES.values()
}


def _told(body: Message) -> dict[str, Any]:
    return {field: understood(getattr(body, name)) for name, field, understood in READ_OF[type(body)]}
