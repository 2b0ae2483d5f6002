"""Aggregation in two phases as the aggregation in one phase that it stands for."""

from __future__ import annotations

import dataclasses

import msgspec

from sqlstream.plan import physical as p
from sqlstream.plan.jobgraph import Forward, Hash, Partitioning, Singleton
from sqlstream.plan.physical_tree import Exchange, PhysicalNode


def in_one_phase(node: PhysicalNode) -> PhysicalNode:
    """``node`` over the rows themselves, if it merges what local aggregations of them give; else itself."""
    operator = node.operator
    if not isinstance(operator, p.GroupAggregate | p.HashAggregate | p.WindowAggregate) or not operator.merging:
        return node
    ((exchange,),) = node.inputs
    local = exchange.source
    assert isinstance(local.operator, p.LocalAggregate | p.LocalWindowAggregate)
    keys = local.operator.keys
    alone = msgspec.structs.replace(operator, keys=keys, merging=False)
    if isinstance(alone, p.WindowAggregate):
        alone = msgspec.structs.replace(alone, name="WindowAggregate")
    rows = tuple(Exchange(read.source, _distribution(read.source, keys)) for read in local.exchanges)
    return dataclasses.replace(node, operator=alone, inputs=(rows,))


def _distribution(source: PhysicalNode, keys: tuple[int, ...]) -> Partitioning:
    if keys:
        return Hash(keys)
    return Forward() if source.parallelism == 1 else Singleton()
