"""The ``filesystem`` connector: tables that are files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlstream.config.configuration import Configuration
from sqlstream.config.option import ConfigOption
from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.spi.connector import ConnectorFactory, Sink, Source, TableContext
from sqlstream.spi.filesystem import absolute_path
from sqlstream.spi.format import FormatFactory
from sqlstream.spi.lookup import LookupCache, LookupSource, cache_policy
from sqlstream.spi.table_options import checked_format, format_options, record_layout, record_metadata
from sqlstream.types.logical import STRING, BigIntType, LocalZonedTimestampType, LogicalType, with_nullability
from sqlstream.types.schema import Schema
from sqlstream_connectors.filesystem import options as o
from sqlstream_connectors.filesystem.location import Location
from sqlstream_connectors.filesystem.lookup import FileLookup
from sqlstream_connectors.filesystem.partitions import Partitioning, partitioning
from sqlstream_connectors.filesystem.sink import FileSink, FileTarget, RollingPolicy
from sqlstream_connectors.filesystem.source import FileSource, FileTable

_TEXT = with_nullability(STRING, False)
_OF_FILES: Mapping[str, LogicalType] = {
    "file.path": _TEXT,
    "file.name": _TEXT,
    "file.size": BigIntType(nullable=False),
    "file.modification-time": LocalZonedTimestampType(precision=3, nullable=False),
}


class FilesystemConnector(ConnectorFactory):
    """Reads and writes files of any installed format, local or on what ``pyarrow.fs`` reaches."""

    identifier = "filesystem"

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return o.FILESYSTEM_OPTIONS

    def metadata(self, options: Configuration) -> Mapping[str, Any]:
        return {**_OF_FILES, **record_metadata(checked_format(self, options))}

    def portable_options(self, options: Mapping[str, str]) -> dict[str, str]:
        path = options.get(o.PATH.key)
        return dict(options) if path is None else {**options, o.PATH.key: absolute_path(path)}

    def source(self, context: TableContext) -> Source:
        format_, partitions, columns = self._resolve(context)
        projected = [f.name for f in context.schema]
        table = FileTable(
            location=Location.of(context.options.option(o.PATH)),
            format=format_,
            options=format_options(context.options, format_),
            schema=context.schema,
            layout=record_layout(columns, context.schema, context.metadata_keys),
            partitioning=Partitioning(
                Schema(tuple(f for f in partitions.schema if f.name in projected)), partitions.default_name
            ),
            metadata_keys={
                column: key for column, key in context.metadata_keys.items() if column in projected and key in _OF_FILES
            },
        )
        return FileSource(table, _pattern(context), context.options.optional(o.MONITOR_INTERVAL))

    def lookup(self, context: TableContext, keys: Sequence[str]) -> LookupSource:
        bounded = replace(context, options=context.options.without(o.MONITOR_INTERVAL.key))
        policy = cache_policy(context.options, (LookupCache.FULL,), self.identifier)
        return FileLookup(self.source(bounded), policy)

    def sink(self, context: TableContext) -> Sink:
        format_, partitions, columns = self._resolve(context)
        if not len(columns):
            raise ConnectorError(f"Table '{context.identifier}' has only partition columns, so its files hold nothing.")
        written = [name for name in context.schema.names if name in context.metadata_keys]
        if written:
            raise ConnectorError(
                f"Column '{written[0]}' of table '{context.identifier}' is metadata, which files do not take.",
                hint="Declare it VIRTUAL.",
            )
        location = Location.of(context.options.option(o.PATH))
        if location.pattern is not None:
            raise ConnectorError(f"Cannot write to the glob '{location.text}'.", hint="Name a directory.")
        options = context.options
        policy = RollingPolicy(
            file_size=options.option(o.FILE_SIZE),
            rollover_interval=options.option(o.ROLLOVER_INTERVAL),
            inactivity_interval=options.option(o.INACTIVITY_INTERVAL),
            check_interval=options.option(o.CHECK_INTERVAL),
        )
        return FileSink(
            FileTarget(location, format_, format_options(options, format_), context.schema, partitions, policy)
        )

    def _resolve(self, context: TableContext) -> tuple[FormatFactory, Partitioning, Schema]:
        """The format, the partition columns, and the columns that the files hold."""
        format_ = checked_format(self, context.options)
        physical = context.physical_schema
        partitions = partitioning(physical, context.partition_keys, context.options.option(o.DEFAULT_PARTITION_NAME))
        columns = Schema(tuple(f for f in physical if f.name not in context.partition_keys))
        format_.validate(columns, format_options(context.options, format_))
        return format_, partitions, columns


def _pattern(context: TableContext) -> re.Pattern[str] | None:
    text = context.options.optional(o.REGEX_PATTERN)
    if text is None:
        return None
    try:
        return re.compile(text)
    except re.error as error:
        raise ConfigError(f"Invalid value '{text}' for option '{o.REGEX_PATTERN.key}': {error}.") from error
