"""Moving bytes and taking texts apart, against Python's own."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.columnar.array_values import byte_array, byte_offsets, is_ascii, sliced_bytes
from sqlstream.kernels.row_bytes import append_bytes
from sqlstream.kernels.text_parts import find_parts

TEXTS = st.lists(st.text(alphabet="ab/é", max_size=30), max_size=8)


@settings(deadline=None)
@given(st.binary(max_size=60), st.data())
def test_slices_are_moved_whole_and_touch_nothing_else(data: bytes, draws: st.DataObject) -> None:
    bounds = st.tuples(st.integers(0, len(data)), st.integers(0, len(data))).map(sorted)
    slices = draws.draw(st.lists(bounds, max_size=6))
    starts = np.array([start for start, _ in slices], np.int64)
    lengths = np.array([end - start for start, end in slices], np.int64)
    offsets, out = sliced_bytes(starts, lengths, np.frombuffer(data, np.uint8))
    assert out.tobytes() == b"".join(data[start:end] for start, end in slices)
    assert offsets.tolist() == [0, *np.cumsum(lengths).tolist()]


@settings(deadline=None)
@given(TEXTS, st.data())
def test_columns_are_put_side_by_side(first: list[str], draws: st.DataObject) -> None:
    second = draws.draw(st.lists(st.text(max_size=20), min_size=len(first), max_size=len(first)))
    columns = [byte_offsets(pa.array(texts, pa.string())) for texts in (first, second)]
    lengths = sum(np.diff(offsets) for offsets, _ in columns)
    cursor = np.concatenate(([0], np.cumsum(lengths)))[:-1].astype(np.int64)
    out = np.zeros(int(np.sum(lengths)), np.uint8)
    for offsets, data in columns:
        append_bytes(offsets, data, cursor, out)
    assert out.tobytes().decode() == "".join(a + b for a, b in zip(first, second, strict=True))


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["/", "a", "ab", "é", "//", "aab"]), st.integers(0, 5))
def test_parts_are_those_of_a_split(texts: list[str], separator: str, wanted: int) -> None:
    offsets, data = byte_offsets(pa.array(texts, pa.string()))
    starts, lengths = np.empty(len(texts), np.int64), np.empty(len(texts), np.int64)
    find_parts(offsets, data, np.frombuffer(separator.encode(), np.uint8), wanted, starts, lengths)
    found = byte_array(*sliced_bytes(starts, np.maximum(lengths, 0), data), pa.string(), lengths < 0)
    parts = [text.split(separator) for text in texts]
    assert found.to_pylist() == [part[wanted] if wanted < len(part) else None for part in parts]


def test_ascii_is_told_from_the_rest_within_a_slice() -> None:
    column = pa.array(["é", "abc", "", None, "ü"])
    assert is_ascii(column.slice(1, 3)) and is_ascii(column.slice(1, 0))
    assert not is_ascii(column) and not is_ascii(column.slice(3))
