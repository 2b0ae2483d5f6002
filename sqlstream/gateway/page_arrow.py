"""Pages as Arrow IPC streams, for clients that take columns as they are.

The rest of the answer is JSON in the schema's metadata under ``sqlstream``: what the JSON answer has, with ``columns``
beside it and without rows. Where some row is not an insert, a last column ``$row_kind`` of int8 holds Flink's RowKind
byte (0 +I, 1 -U, 2 +U, 3 -D). A page that is not ready has no columns.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pyarrow as pa

from sqlstream.gateway.logical_type_json import columns_json
from sqlstream.gateway.page_json import envelope
from sqlstream.gateway.result_page import ResultPage, ResultType

MEDIA_TYPE = "application/vnd.apache.arrow.stream"
METADATA_KEY = "sqlstream"
ROW_KIND_COLUMN = "$row_kind"


def not_ready_arrow(next_uri: str) -> bytes:
    answer = {"resultType": ResultType.NOT_READY.value, "nextResultUri": next_uri}
    return _stream(pa.table({}), answer)


def page_arrow(page: ResultPage, next_uri: str | None) -> bytes:
    """The whole answer."""
    rows, kinds = page.rows(), page.kinds()
    if kinds is not None:
        rows = rows.append_column(ROW_KIND_COLUMN, kinds)
    return _stream(rows, {**envelope(page, next_uri), "columns": columns_json(page.info.schema)})


def _stream(rows: pa.Table, answer: dict[str, Any]) -> bytes:
    rows = rows.replace_schema_metadata({METADATA_KEY: msgspec.json.encode(answer)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())
