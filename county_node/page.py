"""The county's page for supervisors: figures of every township, and the cases with the least time left."""

from __future__ import annotations

import asyncio
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from county_node import overview
from county_node.overview import Names, Overview, names_of
from county_node.seed import divisions
from sync.cases.workdays import Calendar
from sync.catalogue.release import Catalogue
from sync.journal import schema
from sync.journal.book import Book
from sync.node import web
from sync.node.web import Live, WebServer

if TYPE_CHECKING:
    from sync.node.node import Node

PACKAGE = "county_node"
TEMPLATES = web.environment(PACKAGE)


async def page(node: Node) -> None:
    """Shows the county's page until cancelled. Raises Unavailable if its port is taken."""

    async def render() -> str:
        return _figures(await read(node.book))

    live = Live(render)
    stop_listening = node.book.listen(lambda _: live.change())
    app = web.make_app(TEMPLATES, package=PACKAGE, routes=_routes(live, name=node.settings.name))
    try:
        async with WebServer(app, host=node.settings.web.host, port=node.settings.web.port) as server:
            with web.address(node.directory, server.url):
                await _until_one_ends(server, live)
    finally:
        stop_listening()


async def _until_one_ends(server: WebServer, live: Live) -> None:
    running = [asyncio.create_task(server.run()), asyncio.create_task(live.run())]
    try:
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        live.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def read(book: Book) -> Overview:
    """The state of the book now, read beside the event loop."""
    catalogue, calendar = book.catalogues.catalogue(), book.catalogues.calendar()
    return await asyncio.to_thread(_read, book, catalogue, calendar)


def _read(book: Book, catalogue: Catalogue, calendar: Calendar | None) -> Overview:
    # A connection for each reading: one kept could be closed while a cancelled reading still uses it.
    with closing(schema.connect(book.path, read_only=True)) as conn:
        conn.execute("BEGIN")
        return overview.read(
            conn,
            names=_names(book.identity.place),
            catalogue=catalogue,
            calendar=calendar,
            now_ms=book.clock.now(),
        )


@cache
def _names(county: int) -> Names:
    return names_of(divisions(), county=county)


def _figures(seen: Overview) -> str:
    return TEMPLATES.get_template("figures.html").render(seen=seen)


def _routes(live: Live, *, name: str) -> list[Route]:
    async def front(_: Request) -> Response:
        figures = await live.newest()
        body = TEMPLATES.get_template("page.html").render(name=name, figures=figures)
        return HTMLResponse(body, headers={"Cache-Control": "no-store"})

    return [Route("/", front), Route("/events", live.stream)]
