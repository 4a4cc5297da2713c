"""What a county publishes before its first case: the calendar and catalogue that come with the software."""

from __future__ import annotations

import hashlib

from county_node import seed
from sync.errors import Refused
from sync.journal.catalogue_translation import calendar_message, release_message
from sync.rpc.client import Client
from sync.rpc.v1 import catalogue_service_pb2 as pb


async def publish_first(client: Client) -> None:
    """Publishes calendar 1 and release 1. Raises Refused if the county has a catalogue of its own already."""
    found = await client.ask(client.catalogue.GetHoldings, pb.GetHoldingsRequest())
    if found.release > 1 or found.calendar > 1:
        raise Refused("ALREADY_PUBLISHED", f"本县已发布到目录第{found.release}版，不需要再发布随软件附带的第1版。")
    await client.ask(client.catalogue.PublishCalendar, _first_calendar())
    await client.ask(client.catalogue.PublishRelease, _first_release())


def _first_calendar() -> pb.PublishCalendarRequest:
    calendar = seed.calendar()
    return pb.PublishCalendarRequest(
        request_id=_request_id("calendar"), calendar=calendar_message(calendar, source=calendar.source)
    )


def _first_release() -> pb.PublishReleaseRequest:
    return pb.PublishReleaseRequest(request_id=_request_id("release"), release=release_message(seed.first_release()))


def _request_id(what: str) -> bytes:
    """The same at every try: published once."""
    return hashlib.sha256(f"cuntong/first/{what}".encode()).digest()[:16]
