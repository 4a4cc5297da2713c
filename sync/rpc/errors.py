"""Errors at the edge: one table out, and back."""

from __future__ import annotations

import grpc

from sync.errors import Corrupt, Malformed, Refused, Unavailable

CODE_TRAILER = "refusal-code"
ANSWERED_TRAILER = "answered"
"""It is the node itself that says it cannot just now, and not that nobody is there."""

STATUS: tuple[tuple[type[Exception], grpc.StatusCode], ...] = (
    (Refused, grpc.StatusCode.FAILED_PRECONDITION),
    (Malformed, grpc.StatusCode.INVALID_ARGUMENT),
    (Unavailable, grpc.StatusCode.UNAVAILABLE),
    (Corrupt, grpc.StatusCode.DATA_LOSS),
)

# Refusals that have a status of their own.
STATUS_BY_CODE = {
    "CASE_UNKNOWN": grpc.StatusCode.NOT_FOUND,
    "RELEASE_UNKNOWN": grpc.StatusCode.NOT_FOUND,
    "REQUEST_REUSED": grpc.StatusCode.ALREADY_EXISTS,
    "NOT_A_NEIGHBOUR": grpc.StatusCode.PERMISSION_DENIED,
}

# What a caller should try again.
PASSING = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.CANCELLED,
)


def status_of(error: Exception) -> grpc.StatusCode | None:
    """The status for an error of ours. None for one that is nobody's but the programmer's."""
    if isinstance(error, Refused) and error.code in STATUS_BY_CODE:
        return STATUS_BY_CODE[error.code]
    return next((status for kind, status in STATUS if isinstance(error, kind)), None)


def error_of(error: grpc.RpcError) -> Exception:
    """The error of ours behind a status."""
    assert isinstance(error, grpc.aio.AioRpcError)
    status, text = error.code(), error.details() or error.code().name
    code = dict(error.trailing_metadata() or ()).get(CODE_TRAILER)
    if code is not None:
        return Refused(str(code), text)
    if status in PASSING:
        return Unavailable(text)
    if status is grpc.StatusCode.DATA_LOSS:
        return Corrupt(text)
    return Malformed(text)
