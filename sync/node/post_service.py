"""Posts as a service: a place publishes its own and notes who is away; who is on duty can be asked everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync.cases import masking, places
from sync.cases.posts import LONGEST, Absence, Post, Rosters, faults
from sync.cases.workdays import LAST_DAY, day_numbered, day_of, number_of
from sync.errors import Malformed, Refused
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import posts
from sync.journal.clock import TOLERANCE_MS
from sync.journal.counter import digest_of, once
from sync.journal.writing import Transaction
from sync.node.case_service import END_OF_DATES_MS
from sync.rpc.v1 import post_service_pb2 as pb

if TYPE_CHECKING:
    from sync.node.node import Node

LONGEST_AWAY_MS = 366 * 86_400_000
LONGEST_NOTE = 100


class PostService:
    """Implements sync.rpc.v1.PostService."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def publish_posts(self, request: pb.PublishPostsRequest) -> pb.PublishPostsResponse:
        self._only_its_own(request.posts.place)
        answer = await self._node.book.write(
            lambda tx: once(tx, request.request_id, digest_of(request), lambda: _publish(tx, request))
        )
        return pb.PublishPostsResponse.FromString(answer)

    async def note_away(self, request: pb.NoteAwayRequest) -> pb.NoteAwayResponse:
        answer = await self._node.book.write(
            lambda tx: once(tx, request.request_id, digest_of(request), lambda: _note_away(tx, request))
        )
        return pb.NoteAwayResponse.FromString(answer)

    async def end_away(self, request: pb.EndAwayRequest) -> pb.EndAwayResponse:
        answer = await self._node.book.write(
            lambda tx: once(tx, request.request_id, digest_of(request), lambda: _end_away(tx, request))
        )
        return pb.EndAwayResponse.FromString(answer)

    async def get_posts(self, request: pb.GetPostsRequest) -> pb.GetPostsResponse:
        place, at_ms = request.place or self._node.settings.place, request.at_ms or self._node.book.clock.now()
        places.checked(place)
        if not 0 < at_ms < END_OF_DATES_MS:
            raise Malformed("查询的时间无效，请填写1970年以后的时间。")

        def look(conn: Any) -> pb.GetPostsResponse:
            rosters = posts.rosters(conn, place)
            roster = rosters.at(at_ms)
            return pb.GetPostsResponse(
                place=place,
                at_ms=at_ms,
                from_day=number_of(roster.from_day if roster else None),
                posts=[_duty_message(rosters, post, at_ms) for post in rosters.posts(at_ms)],
            )

        return await self._node.book.look(look)

    def _only_its_own(self, place: int) -> None:
        here = self._node.settings.place
        if place not in (0, here):
            raise Refused("NOT_ITS_OWN", f"本节点是{here}，只能发布本单位的岗位表；{place} 的请到该处办理。")


def _duty_message(rosters: Rosters, post: Post, at_ms: int) -> pb.Duty:
    return pb.Duty(
        post=posts.post_message(post),
        on_duty=rosters.holder(post, at_ms),
        away=[_away_message(each) for _, each in sorted(rosters.away(post, at_ms).items())],
        letter_lapsed=not post.has_authority(day_of(at_ms)),
    )


def _away_message(absence: Absence) -> bodies_pb2.AwayNoticed:
    return bodies_pb2.AwayNoticed(
        unit=absence.unit,
        post=absence.post,
        person=absence.person,
        from_ms=absence.from_ms,
        to_ms=absence.to_ms,
        note=masking.text(absence.note),
    )


def _check_clock(tx: Transaction) -> None:
    if tx.reading().state != fact_pb2.CLOCK_STATE_TRUSTED:
        raise Refused(
            "CLOCK_NOT_TRUSTED", "本机时钟不可信，岗位和去向从何时起算说不清。请先校时，再发布岗位表或登记去向。"
        )


def _publish(tx: Transaction, request: pb.PublishPostsRequest) -> bytes:
    _check_clock(tx)
    today = day_of(tx.reading().now_ms)
    roster = bodies_pb2.PostsPublished()
    roster.CopyFrom(request.posts)
    roster.place, roster.from_day = tx.identity.place, roster.from_day or number_of(today)
    if roster.from_day > LAST_DAY:
        raise Malformed("岗位表的起始日期无效，请填写1970-01-01起的天数。")
    found = faults(posts.posts_of(roster.posts), from_day=day_numbered(roster.from_day), today=today)
    if found:
        raise Refused("POSTS_FAULTY", "\n".join(each.text for each in found))
    tx.publish(fact_pb2.BODY_TYPE_POSTS_PUBLISHED, roster, request_id=request.request_id)
    return pb.PublishPostsResponse(from_day=roster.from_day).SerializeToString(deterministic=True)


def _note_away(tx: Transaction, request: pb.NoteAwayRequest) -> bytes:
    _check_clock(tx)
    now_ms = tx.reading().now_ms
    away = bodies_pb2.AwayNoticed()
    away.CopyFrom(request.away)
    away.from_ms = away.from_ms or now_ms
    found = _faults_of_absence(tx, away, now_ms)
    if found:
        raise Refused("AWAY_FAULTY", "\n".join(found))
    tx.publish(fact_pb2.BODY_TYPE_AWAY_NOTICED, away, request_id=request.request_id)
    return pb.NoteAwayResponse(from_ms=away.from_ms).SerializeToString(deterministic=True)


def _faults_of_absence(tx: Transaction, away: bodies_pb2.AwayNoticed, now_ms: int) -> list[str]:
    """Everything that is wrong with an absence."""
    found = []
    if away.from_ms < now_ms - TOLERANCE_MS:
        found.append("去向留言从登记时起算，不能补记以前的外出。")
    if not max(away.from_ms, now_ms) < away.to_ms <= away.from_ms + LONGEST_AWAY_MS:
        found.append("返岗时间要在外出以后、一年以内；离岗更久的，请另发岗位表。")
    rosters = posts.rosters(tx.conn, tx.identity.place, persons=())
    post = rosters.post(away.unit, away.post, max(away.from_ms, now_ms))
    if post is None:
        published = "、".join(f"{each.unit} {each.post}" for each in rosters.posts(now_ms)) or "还没有岗位表"
        found.append(f"岗位表里没有“{away.unit[:LONGEST]} {away.post[:LONGEST]}”，现有：{published}。")
    elif away.person not in post.holders:
        holders = "、".join(post.holders) or "没有人"
        found.append(f"“{away.person[:LONGEST]}”不在这个岗位上，岗位表里是：{holders}。")
    if not away.note.strip() or len(away.note) > LONGEST_NOTE or masking.text(away.note) != away.note:
        found.append(f"请写明去向，不超过{LONGEST_NOTE}个字，不写证件号和手机号。")
    return found


def _end_away(tx: Transaction, request: pb.EndAwayRequest) -> bytes:
    _check_clock(tx)
    now_ms, place = tx.reading().now_ms, tx.identity.place
    rosters = posts.rosters(tx.conn, place, persons=(request.person,))
    absences = [e for e in rosters.absent(Post(request.unit, request.post), now_ms) if e.person == request.person]
    if not absences:
        raise Refused("NOT_AWAY", f"“{request.person[:LONGEST]}”在这个岗位上现在没有去向留言，请核对工号、窗口和岗位。")
    for each in absences:
        request_id = request.request_id if each is absences[0] else tx.fresh_request_id()
        tx.publish(fact_pb2.BODY_TYPE_AWAY_NOTICED, _away_message(each._replace(to_ms=now_ms)), request_id=request_id)
    return pb.EndAwayResponse().SerializeToString(deterministic=True)
