from sync.facts.v1 import fact_pb2 as _fact_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ScopeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCOPE_KIND_UNSPECIFIED: _ClassVar[ScopeKind]
    SCOPE_KIND_PATH: _ClassVar[ScopeKind]
    SCOPE_KIND_SUBTREE: _ClassVar[ScopeKind]
SCOPE_KIND_UNSPECIFIED: ScopeKind
SCOPE_KIND_PATH: ScopeKind
SCOPE_KIND_SUBTREE: ScopeKind

class Scope(_message.Message):
    __slots__ = ("kind", "place")
    KIND_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    kind: ScopeKind
    place: int
    def __init__(self, kind: _Optional[_Union[ScopeKind, str]] = ..., place: _Optional[int] = ...) -> None: ...

class StreamId(_message.Message):
    __slots__ = ("author", "epoch", "scope")
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    author: int
    epoch: bytes
    scope: Scope
    def __init__(self, author: _Optional[int] = ..., epoch: _Optional[bytes] = ..., scope: _Optional[_Union[Scope, _Mapping]] = ...) -> None: ...

class Head(_message.Message):
    __slots__ = ("stream", "seq", "hash")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    stream: StreamId
    seq: int
    hash: bytes
    def __init__(self, stream: _Optional[_Union[StreamId, _Mapping]] = ..., seq: _Optional[int] = ..., hash: _Optional[bytes] = ...) -> None: ...

class Entry(_message.Message):
    __slots__ = ("fact", "signature", "private_part")
    FACT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_PART_FIELD_NUMBER: _ClassVar[int]
    fact: bytes
    signature: bytes
    private_part: bytes
    def __init__(self, fact: _Optional[bytes] = ..., signature: _Optional[bytes] = ..., private_part: _Optional[bytes] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("stream", "first_seq", "previous_hash", "entries")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEQ_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_HASH_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    stream: StreamId
    first_seq: int
    previous_hash: bytes
    entries: _containers.RepeatedCompositeFieldContainer[Entry]
    def __init__(self, stream: _Optional[_Union[StreamId, _Mapping]] = ..., first_seq: _Optional[int] = ..., previous_hash: _Optional[bytes] = ..., entries: _Optional[_Iterable[_Union[Entry, _Mapping]]] = ...) -> None: ...

class Checkpoint(_message.Message):
    __slots__ = ("signer", "key", "epoch", "peer", "counter", "at_ms", "clock_state", "list_hash", "signature")
    SIGNER_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    COUNTER_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    CLOCK_STATE_FIELD_NUMBER: _ClassVar[int]
    LIST_HASH_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    signer: int
    key: bytes
    epoch: bytes
    peer: int
    counter: int
    at_ms: int
    clock_state: _fact_pb2.ClockState
    list_hash: bytes
    signature: bytes
    def __init__(self, signer: _Optional[int] = ..., key: _Optional[bytes] = ..., epoch: _Optional[bytes] = ..., peer: _Optional[int] = ..., counter: _Optional[int] = ..., at_ms: _Optional[int] = ..., clock_state: _Optional[_Union[_fact_pb2.ClockState, str]] = ..., list_hash: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class ScopeDigest(_message.Message):
    __slots__ = ("scope", "digest")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    scope: Scope
    digest: bytes
    def __init__(self, scope: _Optional[_Union[Scope, _Mapping]] = ..., digest: _Optional[bytes] = ...) -> None: ...

class ScopeHeads(_message.Message):
    __slots__ = ("scope", "heads")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    HEADS_FIELD_NUMBER: _ClassVar[int]
    scope: Scope
    heads: _containers.RepeatedCompositeFieldContainer[Head]
    def __init__(self, scope: _Optional[_Union[Scope, _Mapping]] = ..., heads: _Optional[_Iterable[_Union[Head, _Mapping]]] = ...) -> None: ...

class Statement(_message.Message):
    __slots__ = ("checkpoint", "digests", "heads")
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    DIGESTS_FIELD_NUMBER: _ClassVar[int]
    HEADS_FIELD_NUMBER: _ClassVar[int]
    checkpoint: Checkpoint
    digests: _containers.RepeatedCompositeFieldContainer[ScopeDigest]
    heads: _containers.RepeatedCompositeFieldContainer[ScopeHeads]
    def __init__(self, checkpoint: _Optional[_Union[Checkpoint, _Mapping]] = ..., digests: _Optional[_Iterable[_Union[ScopeDigest, _Mapping]]] = ..., heads: _Optional[_Iterable[_Union[ScopeHeads, _Mapping]]] = ...) -> None: ...

class SegmentRefusal(_message.Message):
    __slots__ = ("segment_hash", "stream", "code", "reason")
    SEGMENT_HASH_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    segment_hash: bytes
    stream: StreamId
    code: str
    reason: str
    def __init__(self, segment_hash: _Optional[bytes] = ..., stream: _Optional[_Union[StreamId, _Mapping]] = ..., code: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Parcel(_message.Message):
    __slots__ = ("version", "sender", "receiver", "segments", "statements", "refusals")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    RECEIVER_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    STATEMENTS_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    version: int
    sender: int
    receiver: int
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    statements: _containers.RepeatedCompositeFieldContainer[Statement]
    refusals: _containers.RepeatedCompositeFieldContainer[SegmentRefusal]
    def __init__(self, version: _Optional[int] = ..., sender: _Optional[int] = ..., receiver: _Optional[int] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., statements: _Optional[_Iterable[_Union[Statement, _Mapping]]] = ..., refusals: _Optional[_Iterable[_Union[SegmentRefusal, _Mapping]]] = ...) -> None: ...
