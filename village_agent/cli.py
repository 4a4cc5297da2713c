"""The command village-agent."""

from __future__ import annotations

from sync.cases.stages import Act
from sync.node.commands import Commands, below_county_commands, life_commands
from sync.node.counter import counter_commands
from village_agent.app import village_agent

ACTS = (Act.HAND_OVER, Act.WITHDRAW, Act.DELIVER, Act.SETTLE, Act.RATE, Act.COMPLAIN, Act.CORRECT)

main = Commands("village-agent", help="村代办员节点 The node of a village agent: file, hand over, hand out results.")

below_county_commands(main)
life_commands(main, village_agent)
counter_commands(main, ACTS)
