"""Introducing keys: the county says whose they are, with the root key's signature."""

from __future__ import annotations

from typing import Any

from sync.facts.streams import SUBTREE, Scope
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.receiving import knows_key, learn_key
from sync.journal.writing import Draft, Transaction


def introduce(tx: Transaction, certificate: bodies_pb2.KeyCertificate) -> bytes:
    """Writes KeyIntroduced into this place's subtree. Returns the fact's id."""
    body = bodies_pb2.KeyIntroduced(certificate=certificate).SerializeToString(deterministic=True)
    learn_key(tx, body)
    draft = Draft(
        scope=Scope(SUBTREE, tx.identity.place),
        fact_class=fact_pb2.FACT_CLASS_ADMIN,
        body_type=fact_pb2.BODY_TYPE_KEY_INTRODUCED,
        body=body,
        actor=fact_pb2.Actor(place=tx.identity.place),
        request_id=tx.fresh_request_id(),
    )
    return tx.append([draft])[0]


def has_a_node(conn: Any, place: int) -> bool:
    """Whether a node of a place was ever introduced."""
    return conn.execute("SELECT 1 FROM keys WHERE place=?", [place]).fetchone() is not None


def introduce_own(tx: Transaction) -> None:
    """A county brings its own certificate: until it is introduced, nobody below believes it."""
    identity = tx.identity
    if identity.certificate and not knows_key(tx, identity.place, identity.key.public):
        introduce(tx, bodies_pb2.KeyCertificate.FromString(identity.certificate))
