from sync.facts.v1 import bodies_pb2 as _bodies_pb2
from sync.facts.v1 import fact_pb2 as _fact_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Register(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REGISTER_UNSPECIFIED: _ClassVar[Register]
    REGISTER_CONTACTS: _ClassVar[Register]
    REGISTER_SERVICES: _ClassVar[Register]
    REGISTER_APPOINTMENTS: _ClassVar[Register]
    REGISTER_ATTESTATIONS: _ClassVar[Register]
REGISTER_UNSPECIFIED: Register
REGISTER_CONTACTS: Register
REGISTER_SERVICES: Register
REGISTER_APPOINTMENTS: Register
REGISTER_ATTESTATIONS: Register

class EnterRequest(_message.Message):
    __slots__ = ("request_id", "actor", "home", "item_code", "contact", "service", "appointment", "appointment_ended", "attestation", "applicant", "private_text")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    APPOINTMENT_FIELD_NUMBER: _ClassVar[int]
    APPOINTMENT_ENDED_FIELD_NUMBER: _ClassVar[int]
    ATTESTATION_FIELD_NUMBER: _ClassVar[int]
    APPLICANT_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_TEXT_FIELD_NUMBER: _ClassVar[int]
    request_id: bytes
    actor: _fact_pb2.Actor
    home: int
    item_code: str
    contact: _bodies_pb2.FirstContact
    service: _bodies_pb2.ServiceLogged
    appointment: _bodies_pb2.AppointmentMade
    appointment_ended: _bodies_pb2.AppointmentEnded
    attestation: _bodies_pb2.ChecklistAttested
    applicant: _bodies_pb2.Applicant
    private_text: str
    def __init__(self, request_id: _Optional[bytes] = ..., actor: _Optional[_Union[_fact_pb2.Actor, _Mapping]] = ..., home: _Optional[int] = ..., item_code: _Optional[str] = ..., contact: _Optional[_Union[_bodies_pb2.FirstContact, _Mapping]] = ..., service: _Optional[_Union[_bodies_pb2.ServiceLogged, _Mapping]] = ..., appointment: _Optional[_Union[_bodies_pb2.AppointmentMade, _Mapping]] = ..., appointment_ended: _Optional[_Union[_bodies_pb2.AppointmentEnded, _Mapping]] = ..., attestation: _Optional[_Union[_bodies_pb2.ChecklistAttested, _Mapping]] = ..., applicant: _Optional[_Union[_bodies_pb2.Applicant, _Mapping]] = ..., private_text: _Optional[str] = ...) -> None: ...

class EnterResponse(_message.Message):
    __slots__ = ("entry",)
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    entry: RegisterEntry
    def __init__(self, entry: _Optional[_Union[RegisterEntry, _Mapping]] = ...) -> None: ...

class ListEntriesRequest(_message.Message):
    __slots__ = ("register", "within", "from_day", "to_day", "open_only", "page_size", "page_token")
    REGISTER_FIELD_NUMBER: _ClassVar[int]
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    TO_DAY_FIELD_NUMBER: _ClassVar[int]
    OPEN_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    register: Register
    within: int
    from_day: int
    to_day: int
    open_only: bool
    page_size: int
    page_token: str
    def __init__(self, register: _Optional[_Union[Register, str]] = ..., within: _Optional[int] = ..., from_day: _Optional[int] = ..., to_day: _Optional[int] = ..., open_only: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEntriesResponse(_message.Message):
    __slots__ = ("entries", "next_page_token")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[RegisterEntry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[RegisterEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RegisterEntry(_message.Message):
    __slots__ = ("fact_id", "home", "recorder", "recorded_at_ms", "item_code", "item_name", "text", "contact", "service", "appointment", "appointment_ended", "attestation", "applicant_masked", "phone_masked", "end")
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    RECORDER_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    ITEM_NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    APPOINTMENT_FIELD_NUMBER: _ClassVar[int]
    APPOINTMENT_ENDED_FIELD_NUMBER: _ClassVar[int]
    ATTESTATION_FIELD_NUMBER: _ClassVar[int]
    APPLICANT_MASKED_FIELD_NUMBER: _ClassVar[int]
    PHONE_MASKED_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    fact_id: bytes
    home: int
    recorder: _fact_pb2.Actor
    recorded_at_ms: int
    item_code: str
    item_name: str
    text: str
    contact: _bodies_pb2.FirstContact
    service: _bodies_pb2.ServiceLogged
    appointment: _bodies_pb2.AppointmentMade
    appointment_ended: _bodies_pb2.AppointmentEnded
    attestation: _bodies_pb2.ChecklistAttested
    applicant_masked: str
    phone_masked: str
    end: _bodies_pb2.AppointmentEnd
    def __init__(self, fact_id: _Optional[bytes] = ..., home: _Optional[int] = ..., recorder: _Optional[_Union[_fact_pb2.Actor, _Mapping]] = ..., recorded_at_ms: _Optional[int] = ..., item_code: _Optional[str] = ..., item_name: _Optional[str] = ..., text: _Optional[str] = ..., contact: _Optional[_Union[_bodies_pb2.FirstContact, _Mapping]] = ..., service: _Optional[_Union[_bodies_pb2.ServiceLogged, _Mapping]] = ..., appointment: _Optional[_Union[_bodies_pb2.AppointmentMade, _Mapping]] = ..., appointment_ended: _Optional[_Union[_bodies_pb2.AppointmentEnded, _Mapping]] = ..., attestation: _Optional[_Union[_bodies_pb2.ChecklistAttested, _Mapping]] = ..., applicant_masked: _Optional[str] = ..., phone_masked: _Optional[str] = ..., end: _Optional[_Union[_bodies_pb2.AppointmentEnd, str]] = ...) -> None: ...

class GetChecklistRequest(_message.Message):
    __slots__ = ("place",)
    PLACE_FIELD_NUMBER: _ClassVar[int]
    place: int
    def __init__(self, place: _Optional[int] = ...) -> None: ...

class GetChecklistResponse(_message.Message):
    __slots__ = ("place", "entries")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    place: int
    entries: _containers.RepeatedCompositeFieldContainer[ChecklistEntry]
    def __init__(self, place: _Optional[int] = ..., entries: _Optional[_Iterable[_Union[ChecklistEntry, _Mapping]]] = ...) -> None: ...

class ChecklistEntry(_message.Message):
    __slots__ = ("code", "list", "name", "proved", "met", "evidence", "day", "attester", "attested_by")
    CODE_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROVED_FIELD_NUMBER: _ClassVar[int]
    MET_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    ATTESTER_FIELD_NUMBER: _ClassVar[int]
    ATTESTED_BY_FIELD_NUMBER: _ClassVar[int]
    code: str
    list: str
    name: str
    proved: bool
    met: bool
    evidence: str
    day: int
    attester: str
    attested_by: int
    def __init__(self, code: _Optional[str] = ..., list: _Optional[str] = ..., name: _Optional[str] = ..., proved: _Optional[bool] = ..., met: _Optional[bool] = ..., evidence: _Optional[str] = ..., day: _Optional[int] = ..., attester: _Optional[str] = ..., attested_by: _Optional[int] = ...) -> None: ...
