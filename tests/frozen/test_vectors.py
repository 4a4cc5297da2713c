"""What is hashed, signed and stored is decided once: these bytes never change.

`vectors.json` is written by hand or not at all. A field or body that is new gets a new vector; none that stands
there is ever changed, or books written before could not be read.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from sync.facts import hashing, signing
from sync.facts.signing import SigningKey
from sync.facts.streams import Head, Scope, Stream
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))
MESSAGES = sorted(VECTORS["messages"])

# Stand in a fact as its body, or beside it as its private part.
BODIES = [name.removeprefix("BODY_TYPE_").replace("_", "") for name in fact_pb2.BodyType.keys()[1:]] + [
    "APPLICANT",
    "PRIVATETEXT",
]

Json = dict[str, Any]


# As the project computes them.


def stream_from(row: Json) -> Stream:
    return Stream(row["author"], bytes.fromhex(row["epoch"]), Scope(row["kind"], row["place"]))


def recomputed(vectors: Json) -> dict[str, str]:
    """Every frozen value from the fixed seeds and inputs, by the code of the project."""
    given = vectors["inputs"]
    stream, township = stream_from(given["stream"]), SigningKey(bytes.fromhex(given["township_seed"]))
    fact_id = hashing.fact_id(bytes.fromhex(vectors["messages"]["sync.facts.v1.Fact"]["hex"]))
    entry = hashing.entry_hash(bytes.fromhex(given["previous"]), stream, given["seq"], fact_id)
    heads = [Head(stream_from(given[h["stream"]]), h["seq"], bytes.fromhex(h["hash"])) for h in given["heads"]]
    rows = [(Scope(d["kind"], d["place"]), bytes.fromhex(d["digest"])) for d in given["digests"]]
    checkpoint = checkpoint_from(given, key=township.public, list_hash=hashing.list_hash(rows))
    village = SigningKey(bytes.fromhex(given["village_seed"]))
    own = given["certificate"]
    certificate = signing.certify(
        SigningKey(bytes.fromhex(given["root_seed"])),
        place=own["place"],
        key=village.public,
        nats_key=own["nats_key"],
        at_ms=own["issued_at_ms"],
    )
    values = {
        "public_key": village.public,
        "stream_bytes": hashing.stream_bytes(stream),
        "fact_id": fact_id,
        "entry_hash": entry,
        "entry_signature": village.sign(signing.entry_message(entry)),
        "heads_digest_with_fork": hashing.heads_digest(heads),
        "heads_digest_of_nothing": hashing.heads_digest([]),
        "list_hash": checkpoint.list_hash,
        "checkpoint_signature": township.sign(signing.checkpoint_message(checkpoint)),
        "certificate_signature": certificate.signature,
        "private_hash": hashing.private_hash(bytes.fromhex(given["private_part"])),
    }
    return {name: value.hex() for name, value in values.items()}


def checkpoint_from(given: Json, *, key: bytes, list_hash: bytes) -> journal_pb2.Checkpoint:
    row = given["checkpoint"] | {"epoch": bytes.fromhex(given["checkpoint"]["epoch"])}
    return journal_pb2.Checkpoint(**row, key=key, list_hash=list_hash)


# As anybody may compute them: hashlib, struct and Ed25519, no code of the project.


def by_hand(vectors: Json) -> dict[str, str]:
    given = vectors["inputs"]
    keys = {who: Ed25519PrivateKey.from_private_bytes(unhex(given[f"{who}_seed"])) for who in OWNERS}
    public = {who: key.public_key().public_bytes_raw() for who, key in keys.items()}
    stream = stream_by_hand(given["stream"])
    fact_id = sha(b"cuntong/fact/1", fact_by_hand(vectors["messages"]["sync.facts.v1.Fact"]["message"]))
    entry = sha(b"cuntong/entry/1", unhex(given["previous"]), stream, struct.pack(">Q", given["seq"]), fact_id)
    heads = sorted(
        stream_by_hand(given[h["stream"]]) + struct.pack(">Q", h["seq"]) + unhex(h["hash"]) for h in given["heads"]
    )
    rows = sorted(struct.pack(">BQ", d["kind"], d["place"]) + unhex(d["digest"]) for d in given["digests"])
    list_hash = sha(b"cuntong/checkpoint-list/1", *rows)
    c, k = given["checkpoint"], given["certificate"]
    checkpoint = b"cuntong/checkpoint/1" + struct.pack(">Q", c["signer"]) + public["township"] + unhex(c["epoch"])
    checkpoint += struct.pack(">QQqB", c["peer"], c["counter"], c["at_ms"], c["clock_state"]) + list_hash
    certificate = b"cuntong/key/1" + struct.pack(">Q", k["place"]) + public["village"]
    certificate += struct.pack(">q", k["issued_at_ms"]) + k["nats_key"].encode()
    values = {
        "public_key": public["village"],
        "stream_bytes": stream,
        "fact_id": fact_id,
        "entry_hash": entry,
        "entry_signature": keys["village"].sign(b"cuntong/entry-signature/1" + entry),
        "heads_digest_with_fork": sha(b"cuntong/heads/1", *heads),
        "heads_digest_of_nothing": sha(b"cuntong/heads/1"),
        "list_hash": list_hash,
        "checkpoint_signature": keys["township"].sign(checkpoint),
        "certificate_signature": keys["root"].sign(certificate),
        "private_hash": sha(b"cuntong/private/1", unhex(given["private_part"])),
    }
    return {name: value.hex() for name, value in values.items()}


OWNERS = ("root", "township", "village")


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def stream_by_hand(row: Json) -> bytes:
    return struct.pack(">Q16sBQ", row["author"], unhex(row["epoch"]), row["kind"], row["place"])


def varint(value: int) -> bytes:
    low, high = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(high) if high else bytes([low])


def whole(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def text(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def actor_by_hand(row: Json) -> bytes:
    words = [text(number, row[name].encode()) for number, name in ((2, "unit"), (3, "post"), (4, "person"))]
    return whole(1, int(row["place"])) + b"".join(words)


def raw(encoded: str) -> bytes:
    """Bytes as the JSON form of a message writes them."""
    return base64.b64decode(encoded)


def fact_by_hand(m: Json) -> bytes:
    """The encoded bytes of a fact, field after field."""
    offset = int(m["clock_offset_ms"])
    return b"".join(
        [whole(1, m["version"]), whole(2, fact_pb2.FactClass.Value(m["fact_class"]))]
        + [text(3, raw(m["case_id"])), text(4, raw(m["parent_case_id"])), whole(5, int(m["home"]))]
        + [text(6, raw(each)) for each in m["based_on"]]
        + [text(7, actor_by_hand(m["recorder"])), text(8, actor_by_hand(m["on_behalf_of"]))]
        + [text(9, raw(m["request_id"])), whole(10, m["index"]), whole(11, int(m["happened_at_ms"]))]
        + [whole(12, fact_pb2.HappenedSource.Value(m["happened_source"])), text(13, m["paper_page"].encode())]
        + [whole(14, int(m["recorded_at_ms"])), whole(15, fact_pb2.ClockState.Value(m["clock_state"]))]
        + [whole(16, offset * 2 if offset >= 0 else -offset * 2 - 1), whole(17, m["release"])]
        + [text(18, m["item_code"].encode()), whole(19, m["item_version"]), whole(20, m["calendar"])]
        + [whole(21, m["delegation"]), whole(22, fact_pb2.BodyType.Value(m["body_type"])), whole(23, m["body_version"])]
        + [text(24, raw(m["body"])), text(25, raw(m["private_hash"]))]
        + [text(26, raw(each)) for each in m["attachment_hashes"]]
    )


# The tests.


@pytest.mark.parametrize("name", sorted(VECTORS["values"]))
def test_a_frozen_value_comes_out_the_same_in_the_project_and_by_hand(name: str) -> None:
    frozen = VECTORS["values"][name]
    assert recomputed(VECTORS)[name] == frozen
    assert by_hand(VECTORS)[name] == frozen


def test_no_frozen_value_is_left_out() -> None:
    assert recomputed(VECTORS).keys() == by_hand(VECTORS).keys() == VECTORS["values"].keys()


def test_the_fork_is_in_the_digest_whatever_the_order_of_heads() -> None:
    given = VECTORS["inputs"]
    heads = [Head(stream_from(given[h["stream"]]), h["seq"], unhex(h["hash"])) for h in given["heads"]]
    assert hashing.heads_digest(reversed(heads)).hex() == VECTORS["values"]["heads_digest_with_fork"]
    assert hashing.heads_digest(heads[:1] + heads[2:]).hex() != VECTORS["values"]["heads_digest_with_fork"]


def test_the_bytes_of_a_fact_are_those_of_the_wire_format() -> None:
    vector = VECTORS["messages"]["sync.facts.v1.Fact"]
    assert fact_by_hand(vector["message"]).hex() == vector["hex"]


def kind_of(name: str) -> type[Message]:
    short = name.rpartition(".")[2]
    kind: type[Message] = getattr(fact_pb2 if short == "Fact" else bodies_pb2, short)
    return kind


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_has_the_bytes_it_always_had(name: str) -> None:
    vector = VECTORS["messages"][name]
    message = json_format.ParseDict(vector["message"], kind_of(name)())
    assert message.SerializeToString(deterministic=True).hex() == vector["hex"]
    read = kind_of(name).FromString(unhex(vector["hex"]))
    assert json_format.MessageToDict(read, preserving_proto_field_name=True) == vector["message"]


def test_the_vectors_of_a_message_set_every_field() -> None:
    """A message that has grown has a vector of each age."""
    lacking: dict[str, set[str]] = {}
    for name, vector in VECTORS["messages"].items():
        missing = set(unset(kind_of(name).FromString(unhex(vector["hex"]))))
        lacking[kind_of(name).__name__] = lacking.get(kind_of(name).__name__, missing) & missing
    assert {name: missing for name, missing in lacking.items() if missing} == {}


def unset(message: Message) -> list[str]:
    """Fields, here and below, that a message does not set."""
    present = {field.name: value for field, value in message.ListFields()}
    missing = [f"{message.DESCRIPTOR.name}.{f.name}" for f in message.DESCRIPTOR.fields if f.name not in present]
    for value in present.values():
        inner = [value] if isinstance(value, Message) else value if not isinstance(value, (str, bytes, int)) else []
        for each in inner:
            missing += unset(each) if isinstance(each, Message) else []
    return missing


def test_every_body_has_a_vector() -> None:
    shorts = {name.rpartition(".")[2].upper() for name in MESSAGES}
    assert set(BODIES) <= shorts


def test_a_changed_field_changes_the_fact_id() -> None:
    encoded = unhex(VECTORS["messages"]["sync.facts.v1.Fact"]["hex"])
    fact, descriptor = fact_pb2.Fact.FromString(encoded), fact_pb2.Fact.DESCRIPTOR
    assert isinstance(descriptor, Descriptor)
    for field in descriptor.fields:
        changed = fact_pb2.Fact.FromString(encoded)
        changed.ClearField(field.name)
        assert hashing.fact_id(changed.SerializeToString(deterministic=True)) != hashing.fact_id(encoded), field.name
    assert fact.SerializeToString(deterministic=True) == encoded
