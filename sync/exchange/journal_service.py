"""Answering a neighbour's exchange."""

from __future__ import annotations

from sync.cases import places
from sync.errors import Malformed, Refused
from sync.exchange import rounds
from sync.exchange.parcels import VERSION
from sync.journal.book import Book
from sync.rpc.v1 import journal_service_pb2 as pb


class JournalService:
    """Journals between a node and those directly below it."""

    def __init__(self, book: Book) -> None:
        self._book = book

    async def exchange(self, request: pb.ExchangeRequest) -> pb.ExchangeResponse:
        """One round. Raises Refused for a caller that is not directly below, Malformed for a parcel not readable."""
        parcel, here = request.parcel, self._book.identity.place
        if parcel.version != VERSION:
            raise Malformed(f"包的版本 {parcel.version} 本节点不能读，请升级后再试。")
        if not places.is_place(parcel.sender) or places.parent(parcel.sender) != here or parcel.receiver != here:
            raise Refused("NOT_A_NEIGHBOUR", f"{parcel.sender} 不是本节点的直接下级，请检查 node.toml 中的 parent。")
        return pb.ExchangeResponse(parcel=await rounds.answer(self._book, parcel, peer=parcel.sender))
