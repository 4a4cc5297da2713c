from sync.facts.v1 import bodies_pb2 as _bodies_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PublishReleaseRequest(_message.Message):
    __slots__ = ("request_id", "release")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    request_id: bytes
    release: _bodies_pb2.CatalogueReleased
    def __init__(self, request_id: _Optional[bytes] = ..., release: _Optional[_Union[_bodies_pb2.CatalogueReleased, _Mapping]] = ...) -> None: ...

class PublishReleaseResponse(_message.Message):
    __slots__ = ("number", "notices")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    number: int
    notices: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, number: _Optional[int] = ..., notices: _Optional[_Iterable[str]] = ...) -> None: ...

class PublishCalendarRequest(_message.Message):
    __slots__ = ("request_id", "calendar")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    request_id: bytes
    calendar: _bodies_pb2.CalendarPublished
    def __init__(self, request_id: _Optional[bytes] = ..., calendar: _Optional[_Union[_bodies_pb2.CalendarPublished, _Mapping]] = ...) -> None: ...

class PublishCalendarResponse(_message.Message):
    __slots__ = ("number",)
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    number: int
    def __init__(self, number: _Optional[int] = ...) -> None: ...

class GetReleaseRequest(_message.Message):
    __slots__ = ("number",)
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    number: int
    def __init__(self, number: _Optional[int] = ...) -> None: ...

class GetReleaseResponse(_message.Message):
    __slots__ = ("release", "published_at_ms")
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    release: _bodies_pb2.CatalogueReleased
    published_at_ms: int
    def __init__(self, release: _Optional[_Union[_bodies_pb2.CatalogueReleased, _Mapping]] = ..., published_at_ms: _Optional[int] = ...) -> None: ...

class ListItemsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListItemsResponse(_message.Message):
    __slots__ = ("items", "next_page_token", "release")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_bodies_pb2.ServiceItem]
    next_page_token: str
    release: int
    def __init__(self, items: _Optional[_Iterable[_Union[_bodies_pb2.ServiceItem, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., release: _Optional[int] = ...) -> None: ...

class ListDelegationsRequest(_message.Message):
    __slots__ = ("township", "page_size", "page_token")
    TOWNSHIP_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    township: int
    page_size: int
    page_token: str
    def __init__(self, township: _Optional[int] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDelegationsResponse(_message.Message):
    __slots__ = ("delegations", "recalls", "next_page_token")
    DELEGATIONS_FIELD_NUMBER: _ClassVar[int]
    RECALLS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    delegations: _containers.RepeatedCompositeFieldContainer[_bodies_pb2.Delegation]
    recalls: _containers.RepeatedCompositeFieldContainer[_bodies_pb2.DelegationRecall]
    next_page_token: str
    def __init__(self, delegations: _Optional[_Iterable[_Union[_bodies_pb2.Delegation, _Mapping]]] = ..., recalls: _Optional[_Iterable[_Union[_bodies_pb2.DelegationRecall, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetHoldingsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetHoldingsResponse(_message.Message):
    __slots__ = ("holdings", "release", "calendar")
    HOLDINGS_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    holdings: _containers.RepeatedCompositeFieldContainer[Holding]
    release: int
    calendar: int
    def __init__(self, holdings: _Optional[_Iterable[_Union[Holding, _Mapping]]] = ..., release: _Optional[int] = ..., calendar: _Optional[int] = ...) -> None: ...

class Holding(_message.Message):
    __slots__ = ("place", "release", "calendar", "as_of_ms")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    place: int
    release: int
    calendar: int
    as_of_ms: int
    def __init__(self, place: _Optional[int] = ..., release: _Optional[int] = ..., calendar: _Optional[int] = ..., as_of_ms: _Optional[int] = ...) -> None: ...
