"""The ``ogg-json`` format: one change of Oracle a line, as GoldenGate captures them."""

from __future__ import annotations

from sqlstream.types.logical import STRING, ArrayType, LocalZonedTimestampType, TimestampType
from sqlstream_connectors.formats.cdc.dialect import CREATION, DELETION, UPDATE, CdcDialect, Images, MetadataKey
from sqlstream_connectors.formats.cdc.format import CdcFormat

_INSTANT = LocalZonedTimestampType(precision=6)
_IN_UTC = TimestampType(precision=6)
_NAMES = ArrayType(element=STRING)


class OggJsonFormat(CdcFormat):
    """A row's images ``before`` and ``after``, and what happened (``op_type``)."""

    identifier = "ogg-json"
    dialect = CdcDialect(
        identifier,
        Images.BEFORE_AFTER,
        "op_type",
        {"I": CREATION, "U": UPDATE, "D": DELETION},
        added="I",
        removed="D",
        missing_before="Are all columns logged (ADD SUPPLEMENTAL LOG DATA (ALL) COLUMNS)?",
        metadata={
            "table": MetadataKey(STRING, ("table",), STRING),
            "current_ts": MetadataKey(_INSTANT, ("current_ts",), _IN_UTC),
            "op_ts": MetadataKey(_INSTANT, ("op_ts",), _IN_UTC),
            "op_type": MetadataKey(STRING, ("op_type",), STRING),
            "pos": MetadataKey(STRING, ("pos",), STRING),
            "primary_keys": MetadataKey(_NAMES, ("primary_keys",), _NAMES),
            "tokens": MetadataKey(STRING, ("tokens",), STRING),
        },
    )
