from sync.facts.v1 import bodies_pb2 as _bodies_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("place", "name", "epoch", "release", "calendar", "facts", "streams", "parked_segments", "links", "nats_server", "refusals", "forked_streams")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    PARKED_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    NATS_SERVER_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    FORKED_STREAMS_FIELD_NUMBER: _ClassVar[int]
    place: int
    name: str
    epoch: bytes
    release: int
    calendar: int
    facts: int
    streams: int
    parked_segments: int
    links: _containers.RepeatedCompositeFieldContainer[Link]
    nats_server: NatsServer
    refusals: _containers.RepeatedCompositeFieldContainer[Refusal]
    forked_streams: int
    def __init__(self, place: _Optional[int] = ..., name: _Optional[str] = ..., epoch: _Optional[bytes] = ..., release: _Optional[int] = ..., calendar: _Optional[int] = ..., facts: _Optional[int] = ..., streams: _Optional[int] = ..., parked_segments: _Optional[int] = ..., links: _Optional[_Iterable[_Union[Link, _Mapping]]] = ..., nats_server: _Optional[_Union[NatsServer, _Mapping]] = ..., refusals: _Optional[_Iterable[_Union[Refusal, _Mapping]]] = ..., forked_streams: _Optional[int] = ...) -> None: ...

class NatsServer(_message.Message):
    __slots__ = ("pid", "restarts")
    PID_FIELD_NUMBER: _ClassVar[int]
    RESTARTS_FIELD_NUMBER: _ClassVar[int]
    pid: int
    restarts: int
    def __init__(self, pid: _Optional[int] = ..., restarts: _Optional[int] = ...) -> None: ...

class Link(_message.Message):
    __slots__ = ("peer", "connected", "entries_sent", "entries_unconfirmed", "parcels_sent", "parcels_received", "retries", "peer_checkpoint_at_ms", "peer_checkpoint_received_at_ms", "exchanges", "last_error", "messages_up", "messages_down")
    PEER_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_SENT_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_UNCONFIRMED_FIELD_NUMBER: _ClassVar[int]
    PARCELS_SENT_FIELD_NUMBER: _ClassVar[int]
    PARCELS_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    RETRIES_FIELD_NUMBER: _ClassVar[int]
    PEER_CHECKPOINT_AT_MS_FIELD_NUMBER: _ClassVar[int]
    PEER_CHECKPOINT_RECEIVED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    EXCHANGES_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_UP_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_DOWN_FIELD_NUMBER: _ClassVar[int]
    peer: int
    connected: bool
    entries_sent: int
    entries_unconfirmed: int
    parcels_sent: int
    parcels_received: int
    retries: _containers.RepeatedCompositeFieldContainer[Retry]
    peer_checkpoint_at_ms: int
    peer_checkpoint_received_at_ms: int
    exchanges: int
    last_error: str
    messages_up: int
    messages_down: int
    def __init__(self, peer: _Optional[int] = ..., connected: _Optional[bool] = ..., entries_sent: _Optional[int] = ..., entries_unconfirmed: _Optional[int] = ..., parcels_sent: _Optional[int] = ..., parcels_received: _Optional[int] = ..., retries: _Optional[_Iterable[_Union[Retry, _Mapping]]] = ..., peer_checkpoint_at_ms: _Optional[int] = ..., peer_checkpoint_received_at_ms: _Optional[int] = ..., exchanges: _Optional[int] = ..., last_error: _Optional[str] = ..., messages_up: _Optional[int] = ..., messages_down: _Optional[int] = ...) -> None: ...

class Retry(_message.Message):
    __slots__ = ("at_ms", "attempt", "wait_ms", "error")
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    at_ms: int
    attempt: int
    wait_ms: int
    error: str
    def __init__(self, at_ms: _Optional[int] = ..., attempt: _Optional[int] = ..., wait_ms: _Optional[int] = ..., error: _Optional[str] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("at_ms", "peer", "by_peer", "segment_hash", "code", "reason")
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    BY_PEER_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_HASH_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    at_ms: int
    peer: int
    by_peer: bool
    segment_hash: bytes
    code: str
    reason: str
    def __init__(self, at_ms: _Optional[int] = ..., peer: _Optional[int] = ..., by_peer: _Optional[bool] = ..., segment_hash: _Optional[bytes] = ..., code: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class IntroduceKeyRequest(_message.Message):
    __slots__ = ("certificate",)
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    certificate: _bodies_pb2.KeyCertificate
    def __init__(self, certificate: _Optional[_Union[_bodies_pb2.KeyCertificate, _Mapping]] = ...) -> None: ...

class IntroduceKeyResponse(_message.Message):
    __slots__ = ("fact_id",)
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    fact_id: bytes
    def __init__(self, fact_id: _Optional[bytes] = ...) -> None: ...

class SetLineRequest(_message.Message):
    __slots__ = ("open",)
    OPEN_FIELD_NUMBER: _ClassVar[int]
    open: bool
    def __init__(self, open: _Optional[bool] = ...) -> None: ...

class SetLineResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
