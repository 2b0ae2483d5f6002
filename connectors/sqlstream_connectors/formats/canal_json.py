"""The ``canal-json`` format: changes of one or more rows of MySQL a line, as Canal captures them."""

from __future__ import annotations

from sqlstream.types.logical import BIGINT, INT, STRING, ArrayType, LocalZonedTimestampType, MapType
from sqlstream_connectors.formats.cdc.dialect import (
    CREATION,
    DELETION,
    NO_CHANGE,
    UPDATE,
    CdcDialect,
    Images,
    MetadataKey,
)
from sqlstream_connectors.formats.cdc.format import CdcFormat
from sqlstream_connectors.formats.cdc.options import DATABASE_INCLUDE, TABLE_INCLUDE

_INSTANT = LocalZonedTimestampType(precision=3)
_TYPES = MapType(key=STRING, value=INT)
_NAMES = ArrayType(element=STRING)


class CanalJsonFormat(CdcFormat):
    """Rows as they are (``data``), what an update changed in them (``old``), and what happened (``type``)."""

    identifier = "canal-json"
    dialect = CdcDialect(
        identifier,
        Images.LISTS_OF_DATA_OLD,
        "type",
        {"INSERT": CREATION, "UPDATE": UPDATE, "DELETE": DELETION, "CREATE": NO_CHANGE},
        added="INSERT",
        removed="DELETE",
        missing_before="Does MySQL log whole rows (binlog_row_image = FULL)?",
        metadata={
            "database": MetadataKey(STRING, ("database",), STRING),
            "table": MetadataKey(STRING, ("table",), STRING),
            "sql-type": MetadataKey(_TYPES, ("sqlType",), _TYPES),
            "pk-names": MetadataKey(_NAMES, ("pkNames",), _NAMES),
            "ingestion-timestamp": MetadataKey(_INSTANT, ("ts",), BIGINT, "ms"),
            "event-timestamp": MetadataKey(_INSTANT, ("es",), BIGINT, "ms"),
        },
    )
    more_options = (DATABASE_INCLUDE, TABLE_INCLUDE)
