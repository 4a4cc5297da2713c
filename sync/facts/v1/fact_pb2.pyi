from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FactClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FACT_CLASS_UNSPECIFIED: _ClassVar[FactClass]
    FACT_CLASS_MOVE: _ClassVar[FactClass]
    FACT_CLASS_ANNOTATION: _ClassVar[FactClass]
    FACT_CLASS_ADMIN: _ClassVar[FactClass]

class HappenedSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HAPPENED_SOURCE_UNSPECIFIED: _ClassVar[HappenedSource]
    HAPPENED_SOURCE_OWN: _ClassVar[HappenedSource]
    HAPPENED_SOURCE_PAPER_PAGE: _ClassVar[HappenedSource]
    HAPPENED_SOURCE_IMPORT: _ClassVar[HappenedSource]

class ClockState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOCK_STATE_UNSPECIFIED: _ClassVar[ClockState]
    CLOCK_STATE_TRUSTED: _ClassVar[ClockState]
    CLOCK_STATE_UNTRUSTED: _ClassVar[ClockState]

class BodyType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BODY_TYPE_UNSPECIFIED: _ClassVar[BodyType]
    BODY_TYPE_STREAM_OPENED: _ClassVar[BodyType]
    BODY_TYPE_KEY_INTRODUCED: _ClassVar[BodyType]
    BODY_TYPE_CATALOGUE_RELEASED: _ClassVar[BodyType]
    BODY_TYPE_CALENDAR_PUBLISHED: _ClassVar[BodyType]
    BODY_TYPE_POSTS_PUBLISHED: _ClassVar[BodyType]
    BODY_TYPE_AWAY_NOTICED: _ClassVar[BodyType]
    BODY_TYPE_CASE_FILED: _ClassVar[BodyType]
    BODY_TYPE_HANDED_OVER: _ClassVar[BodyType]
    BODY_TYPE_TAKEN_IN: _ClassVar[BodyType]
    BODY_TYPE_ACCEPTED: _ClassVar[BodyType]
    BODY_TYPE_REFUSED: _ClassVar[BodyType]
    BODY_TYPE_STAGE_DONE: _ClassVar[BodyType]
    BODY_TYPE_PASSED_UP: _ClassVar[BodyType]
    BODY_TYPE_DECIDED: _ClassVar[BodyType]
    BODY_TYPE_CLOSED: _ClassVar[BodyType]
    BODY_TYPE_DELIVERED: _ClassVar[BodyType]
    BODY_TYPE_OVERRIDDEN: _ClassVar[BodyType]
    BODY_TYPE_SETTLED: _ClassVar[BodyType]
    BODY_TYPE_ASKED_ONCE: _ClassVar[BodyType]
    BODY_TYPE_SUPPLIED: _ClassVar[BodyType]
    BODY_TYPE_LAPSED: _ClassVar[BodyType]
    BODY_TYPE_WITHDRAWN: _ClassVar[BodyType]
    BODY_TYPE_SENT_BACK: _ClassVar[BodyType]
    BODY_TYPE_EXTENDED: _ClassVar[BodyType]
    BODY_TYPE_REASSIGNED: _ClassVar[BodyType]
    BODY_TYPE_SPECIAL_BEGUN: _ClassVar[BodyType]
    BODY_TYPE_SPECIAL_ENDED: _ClassVar[BodyType]
    BODY_TYPE_VILLAGE_ACT_DONE: _ClassVar[BodyType]
    BODY_TYPE_FORKED: _ClassVar[BodyType]
    BODY_TYPE_OPINION_GIVEN: _ClassVar[BodyType]
    BODY_TYPE_CORRECTED: _ClassVar[BodyType]
    BODY_TYPE_RATED: _ClassVar[BodyType]
    BODY_TYPE_COMPLAINED: _ClassVar[BodyType]
    BODY_TYPE_FINDING_CONFIRMED: _ClassVar[BodyType]
    BODY_TYPE_FINDING_WITHDRAWN: _ClassVar[BodyType]
    BODY_TYPE_FEE_CHARGED: _ClassVar[BodyType]
    BODY_TYPE_ACCOUNTABILITY_STEP: _ClassVar[BodyType]
    BODY_TYPE_FINDING_SETTLED: _ClassVar[BodyType]
    BODY_TYPE_COMPLAINT_ACCEPTED: _ClassVar[BodyType]
    BODY_TYPE_COMPLAINT_ANSWERED: _ClassVar[BodyType]
    BODY_TYPE_RATING_CALLED_BACK: _ClassVar[BodyType]
    BODY_TYPE_FIRST_CONTACT: _ClassVar[BodyType]
    BODY_TYPE_SERVICE_LOGGED: _ClassVar[BodyType]
    BODY_TYPE_APPOINTMENT_MADE: _ClassVar[BodyType]
    BODY_TYPE_APPOINTMENT_ENDED: _ClassVar[BodyType]
    BODY_TYPE_CHECKLIST_ATTESTED: _ClassVar[BodyType]
FACT_CLASS_UNSPECIFIED: FactClass
FACT_CLASS_MOVE: FactClass
FACT_CLASS_ANNOTATION: FactClass
FACT_CLASS_ADMIN: FactClass
HAPPENED_SOURCE_UNSPECIFIED: HappenedSource
HAPPENED_SOURCE_OWN: HappenedSource
HAPPENED_SOURCE_PAPER_PAGE: HappenedSource
HAPPENED_SOURCE_IMPORT: HappenedSource
CLOCK_STATE_UNSPECIFIED: ClockState
CLOCK_STATE_TRUSTED: ClockState
CLOCK_STATE_UNTRUSTED: ClockState
BODY_TYPE_UNSPECIFIED: BodyType
BODY_TYPE_STREAM_OPENED: BodyType
BODY_TYPE_KEY_INTRODUCED: BodyType
BODY_TYPE_CATALOGUE_RELEASED: BodyType
BODY_TYPE_CALENDAR_PUBLISHED: BodyType
BODY_TYPE_POSTS_PUBLISHED: BodyType
BODY_TYPE_AWAY_NOTICED: BodyType
BODY_TYPE_CASE_FILED: BodyType
BODY_TYPE_HANDED_OVER: BodyType
BODY_TYPE_TAKEN_IN: BodyType
BODY_TYPE_ACCEPTED: BodyType
BODY_TYPE_REFUSED: BodyType
BODY_TYPE_STAGE_DONE: BodyType
BODY_TYPE_PASSED_UP: BodyType
BODY_TYPE_DECIDED: BodyType
BODY_TYPE_CLOSED: BodyType
BODY_TYPE_DELIVERED: BodyType
BODY_TYPE_OVERRIDDEN: BodyType
BODY_TYPE_SETTLED: BodyType
BODY_TYPE_ASKED_ONCE: BodyType
BODY_TYPE_SUPPLIED: BodyType
BODY_TYPE_LAPSED: BodyType
BODY_TYPE_WITHDRAWN: BodyType
BODY_TYPE_SENT_BACK: BodyType
BODY_TYPE_EXTENDED: BodyType
BODY_TYPE_REASSIGNED: BodyType
BODY_TYPE_SPECIAL_BEGUN: BodyType
BODY_TYPE_SPECIAL_ENDED: BodyType
BODY_TYPE_VILLAGE_ACT_DONE: BodyType
BODY_TYPE_FORKED: BodyType
BODY_TYPE_OPINION_GIVEN: BodyType
BODY_TYPE_CORRECTED: BodyType
BODY_TYPE_RATED: BodyType
BODY_TYPE_COMPLAINED: BodyType
BODY_TYPE_FINDING_CONFIRMED: BodyType
BODY_TYPE_FINDING_WITHDRAWN: BodyType
BODY_TYPE_FEE_CHARGED: BodyType
BODY_TYPE_ACCOUNTABILITY_STEP: BodyType
BODY_TYPE_FINDING_SETTLED: BodyType
BODY_TYPE_COMPLAINT_ACCEPTED: BodyType
BODY_TYPE_COMPLAINT_ANSWERED: BodyType
BODY_TYPE_RATING_CALLED_BACK: BodyType
BODY_TYPE_FIRST_CONTACT: BodyType
BODY_TYPE_SERVICE_LOGGED: BodyType
BODY_TYPE_APPOINTMENT_MADE: BodyType
BODY_TYPE_APPOINTMENT_ENDED: BodyType
BODY_TYPE_CHECKLIST_ATTESTED: BodyType

class Fact(_message.Message):
    __slots__ = ("version", "fact_class", "case_id", "parent_case_id", "home", "based_on", "recorder", "on_behalf_of", "request_id", "index", "happened_at_ms", "happened_source", "paper_page", "recorded_at_ms", "clock_state", "clock_offset_ms", "release", "item_code", "item_version", "calendar", "delegation", "body_type", "body_version", "body", "private_hash", "attachment_hashes")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FACT_CLASS_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PARENT_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_FIELD_NUMBER: _ClassVar[int]
    RECORDER_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    HAPPENED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    HAPPENED_SOURCE_FIELD_NUMBER: _ClassVar[int]
    PAPER_PAGE_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CLOCK_STATE_FIELD_NUMBER: _ClassVar[int]
    CLOCK_OFFSET_MS_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    ITEM_VERSION_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    DELEGATION_FIELD_NUMBER: _ClassVar[int]
    BODY_TYPE_FIELD_NUMBER: _ClassVar[int]
    BODY_VERSION_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_HASH_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENT_HASHES_FIELD_NUMBER: _ClassVar[int]
    version: int
    fact_class: FactClass
    case_id: bytes
    parent_case_id: bytes
    home: int
    based_on: _containers.RepeatedScalarFieldContainer[bytes]
    recorder: Actor
    on_behalf_of: Actor
    request_id: bytes
    index: int
    happened_at_ms: int
    happened_source: HappenedSource
    paper_page: str
    recorded_at_ms: int
    clock_state: ClockState
    clock_offset_ms: int
    release: int
    item_code: str
    item_version: int
    calendar: int
    delegation: int
    body_type: BodyType
    body_version: int
    body: bytes
    private_hash: bytes
    attachment_hashes: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, version: _Optional[int] = ..., fact_class: _Optional[_Union[FactClass, str]] = ..., case_id: _Optional[bytes] = ..., parent_case_id: _Optional[bytes] = ..., home: _Optional[int] = ..., based_on: _Optional[_Iterable[bytes]] = ..., recorder: _Optional[_Union[Actor, _Mapping]] = ..., on_behalf_of: _Optional[_Union[Actor, _Mapping]] = ..., request_id: _Optional[bytes] = ..., index: _Optional[int] = ..., happened_at_ms: _Optional[int] = ..., happened_source: _Optional[_Union[HappenedSource, str]] = ..., paper_page: _Optional[str] = ..., recorded_at_ms: _Optional[int] = ..., clock_state: _Optional[_Union[ClockState, str]] = ..., clock_offset_ms: _Optional[int] = ..., release: _Optional[int] = ..., item_code: _Optional[str] = ..., item_version: _Optional[int] = ..., calendar: _Optional[int] = ..., delegation: _Optional[int] = ..., body_type: _Optional[_Union[BodyType, str]] = ..., body_version: _Optional[int] = ..., body: _Optional[bytes] = ..., private_hash: _Optional[bytes] = ..., attachment_hashes: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Actor(_message.Message):
    __slots__ = ("place", "unit", "post", "person")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    place: int
    unit: str
    post: str
    person: str
    def __init__(self, place: _Optional[int] = ..., unit: _Optional[str] = ..., post: _Optional[str] = ..., person: _Optional[str] = ...) -> None: ...
