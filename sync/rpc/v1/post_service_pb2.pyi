from sync.facts.v1 import bodies_pb2 as _bodies_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PublishPostsRequest(_message.Message):
    __slots__ = ("request_id", "posts")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    POSTS_FIELD_NUMBER: _ClassVar[int]
    request_id: bytes
    posts: _bodies_pb2.PostsPublished
    def __init__(self, request_id: _Optional[bytes] = ..., posts: _Optional[_Union[_bodies_pb2.PostsPublished, _Mapping]] = ...) -> None: ...

class PublishPostsResponse(_message.Message):
    __slots__ = ("from_day",)
    FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    from_day: int
    def __init__(self, from_day: _Optional[int] = ...) -> None: ...

class NoteAwayRequest(_message.Message):
    __slots__ = ("request_id", "away")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    AWAY_FIELD_NUMBER: _ClassVar[int]
    request_id: bytes
    away: _bodies_pb2.AwayNoticed
    def __init__(self, request_id: _Optional[bytes] = ..., away: _Optional[_Union[_bodies_pb2.AwayNoticed, _Mapping]] = ...) -> None: ...

class NoteAwayResponse(_message.Message):
    __slots__ = ("from_ms",)
    FROM_MS_FIELD_NUMBER: _ClassVar[int]
    from_ms: int
    def __init__(self, from_ms: _Optional[int] = ...) -> None: ...

class EndAwayRequest(_message.Message):
    __slots__ = ("request_id", "unit", "post", "person")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    request_id: bytes
    unit: str
    post: str
    person: str
    def __init__(self, request_id: _Optional[bytes] = ..., unit: _Optional[str] = ..., post: _Optional[str] = ..., person: _Optional[str] = ...) -> None: ...

class EndAwayResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetPostsRequest(_message.Message):
    __slots__ = ("place", "at_ms")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    place: int
    at_ms: int
    def __init__(self, place: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...

class GetPostsResponse(_message.Message):
    __slots__ = ("place", "at_ms", "from_day", "posts")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    POSTS_FIELD_NUMBER: _ClassVar[int]
    place: int
    at_ms: int
    from_day: int
    posts: _containers.RepeatedCompositeFieldContainer[Duty]
    def __init__(self, place: _Optional[int] = ..., at_ms: _Optional[int] = ..., from_day: _Optional[int] = ..., posts: _Optional[_Iterable[_Union[Duty, _Mapping]]] = ...) -> None: ...

class Duty(_message.Message):
    __slots__ = ("post", "on_duty", "away", "letter_lapsed")
    POST_FIELD_NUMBER: _ClassVar[int]
    ON_DUTY_FIELD_NUMBER: _ClassVar[int]
    AWAY_FIELD_NUMBER: _ClassVar[int]
    LETTER_LAPSED_FIELD_NUMBER: _ClassVar[int]
    post: _bodies_pb2.Post
    on_duty: str
    away: _containers.RepeatedCompositeFieldContainer[_bodies_pb2.AwayNoticed]
    letter_lapsed: bool
    def __init__(self, post: _Optional[_Union[_bodies_pb2.Post, _Mapping]] = ..., on_duty: _Optional[str] = ..., away: _Optional[_Iterable[_Union[_bodies_pb2.AwayNoticed, _Mapping]]] = ..., letter_lapsed: _Optional[bool] = ...) -> None: ...
