"""Pages as sqlstream's gateway gives them to those who accept Arrow: an Arrow IPC stream.

The schema's metadata has, under ``sqlstream``, what the JSON answer has, with ``columns`` beside it and without rows. A
last column ``$row_kind`` holds the RowKind bytes of a page that has more than inserts.
"""

from __future__ import annotations

import msgspec
import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.dbapi.exceptions import InternalError
from sqlstream.dbapi.fetched_page import FetchedPage
from sqlstream.dbapi.protocol import ColumnInfo, FetchResults

ARROW_STREAM = "application/vnd.apache.arrow.stream"
_METADATA_KEY = b"sqlstream"
_ROW_KIND_COLUMN = "$row_kind"


class _Columns(msgspec.Struct, frozen=True):
    columns: tuple[ColumnInfo, ...] = ()


def arrow_page(content: bytes) -> FetchedPage:
    """The page in ``content``. InternalError when it is none."""
    try:
        with pa.ipc.open_stream(content) as reader:
            table = reader.read_all()
        metadata = (table.schema.metadata or {})[_METADATA_KEY]
        answer = msgspec.json.decode(metadata, type=FetchResults)
        columns = msgspec.json.decode(metadata, type=_Columns).columns
    except (pa.ArrowInvalid, KeyError, msgspec.DecodeError) as error:
        raise InternalError(f"The gateway sent an Arrow page that cannot be read: {error}.") from None
    return FetchedPage(answer, columns, _batch(table) if columns else None)


def _batch(table: pa.Table) -> Batch:
    """All rows of ``table`` as one batch, with its row kinds."""
    rows = table.replace_schema_metadata(None).combine_chunks()
    kinds = None
    if rows.schema.names[-1:] == [_ROW_KIND_COLUMN]:
        column = rows.column(rows.num_columns - 1)
        kinds = column.to_numpy()
        rows = rows.remove_column(rows.num_columns - 1)
    batches = rows.to_batches()
    data = batches[0] if batches else pa.RecordBatch.from_pylist([], schema=rows.schema)
    return Batch(data, kinds)
