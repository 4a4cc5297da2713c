"""A node's gRPC door: services by their descriptors, with bounds, and errors in plain words."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import aclosing, contextmanager
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from sync.errors import Malformed, Refused, Unavailable
from sync.rpc.errors import ANSWERED_TRAILER, CODE_TRAILER, status_of

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 2 * 1024 * 1024
MAX_TRAILER_BYTES = 512 * 1024
MAX_TEXT = 40_000
"""Characters of a reason: a Chinese one takes nine bytes of the trailer."""
MAX_CALLS = 32
"""Answered at a time. Counted apart for neighbours and for people's tools, so that neither keeps the other out."""
MAX_AT_THE_DOOR = 4 * MAX_CALLS
"""Let in by the library: those above MAX_CALLS must still be told so. Beyond, it hangs up in its own words."""
HEARD_WITHIN_S = 20.0
"""Whoever has called and says nothing is not waited for any longer: no caller of ours has more patience himself."""
STOP_GRACE_S = 3.0

NEIGHBOURS = "sync.rpc.v1.JournalService"
BUSY = "本节点正忙，请稍后再试。"

LOCAL = "127.0.0.1"

OPTIONS = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.so_reuseport", 0),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
]

Context = grpc.aio.ServicerContext[Any, Any]
Method = Callable[[Any], Awaitable[Message]]
StreamMethod = Callable[[Any], AsyncGenerator[Message, None]]


class Server:
    """The gRPC server of one node. Until its doors can be locked it listens on 127.0.0.1 only."""

    def __init__(self, *, host: str, port: int, services: Iterable[tuple[ServiceDescriptor, object]]) -> None:
        require_local(host)
        self.port = port
        self._services = list(services)
        self._health = health.aio.HealthServicer()

    async def __aenter__(self) -> Self:
        # Made here, not above: it belongs to the event loop it is made in.
        self._server = grpc.aio.server(options=OPTIONS, maximum_concurrent_rpcs=MAX_AT_THE_DOOR)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        neighbours, people = Seats(MAX_CALLS), Seats(MAX_CALLS)
        for descriptor, implementation in self._services:
            seats = neighbours if descriptor.full_name == NEIGHBOURS else people
            self._server.add_generic_rpc_handlers([_handler(descriptor, implementation, seats)])
        names = [d.full_name for d, _ in self._services] + [health.SERVICE_NAME, reflection.SERVICE_NAME]
        reflection.enable_server_reflection(names, self._server)
        try:
            self.port = self._server.add_insecure_port(f"{LOCAL}:{self.port}")
        except RuntimeError:
            raise Unavailable(
                f"Port {self.port} on {LOCAL} is taken. Stop what uses it, or change grpc.port."
            ) from None
        await self._server.start()
        for name in ["", *names]:
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Take nothing new in, let those inside finish.
        await self._health.enter_graceful_shutdown()
        await self._server.stop(STOP_GRACE_S)


def require_local(host: str) -> None:
    """Raises Malformed for any address but 127.0.0.1."""
    if host != LOCAL:
        raise Malformed(
            f"The node may listen on {LOCAL} only, not on {host}: its doors cannot be locked yet. "
            f'Set host = "{LOCAL}" in node.toml.'
        )


class Seats:
    """Places for callers. Where all are taken, one who has said nothing yet gives way to the next."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._taken: dict[Seat, None] = {}

    @contextmanager
    def taken(self) -> Iterator[Seat]:
        """One of them. Raises Unavailable where all are taken by callers who are being answered."""
        if len(self._taken) >= self._count:
            self._make_room()
        seat = Seat()
        self._taken[seat] = None
        try:
            yield seat
        finally:
            self._taken.pop(seat, None)

    def _make_room(self) -> None:
        silent = next((seat for seat in self._taken if seat.listening), None)
        if silent is None:
            raise Unavailable(BUSY)
        del self._taken[silent]
        silent.leave()


class Seat:
    """One caller's."""

    def __init__(self) -> None:
        self.listening: asyncio.Timeout | None = None
        """Until he has said what he wants."""
        self._given_up = False

    async def hear(self, messages: AsyncIterator[bytes]) -> bytes:
        """What the caller wants, in bytes. Raises Unavailable for one who says nothing, Malformed if he hangs up."""
        try:
            async with asyncio.timeout(HEARD_WITHIN_S) as self.listening:
                said = await anext(messages)
        except TimeoutError:
            raise Unavailable(BUSY) from None
        except StopAsyncIteration:
            raise Malformed("没有收到报文。") from None
        finally:
            self.listening = None
        if self._given_up:  # His first word and his leaving met: the place is another's by now.
            raise Unavailable(BUSY)
        return said

    def leave(self) -> None:
        self._given_up = True
        if self.listening:
            self.listening.reschedule(asyncio.get_running_loop().time())


def _handler(descriptor: ServiceDescriptor, implementation: object, seats: Seats) -> grpc.GenericRpcHandler:
    methods = {method.name: _answering(method, implementation, seats) for method in descriptor.methods}
    return grpc.method_handlers_generic_handler(descriptor.full_name, methods)


def _answering(method: MethodDescriptor, implementation: object, seats: Seats) -> grpc.RpcMethodHandler[Any, Any]:
    call = getattr(implementation, re.sub(r"(?<!^)(?=[A-Z])", "_", method.name).lower())
    return _unary_stream(method, call, seats) if method.server_streaming else _unary(method, call, seats)


# To the library all requests are streams, of which one message is read: one message on the wire is the same, and the
# library would wait for it as long as the caller likes, before anybody here knows of the call.


def _unary(method: MethodDescriptor, call: Method, seats: Seats) -> grpc.RpcMethodHandler[Any, Any]:
    async def answer(messages: AsyncIterator[bytes], context: Context) -> bytes:
        try:
            with seats.taken() as seat:
                request = _decoded(method, await seat.hear(messages))
                return (await call(request)).SerializeToString()
        except Exception as error:
            await _abort(context, error, method=method.full_name)
            raise  # Not reached: abort raises.

    return grpc.stream_unary_rpc_method_handler(answer)


def _unary_stream(method: MethodDescriptor, call: StreamMethod, seats: Seats) -> grpc.RpcMethodHandler[Any, Any]:
    async def answer(messages: AsyncIterator[bytes], context: Context) -> AsyncIterator[bytes]:
        try:
            with seats.taken() as seat:
                request = _decoded(method, await seat.hear(messages))
                async with aclosing(call(request)) as answers:
                    async for each in answers:
                        yield each.SerializeToString()
        except Exception as error:
            await _abort(context, error, method=method.full_name)

    return grpc.stream_stream_rpc_method_handler(answer)


def _decoded(method: MethodDescriptor, encoded: bytes) -> Message:
    """Messages are decoded here, not by the library: it would answer a malformed one with UNKNOWN and a traceback.

    What people ask is understood wholly or refused: a field that is not known here would be dropped unseen, or kept
    where nobody looks for it. A neighbour of a newer version may say more.
    """
    try:
        message = GetMessageClass(method.input_type).FromString(encoded)
    except (DecodeError, RecursionError):
        raise Malformed(f"报文不是有效的 {method.input_type.name}。") from None
    if method.containing_service.full_name != NEIGHBOURS and _has_unknown_fields(message):
        raise Malformed(f"{method.input_type.name} 中有本节点不认识的内容，请核对后再提交，或先升级本节点。")
    return message


def _has_unknown_fields(message: Message) -> bool:
    """Takes them out, to see whether anything is gone."""
    size = message.ByteSize()
    message.DiscardUnknownFields()
    return message.ByteSize() != size


async def _abort(context: Context, error: Exception, *, method: str) -> None:
    status = status_of(error)
    if status is None:
        log.exception("call failed", extra={"method": method})
        await context.abort(grpc.StatusCode.INTERNAL, "节点内部出错，已记入日志。请稍后重试；仍不行请联系网络管理员。")
    trailer = ((CODE_TRAILER, error.code),) if isinstance(error, Refused) else ((ANSWERED_TRAILER, "1"),)
    await context.abort(status, _cut(str(error)), trailer)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "……（其余从略）"
