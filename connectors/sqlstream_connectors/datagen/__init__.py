"""The ``datagen`` connector: rows made up as they are read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlstream.config.option import INTEGER, ConfigOption
from sqlstream.errors import ConfigError
from sqlstream.spi.connector import ConnectorFactory, Source, TableContext
from sqlstream.spi.table_options import check_options
from sqlstream_connectors.datagen.field_options import FIELD_OPTIONS, FieldOptions, field_generator, sequence_length
from sqlstream_connectors.datagen.source import GeneratedSource, rows_a_second

ROWS_PER_SECOND = ConfigOption("rows-per-second", INTEGER, 10_000, "How fast rows come, over all subtasks.")
NUMBER_OF_ROWS = ConfigOption("number-of-rows", INTEGER, None, "How many rows there are; without it, no end of them.")
SEED = ConfigOption("seed", INTEGER, 0, "Another seed gives other random values (not an option of Flink's).")


class DatagenConnector(ConnectorFactory):
    """Random values or sequences for every column. Without 'number-of-rows' and sequences the table is unbounded."""

    identifier = "datagen"

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return (ROWS_PER_SECOND, NUMBER_OF_ROWS, SEED, *FIELD_OPTIONS)

    def source(self, context: TableContext) -> Source:
        check_options(self, context.options)
        options = context.options
        rate = options.option(ROWS_PER_SECOND)
        if rate < 1:
            raise ConfigError(f"Invalid value '{rate}' for option '{ROWS_PER_SECOND.key}'.", hint="Expected 1 or more.")
        seed = options.option(SEED)
        fields = [(f, FieldOptions(f.name, options, seed, time.time_ns)) for f in context.physical_schema]
        lengths = [options.optional(NUMBER_OF_ROWS), *(sequence_length(field) for _, field in fields)]
        made = {declared.name: field_generator(declared.type, field) for declared, field in fields}
        wanted = [made[name] for name in context.schema.names]
        return GeneratedSource(
            context.schema,
            lambda rows: [generate(rows) for generate in wanted],
            min((length for length in lengths if length is not None), default=None),
            rows_a_second(rate),
        )
