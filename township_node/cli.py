"""The command township-node."""

from __future__ import annotations

from sync.cases.stages import Act
from sync.node.commands import Commands, below_county_commands, counter_commands, life_commands
from township_node.app import township_node

ACTS = (
    Act.HAND_OVER,
    Act.TAKE_IN,
    Act.ACCEPT,
    Act.REFUSE,
    Act.STAGE_DONE,
    Act.PASS_UP,
    Act.DECIDE,
    Act.CLOSE,
    Act.DELIVER,
)

main = Commands("township-node", help="乡镇便民服务中心节点 The node of a township service centre.")

below_county_commands(main)
life_commands(main, township_node)
counter_commands(main, ACTS)
