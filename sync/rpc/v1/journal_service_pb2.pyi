from sync.facts.v1 import journal_pb2 as _journal_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExchangeRequest(_message.Message):
    __slots__ = ("parcel",)
    PARCEL_FIELD_NUMBER: _ClassVar[int]
    parcel: _journal_pb2.Parcel
    def __init__(self, parcel: _Optional[_Union[_journal_pb2.Parcel, _Mapping]] = ...) -> None: ...

class ExchangeResponse(_message.Message):
    __slots__ = ("parcel",)
    PARCEL_FIELD_NUMBER: _ClassVar[int]
    parcel: _journal_pb2.Parcel
    def __init__(self, parcel: _Optional[_Union[_journal_pb2.Parcel, _Mapping]] = ...) -> None: ...
