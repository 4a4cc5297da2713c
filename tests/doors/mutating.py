"""Damage to messages: what a bad disk, a foreign program or somebody on purpose makes of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

VARINT, EIGHT_BYTES, COUNTED, GROUP, GROUP_END, FOUR_BYTES = range(6)
"""Wire types: how the bytes of a field are delimited."""

LARGEST_BYTES = 1_000_000
"""What every road still carries."""

LARGEST_FIELD = (1 << 29) - 1
LARGE = b"\xff" * 9 + b"\x01"
"""A varint of 2^64 - 1."""

UNREADABLE = (b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", "村".encode()[:2])
"""Not UTF-8: stray bytes, an overlong slash, half a pair, five bytes, a character cut short."""

INTEGERS = [0, 1, 2, 255, 1 << 31, (1 << 31) - 1, (1 << 32) - 1, 1 << 53, (1 << 53) - 1, 1 << 62, (1 << 63) - 1]
EXTREME = {
    FieldDescriptor.CPPTYPE_INT32: [each for each in INTEGERS if each < 1 << 31] + [-1, -(1 << 31)],
    FieldDescriptor.CPPTYPE_INT64: [*INTEGERS, -1, -(1 << 31), -(1 << 63)],
    FieldDescriptor.CPPTYPE_UINT32: [each for each in INTEGERS if each < 1 << 32],
    FieldDescriptor.CPPTYPE_UINT64: [*INTEGERS, 1 << 63, (1 << 64) - 1, 510524000000, 999_999_999_999],
    FieldDescriptor.CPPTYPE_ENUM: [0, 1, 2, 3, 77, 255, 256, (1 << 31) - 1, -1, -(1 << 31)],
}


@dataclass(frozen=True)
class Field:
    """One field as it stands on the wire; `value` without the length of a counted one."""

    number: int
    wire: int
    value: bytes

    def encoded(self) -> bytes:
        length = varint(len(self.value)) if self.wire == COUNTED else b""
        return varint(self.number << 3 | self.wire) + length + self.value


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def joined(fields: list[Field]) -> bytes:
    return b"".join(field.encoded() for field in fields)


def fields_of(encoded: bytes) -> list[Field]:
    """The fields of a message. Empty where the bytes are none, or one with groups, which we never write."""
    found, at = list[Field](), 0
    try:
        while at < len(encoded):
            tag, at = _number(encoded, at)
            end, at = _end(encoded, at, wire=tag & 7)
            if not (tag >> 3 and at <= end <= len(encoded)):
                return []
            found.append(Field(tag >> 3, tag & 7, encoded[at:end]))
            at = end
    except (IndexError, KeyError):
        return []
    return found


def _number(encoded: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while encoded[at] & 0x80:
        number |= (encoded[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return number | encoded[at] << shift, at + 1


def _end(encoded: bytes, at: int, *, wire: int) -> tuple[int, int]:
    """Where the value ends, and where it begins."""
    if wire == VARINT:
        return _number(encoded, at)[1], at
    if wire == COUNTED:
        length, at = _number(encoded, at)
        return at + length, at
    return at + {EIGHT_BYTES: 8, FOUR_BYTES: 4}[wire], at


# Damage that knows nothing of what it damages.

Mutation = Callable[[random.Random, Message], bytes]


def flips_bits(chance: random.Random, message: Message) -> bytes:
    damaged = bytearray(message.SerializeToString())
    for _ in range(chance.choice([1, 1, 2, 8])):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def cuts_off(chance: random.Random, message: Message) -> bytes:
    encoded = message.SerializeToString()
    return encoded[: chance.randrange(len(encoded))]


def tears_out(chance: random.Random, message: Message) -> bytes:
    encoded = message.SerializeToString()
    at = chance.randrange(len(encoded))
    return encoded[:at] + encoded[at + chance.choice([1, 2, 16, 200]) :]


def puts_in(chance: random.Random, message: Message) -> bytes:
    encoded = message.SerializeToString()
    at = chance.randrange(len(encoded))
    return encoded[:at] + chance.randbytes(chance.choice([1, 2, 16, 200])) + encoded[at:]


# Damage to the fields of the message or of one somewhere inside it.

Change = Callable[[random.Random, list[Field], int], list[Field] | bytes]


def _somewhere(chance: random.Random, encoded: bytes, change: Change) -> bytes:
    fields = fields_of(encoded)
    if not fields:
        return encoded
    # Every other time the larger is likelier to be hit: else most damage would be done to the few fields outside.
    by_size = chance.random() < 0.5
    sizes = [len(field.value) + 1 if by_size else 1 for field in fields]
    at = chance.choices(range(len(fields)), weights=sizes)[0]
    inner = fields_of(fields[at].value) if fields[at].wire == COUNTED else []
    if inner and chance.random() < 0.75:
        fields[at] = replace(fields[at], value=_somewhere(chance, fields[at].value, change))
        return joined(fields)
    changed = change(chance, fields, at)
    return changed if isinstance(changed, bytes) else joined(changed)


def doubles(chance: random.Random, fields: list[Field], at: int) -> list[Field]:
    return fields + [fields[at]] * chance.choice([1, 1, 50])


def leaves_out(chance: random.Random, fields: list[Field], at: int) -> list[Field]:
    return fields[:at] + fields[at + 1 :]


def mixes_up(chance: random.Random, fields: list[Field], at: int) -> list[Field]:
    """Two values change places, whatever they are."""
    other = chance.randrange(len(fields))
    one, two = fields[at], fields[other]
    mixed = list(fields)
    mixed[at], mixed[other] = Field(one.number, two.wire, two.value), Field(two.number, one.wire, one.value)
    return mixed


def takes_for_another_kind(chance: random.Random, fields: list[Field], at: int) -> bytes:
    tag = varint(fields[at].number << 3 | chance.randrange(8))
    return joined(fields[:at]) + tag + fields[at].value + joined(fields[at + 1 :])


def claims_a_length(chance: random.Random, fields: list[Field], at: int) -> bytes:
    """More than there is."""
    tag = varint(fields[at].number << 3 | COUNTED)
    length = chance.choice([varint(len(fields[at].value) + 1), varint((1 << 31) - 1), varint(1 << 62), LARGE])
    return joined(fields[:at]) + tag + length + fields[at].value + joined(fields[at + 1 :])


def claims_a_number(chance: random.Random, fields: list[Field], at: int) -> list[Field]:
    value = chance.choice([LARGE, b"\xff" * 10 + b"\x01", b"\x80" * 9 + b"\x00", varint(chance.getrandbits(64))])
    return [*fields[:at], Field(fields[at].number, VARINT, value), *fields[at + 1 :]]


def nests(chance: random.Random, fields: list[Field], at: int) -> list[Field]:
    value = fields[at].value[:100]
    for _ in range(chance.choice([2, 99, 101, 3000])):
        value = Field(fields[at].number, COUNTED, value).encoded()
    return [*fields, Field(fields[at].number, COUNTED, value)]


def opens_groups(chance: random.Random, fields: list[Field], at: int) -> bytes:
    opening, closing = (varint(fields[at].number << 3 | wire) for wire in (GROUP, GROUP_END))
    depth = chance.choice([1, 99, 101, 5000])
    return joined(fields) + opening * depth + closing * chance.choice([0, depth])


def is_no_text(chance: random.Random, fields: list[Field], at: int) -> list[Field]:
    value = fields[at].value[:3] + chance.choice(UNREADABLE)
    return [*fields[:at], Field(fields[at].number, COUNTED, value), *fields[at + 1 :]]


def says_more(chance: random.Random, fields: list[Field], at: int) -> list[Field]:
    """A field that nobody knows."""
    number = chance.choice([1000, 18_999, LARGEST_FIELD])
    return [*fields, Field(number, COUNTED, chance.randbytes(chance.choice([1, 100, 50_000])))]


def is_endless(chance: random.Random, fields: list[Field], at: int) -> list[Field]:
    value = fields[at].value[:8] * chance.choice([20, 3000])
    return [*fields[:at], Field(fields[at].number, COUNTED, value), *fields[at + 1 :]]


def by_field(change: Change) -> Mutation:
    def mutate(chance: random.Random, message: Message) -> bytes:
        return _somewhere(chance, message.SerializeToString(), change)

    mutate.__name__ = change.__name__
    return mutate


# Damage that knows the message: right in form, with a number nobody would write.


def goes_to_extremes(chance: random.Random, message: Message) -> bytes:
    copy = type(message)()
    copy.CopyFrom(message)
    holder = chance.choice(list(_messages(copy)))
    numbers = [field for field in holder.DESCRIPTOR.fields if field.cpp_type in EXTREME]
    if numbers:
        field = chance.choice(numbers)
        value = chance.choice(EXTREME[field.cpp_type])
        if field.is_repeated:
            getattr(holder, field.name).append(value)
        else:
            setattr(holder, field.name, value)
    return copy.SerializeToString()


def _messages(message: Message) -> Iterator[Message]:
    yield message
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            inner: Any = value if field.is_repeated else [value]
            for each in inner:
                yield from _messages(each)


BY_FIELD: tuple[Change, ...] = (
    doubles,
    leaves_out,
    mixes_up,
    takes_for_another_kind,
    claims_a_length,
    claims_a_number,
    nests,
    opens_groups,
    is_no_text,
    says_more,
    is_endless,
)
MUTATIONS: tuple[Mutation, ...] = (
    flips_bits,
    cuts_off,
    tears_out,
    puts_in,
    *map(by_field, BY_FIELD),
    goes_to_extremes,
)


@dataclass(frozen=True)
class Mutated:
    """A message that was valid, and what was done to it."""

    encoded: bytes
    how: str

    def __str__(self) -> str:
        shown = self.encoded[:4000].hex()
        return f"{self.how}, {len(self.encoded)} bytes: {shown}"


def mutated(chance: random.Random, message: Message) -> Mutated:
    """One message, damaged in one way. A message without fields can only be added to."""
    while True:
        if not message.ByteSize():
            return Mutated(chance.randbytes(chance.choice([1, 2, 40])), "puts_in")
        mutation = chance.choice(MUTATIONS)
        encoded = mutation(chance, message)
        if encoded != message.SerializeToString() and len(encoded) <= LARGEST_BYTES:
            return Mutated(encoded, mutation.__name__)
