"""INSERT: the query's columns put into the sink's, by position, with the casts that lose nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from sqlstream.errors import SqlError
from sqlstream.plan.binder.calls import implicit_cast
from sqlstream.plan.binder.expressions import ExpressionBinder
from sqlstream.plan.binder.query import QueryBinder
from sqlstream.plan.binder.scope import Scope
from sqlstream.plan.binder.suggestions import did_you_mean
from sqlstream.plan.expression_tree import is_identity
from sqlstream.plan.expressions import Expression, InputRef, Literal
from sqlstream.plan.logical import LogicalNode, Project, Sink
from sqlstream.plan.physical import TableDescriptor
from sqlstream.spi.catalog import CatalogView
from sqlstream.sql.positions import position_of
from sqlstream.sql.statements import Insert
from sqlstream.types.coercion import can_cast_implicitly
from sqlstream.types.logical import NullType
from sqlstream.types.schema import Schema


def bind_insert(queries: QueryBinder, insert: Insert) -> Sink:
    """Raises SqlError for an unknown table or column, and where types or numbers of columns do not fit."""
    resolved = queries.resolve(insert.path)
    name = ".".join(insert.path)
    if resolved is None:
        raise SqlError(
            f"Table '{name}' not found.",
            position=position_of(insert.target),
            hint=did_you_mean(insert.path[-1], queries.catalog.relation_names(), "Tables"),
        )
    if isinstance(resolved.relation, CatalogView):
        raise SqlError(f"'{name}' is a view: nothing can be inserted into it.", position=position_of(insert.target))
    table, mode = queries.tables.sink(resolved.identifier, resolved.relation, insert.options)
    partition = _static_partition(insert, table)
    columns = _target_columns(insert, table, partition)
    query = queries.bind(insert.query)
    if len(query.schema) != len(columns):
        raise _mismatch("Different number of columns.", insert, table, query.schema, columns)
    filled = {
        column: _converted(index, column, insert, table, query.schema, columns) for index, column in enumerate(columns)
    }
    expressions = tuple(
        filled.get(index) or partition.get(field.name) or _absent(index, insert, table)
        for index, field in enumerate(table.schema)
    )
    plan: LogicalNode = query
    if not (is_identity(expressions, len(query.schema)) and query.schema.names == table.schema.names):
        plan = Project(query, expressions, table.schema)
    static = {key: _partition_text(value) for key, value in partition.items()}
    return Sink(plan, table, mode, insert.overwrite, static)


def _static_partition(insert: Insert, table: TableDescriptor) -> dict[str, Expression]:
    values: dict[str, Expression] = {}
    for key, node in insert.partition:
        if key not in table.partition_keys:
            raise SqlError(
                f"PARTITION names column '{key}', which is no partition key of '{table.name}'.",
                position=position_of(node) or position_of(insert.target),
                hint=did_you_mean(key, table.partition_keys, "Partition keys") or "The table is not partitioned.",
            )
        index = table.schema.index_of(key)
        assert index is not None
        value = ExpressionBinder(Scope.of(Schema(())), "PARTITION").bind(node)
        values[key] = implicit_cast(value, table.schema[index].type)
    return values


def _partition_text(value: Expression) -> str:
    literal = value if isinstance(value, Literal) else getattr(value, "operand", None)
    return str(literal.value) if isinstance(literal, Literal) else ""


def _target_columns(insert: Insert, table: TableDescriptor, partition: Mapping[str, Expression]) -> list[int]:
    """The sink's columns that the query's columns go to, in the query's order."""
    if not insert.columns:
        return [i for i, field in enumerate(table.schema) if field.name not in partition]
    columns: list[int] = []
    for identifier in insert.columns:
        index = table.schema.index_of(identifier.name)
        if index is None:
            raise _unknown_column(identifier, table)
        if index in columns:
            raise SqlError(f"Column '{identifier.name}' is listed twice.", position=position_of(identifier))
        columns.append(index)
    return columns


def _unknown_column(identifier: exp.Identifier, table: TableDescriptor) -> SqlError:
    return SqlError(
        f"Unknown target column '{identifier.name}' in table '{table.name}'.",
        position=position_of(identifier),
        hint=did_you_mean(identifier.name, table.schema.names, "Columns"),
    )


def _absent(index: int, insert: Insert, table: TableDescriptor) -> Expression:
    """NULL, for a column that the INSERT does not list."""
    field = table.schema[index]
    if not field.type.nullable:
        raise SqlError(
            f"Column '{field.name}' of '{table.name}' has no default value and does not allow NULLs.",
            position=position_of(insert.target),
            hint="List it and give it a value.",
        )
    return Literal(None, field.type)


def _converted(
    index: int, column: int, insert: Insert, table: TableDescriptor, query: Schema, columns: Sequence[int]
) -> Expression:
    source, target = query[index], table.schema[column]
    if not isinstance(source.type, NullType) and not can_cast_implicitly(source.type, target.type):
        cause = f"Incompatible types for sink column '{target.name}' at position {index}."
        raise _mismatch(cause, insert, table, query, columns, f"CAST({source.name} AS {target.type.summary})")
    return implicit_cast(InputRef(index, source.type), target.type)


def _mismatch(
    cause: str, insert: Insert, table: TableDescriptor, query: Schema, columns: Sequence[int], fix: str | None = None
) -> SqlError:
    sink = table.schema.select(list(columns))
    given, wanted = (", ".join(f"{f.name}: {f.type}" for f in schema) for schema in (query, sink))
    return SqlError(
        f"Column types of query result and sink for '{table.name}' do not match. Cause: {cause} "
        f"Query schema: [{given}]. Sink schema: [{wanted}].",
        position=position_of(insert.target),
        hint=f"Write {fix} in the query." if fix else "List the columns you give: INSERT INTO t (a, b) SELECT ...",
    )
