"""The command township-node."""

from __future__ import annotations

from sync.cases.stages import Act
from sync.node.commands import Commands, below_county_commands, life_commands
from sync.node.counter import counter_commands
from sync.node.register_commands import register_commands
from township_node.app import township_node

AT_THE_COUNTY = (Act.OVERRIDE, Act.ACCEPT_COMPLAINT, Act.ANSWER_COMPLAINT)
ACTS = tuple(act for act in Act if act not in (Act.FILE, *AT_THE_COUNTY))

main = Commands("township-node", help="乡镇便民服务中心节点 The node of a township service centre.")

below_county_commands(main)
life_commands(main, township_node)
counter_commands(main, ACTS)
register_commands(main)
