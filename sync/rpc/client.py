"""Calling a node."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf.message import Message

from sync.errors import Malformed, Unavailable
from sync.facts.v1 import journal_pb2
from sync.rpc.errors import error_of
from sync.rpc.server import MAX_MESSAGE_BYTES, MAX_TRAILER_BYTES
from sync.rpc.v1 import (
    case_service_pb2_grpc,
    catalogue_service_pb2_grpc,
    journal_service_pb2,
    journal_service_pb2_grpc,
    node_service_pb2_grpc,
    post_service_pb2_grpc,
    register_service_pb2_grpc,
    supervision_service_pb2_grpc,
)

CALL_S = 20.0
"""A call that is not answered by then is Unavailable."""

OPTIONS = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # Faults of a whole release come in one answer; with the library's 8 KB they would look like a busy node.
    ("grpc.max_metadata_size", MAX_TRAILER_BYTES),
    ("grpc.absolute_max_metadata_size", MAX_TRAILER_BYTES),
    # A neighbour that was away is tried again at once by the flow above, not by the channel's own back-off.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.enable_http_proxy", 0),
]

# What the library says in the node's place, in words for a clerk.
UNANSWERED = {
    grpc.StatusCode.UNAVAILABLE: "{} 没有应答，请确认该节点已启动后再试。",
    grpc.StatusCode.DEADLINE_EXCEEDED: "{} 在时限内没有应答，请稍后再试。",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "{} 正忙，请稍后再试。",
}
TOO_LARGE = "larger than max"
"""In the library's words for a message over MAX_MESSAGE_BYTES, which has the status of a node that is busy."""


class Client:
    """The services of one node. Tries once; errors come back as Refused, Unavailable, Corrupt or Malformed."""

    def __init__(self, address: str, *, timeout_s: float = CALL_S) -> None:
        self._channel = grpc.aio.insecure_channel(address, options=OPTIONS)
        self._address = address
        self._timeout_s = timeout_s
        self.cases = case_service_pb2_grpc.CaseServiceStub(self._channel)
        self.catalogue = catalogue_service_pb2_grpc.CatalogueServiceStub(self._channel)
        self.journals = journal_service_pb2_grpc.JournalServiceStub(self._channel)
        self.node = node_service_pb2_grpc.NodeServiceStub(self._channel)
        self.registers = register_service_pb2_grpc.RegisterServiceStub(self._channel)
        self.posts = post_service_pb2_grpc.PostServiceStub(self._channel)
        self.supervision = supervision_service_pb2_grpc.SupervisionServiceStub(self._channel)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._channel.close()

    async def ask(self, method: Any, request: Message) -> Any:
        """Calls once: `await client.ask(client.cases.GetCase, GetCaseRequest(...))`."""
        try:
            return await method(request, timeout=self._timeout_s)
        except grpc.RpcError as error:
            raise self._error_of(error) from None

    async def watch(self, method: Any, request: Message) -> AsyncGenerator[Any, None]:
        """The answers of a call that goes on, until the node closes or nobody looks any more."""
        watching = method(request)
        try:
            async for answer in watching:
                yield answer
        except grpc.RpcError as error:
            raise self._error_of(error) from None
        finally:
            watching.cancel()

    def _error_of(self, error: grpc.RpcError) -> Exception:
        status = error.code()
        if error.trailing_metadata() or status not in UNANSWERED:
            return error_of(error)
        if TOO_LARGE in (error.details() or ""):
            return Malformed(f"报文超过上限（{MAX_MESSAGE_BYTES // 2**20} MB），请减少内容后再试。")
        return Unavailable(UNANSWERED[status].format(self._address))

    async def exchange(self, parcel: journal_pb2.Parcel) -> journal_pb2.Parcel:
        """One round with a neighbour."""
        answer = await self.ask(self.journals.Exchange, journal_service_pb2.ExchangeRequest(parcel=parcel))
        back: journal_pb2.Parcel = answer.parcel
        return back
