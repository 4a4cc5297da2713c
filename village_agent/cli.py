"""The command village-agent."""

from __future__ import annotations

from sync.cases.stages import Act
from sync.node.commands import (
    Commands,
    ask,
    at_option,
    below_county_commands,
    emit,
    json_option,
    life_commands,
)
from sync.node.counter import counter_commands
from sync.node.posts import posts_commands
from sync.node.register_commands import register_commands
from sync.rpc.v1 import node_service_pb2
from village_agent.app import village_agent

ACTS = (
    Act.VILLAGE_ACT_DONE,
    Act.HAND_OVER,
    Act.WITHDRAW,
    Act.DELIVER,
    Act.SETTLE,
    Act.RATE,
    Act.COMPLAIN,
    Act.CORRECT,
)

main = Commands("village-agent", help="村代办员节点 The node of a village agent: file, hand over, hand out results.")

below_county_commands(main)
life_commands(main, village_agent)
counter_commands(main, ACTS)
register_commands(main)
posts_commands(main)


@main.group()
def line() -> None:
    """村站线路 The line to the township, of a station that is not always on line."""


@line.command(name="open")
@at_option
@json_option
def open_line(at: str, json_to: str | None) -> None:
    """村站联网 Connect now, and stay connected."""
    _set_line(at, json_to, is_open=True, text="线路已接通，正在与乡镇同步；用 status 查看还有几条待确认。")


@line.command(name="close")
@at_option
@json_option
def close_line(at: str, json_to: str | None) -> None:
    """村站断开 Hang up, and do not try until the line is opened again."""
    _set_line(at, json_to, is_open=False, text="线路已断开。收件、报送照常登记，下次联网时再传。")


def _set_line(at: str, json_to: str | None, *, is_open: bool, text: str) -> None:
    request = node_service_pb2.SetLineRequest(open=is_open)
    answer = ask(at, lambda client: client.ask(client.node.SetLine, request))
    emit(answer, json_to=json_to, text=text)
