"""The county's page for supervisors: figures of every township, and the cases with the least time left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from county_node import accountability, findings, guide, overview, replies, report, signals
from county_node.overview import FoundCase, Names, Overview, names_of
from county_node.seed import divisions
from sync.cases.workdays import FIRST_YEAR, day_of
from sync.errors import Malformed, Refused
from sync.journal import search
from sync.journal.book import Book
from sync.journal.clocks import judge
from sync.journal.figures import Period
from sync.journal.reports import By
from sync.node import explaining, web
from sync.node.paging import page_of
from sync.node.web import Live, WebServer

if TYPE_CHECKING:
    from sync.node.node import Node

PACKAGE = "county_node"
TEMPLATES = web.environment(PACKAGE)

FOUND = 50
"""Cases on a page of what was looked for."""


async def page(node: Node) -> None:
    """Shows the county's page until cancelled. Raises Unavailable if its port is taken."""

    async def render() -> str:
        return _figures(await read(node.book))

    live = Live(render)
    stop_listening = node.book.listen(lambda _: live.change())
    app = web.make_app(TEMPLATES, package=PACKAGE, routes=[*_routes(live, node), Route("/report", _reporting(node))])
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


async def read(book: Book, *, period: Period | None = None) -> Overview:
    """The state of the book now."""
    names = _names(book.identity.place)
    return await judge(book, lambda conn, judging: overview.read(conn, judging, names=names, period=period))


@cache
def _names(county: int) -> Names:
    return names_of(divisions(), county=county)


def _figures(seen: Overview, *, live: bool = True) -> str:
    return TEMPLATES.get_template("figures.html").render(seen=seen, live=live)


def _routes(live: Live, node: Node) -> list[Route]:
    book, name = node.book, node.settings.name

    async def front(request: Request) -> Response:
        asked = _asked_period(request, today=day_of(book.clock.now()))
        figures = _figures(await read(book, period=asked), live=False) if asked else await live.newest()
        return _page("page.html", {"name": name, "figures": figures, "period": asked, "text": ""})

    async def found(request: Request) -> Response:
        text = request.query_params.get("q", "").strip()
        shown: dict[str, object] = {"name": name, "text": text, "period": None, "cases": (), "more": 0, "problem": ""}
        try:
            shown["cases"], shown["more"] = await _search(book, text, before=request.query_params.get("before", ""))
        except Malformed as error:
            return _page("search.html", shown | {"problem": str(error)}, status=400)
        return _page("search.html", shown)

    async def late(request: Request) -> Response:
        everything = bool(request.query_params.get("all", ""))
        names, older = _names(book.identity.place), _older(request)
        shown = await findings.shown(book, names=names, before=older, everything=everything)
        return _page("findings.html", {"name": name, "seen": shown})

    async def owed(request: Request) -> Response:
        names, everything = _names(book.identity.place), bool(request.query_params.get("all", ""))
        seen = await judge(book, lambda conn, judging: replies.read(conn, judging, names=names, everything=everything))
        return _page("replies.html", {"name": name, "seen": seen})

    async def explained(request: Request) -> Response:
        number = request.query_params.get("case", "").strip()
        shown: dict[str, object] = {"name": name, "number": number, "explained": None, "problem": ""}
        try:
            shown["explained"] = explaining.explanation_text(await explaining.explain(book, number))
        except (Malformed, Refused) as error:
            return _page("explained.html", shown | {"problem": str(error)}, status=400)
        return _page("explained.html", shown)

    async def signalled(request: Request) -> Response:
        shown = await signals.shown(book, names=_names(book.identity.place), before=_older(request))
        return _page("signals.html", {"name": name, "seen": shown})

    async def recorded(request: Request) -> Response:
        shown = await accountability.shown(book, names=_names(book.identity.place), before=_older(request))
        return _page("records.html", {"name": name, "seen": shown})

    return [
        Route("/", front),
        Route("/search", found),
        Route("/findings", late),
        Route("/signals", signalled),
        Route("/records", recorded),
        Route("/replies", owed),
        Route("/explain", explained),
        *guide.routes(TEMPLATES, book, name=name),
        Route("/events", live.stream),
    ]


def _older(request: Request) -> int:
    """Before which row a list goes on. 0 = it begins."""
    try:
        return page_of(request.query_params.get("before", ""))
    except Malformed:
        raise HTTPException(400) from None


def _reporting(node: Node) -> Callable[[Request], Awaitable[Response]]:
    async def reported(request: Request) -> Response:
        today = day_of(node.book.clock.now())
        seen = await report.shown(
            node.book,
            names=_names(node.book.identity.place),
            weights=node.settings.score.weights,
            period=_asked_period(request, today=today) or Period(today.replace(day=1), today),
            by=_asked_rows(request),
        )
        return _page("report.html", {"name": node.settings.name, "seen": seen, "ways": tuple(By)})

    return reported


def _asked_rows(request: Request) -> By:
    try:
        return By[request.query_params.get("by", By.PLACE.name).upper()]
    except KeyError:
        raise HTTPException(400) from None


def _page(template: str, shown: dict[str, object], *, status: int = 200) -> Response:
    body = TEMPLATES.get_template(template).render(shown)
    return HTMLResponse(body, status_code=status, headers={"Cache-Control": "no-store"})


def _asked_period(request: Request, *, today: date) -> Period | None:
    """The period an address names: ?from=2010-01-01&to=2010-12-31, each end may be left out. None: it names none."""
    asked = [request.query_params.get(name, "") for name in ("from", "to")]
    if not any(asked):
        return None
    try:
        first, last = (date.fromisoformat(text) if text else None for text in asked)
    except ValueError:
        raise HTTPException(400) from None
    period = Period(first, last or today)
    if (first and first > period.last) or (first or period.last).year < FIRST_YEAR:
        raise HTTPException(400)
    return period


async def _search(book: Book, text: str, *, before: str) -> tuple[list[FoundCase], int]:
    """A page of what is found, and where the next one begins. 0 = no more."""
    older = page_of(before)
    found = await book.look(lambda conn: search.find(conn, text, before=older, limit=FOUND + 1))
    names, catalogue = _names(book.identity.place), book.catalogues.catalogue()
    shown = [overview.found_case(each, names=names, catalogue=catalogue) for each in found[:FOUND]]
    return shown, found[FOUND - 1].row if len(found) > FOUND else 0
