"""How a node and its links are, and whose keys it knows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sync.cases import places
from sync.errors import Refused
from sync.exchange import parcels
from sync.exchange.link import Link
from sync.facts import signing
from sync.facts.signing import KEY_BYTES
from sync.facts.v1 import journal_pb2
from sync.journal.keys import introduce
from sync.rpc.v1 import node_service_pb2 as pb

if TYPE_CHECKING:
    from sync.node.node import Node

SHOWN_REFUSALS = 50


class NodeService:
    """The node itself."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def get_status(self, request: pb.GetStatusRequest) -> pb.GetStatusResponse:
        node, conn = self._node, self._node.book.reader
        count = {t: conn.execute(f"SELECT COUNT(*) FROM {t}").fetchone()[0] for t in ("facts", "streams", "parked")}
        forked = "SELECT COUNT(*) FROM (SELECT 1 FROM heads GROUP BY stream HAVING COUNT(*) > 1)"
        epoch = conn.execute("SELECT value FROM meta WHERE name='epoch'").fetchone()
        status = pb.GetStatusResponse(
            place=node.settings.place,
            name=node.settings.name,
            epoch=epoch[0] if epoch else b"",
            release=node.book.catalogues.newest_release(),
            calendar=node.book.catalogues.newest_calendar(),
            facts=count["facts"],
            streams=count["streams"],
            parked_segments=count["parked"],
            forked_streams=conn.execute(forked).fetchone()[0],
            links=await asyncio.gather(*(self._link(link) for link in node.links())),
            refusals=self._refusals(),
        )
        server = node.children.server if node.children else None
        if server is not None and server.pid is not None:
            status.nats_server.CopyFrom(pb.NatsServer(pid=server.pid, restarts=server.restarts))
        return status

    async def _link(self, link: Link) -> pb.Link:
        book, children = self._node.book, self._node.children
        is_child = children is not None and link.peer in children.links
        up, down = await children.messages_ever(link.peer) if children and is_child else (0, 0)
        stated = book.reader.execute(
            "SELECT checkpoint, received_at_ms FROM stated WHERE signer=? AND peer=?", [link.peer, book.identity.place]
        ).fetchone()
        return pb.Link(
            peer=link.peer,
            connected=link.road.connected,
            entries_sent=link.counts.entries_sent,
            entries_unconfirmed=parcels.count_unconfirmed(book, link.peer),
            parcels_sent=link.counts.parcels_sent,
            parcels_received=link.counts.parcels_received,
            retries=[
                pb.Retry(at_ms=t.at_ms, attempt=t.attempt, wait_ms=t.wait_ms, error=t.error) for t in link.tries.run
            ],
            peer_checkpoint_at_ms=journal_pb2.Checkpoint.FromString(stated[0]).at_ms if stated else 0,
            peer_checkpoint_received_at_ms=stated[1] if stated else 0,
            exchanges=link.counts.exchanges,
            last_error=link.counts.last_error,
            messages_up=up,
            messages_down=down,
        )

    def _refusals(self) -> list[pb.Refusal]:
        found = self._node.book.reader.execute(
            "SELECT at_ms, peer, by_peer, segment_hash, code, reason FROM refusals ORDER BY id DESC LIMIT ?",
            [SHOWN_REFUSALS],
        )
        return [
            pb.Refusal(at_ms=at, peer=peer, by_peer=bool(by_peer), segment_hash=segment, code=code, reason=reason)
            for at, peer, by_peer, segment, code, reason in found.fetchall()
        ]

    async def set_line(self, request: pb.SetLineRequest) -> pb.SetLineResponse:
        """Opens or closes the line to the place above."""
        line = self._node.line
        if line is None:
            raise Refused("AT_THE_TOP", "本节点没有上级，没有可以接通或断开的线路。")
        if line.is_always_open:
            raise Refused("LINE_ALWAYS_OPEN", "本站的线路设为长期联网（always），不能用命令接通或断开。")
        if request.open:
            line.open()
        else:
            await line.close()
        return pb.SetLineResponse()

    async def introduce_key(self, request: pb.IntroduceKeyRequest) -> pb.IntroduceKeyResponse:
        """Makes a certified key known in the county's own subtree. Known already: says so by the same answer."""
        identity, certificate = self._node.book.identity, request.certificate
        if places.level(identity.place) != places.COUNTY:
            raise Refused("NOT_THE_COUNTY", "只有县级节点可以登记密钥，请到县级服务器上办理。")
        right_form = places.is_place(certificate.place) and len(certificate.key) == KEY_BYTES
        if not right_form or not signing.is_certified(identity.root_key, certificate):
            raise Refused("NOT_CERTIFIED", "该密钥没有县根密钥的有效签名，请用县根密钥重新签发。")
        if not places.contains(identity.place, certificate.place):
            raise Refused("NOT_BELOW", f"{certificate.place} 不在本县范围内，请检查代码。")
        fact_id = await self._node.book.write(lambda tx: introduce(tx, certificate))
        return pb.IntroduceKeyResponse(fact_id=fact_id)
