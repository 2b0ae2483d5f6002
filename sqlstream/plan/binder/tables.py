"""Tables of a catalog as plans: columns read, computed and declared to be event time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import RUNTIME_MODE, RuntimeMode
from sqlstream.errors import SqlError
from sqlstream.plan.binder.expressions import ExpressionBinder
from sqlstream.plan.binder.fragments import errors_in
from sqlstream.plan.binder.scope import Scope
from sqlstream.plan.binder.suggestions import did_you_mean
from sqlstream.plan.binder.time_attributes import proctime, time_attribute
from sqlstream.plan.expression_tree import column_refs, is_identity
from sqlstream.plan.expressions import Cast, Expression, InputRef
from sqlstream.plan.logical import LogicalNode, Project, Scan, Watermark
from sqlstream.plan.physical import TableDescriptor
from sqlstream.plan.table_connector import CONNECTOR, connector_factory, naming_table, table_sink, table_source
from sqlstream.spi.catalog import CatalogTable, ComputedColumn, MetadataColumn, PhysicalColumn
from sqlstream.spi.connector import ChangelogMode, ConnectorFactory
from sqlstream.spi.table_options import FORMAT, check_options, checked_format
from sqlstream.sql.script import parse_expression
from sqlstream.types.coercion import can_cast, same_type
from sqlstream.types.logical import TIMESTAMP_TYPES, LogicalType
from sqlstream.types.schema import Field, Schema, TimeAttribute

_WATERMARK_PRECISION = 3

Stored = PhysicalColumn | MetadataColumn


@dataclass(frozen=True)
class TableLayout:
    """What a table's definition says of its rows.

    ``stored`` are the columns a connector gives, ``expressions`` compute every column of ``schema`` from them, and
    ``watermark`` is the (column, expression) of WATERMARK FOR over ``schema``.
    """

    stored: Schema
    expressions: tuple[Expression, ...]
    schema: Schema
    watermark: tuple[int, Expression] | None


def table_layout(table: CatalogTable) -> TableLayout:
    """Raises SqlError, pointing into the definition's own text, when an expression of it does not bind."""
    _check_names(table)
    stored = Schema(tuple(Field(c.name, c.type) for c in table.columns if not isinstance(c, ComputedColumn)))
    scope = Scope.of(stored)
    expressions: list[Expression] = []
    for column in table.columns:
        if isinstance(column, ComputedColumn):
            with errors_in(column.expression, f"computed column '{column.name}'"):
                binder = ExpressionBinder(scope, "a computed column")
                expressions.append(binder.bind(parse_expression(column.expression)))
        else:
            expressions.extend(scope.ref(index) for index in scope.named(column.name))
    fields = [
        Field(column.name, e.type, time_attribute(e, stored))
        for column, e in zip(table.columns, expressions, strict=True)
    ]
    schema = Schema(tuple(fields))
    if table.watermark is None:
        return TableLayout(stored, tuple(expressions), schema, None)
    watermark = _watermark(table, schema)
    fields[watermark[0]] = Field(fields[watermark[0]].name, fields[watermark[0]].type, TimeAttribute.ROWTIME)
    return TableLayout(stored, tuple(expressions), Schema(tuple(fields)), watermark)


def _check_names(table: CatalogTable) -> None:
    known = [column.name for column in table.columns]
    duplicate = next((name for name in known if known.count(name) > 1), None)
    if duplicate is not None:
        raise SqlError(f"Column '{duplicate}' is declared twice.", hint="Give each column its own name.")
    for clause, names in (("PRIMARY KEY", table.primary_key), ("PARTITIONED BY", table.partition_keys)):
        for name in names:
            if name not in known:
                raise SqlError(
                    f"{clause} names column '{name}', which the table does not have.",
                    hint=did_you_mean(name, known, "Columns"),
                )


def _watermark(table: CatalogTable, schema: Schema) -> tuple[int, Expression]:
    definition = table.watermark
    assert definition is not None
    rowtime = schema.index_of(definition.column)
    if rowtime is None:
        raise SqlError(
            f"WATERMARK FOR names column '{definition.column}', which the table does not have.",
            hint=did_you_mean(definition.column, schema.names, "Columns"),
        )
    type_ = schema[rowtime].type
    if not isinstance(type_, TIMESTAMP_TYPES) or type_.precision > _WATERMARK_PRECISION:
        raise SqlError(
            f"Invalid data type of time field for watermark definition: column '{definition.column}' is "
            f"{type_.summary}, it must be TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p from 0 to 3.",
            hint=f"Add a computed column: ts AS CAST({definition.column} AS TIMESTAMP(3)), and WATERMARK FOR ts.",
        )
    if schema[rowtime].time is TimeAttribute.PROCTIME:
        raise SqlError(
            f"A watermark can not be defined for a processing-time attribute: column '{definition.column}'.",
            hint="Processing time needs no watermark: leave it out, or declare one for a column with event time.",
        )
    with errors_in(definition.expression, f"the watermark of column '{definition.column}'"):
        expression = ExpressionBinder(Scope.of(schema), "a watermark").bind(parse_expression(definition.expression))
    if not isinstance(expression.type, TIMESTAMP_TYPES):
        raise SqlError(
            f"The watermark of column '{definition.column}' is of type {expression.type.summary}, not a timestamp.",
            hint=f"Write for example {definition.column} - INTERVAL '5' SECOND.",
        )
    return rowtime, _in_milliseconds(expression)


def _in_milliseconds(expression: Expression) -> Expression:
    type_ = expression.type
    assert isinstance(type_, TIMESTAMP_TYPES)
    if type_.precision <= _WATERMARK_PRECISION:
        return expression
    return Cast(expression, type(type_)(precision=_WATERMARK_PRECISION, nullable=type_.nullable))


@dataclass(frozen=True)
class TableBinder:
    """Makes plans of tables under the session's settings."""

    configuration: Configuration

    @property
    def batch(self) -> bool:
        return self.configuration.option(RUNTIME_MODE) is RuntimeMode.BATCH

    def scan(self, identifier: tuple[str, ...], table: CatalogTable, hints: Mapping[str, str]) -> LogicalNode:
        """All columns of a table, in declared order. ``hints`` replace its options.

        Raises SqlStreamError when the definition, the options or the connector do not allow it.
        """
        layout = table_layout(table)
        descriptor = self._descriptor(identifier, table, hints, for_sink=False)
        source = table_source(descriptor, descriptor.schema, self.configuration)
        every = tuple(range(len(descriptor.schema)))
        plan: LogicalNode = Scan(
            descriptor, every, descriptor.schema, source.changelog_mode, source.bounded,
            projects_fields=source.projects_fields,
        )  # fmt: skip
        plan = _as_declared(plan, layout.stored)
        if not is_identity(layout.expressions, len(layout.stored)):
            unmarked = Schema(tuple(Field(f.name, f.type, proctime(f)) for f in layout.schema))
            plan = Project(plan, layout.expressions, unmarked)
        if layout.watermark is None:
            return plan
        if self.batch:
            return Project(plan, column_refs(layout.schema), layout.schema)
        return Watermark(plan, *layout.watermark, layout.schema)

    def sink(
        self, identifier: tuple[str, ...], table: CatalogTable, hints: Mapping[str, str]
    ) -> tuple[TableDescriptor, ChangelogMode]:
        """A table to be written, and what it takes. Its schema is the columns that are stored."""
        table_layout(table)
        descriptor = self._descriptor(identifier, table, hints, for_sink=True)
        return descriptor, table_sink(descriptor, descriptor.schema, self.configuration).changelog_mode

    def _descriptor(
        self, identifier: tuple[str, ...], table: CatalogTable, hints: Mapping[str, str], *, for_sink: bool
    ) -> TableDescriptor:
        options = {**table.options, **hints}
        stored = [c for c in table.columns if _is_stored(c, for_sink)]
        metadata = {c.name: c.key or c.name for c in stored if isinstance(c, MetadataColumn)}
        descriptor = TableDescriptor(
            identifier,
            options,
            Schema(tuple(Field(c.name, c.type) for c in stored if not isinstance(c, ComputedColumn))),
            metadata,
            table.partition_keys,
            table.primary_key,
        )
        factory = connector_factory(descriptor)
        given = Configuration(options).without(CONNECTOR)
        with naming_table(descriptor):
            (checked_format if FORMAT.key in given else check_options)(factory, given)
        descriptor = replace(descriptor, options=factory.portable_options(options))
        if for_sink:
            return descriptor
        with naming_table(descriptor):
            readable = factory.metadata(given)
        fields = tuple(Field(c.name, _stored_type(c, readable, factory, descriptor.name)) for c in stored)
        return replace(descriptor, schema=Schema(fields))


def _is_stored(column: PhysicalColumn | ComputedColumn | MetadataColumn, for_sink: bool) -> bool:
    if isinstance(column, MetadataColumn):
        return not (for_sink and column.virtual)
    return isinstance(column, PhysicalColumn)


def _stored_type(
    column: PhysicalColumn | ComputedColumn | MetadataColumn,
    readable: Mapping[str, Any],
    factory: ConnectorFactory,
    table: str,
) -> LogicalType:
    """The type the connector gives a column in: a metadata column's is the connector's own."""
    if not isinstance(column, MetadataColumn):
        assert isinstance(column, PhysicalColumn)
        return column.type
    key = column.key or column.name
    if key not in readable:
        raise SqlError(
            f"Invalid metadata key '{key}' in column '{column.name}' of table '{table}'.",
            hint=did_you_mean(key, readable, "Metadata keys") or f"Connector '{factory.identifier}' has no metadata.",
        )
    given: LogicalType = readable[key]
    if not can_cast(given, column.type):
        raise SqlError(
            f"Invalid data type for metadata column '{column.name}' of table '{table}': "
            f"{column.type.summary} cannot be made of {given.summary}.",
            hint=f"Declare it as {given.summary}.",
        )
    return given


def _as_declared(plan: LogicalNode, declared: Schema) -> LogicalNode:
    """Metadata columns cast from the connector's type to the declared one."""
    expressions: list[Expression] = []
    for index, (given, wanted) in enumerate(zip(plan.schema, declared, strict=True)):
        ref = InputRef(index, given.type)
        expressions.append(ref if same_type(given.type, wanted.type) else Cast(ref, wanted.type))
    if is_identity(expressions, len(declared)):
        return plan
    return Project(plan, tuple(expressions), declared)
