"""Every SQL type has an Arrow image, and an image leads back to a type with that image."""

from __future__ import annotations

import pyarrow as pa
import pytest

from sqlstream.types import logical as t
from sqlstream.types.arrow import from_arrow, to_arrow

TYPES = [
    *(t.BOOLEAN, t.INT, t.BIGINT, t.STRING, t.TinyIntType(), t.SmallIntType(), t.FloatType(), t.DoubleType()),
    *(t.DateType(), t.TimeType(precision=3), t.VarBinaryType(), t.DayTimeIntervalType()),
    *(t.DecimalType(precision=38, scale=18), t.DecimalType(precision=1, scale=0)),
    *(make(precision=digits) for make in (t.TimestampType, t.LocalZonedTimestampType) for digits in (3, 6, 9)),
    t.ArrayType(element=t.ArrayType(element=t.STRING)),
    t.MapType(key=t.STRING, value=t.INT),
    t.RowType(fields=(t.RowField("a", t.INT), t.RowField("b", t.ArrayType(element=t.BOOLEAN)))),
]


@pytest.mark.parametrize("type_", TYPES, ids=str)
def test_an_image_leads_back(type_: t.LogicalType) -> None:
    assert from_arrow(to_arrow(type_)) == type_


@pytest.mark.parametrize(
    "image", [pa.uint64(), pa.decimal256(50), pa.timestamp("s"), pa.list_(pa.uint8()), pa.struct([("a", pa.uint8())])]
)
def test_some_arrow_types_are_no_image(image: pa.DataType) -> None:
    assert from_arrow(image) is None
