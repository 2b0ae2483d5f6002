"""Pages as Flink's gateway answers them: JSON, with rows in rowFormat JSON or PLAIN_TEXT."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.batch import RowKind
from sqlstream.gateway.json_values import NULL, json_strings, json_values
from sqlstream.gateway.logical_type_json import columns_json
from sqlstream.gateway.result_page import ResultPage, ResultType, RowFormat
from sqlstream.types.logical import LogicalType
from sqlstream.types.schema import Schema
from sqlstream.types.to_text import to_text

_KIND_NAMES = pa.array([kind.name for kind in sorted(RowKind)], pa.string())


def not_ready_json(next_uri: str) -> bytes:
    return msgspec.json.encode({"resultType": ResultType.NOT_READY.value, "nextResultUri": next_uri})


def page_json(page: ResultPage, row_format: RowFormat, next_uri: str | None) -> bytes:
    """The whole answer."""
    results = {
        "columns": _columns(page.info.schema),
        "rowFormat": row_format.value,
        "data": msgspec.Raw(_rows(page, row_format).encode()),
    }
    return msgspec.json.encode({**envelope(page, next_uri), "results": results})


def envelope(page: ResultPage, next_uri: str | None) -> dict[str, Any]:
    """The answer without the rows and their columns."""
    answer: dict[str, Any] = {
        "resultType": page.type.value,
        "isQueryResult": page.info.is_query,
        "resultKind": page.info.kind.value,
    }
    if page.info.job_id is not None:
        answer["jobID"] = page.info.job_id
    if next_uri is not None:
        answer["nextResultUri"] = next_uri
    return answer


@lru_cache(maxsize=256)
def _columns(schema: Schema) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(columns_json(schema)))


def _rows(page: ResultPage, row_format: RowFormat) -> str:
    if page.num_rows == 0:
        return "[]"
    rows = page.rows().combine_chunks()
    columns = [
        _values(pa.concat_arrays(column.chunks), type_, page.info.time_zone, row_format)
        for column, type_ in zip(rows.columns, page.info.schema.types, strict=True)
    ]
    kinds = page.kinds()
    names = RowKind.INSERT.name if kinds is None else _KIND_NAMES.take(kinds)
    fields = pc.binary_join_element_wise(*columns, ",")
    texts = pc.binary_join_element_wise('{"kind":"', names, '","fields":[', fields, "]}", "")
    whole = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts), ",")
    return f"[{whole[0].as_py()}]"


def _values(array: pa.Array, type_: LogicalType, time_zone: str, row_format: RowFormat) -> pa.Array:
    if row_format is RowFormat.JSON:
        return json_values(array, type_, time_zone)
    return pc.fill_null(json_strings(to_text(array, type_, time_zone, printing=True)), NULL)
