"""GROUP BY."""

from __future__ import annotations

import msgspec

from sqlstream.plan.expressions import AggregateCall
from sqlstream.types.schema import Schema


class GroupAggregate(msgspec.Struct, frozen=True, tag="GroupAggregate"):
    """GROUP BY over a stream that never ends: key columns, then aggregates, updated as rows come.

    ``retracting``: the input has -U/-D rows. ``update_before``: emit -U (else only +U).
    ``per_record``: one update for each input row, as Flink without mini-batch; else one a batch and key.
    ``merging``: what comes in are groups of a LocalAggregate, their keys first; ``input`` is what that one reads.
    ``state_ttl``: see :mod:`sqlstream.operators.time_to_live`.
    """

    keys: tuple[int, ...]
    aggregates: tuple[AggregateCall, ...]
    retracting: bool
    update_before: bool
    per_record: bool
    schema: Schema
    input: Schema
    merging: bool = False
    state_ttl: int = 0


class LocalAggregate(msgspec.Struct, frozen=True, tag="LocalAggregate"):
    """The first of two phases of GROUP BY: the groups of each batch, as rows of keys, number of rows and state.

    ``schema`` is that of :func:`~sqlstream.plan.aggregate_state.partial_schema`. Input is append-only.
    """

    keys: tuple[int, ...]
    aggregates: tuple[AggregateCall, ...]
    bounded: bool
    schema: Schema
    input: Schema


class HashAggregate(msgspec.Struct, frozen=True, tag="HashAggregate"):
    """GROUP BY over bounded input: emits each group once, at the end. ``merging``: see GroupAggregate."""

    keys: tuple[int, ...]
    aggregates: tuple[AggregateCall, ...]
    schema: Schema
    input: Schema
    merging: bool = False
