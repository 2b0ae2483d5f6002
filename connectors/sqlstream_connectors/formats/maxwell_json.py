"""The ``maxwell-json`` format: one change of MySQL a line, as Maxwell captures them."""

from __future__ import annotations

from sqlstream.types.logical import BIGINT, STRING, ArrayType, LocalZonedTimestampType
from sqlstream_connectors.formats.cdc.dialect import CREATION, DELETION, UPDATE, CdcDialect, Images, MetadataKey
from sqlstream_connectors.formats.cdc.format import CdcFormat

_NAMES = ArrayType(element=STRING)


class MaxwellJsonFormat(CdcFormat):
    """A row as it is (``data``), what an update changed in it (``old``), and what happened (``type``)."""

    identifier = "maxwell-json"
    dialect = CdcDialect(
        identifier,
        Images.DATA_OLD,
        "type",
        {"insert": CREATION, "update": UPDATE, "delete": DELETION},
        added="insert",
        removed="delete",
        missing_before="Does MySQL log whole rows (binlog_row_image = FULL)?",
        metadata={
            "database": MetadataKey(STRING, ("database",), STRING),
            "table": MetadataKey(STRING, ("table",), STRING),
            "primary-key-columns": MetadataKey(_NAMES, ("primary_key_columns",), _NAMES),
            "ingestion-timestamp": MetadataKey(LocalZonedTimestampType(precision=3), ("ts",), BIGINT, "s"),
        },
    )
