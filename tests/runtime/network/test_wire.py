import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_tasks import SCHEMA, batch

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import Barrier, Element, EndOfInput, Watermark, WatermarkStatus
from sqlstream.runtime.network.wire import (
    BatchHeader,
    control_element,
    decode_batch,
    decode_message,
    encode_batch,
    encode_control,
    wire_schema,
)


@pytest.mark.parametrize(
    "element",
    [
        Watermark(-(2**63)),
        WatermarkStatus(idle=True),
        Barrier(7, 2**62),
        Barrier(7, 0, savepoint="s3://bucket/savepoint", stop=True),
        EndOfInput(),
        EndOfInput(drained=True),
    ],
    ids=str,
)
def test_control_elements_survive_the_wire(element: Element) -> None:
    assert control_element(decode_message(encode_control(element))) == element


@given(st.lists(st.tuples(st.sampled_from(RowKind), st.integers(-(2**63), 2**63 - 1)), min_size=1), st.booleans())
def test_rows_and_kinds_survive_the_wire(rows: list[tuple[RowKind, int]], with_kinds: bool) -> None:
    sent = batch(*(value for _, value in rows), kinds=[kind for kind, _ in rows] if with_kinds else None)
    data, metadata = encode_batch(sent.slice(0, max(1, len(rows) - 1)), wire_schema(SCHEMA))
    header = decode_message(metadata)
    assert isinstance(header, BatchHeader)
    received = decode_batch(data, header)
    assert (received.kinds is None) == (not with_kinds)
    assert received.to_rows() == sent.to_rows()[: max(1, len(rows) - 1)]


def test_rows_without_columns_keep_their_number() -> None:
    schema = pa.schema([pa.field("__row_kind", pa.int8())])
    rows = batch(1, 2, 3)
    empty = Batch(rows.data.select([]), np.zeros(3, np.int8))
    data, metadata = encode_batch(empty, schema)
    header = decode_message(metadata)
    assert isinstance(header, BatchHeader)
    assert decode_batch(data, header).num_rows == 3
