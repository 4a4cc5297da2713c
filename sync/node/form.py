"""The form of what callers send: who acts, for which places, and no text longer than any honest one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message

from sync.cases import masking
from sync.errors import Malformed
from sync.facts.v1 import fact_pb2

if TYPE_CHECKING:
    from sync.node.node import Node

TEXT = 2000
"""Characters of a reason or opinion; names and codes are far shorter."""

SHORT = 100
MAX_ITEMS = 100
LONG = frozenset({"reason", "note", "private_text", "about", "remark"})


def shown(text: str, limit: int = SHORT) -> str:
    """What a peer has written, as people read it: numbers of people masked, and no longer than callers may write."""
    return masking.text(text)[:limit]


def shown_actor(actor: fact_pb2.Actor) -> fact_pb2.Actor:
    """The same of whoever wrote it."""
    return fact_pb2.Actor(place=actor.place, unit=shown(actor.unit), post=shown(actor.post), person=shown(actor.person))


def longest(name: str) -> int:
    """Characters that a field may have, by its name."""
    return TEXT if name in LONG else SHORT


def actor_of(node: Node, actor: fact_pb2.Actor) -> fact_pb2.Actor:
    """Whoever acts, in the name of the node's own place. Raises Malformed for another's."""
    here = node.settings.place
    if actor.place not in (0, here):
        raise Malformed(f"本节点是{here}，不能以{actor.place}的名义办理。")
    return fact_pb2.Actor(place=here, unit=actor.unit, post=actor.post, person=actor.person)


def paper_places(node: Node) -> frozenset[int]:
    """Places this node writes for that have no node of their own."""
    enrolled = {certificate.place for certificate in node.book.introduced()}
    return frozenset(node.book.identity.homes) - enrolled


def bounded(request: Message) -> None:
    """Raises Malformed, naming the field, where a text is longer than any honest one."""
    for field, value in request.ListFields():
        limit = longest(field.name)
        if field.type == field.TYPE_STRING and not field.is_repeated and len(value) > limit:
            raise Malformed(f"{field.name} 超过{limit}个字，请缩短后再提交。")
        if field.type == field.TYPE_MESSAGE or field.is_repeated:
            _bounded_inside(field.name, value if field.is_repeated else [value])


def _bounded_inside(name: str, values: Any) -> None:
    if len(values) > MAX_ITEMS:
        raise Malformed(f"{name} 超过{MAX_ITEMS}项。")
    for each in values:
        if isinstance(each, Message):
            bounded(each)
        elif isinstance(each, str) and len(each) > SHORT:
            raise Malformed(f"{name} 超过{SHORT}个字。")
