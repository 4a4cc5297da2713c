"""The catalogue as a service: read everywhere, published at the county."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from sync.cases import places
from sync.cases.workdays import Calendar
from sync.catalogue.checks import faults, notices
from sync.errors import Malformed, Refused
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import known, statements
from sync.journal.catalogue_translation import calendar_of, delegation_message, item_message, recall_message, release_of
from sync.journal.chains import EntryRow
from sync.journal.counter import digest_of, once
from sync.journal.writing import Transaction
from sync.node.paging import page_of, page_size
from sync.rpc.v1 import catalogue_service_pb2 as pb

if TYPE_CHECKING:
    from sync.node.node import Node

T = TypeVar("T")


class CatalogueService:
    """Implements sync.rpc.v1.CatalogueService."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def publish_release(self, request: pb.PublishReleaseRequest) -> pb.PublishReleaseResponse:
        self._only_at_the_county()
        answer = await self._node.book.write(
            lambda tx: once(tx, request.request_id, digest_of(request), lambda: _publish_release(tx, request))
        )
        return pb.PublishReleaseResponse.FromString(answer)

    async def publish_calendar(self, request: pb.PublishCalendarRequest) -> pb.PublishCalendarResponse:
        self._only_at_the_county()
        answer = await self._node.book.write(
            lambda tx: once(tx, request.request_id, digest_of(request), lambda: _publish_calendar(tx, request))
        )
        return pb.PublishCalendarResponse.FromString(answer)

    async def get_release(self, request: pb.GetReleaseRequest) -> pb.GetReleaseResponse:
        newest = self._node.book.catalogues.newest_release()
        if not 1 <= request.number <= newest:
            held = f"现有第1版至第{newest}版" if newest else "现在一版也没有"
            raise Refused("RELEASE_UNKNOWN", f"本节点没有目录第{request.number}版，{held}。请核对版次，或先同步目录。")
        release, published_at_ms = self._node.book.catalogues.published_release(request.number)
        return pb.GetReleaseResponse(release=release, published_at_ms=published_at_ms)

    async def list_items(self, request: pb.ListItemsRequest) -> pb.ListItemsResponse:
        catalogue = self._node.book.catalogues.catalogue()
        items, token = _page(catalogue.items_in_force(), request.page_size, request.page_token)
        return pb.ListItemsResponse(
            items=[item_message(item) for item in items], next_page_token=token, release=catalogue.release
        )

    async def list_delegations(self, request: pb.ListDelegationsRequest) -> pb.ListDelegationsResponse:
        catalogue = self._node.book.catalogues.catalogue()
        granted = [d for _, (_, d) in sorted(catalogue.delegations.items())]
        if request.township:
            granted = [d for d in granted if request.township in d.townships]
        shown, token = _page(granted, request.page_size, request.page_token)
        numbers = {d.number for d in shown}
        return pb.ListDelegationsResponse(
            delegations=[delegation_message(d) for d in shown],
            recalls=[recall_message(r) for _, r in catalogue.recalls if r.delegation in numbers],
            next_page_token=token,
        )

    async def get_holdings(self, request: pb.GetHoldingsRequest) -> pb.GetHoldingsResponse:
        catalogues, here = self._node.book.catalogues, self._node.settings.place
        release, calendar = catalogues.newest_release(), catalogues.newest_calendar()
        others = {certificate.place for certificate in self._node.book.introduced()} - {here}
        own = pb.Holding(place=here, release=release, calendar=calendar, as_of_ms=self._node.book.clock.now())
        return pb.GetHoldingsResponse(
            release=release, calendar=calendar, holdings=[own, *(self._holding(place) for place in sorted(others))]
        )

    def _holding(self, place: int) -> pb.Holding:
        catalogues = self._node.book.catalogues
        return pb.Holding(
            place=place,
            release=self._covered(place, catalogues.release_facts()),
            calendar=self._covered(place, catalogues.calendar_facts()),
            as_of_ms=statements.as_of_ms(self._node.book.reader, place),
        )

    def _covered(self, place: int, published: Sequence[bytes]) -> int:
        """How many of the published facts the latest statement of a place covers, from the first on."""
        for count in range(len(published), 0, -1):
            if any(
                statements.covers(self._node.book.reader, self._node.book.read_chains, signer=place, entry=entry)
                for entry in self._entries(published[count - 1])
            ):
                return count
        return 0

    def _entries(self, fact_id: bytes) -> list[EntryRow]:
        found = self._node.book.reader.execute(
            "SELECT e.id, e.stream, e.seq, e.hash FROM entries e JOIN facts f ON f.id=e.fact WHERE f.fact_id=?",
            [fact_id],
        )
        return [EntryRow(*each) for each in found.fetchall()]

    def _only_at_the_county(self) -> None:
        if places.level(self._node.settings.place) != places.COUNTY:
            raise Refused("NOT_THE_COUNTY", "目录和日历只能由县级发布，请到县级服务器上办理。")


def _check_in_touch(tx: Transaction) -> None:
    """After its store was set back, a county may lack what it has published: no number is to be given twice."""
    signers = tx.conn.execute("SELECT DISTINCT signer FROM known ORDER BY signer").fetchall()
    townships = [place for (place,) in signers if places.level(place) == places.TOWNSHIP]
    silent = [each for each in townships if not known.is_back_in_touch(tx.conn, here=tx.identity.place, township=each)]
    if silent:
        raise Refused(
            "NOT_BACK_IN_TOUCH",
            "县级账本恢复过，恢复前发布的目录和日历可能还没有从乡镇传回。请等这些乡镇与县互通（时钟要准确）后再发布："
            f"{'、'.join(map(str, silent))}。",
        )


def _publish_release(tx: Transaction, request: pb.PublishReleaseRequest) -> bytes:
    _check_in_touch(tx)
    catalogue = tx.catalogues.catalogue()
    numbered = bodies_pb2.CatalogueReleased()
    numbered.CopyFrom(request.release)
    numbered.number = numbered.number or catalogue.release + 1
    try:
        release = release_of(numbered)
    except ValueError as error:
        raise Malformed(f"目录中有本版本不认识的取值：{error}") from None
    found = faults(catalogue, release)
    if found:
        raise Refused("RELEASE_FAULTY", "\n".join(f"{each.where}：{each.message}" for each in found))
    tx.publish(fact_pb2.BODY_TYPE_CATALOGUE_RELEASED, numbered, request_id=request.request_id)
    told = [f"{each.where}：{each.message}" for each in notices(release)]
    return pb.PublishReleaseResponse(number=numbered.number, notices=told).SerializeToString(deterministic=True)


def _publish_calendar(tx: Transaction, request: pb.PublishCalendarRequest) -> bytes:
    _check_in_touch(tx)
    numbered = bodies_pb2.CalendarPublished()
    numbered.CopyFrom(request.calendar)
    following = tx.catalogues.newest_calendar() + 1
    numbered.number = numbered.number or following
    if numbered.number != following:
        raise Refused("CALENDAR_NOT_NEXT", f"现有日历是第{following - 1}号，下一号应为第{following}号。")
    found = _calendar_faults(calendar_of(numbered), before=tx.catalogues.calendar())
    if found:
        raise Refused("CALENDAR_FAULTY", f"日历有误，请改正后再发布：{'；'.join(found)}。")
    tx.publish(fact_pb2.BODY_TYPE_CALENDAR_PUBLISHED, numbered, request_id=request.request_id)
    return pb.PublishCalendarResponse(number=numbered.number).SerializeToString(deterministic=True)


def _calendar_faults(calendar: Calendar, *, before: Calendar | None) -> list[str]:
    """A calendar takes the place of the one before as a whole: what it leaves out would have no known days any more."""
    first, last = calendar.first_day, calendar.last_day
    if first > last:
        return ["起止日期颠倒"]
    listed = [(day, day.weekday() >= 5) for day in calendar.rest_weekdays]
    listed += [(day, day.weekday() < 5) for day in calendar.working_weekend_days]
    told = {
        "不必列出（休息日只列周一至周五，上班日只列周六、周日）": [day for day, needless in listed if needless],
        f"不在起止日期{first}至{last}之内": [day for day, _ in listed if not first <= day <= last],
    }
    found = [f"{'、'.join(map(str, sorted(days)))}{what}" for what, days in told.items() if days]
    day = timedelta(days=1)
    if before and before.first_day < first:
        found.append(f"少了{before.first_day}至{min(first - day, before.last_day)}，新日历要包含现有日历的全部日期")
    if before and before.last_day > last:
        found.append(f"少了{max(last + day, before.first_day)}至{before.last_day}，新日历要包含现有日历的全部日期")
    return found


def _page(rows: Sequence[T], size: int, token: str) -> tuple[Sequence[T], str]:
    begin, size = page_of(token), page_size(size)
    return rows[begin : begin + size], str(begin + size) if len(rows) > begin + size else ""
