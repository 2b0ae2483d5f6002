"""Arrow batches as Python rows.

| SQL | Python |
| --- | --- |
| CHAR, VARCHAR, STRING | str |
| BINARY, VARBINARY, BYTES | bytes |
| TINYINT to BIGINT | int |
| FLOAT, DOUBLE | float |
| DECIMAL | Decimal |
| DATE, TIME | date, time |
| TIMESTAMP | datetime without a time zone |
| TIMESTAMP_LTZ | datetime in UTC |
| INTERVAL DAY TO SECOND | timedelta |
| INTERVAL YEAR TO MONTH | int, of months |
| ARRAY | list |
| MAP, MULTISET | dict; a list of pairs where the keys are arrays, maps or rows |
| ROW | dict |

A timestamp finer than microseconds is cut to them.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from sqlstream.dbapi.exceptions import DataError


def python_rows(batch: pa.RecordBatch) -> list[tuple[Any, ...]]:
    """The rows of ``batch``. DataError for a date or time that Python does not have."""
    columns = [_python_column(name, column) for name, column in zip(batch.schema.names, batch.columns, strict=True)]
    return list(zip(*columns, strict=True)) if columns else [()] * batch.num_rows


def _python_column(name: str, column: pa.Array) -> list[Any]:
    type_ = _in_microseconds(column.type)
    if type_ != column.type:
        column = column.cast(type_, safe=False)
    try:
        values: list[Any] = column.to_pylist(maps_as_pydicts="strict" if _has_plain_keys(type_) else None)
    except (OverflowError, ValueError):
        raise DataError(
            f"Column '{name}' holds a date or time that Python's datetime does not have.",
            hint=f"CAST({name} AS STRING), or use fetch_arrow_table().",
        ) from None
    return values


def _in_microseconds(type_: pa.DataType) -> pa.DataType:
    """``type_`` with every timestamp in a unit that Python's datetime has."""
    if pa.types.is_timestamp(type_):
        return pa.timestamp("us", type_.tz) if type_.unit == "ns" else type_
    if pa.types.is_list(type_):
        return pa.list_(_in_microseconds(type_.value_type))
    if pa.types.is_map(type_):
        return pa.map_(_in_microseconds(type_.key_type), _in_microseconds(type_.item_type))
    if pa.types.is_struct(type_):
        return pa.struct([pa.field(field.name, _in_microseconds(field.type)) for field in type_])
    return type_


def _has_plain_keys(type_: pa.DataType) -> bool:
    """Whether all maps in ``type_`` have keys that a dict can have."""
    if pa.types.is_map(type_):
        return not pa.types.is_nested(type_.key_type) and _has_plain_keys(type_.item_type)
    return all(_has_plain_keys(type_.field(i).type) for i in range(type_.num_fields))
