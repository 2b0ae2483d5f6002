"""Which columns are still time attributes after the joins of a FROM clause."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sqlstream.plan.binder.scope import Scope
from sqlstream.plan.logical import Filter, Join, LogicalNode, Project, children
from sqlstream.plan.rules.predicate_pushdown import push_down_predicates
from sqlstream.plan.rules.time_joins import form_time_joins
from sqlstream.types.schema import Field, Schema, TimeAttribute

Times = Sequence[TimeAttribute | None]


def settled(plan: LogicalNode, scope: Scope) -> tuple[LogicalNode, Scope]:
    """A ``plan`` of joins and the WHERE over them, which decide together whether event time bounds a join: it and its
    ``scope`` without event time on what comes out of other joins."""
    if not any(f.time is TimeAttribute.ROWTIME for f in scope.schema) or not _joins(plan):
        return plan, scope
    times = [f.time for f in form_time_joins(push_down_predicates(plan)).schema]
    return _with_times(plan, times), dataclasses.replace(scope, schema=_timed(scope.schema, times))


def _joins(plan: LogicalNode) -> bool:
    return isinstance(plan, Join) or any(map(_joins, children(plan)))


def _with_times(plan: LogicalNode, times: Times) -> LogicalNode:
    if isinstance(plan, Filter):
        return dataclasses.replace(plan, input=_with_times(plan.input, times))
    return dataclasses.replace(plan, schema=_timed(plan.schema, times)) if isinstance(plan, Join | Project) else plan


def _timed(schema: Schema, times: Times) -> Schema:
    return Schema(tuple(Field(f.name, f.type, time) for f, time in zip(schema, times, strict=True)))
