"""What the parquet format promises: columns by name, exact positions, clear errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from connector_tables import batch, drain, read_all, schema, sink, source, write_all
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConnectorError
from sqlstream.spi.format import RowLayout
from sqlstream_connectors.formats.parquet import ParquetFormat

AB = schema(a="INT", b="STRING")


def _table(path: Path, **columns: list[Any]) -> Path:
    pq.write_table(pa.table(columns), path / "x.parquet", row_group_size=3)
    return path


def test_columns_are_found_by_name_and_missing_ones_are_null(tmp_path: Path) -> None:
    _table(tmp_path, z=[1, 2], a=[3, None])
    assert read_all(source("filesystem", AB, {"path": tmp_path, "format": "parquet"})) == [(3, None), (None, None)]


def test_rows_are_counted_even_without_columns(tmp_path: Path) -> None:
    _table(tmp_path, a=list(range(7)))
    of = source("filesystem", schema(), {"path": tmp_path, "format": "parquet"}, table_schema=AB)
    reader = of.reader(of.splits(1)[0], None)
    counts = []
    while (read := reader.read(100, 0)) is not None:
        counts.append(read.num_rows)
    assert sum(counts) == 7


def test_every_type_comes_back(tmp_path: Path) -> None:
    of = schema(
        i="TINYINT", m="DECIMAL(20, 10)", y="BYTES", a="DATE", c="TIME(0)", n="TIMESTAMP(9)", z="TIMESTAMP_LTZ(3)",
        ar="ARRAY<ROW<x INT>>", ma="MAP<STRING, INT>", mo="INTERVAL YEAR TO MONTH", dt="INTERVAL DAY TO SECOND",
    )  # fmt: skip
    nulls = batch(of, (None,) * len(of))
    options = {"path": tmp_path, "format": "parquet", "parquet.compression": "zstd"}
    write_all(sink("filesystem", of, options), nulls)
    table = source("filesystem", of, options)
    reader = table.reader(table.splits(1)[0], None)
    read = reader.read(10, 0)
    assert read is not None
    assert read.data == nulls.data
    codec = pq.ParquetFile(next(tmp_path.iterdir())).metadata.row_group(0).column(0).compression
    assert codec == "ZSTD"


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, 99), st.none() | st.text(st.characters(exclude_categories=["Cs"]))),
        min_size=1,
        max_size=12,
    ),
    st.data(),
)
def test_reading_goes_on_exactly_where_it_stopped(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    path = _table(
        tmp_path_factory.mktemp("p"),
        a=pa.array([r[0] for r in rows], pa.int32()),
        b=pa.array([r[1] for r in rows], pa.string()),
    )
    of = source("filesystem", AB, {"path": path, "format": "parquet"})
    reader = of.reader(of.splits(1)[0], None)
    before: list[tuple[Any, ...]] = []
    for _ in range(data.draw(st.integers(0, 5))):
        read = reader.read(data.draw(st.integers(1, 4)), 0)
        before.extend(values for _, values in read.to_rows()) if read is not None else None
    assert before + drain(of.reader(of.splits(1)[0], reader.position()), 2) == rows


def test_row_groups_are_gathered_from_batches(tmp_path: Path) -> None:
    options = {"path": tmp_path, "format": "parquet"}
    write_all(sink("filesystem", AB, options), *[batch(AB, (i, "x")) for i in range(20)])
    assert pq.ParquetFile(next(tmp_path.iterdir())).num_row_groups == 1


def test_a_file_that_is_no_parquet_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("a,b\n")
    with pytest.raises(ConnectorError, match=r"x\.parquet: not a Parquet file"):
        read_all(source("filesystem", AB, {"path": tmp_path, "format": "parquet"}))


def test_a_column_of_another_type_is_named(tmp_path: Path) -> None:
    _table(tmp_path, a=["one"])
    with pytest.raises(ConnectorError, match=r"x\.parquet, column 'a': the file has string, not int32"):
        read_all(source("filesystem", AB, {"path": tmp_path, "format": "parquet"}))


def test_there_are_no_parquet_messages() -> None:
    with pytest.raises(ConnectorError, match="is for files"):
        ParquetFormat().message_decoder(RowLayout.whole(AB), Configuration())
    with pytest.raises(ConnectorError, match="is for files"):
        ParquetFormat().message_encoder(AB, Configuration())
