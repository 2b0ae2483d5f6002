"""Join of bounded inputs without keys: every row of one side is compared with every row of the other, which is held."""

from __future__ import annotations

from sqlstream.operators.base import Operator, implements
from sqlstream.operators.hash_join import HashJoinOperator
from sqlstream.plan.physical import HashJoin, NestedLoopJoin


@implements(NestedLoopJoin)
def build_nested_loop_join(node: NestedLoopJoin) -> Operator:
    """As a hash join in which all rows have the same key."""
    return HashJoinOperator(
        HashJoin(
            (), (), node.condition, node.left, node.right, node.schema, node.kind, build_left=node.build_left,
            broadcast=node.broadcast,
        )
    )  # fmt: skip
