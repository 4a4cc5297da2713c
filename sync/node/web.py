"""A node's door for people: pages drawn here, kept fresh by one event stream each, and a server that stops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.errors import Unavailable

log = logging.getLogger(__name__)

ADDRESS = "web.address"
"""While the page is open: its URL, for people and commands on the same machine."""

MAX_STREAMS = 64
MAX_CONNECTIONS = 256
HEARTBEAT_S = 15.0
LOOK_AGAIN_S = 15.0
"""Time alone changes a page too: data grow old, days end."""
PAUSE_S = 1.0
"""At least so long between two changes sent."""
STOP_S = 2

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

# What went wrong and what to do now, by status.
ERRORS = {
    400: ("填写的内容无效", "请检查日期：不能早于1971年，起始日期不能晚于截止日期。然后回到首页再试。"),
    404: ("没有这个页面", "请检查地址，或回到首页。"),
    405: ("这里只能查看", "本页不接受提交。请回到首页。"),
    500: ("页面出错", "已记入日志。请稍后刷新；仍不行请联系网络管理员。"),
}


def environment(package: str) -> Environment:
    """Templates of a package: everything put into them is escaped, a missing value is an error."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def make_app(templates: Environment, *, package: str, routes: Sequence[BaseRoute]) -> ASGIApp:
    """The pages of a node, with its files under /static, /healthz, and `error.html` for what goes wrong."""

    async def failed(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        title, advice = ERRORS.get(status, (HTTPStatus(status).phrase, "请回到首页。"))
        body = templates.get_template("error.html").render(status=status, title=title, advice=advice)
        headers = error.headers if isinstance(error, HTTPException) else None
        return HTMLResponse(body, status_code=status, headers=headers)

    fixed = [
        Route("/healthz", _healthy),
        Mount("/static", StaticFiles(packages=[(package, "static")])),
    ]
    return _Secured(Starlette(routes=[*routes, *fixed], exception_handlers={HTTPException: failed, 500: failed}))


async def _healthy(_: Request) -> Response:
    return PlainTextResponse("ok\n")


class _Secured:
    """Outermost, so that pages about errors carry the headers too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        await self._app(scope, receive, send_secured)


class Live:
    """The newest rendering of what moves on a page, and the streams of those who look at it."""

    def __init__(self, render: Callable[[], Awaitable[str]]) -> None:
        self._render = render
        self._text = ""
        self._looked_at = float("-inf")
        self._changed = asyncio.Event()
        self._news = asyncio.Event()
        self._rendering = asyncio.Lock()
        self._streams = 0
        self._closed = False

    def change(self) -> None:
        """What is shown may have changed."""
        self._changed.set()

    async def newest(self) -> str:
        """As of now: rendered anew if something changed or some time went by. Many callers share one rendering."""
        async with self._rendering:
            if self._changed.is_set() or self._now() - self._looked_at >= LOOK_AGAIN_S:
                await self._look()
        return self._text

    async def _look(self) -> None:
        # Cleared first: a change during the rendering counts for the next.
        self._changed.clear()
        try:
            text = await self._render()
        except BaseException:
            self._changed.set()
            raise
        self._looked_at = self._now()
        if text != self._text:
            self._text = text
            self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def run(self) -> None:
        """Keeps those who look up to date, until cancelled. A rendering that fails is logged and tried again."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await self._changed.wait()
            if self._streams:
                try:
                    await self.newest()
                except Exception:
                    log.exception("page could not be drawn")
            await asyncio.sleep(PAUSE_S)

    def close(self) -> None:
        """Ends all streams: the server would wait for them."""
        self._closed = True
        self._tell()

    async def stream(self, request: Request) -> Response:
        """The rendering now and after each change, as events named "changed"."""
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        if self._closed or self._streams >= MAX_STREAMS:
            return PlainTextResponse(
                "同时打开的页面太多，本页暂不自动更新。请关闭不用的页面后刷新。\n",
                status_code=503,
                headers={"Retry-After": "60"},
            )
        self._streams += 1
        return _Stream(self._events(), done=self._leave)

    def _leave(self) -> None:
        self._streams -= 1

    async def _events(self) -> AsyncIterator[str]:
        await self.newest()
        sent = ""
        while not self._closed:
            news, text = self._news, self._text
            if text != sent:
                sent = text
                yield event("changed", text)
            elif not await _set_within(news, seconds=HEARTBEAT_S):
                yield ":\n\n"

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


class _Stream(StreamingResponse):
    """A place among the streams, given back however the stream ends."""

    def __init__(self, events: AsyncIterator[str], *, done: Callable[[], None]) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        self._done = done

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._done()


def event(name: str, data: str) -> str:
    """A server-sent event. Every line of the data is a field of its own."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines())
    return f"event: {name}\n{lines}\n"


async def _set_within(news: asyncio.Event, *, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await news.wait()
    except TimeoutError:
        return False


class _Server(uvicorn.Server):
    """Signals are the node's affair."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves an app on a port of this machine. Leaving it ends within STOP_S, whoever is still connected.

    Raises Unavailable on opening if the port is taken.
    """

    def __init__(self, app: ASGIApp, *, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._server = _Server(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                limit_concurrency=MAX_CONNECTIONS,
                timeout_graceful_shutdown=STOP_S,
            )
        )

    async def __aenter__(self) -> Self:
        bound = _bound(self._host, self._port)
        self._port = bound.getsockname()[1]
        self._serving = asyncio.create_task(self._server.serve(sockets=[bound]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        await asyncio.wait([self._serving])

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}/"

    async def run(self) -> None:
        """Until cancelled; raises what ends the server before."""
        await asyncio.shield(self._serving)


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        # Taken from now on: two sockets may be bound to one port as long as neither listens.
        bound.listen()
    except OSError:
        bound.close()
        raise Unavailable(f"Port {port} on {host} is taken. Stop what uses it, or change web.port.") from None
    return bound


@contextmanager
def address(directory: Path, url: str) -> Iterator[None]:
    """Says in a file where the page is, as long as it is open."""
    path = directory / ADDRESS
    beside = path.with_suffix(".new")
    beside.write_text(f"{url}\n", encoding="ascii")
    beside.replace(path)
    log.info("page is open", extra={"url": url})
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
