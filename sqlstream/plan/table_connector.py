"""From a table's descriptor to its connector: the one place where a plan meets the plugins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.plan.physical import TableDescriptor
from sqlstream.spi.connector import ConnectorFactory, Sink, Source, TableContext
from sqlstream.spi.lookup import LookupSource
from sqlstream.spi.plugins import load_plugin
from sqlstream.types.schema import Schema

CONNECTOR = "connector"


def connector_factory(table: TableDescriptor) -> ConnectorFactory:
    """The factory that the table's ``connector`` option names. Raises ConnectorError when there is none."""
    name = table.options.get(CONNECTOR)
    if name is None:
        raise ConnectorError(
            f"Table '{table.name}' has no 'connector' option.", hint="Add WITH ('connector' = '...') to its definition."
        )
    with naming_table(table):
        factory: ConnectorFactory = load_plugin("connectors", name)
    return factory


@contextmanager
def naming_table(table: TableDescriptor) -> Iterator[None]:
    """Errors about a table's options say which table has them."""
    try:
        yield
    except (ConnectorError, ConfigError) as error:
        raise type(error)(f"Table '{table.name}': {error.message}", hint=error.hint) from error.__cause__


def table_source(table: TableDescriptor, schema: Schema, configuration: Configuration) -> Source:
    """The readable side of ``table``, giving the columns of ``schema``. Raises ConnectorError."""
    return connector_factory(table).source(table_context(table, schema, configuration))


def table_sink(table: TableDescriptor, schema: Schema, configuration: Configuration) -> Sink:
    """The writable side of ``table``, taking the columns of ``schema``. Raises ConnectorError."""
    return connector_factory(table).sink(table_context(table, schema, configuration))


def table_lookup(
    table: TableDescriptor, schema: Schema, keys: Sequence[str], configuration: Configuration
) -> LookupSource | None:
    """``table`` to be asked for columns ``schema`` by ``keys``, None where it cannot be. Raises SqlStreamError."""
    with naming_table(table):
        return connector_factory(table).lookup(table_context(table, schema, configuration), keys)


def table_context(table: TableDescriptor, schema: Schema, configuration: Configuration) -> TableContext:
    """``table`` as its connector is asked to read or write ``schema`` of it."""
    return TableContext(
        identifier=table.name,
        options=Configuration(table.options).without(CONNECTOR),
        schema=schema,
        partition_keys=table.partition_keys,
        primary_key=table.primary_key,
        metadata_keys=table.metadata_keys,
        configuration=configuration,
        table_schema=table.schema,
    )
