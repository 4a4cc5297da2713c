"""A node's gRPC door: services by their descriptors, with bounds, and errors in plain words."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
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
STOP_GRACE_S = 3.0

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
        self._server = grpc.aio.server(options=OPTIONS, maximum_concurrent_rpcs=MAX_CALLS)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        for descriptor, implementation in self._services:
            self._server.add_generic_rpc_handlers([_handler(descriptor, implementation)])
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


def _handler(descriptor: ServiceDescriptor, implementation: object) -> grpc.GenericRpcHandler:
    methods = {method.name: _answering(method, implementation) for method in descriptor.methods}
    return grpc.method_handlers_generic_handler(descriptor.full_name, methods)


def _answering(method: MethodDescriptor, implementation: object) -> grpc.RpcMethodHandler[Any, Any]:
    call = getattr(implementation, re.sub(r"(?<!^)(?=[A-Z])", "_", method.name).lower())
    return _unary_stream(method, call) if method.server_streaming else _unary(method, call)


def _unary(method: MethodDescriptor, call: Method) -> grpc.RpcMethodHandler[Any, Any]:
    async def answer(encoded: bytes, context: Context) -> bytes:
        request = await _decoded(method, encoded, context)
        try:
            return (await call(request)).SerializeToString()
        except Exception as error:
            await _abort(context, error, method=method.full_name)
            raise  # Not reached: abort raises.

    return grpc.unary_unary_rpc_method_handler(answer)


def _unary_stream(method: MethodDescriptor, call: StreamMethod) -> grpc.RpcMethodHandler[Any, Any]:
    async def answer(encoded: bytes, context: Context) -> AsyncIterator[bytes]:
        request = await _decoded(method, encoded, context)
        try:
            async with aclosing(call(request)) as answers:
                async for each in answers:
                    yield each.SerializeToString()
        except Exception as error:
            await _abort(context, error, method=method.full_name)

    return grpc.unary_stream_rpc_method_handler(answer)


async def _decoded(method: MethodDescriptor, encoded: bytes, context: Context) -> Message:
    """Messages are decoded here, not by the library: it would answer a malformed one with UNKNOWN and a traceback."""
    try:
        return GetMessageClass(method.input_type).FromString(encoded)
    except (DecodeError, RecursionError):
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"报文不是有效的 {method.input_type.name}。")


async def _abort(context: Context, error: Exception, *, method: str) -> None:
    status = status_of(error)
    if status is None:
        log.exception("call failed", extra={"method": method})
        await context.abort(grpc.StatusCode.INTERNAL, "节点内部出错，已记入日志。请稍后重试；仍不行请联系网络管理员。")
    trailer = ((CODE_TRAILER, error.code),) if isinstance(error, Refused) else ((ANSWERED_TRAILER, "1"),)
    await context.abort(status, _cut(str(error)), trailer)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "……（其余从略）"
