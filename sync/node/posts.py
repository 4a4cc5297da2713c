"""Commands for posts (岗位): publish a roster, note who is away and who is back, show who is on duty."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from sync.cases.workdays import SHANGHAI, day_numbered, day_of, number_of
from sync.errors import Refused
from sync.facts.v1 import bodies_pb2
from sync.journal.posts import post_message
from sync.node import roster_file
from sync.node.case_service import END_OF_DATES_MS
from sync.node.commands import actor_options, ask, at_option, emit, json_option, request_id, request_option
from sync.rpc.v1 import post_service_pb2 as pb

TIME = click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"])

_request = request_id


def posts_commands(group: click.Group) -> None:
    """`posts publish`, `posts away`, `posts back` and `posts show`."""

    @group.group()
    def posts() -> None:
        """岗位与去向 Posts: who holds them, who is away, who is on duty."""

    _publish_command(posts)
    _away_commands(posts)
    _show_command(posts)


def _publish_command(group: click.Group) -> None:
    @group.command()
    @at_option
    @click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    @request_option
    @json_option
    def publish(at: str, file: Path, request_id: str, json_to: str | None) -> None:
        """发布岗位表 Publish the roster in FILE (docs/posts.md). Nothing is published unless all is sound."""
        now_ms = ask(at, lambda c: c.ask(c.posts.GetPosts, pb.GetPostsRequest())).at_ms
        checked = roster_file.check(file, today=day_of(now_ms))
        if checked.faults:
            lines = [f"{file.name} {each.text}" for each in checked.faults]
            raise Refused("POSTS_FAULTY", "\n".join([*lines, f"共{len(lines)}处错误，没有发布。请改正后再试。"]))
        roster = bodies_pb2.PostsPublished(
            from_day=number_of(checked.from_day), posts=[post_message(each) for each in checked.posts]
        )
        request = pb.PublishPostsRequest(request_id=_request(request_id), posts=roster)
        answer = ask(at, lambda c: c.ask(c.posts.PublishPosts, request))
        text = f"岗位表已发布，{len(checked.posts)}个岗位，自{day_numbered(answer.from_day)}起用。"
        emit(answer, json_to=json_to, text=text)


def _away_commands(group: click.Group) -> None:
    @group.command()
    @at_option
    @actor_options
    @click.option("--from", "begins", type=TIME, default=None, help="From when; now if left out.")
    @click.option("--until", type=TIME, required=True, help="Until when, e.g. '2026-03-02 11:30'.")
    @click.option("--note", required=True, help="Where to, in general words.")
    @request_option
    @json_option
    def away(
        at: str,
        unit: str,
        post: str,
        person: str,
        begins: datetime | None,
        until: datetime,
        note: str,
        request_id: str,
        json_to: str | None,
    ) -> None:
        """去向留言 Note that the holder of a post is away: B is on duty meanwhile."""
        noted = bodies_pb2.AwayNoticed(
            unit=unit, post=post, person=person, from_ms=_ms(begins), to_ms=_ms(until), note=note
        )
        request = pb.NoteAwayRequest(request_id=_request(request_id), away=noted)
        answer = ask(at, lambda c: c.ask(c.posts.NoteAway, request))
        text = f"已登记：{person} {_time(answer.from_ms)}至{_time(noted.to_ms)}不在岗（{note}）。"
        emit(answer, json_to=json_to, text=text)

    @group.command()
    @at_option
    @actor_options
    @request_option
    @json_option
    def back(at: str, unit: str, post: str, person: str, request_id: str, json_to: str | None) -> None:
        """返岗 Note that whoever was away from a post is back before the time."""
        request = pb.EndAwayRequest(request_id=_request(request_id), unit=unit, post=post, person=person)
        answer = ask(at, lambda c: c.ask(c.posts.EndAway, request))
        emit(answer, json_to=json_to, text=f"已登记：{person}已返岗。")


def _show_command(group: click.Group) -> None:
    @group.command()
    @at_option
    @click.option("--place", type=int, default=0, help="Of which place; the node's own if left out.")
    @click.option("--at-time", type=TIME, default=None, help="At which time; now if left out.")
    @json_option
    def show(at: str, place: int, at_time: datetime | None, json_to: str | None) -> None:
        """在岗情况 Who is on duty at each post, now or at a time."""
        request = pb.GetPostsRequest(place=place, at_ms=_ms(at_time))
        answer = ask(at, lambda c: c.ask(c.posts.GetPosts, request))
        emit(answer, json_to=json_to, text=_posts_text(answer))


def _posts_text(answer: pb.GetPostsResponse) -> str:
    head = f"{answer.place} {_time(answer.at_ms)}"
    if not answer.from_day:
        return f"{head}：没有岗位表。请用 posts publish 发布，或等同步后再查。"
    return "\n".join([f"{head}，岗位表自{day_numbered(answer.from_day)}起用", *map(_duty_text, answer.posts)])


def _duty_text(duty: pb.Duty) -> str:
    post, notes = duty.post, [f"{each.person} {_time(each.to_ms)}前不在岗：{each.note}" for each in duty.away]
    if duty.on_duty:
        notes.insert(0, "A岗" if duty.on_duty == post.holder_a else "B岗")
    if post.chief_representative:
        notes.append("首席代表，授权书不在有效期内" if duty.letter_lapsed else f"首席代表，{post.letter}")
    noted = f"（{'；'.join(notes)}）" if notes else ""
    return f"  {post.unit} {post.post}：{duty.on_duty or '无人'}{noted}"


def _ms(time: datetime | None) -> int:
    """Milliseconds UTC of a time on the clock in Asia/Shanghai; 0 = not given."""
    return int(time.replace(tzinfo=SHANGHAI).timestamp()) * 1000 if time else 0


def _time(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(min(at_ms, END_OF_DATES_MS) // 1000, SHANGHAI):%Y-%m-%d %H:%M}"
