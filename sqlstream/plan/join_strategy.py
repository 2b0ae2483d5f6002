"""How a bounded join is run: by hash, by sorting, or in nested loops."""

from __future__ import annotations

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import DISABLED_OPERATORS
from sqlstream.errors import PlanError
from sqlstream.plan import logical as l
from sqlstream.plan import physical as p
from sqlstream.plan.expression_tree import conjunction, conjuncts
from sqlstream.plan.expressions import Call, Expression, InputRef
from sqlstream.plan.physical import JoinKind, JoinStrategy
from sqlstream.types.logical import BooleanType

BoundedJoinOperator = p.HashJoin | p.SortMergeJoin | p.NestedLoopJoin
_DISABLED_BY = {
    "HashJoin": (JoinStrategy.BROADCAST, JoinStrategy.SHUFFLE_HASH),
    "BroadcastHashJoin": (JoinStrategy.BROADCAST,),
    "ShuffleHashJoin": (JoinStrategy.SHUFFLE_HASH,),
    "SortMergeJoin": (JoinStrategy.SHUFFLE_MERGE,),
    "NestedLoopJoin": (JoinStrategy.NEST_LOOP,),
}
_BY_PREFERENCE = (JoinStrategy.SHUFFLE_HASH, JoinStrategy.SHUFFLE_MERGE, JoinStrategy.NEST_LOOP)


def bounded_join(node: l.Join, configuration: Configuration) -> BoundedJoinOperator:
    """The operator for ``node``: as its hint asks where that can be, else by hash; without keys in nested loops.
    PlanError where all that could run it are disabled."""
    strategy = _strategy(node, _disabled(configuration))
    build_left = _builds_left(node)
    can_broadcast = not _comes_out_alone(node.kind, build_left)
    if strategy is JoinStrategy.NEST_LOOP:
        condition = conjunction([*_equalities(node), *conjuncts(node.condition)])
        return p.NestedLoopJoin(
            condition, node.left.schema, node.right.schema, node.schema, node.kind, build_left, can_broadcast
        )
    if strategy is JoinStrategy.SHUFFLE_MERGE:
        return p.SortMergeJoin(
            node.left_keys, node.right_keys, node.condition, node.left.schema, node.right.schema, node.schema,
            node.kind, node.null_safe,
        )  # fmt: skip
    return p.HashJoin(
        node.left_keys, node.right_keys, node.condition, node.left.schema, node.right.schema, node.schema,
        node.kind, node.null_safe, build_left, strategy is JoinStrategy.BROADCAST,
    )  # fmt: skip


def _disabled(configuration: Configuration) -> frozenset[JoinStrategy]:
    names = [name.strip() for name in configuration.option(DISABLED_OPERATORS).split(",")]
    return frozenset(strategy for name in names for strategy in _DISABLED_BY.get(name, ()))


def _strategy(node: l.Join, disabled: frozenset[JoinStrategy]) -> JoinStrategy:
    wanted = [] if node.hint is None else [node.hint.strategy]
    for strategy in (*wanted, *_BY_PREFERENCE):
        if strategy not in disabled and _can_run(strategy, node):
            return strategy
    raise PlanError(
        f"All operators that could run a join are disabled by '{DISABLED_OPERATORS.key}'.",
        hint="Leave NestedLoopJoin out of it: it runs every join."
        if not node.left_keys
        else "Leave one of HashJoin, SortMergeJoin and NestedLoopJoin out of it.",
    )


def _can_run(strategy: JoinStrategy, node: l.Join) -> bool:
    if strategy is JoinStrategy.NEST_LOOP:
        return True
    if strategy is JoinStrategy.BROADCAST and _comes_out_alone(node.kind, _builds_left(node)):
        return False
    return bool(node.left_keys)


def _builds_left(node: l.Join) -> bool:
    """The hinted side is held, else the right one; but not the one side whose rows come out by themselves."""
    if node.kind.left_only or node.kind is JoinKind.LEFT:
        return False
    if node.kind is JoinKind.RIGHT:
        return True
    return node.hint is not None and node.hint.build_left


def _comes_out_alone(kind: JoinKind, build_left: bool) -> bool:
    """Whether rows of the held side come out unmatched: then all that may match them must be in one place."""
    return kind.pads_right or kind.left_only if build_left else kind.pads_left


def _equalities(node: l.Join) -> list[Expression]:
    width = len(node.left.schema)
    functions = ["IS_NOT_DISTINCT_FROM" if i in node.null_safe else "=" for i in range(len(node.left_keys))]
    return [
        Call(
            function,
            (InputRef(a, node.left.schema[a].type), InputRef(width + b, node.right.schema[b].type)),
            BooleanType(),
        )
        for function, a, b in zip(functions, node.left_keys, node.right_keys, strict=True)
    ]
