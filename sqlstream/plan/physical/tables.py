"""Tables, as sources and as sinks, and literal rows."""

from __future__ import annotations

import msgspec

from sqlstream.plan.expressions import Expression
from sqlstream.types.schema import Schema


class TableDescriptor(msgspec.Struct, frozen=True):
    """A resolved table as its connector sees it. ``schema`` has physical and metadata columns only."""

    identifier: tuple[str, ...]
    options: dict[str, str]
    schema: Schema
    metadata_keys: dict[str, str] = {}
    """Metadata columns: column name -> the connector's metadata key."""
    partition_keys: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return ".".join(self.identifier)


class TableSourceScan(msgspec.Struct, frozen=True, tag="TableSourceScan"):
    """Reads ``projection`` (indices into the table's schema) from a connector."""

    table: TableDescriptor
    projection: tuple[int, ...]
    schema: Schema
    limit: int | None = None


class Values(msgspec.Struct, frozen=True, tag="Values"):
    """Literal rows: every cell is a constant expression. Emitted by subtask 0 alone."""

    rows: tuple[tuple[Expression, ...], ...]
    schema: Schema


class LengthConstraint(msgspec.Struct, frozen=True):
    """Values of ``column`` have at most ``length`` characters or bytes; ``exact``: no less either."""

    column: int
    length: int
    exact: bool


class ConstraintEnforcer(msgspec.Struct, frozen=True, tag="ConstraintEnforcer"):
    """Holds rows against what a sink declares: ``not_null`` columns, whose NULLs fail the job or, with ``drop_nulls``,
    have their row dropped; and ``lengths``, to which values are cut and padded with ``trim_pad``, else fail the job.
    """

    not_null: tuple[int, ...]
    drop_nulls: bool
    lengths: tuple[LengthConstraint, ...]
    trim_pad: bool
    schema: Schema


class SinkMaterializer(msgspec.Struct, frozen=True, tag="SinkMaterializer"):
    """Keeps all rows of each ``primary_key``, and emits the latest that is left as upserts: what the key's changes are
    worth that come from different keys of the query, in whatever order. ``state_ttl``: as ChangelogNormalize has it."""

    primary_key: tuple[int, ...]
    schema: Schema
    state_ttl: int = 0


class TableSink(msgspec.Struct, frozen=True, tag="Sink"):
    """Writes to a connector. ``overwrite`` is INSERT OVERWRITE; ``partition`` the static PARTITION clause."""

    table: TableDescriptor
    schema: Schema
    overwrite: bool = False
    partition: dict[str, str] = {}
    materialized: bool = False
    """Whether a SinkMaterializer is before it."""


class CollectSink(msgspec.Struct, frozen=True, tag="Collect"):
    """Hands the rows of a SELECT to the client that asked, back-pressured; parallelism 1."""

    schema: Schema
