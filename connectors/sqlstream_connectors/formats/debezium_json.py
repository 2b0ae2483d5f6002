"""The ``debezium-json`` format: one change a line, as Debezium captures them and Flink writes them."""

from __future__ import annotations

from sqlstream.types.logical import BIGINT, STRING, LocalZonedTimestampType, MapType
from sqlstream_connectors.formats.cdc.dialect import CREATION, DELETION, UPDATE, CdcDialect, Images, MetadataKey
from sqlstream_connectors.formats.cdc.format import CdcFormat
from sqlstream_connectors.formats.cdc.options import SCHEMA_INCLUDE

_INSTANT = LocalZonedTimestampType(precision=3)
_PROPERTIES = MapType(key=STRING, value=STRING)


class DebeziumJsonFormat(CdcFormat):
    """A row's images ``before`` and ``after``, and what happened (``op``)."""

    identifier = "debezium-json"
    dialect = CdcDialect(
        identifier,
        Images.BEFORE_AFTER,
        "op",
        {"c": CREATION, "r": CREATION, "u": UPDATE, "d": DELETION},
        added="c",
        removed="d",
        missing_before="Does the table have REPLICA IDENTITY FULL?",
        metadata={
            "schema": MetadataKey(STRING, ("schema",), STRING, outside=True),
            "ingestion-timestamp": MetadataKey(_INSTANT, ("ts_ms",), BIGINT, "ms"),
            "source.timestamp": MetadataKey(_INSTANT, ("source", "ts_ms"), BIGINT, "ms"),
            "source.database": MetadataKey(STRING, ("source", "db"), STRING),
            "source.schema": MetadataKey(STRING, ("source", "schema"), STRING),
            "source.table": MetadataKey(STRING, ("source", "table"), STRING),
            "source.properties": MetadataKey(_PROPERTIES, ("source",), _PROPERTIES),
        },
    )
    more_options = (SCHEMA_INCLUDE,)
