"""What the options ``table.exec.sink.*`` make of a sink."""

from __future__ import annotations

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import (
    NOT_NULL_ENFORCER,
    SINK_KEYED_SHUFFLE,
    TYPE_LENGTH_ENFORCER,
    UPSERT_MATERIALIZE,
    NotNullEnforcer,
    SinkKeyedShuffle,
    TypeLengthEnforcer,
    UpsertMaterialize,
)
from sqlstream.plan import physical as p
from sqlstream.plan.changelog import INSERT_ONLY, emitted_kinds, upsert_keys
from sqlstream.plan.logical import Sink
from sqlstream.spi.connector import ChangelogMode
from sqlstream.types.logical import BinaryType, CharType, VarBinaryType, VarCharType

_EXACT = (CharType, BinaryType)
_LONGEST = 2**31 - 1


def primary_key(table: p.TableDescriptor) -> tuple[int, ...]:
    """The columns of the primary key of ``table``; none if it has none."""
    positions = (table.schema.index_of(name) for name in table.primary_key)
    return tuple(position for position in positions if position is not None)


def key_is_upsert_key(sink: Sink) -> bool:
    """Whether all changes that reach one row of ``sink`` are of one row of the query."""
    key = frozenset(primary_key(sink.table))
    return any(known <= key for known in upsert_keys(sink.input))


def materializes(sink: Sink, configuration: Configuration) -> bool:
    """Whether the changes that a stream sends to ``sink`` have to be put in order by primary key. A sink that takes any
    changes can do without, since each says what it takes back."""
    if not sink.table.primary_key or sink.changelog_mode is not ChangelogMode.UPSERT:
        return False
    if emitted_kinds(sink.input) == INSERT_ONLY:
        return False
    wanted = configuration.option(UPSERT_MATERIALIZE)
    if wanted is UpsertMaterialize.AUTO:
        return not key_is_upsert_key(sink)
    return wanted is UpsertMaterialize.FORCE


def shuffles(sink: Sink, parallelism: int, configuration: Configuration) -> bool:
    """Whether rows that come from ``parallelism`` subtasks are distributed by the primary key of ``sink``. A sink runs
    where its rows are, so AUTO never has to."""
    forced = configuration.option(SINK_KEYED_SHUFFLE) is SinkKeyedShuffle.FORCE
    return forced and parallelism > 1 and bool(sink.table.primary_key)


def constraint_enforcer(sink: Sink, configuration: Configuration) -> p.ConstraintEnforcer | None:
    """What holds rows against the declaration of ``sink``; None where it says nothing that can be broken."""
    schema = sink.table.schema
    keys = primary_key(sink.table)
    not_null = tuple(i for i, field in enumerate(schema) if i in keys or not field.type.nullable)
    enforced = configuration.option(TYPE_LENGTH_ENFORCER)
    lengths = () if enforced is TypeLengthEnforcer.IGNORE else _lengths(sink)
    if not not_null and not lengths:
        return None
    drop_nulls = configuration.option(NOT_NULL_ENFORCER) is NotNullEnforcer.DROP
    return p.ConstraintEnforcer(not_null, drop_nulls, lengths, enforced is TypeLengthEnforcer.TRIM_PAD, schema)


def _lengths(sink: Sink) -> tuple[p.LengthConstraint, ...]:
    return tuple(
        p.LengthConstraint(i, field.type.length, isinstance(field.type, _EXACT))
        for i, field in enumerate(sink.table.schema)
        if isinstance(field.type, CharType | VarCharType | BinaryType | VarBinaryType) and field.type.length < _LONGEST
    )
