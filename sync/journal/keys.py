"""Introducing keys: the county says whose they are, with the root key's signature."""

from __future__ import annotations

from typing import Any

from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.receiving import knows_key, learn_key
from sync.journal.writing import Transaction


def introduce(tx: Transaction, certificate: bodies_pb2.KeyCertificate) -> bytes:
    """Writes KeyIntroduced into this place's subtree. Returns the fact's id."""
    body = bodies_pb2.KeyIntroduced(certificate=certificate)
    learn_key(tx, body.SerializeToString(deterministic=True))
    return tx.publish(fact_pb2.BODY_TYPE_KEY_INTRODUCED, body, request_id=tx.fresh_request_id())


def has_a_node(conn: Any, place: int) -> bool:
    """Whether a node of a place was ever introduced."""
    return conn.execute("SELECT 1 FROM keys WHERE place=?", [place]).fetchone() is not None


def introduce_own(tx: Transaction) -> None:
    """A county brings its own certificate: until it is introduced, nobody below believes it."""
    identity = tx.identity
    if identity.certificate and not knows_key(tx, identity.place, identity.key.public):
        introduce(tx, bodies_pb2.KeyCertificate.FromString(identity.certificate))
