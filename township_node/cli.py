"""The command township-node."""

from __future__ import annotations

from sync.cases.stages import Act
from sync.node.commands import Commands, below_county_commands, life_commands
from sync.node.counter import counter_commands
from sync.node.posts import posts_commands
from sync.node.register_commands import register_commands
from township_node.app import township_node

NOT_HERE = (Act.FILE, Act.OVERRIDE, Act.VILLAGE_ACT_DONE, Act.ACCEPT_COMPLAINT, Act.ANSWER_COMPLAINT)
ACTS = tuple(act for act in Act if act not in NOT_HERE)

main = Commands("township-node", help="乡镇便民服务中心节点 The node of a township service centre.")

below_county_commands(main)
life_commands(main, township_node)
counter_commands(main, ACTS)
register_commands(main)
posts_commands(main)
