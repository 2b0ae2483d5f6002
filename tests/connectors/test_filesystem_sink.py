"""What writing files promises: nobody sees half a file, files roll, partitions are directories, overwrite replaces."""

from __future__ import annotations

import gc
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from connector_tables import batch, commit, context, read_all, schema, sink, source, write_all

from sqlstream.errors import ConnectorError
from sqlstream.spi.connector import DeliveryGuarantee, Sink, SinkWriter, WriterContext

AB = schema(a="INT", b="STRING")
ROWS = batch(AB, (1, "one"), (2, None))


def _visible(root: Path) -> list[Path]:
    return sorted(f for f in root.rglob("*") if f.is_file() and not f.name.startswith("."))


@pytest.mark.parametrize("format_", ["csv", "json", "parquet"])
def test_what_was_written_is_read(tmp_path: Path, format_: str) -> None:
    options = {"path": tmp_path / "t", "format": format_}
    write_all(sink("filesystem", AB, options), ROWS, ROWS)
    expected: list[tuple[Any, ...]] = [(1, "one"), (2, "" if format_ == "csv" else None)]
    assert read_all(source("filesystem", AB, options)) == expected * 2
    assert all(f.name.startswith("part-") and f.suffix == f".{format_}" for f in _visible(tmp_path))


def test_an_empty_result_is_an_empty_table(tmp_path: Path) -> None:
    options = {"path": tmp_path / "t", "format": "parquet"}
    write_all(sink("filesystem", AB, options))
    assert read_all(source("filesystem", AB, options)) == []


def test_nothing_is_visible_before_it_is_committed_and_nothing_is_left_of_what_was_not_complete(tmp_path: Path) -> None:
    target = sink("filesystem", AB, {"path": tmp_path, "format": "csv"})
    target.prepare(False, {})
    writer = target.writer(WriterContext())
    writer.write(ROWS)
    writer.flush()
    prepared = writer.prepare_commit()
    assert _visible(tmp_path) == []
    writer.write(ROWS)
    writer.close()
    committer = target.committer()
    assert committer is not None
    committer.commit(prepared)
    assert [f.read_text() for f in tmp_path.iterdir()] == ["1,one\n2,\n"]


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("format_", ["csv", "json", "parquet"])
def test_a_writer_that_is_closed_in_the_middle_of_a_file_leaves_nothing_and_says_nothing(
    tmp_path: Path, format_: str
) -> None:
    of = schema(a="INT")
    writer = sink("filesystem", of, {"path": tmp_path, "format": format_}).writer(WriterContext(job_id="1" * 32))
    writer.write(batch(of, (1,)))
    writer.close()
    del writer
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_file_rolls_at_its_size(tmp_path: Path) -> None:
    options = {"path": tmp_path, "format": "csv", "sink.rolling-policy.file-size": "10 b"}
    write_all(sink("filesystem", AB, options), ROWS, ROWS, ROWS)
    assert [f.read_text() for f in _visible(tmp_path)] == ["1,one\n2,\n1,one\n2,\n", "1,one\n2,\n"]


def _rolling(tmp_path: Path) -> tuple[Sink, SinkWriter]:
    options = {
        "path": tmp_path,
        "format": "csv",
        "sink.rolling-policy.rollover-interval": "60 s",
        "sink.rolling-policy.inactivity-interval": "20 s",
        "sink.rolling-policy.check-interval": "10 s",
    }
    target = sink("filesystem", AB, options)
    return target, target.writer(WriterContext())


def test_a_file_rolls_when_it_has_been_open_too_long(tmp_path: Path) -> None:
    target, writer = _rolling(tmp_path)
    now = 1_000_000
    for _ in range(6):
        writer.on_timer(now)
        assert writer.next_timer() == now + 10_000
        writer.write(ROWS)
        assert not writer.prepare_commit()
        now += 10_000
    writer.on_timer(now)
    commit(target, writer)
    assert len(_visible(tmp_path)) == 1


def test_a_file_rolls_when_nothing_more_comes(tmp_path: Path) -> None:
    target, writer = _rolling(tmp_path)
    writer.write(ROWS)
    writer.on_timer(1_000_000)
    writer.on_timer(1_010_000)
    assert not writer.prepare_commit()
    writer.on_timer(1_020_000)
    commit(target, writer)
    assert len(_visible(tmp_path)) == 1


PARTITIONED = schema(day="DATE", a="INT", kind="STRING")
PARTS = batch(
    PARTITIONED,
    (date(2024, 1, 1), 1, "x/y"),
    (date(2024, 1, 2), 2, None),
    (date(2024, 1, 1), 3, "x/y"),
    (None, 4, "../up"),
)


@pytest.mark.parametrize("format_", ["csv", "json", "parquet"])
def test_partitions_are_directories_and_come_back(tmp_path: Path, format_: str) -> None:
    options = {"path": tmp_path / "t", "format": format_}
    write_all(sink("filesystem", PARTITIONED, options, partition_keys=("day", "kind")), PARTS)
    assert sorted(str(f.parent.relative_to(tmp_path / "t")) for f in _visible(tmp_path)) == [
        "day=2024-01-01/kind=x%2Fy",
        "day=2024-01-02/kind=__DEFAULT_PARTITION__",
        "day=__DEFAULT_PARTITION__/kind=..%2Fup",
    ]
    again = read_all(source("filesystem", PARTITIONED, options, partition_keys=("day", "kind")))
    assert sorted(again, key=str) == sorted((values for _, values in PARTS.to_rows()), key=str)


def test_overwrite_replaces_the_table(tmp_path: Path) -> None:
    options = {"path": tmp_path, "format": "csv"}
    write_all(sink("filesystem", AB, options), ROWS)
    write_all(sink("filesystem", AB, options), batch(AB, (9, "nine")), overwrite=True)
    assert read_all(source("filesystem", AB, options)) == [(9, "nine")]
    write_all(sink("filesystem", AB, options), overwrite=True)
    assert read_all(source("filesystem", AB, options)) == []


def test_what_is_overwritten_stays_until_there_is_something_in_its_place(tmp_path: Path) -> None:
    options = {"path": tmp_path, "format": "csv"}
    write_all(sink("filesystem", AB, options), ROWS)
    target = sink("filesystem", AB, options)
    target.prepare(True, {})
    writer = target.writer(WriterContext(job_id="second", overwrite=True))
    writer.write(batch(AB, (9, "nine")))
    commit(target, writer)
    assert len(read_all(source("filesystem", AB, options))) == 2
    writer.flush()
    prepared = writer.prepare_commit()
    for _ in range(2):
        committer = target.committer()
        assert committer is not None
        committer.commit(prepared)
        assert read_all(source("filesystem", AB, options)) == [(9, "nine")]


KV = schema(v="INT", k="STRING")


def _write_kv(tmp_path: Path, *rows: tuple[int, str], **how: Any) -> list[tuple[Any, ...]]:
    options = {"path": tmp_path, "format": "csv"}
    write_all(sink("filesystem", KV, options, partition_keys=("k",)), batch(KV, *rows), **how)
    return sorted(read_all(source("filesystem", KV, options, partition_keys=("k",))))


def test_overwriting_a_static_partition_leaves_the_others(tmp_path: Path) -> None:
    _write_kv(tmp_path, (1, "x"), (2, "y"))
    assert _write_kv(tmp_path, (3, "x"), overwrite=True, partition={"k": "x"}) == [(2, "y"), (3, "x")]


def test_overwriting_dynamic_partitions_replaces_only_those_that_get_rows(tmp_path: Path) -> None:
    _write_kv(tmp_path, (1, "x"), (2, "y"))
    assert _write_kv(tmp_path, (3, "x"), overwrite=True) == [(2, "y"), (3, "x")]
    assert _write_kv(tmp_path, (4, "y")) == [(2, "y"), (3, "x"), (4, "y")]


def test_two_subtasks_never_write_the_same_file(tmp_path: Path) -> None:
    target = sink("filesystem", AB, {"path": tmp_path, "format": "csv"})
    for subtask in (0, 1):
        writer = target.writer(WriterContext(subtask, 2))
        writer.write(ROWS)
        writer.flush()
        commit(target, writer)
    assert len(_visible(tmp_path)) == 2


def test_targets_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConnectorError, match="is a file"):
        sink("filesystem", AB, {"path": tmp_path / "file", "format": "csv"}).prepare(False, {})
    with pytest.raises(ConnectorError, match="file/below"):
        sink("filesystem", AB, {"path": tmp_path / "file" / "below", "format": "csv"}).prepare(False, {})
    with pytest.raises(ConnectorError, match="glob"):
        sink("filesystem", AB, {"path": tmp_path / "*.csv", "format": "csv"})
    with pytest.raises(ConnectorError, match="'b' of table 't' is metadata"):
        sink("filesystem", AB, {"path": tmp_path, "format": "csv"}, metadata_keys={"b": "file.name"})
    with pytest.raises(ConnectorError, match="only partition columns"):
        sink("filesystem", AB, {"path": tmp_path, "format": "csv"}, partition_keys=("a", "b"))


def test_the_context_knows_all_physical_columns() -> None:
    whole = schema(a="INT", b="STRING", f="STRING")
    found = context(schema(b="STRING"), {}, table_schema=whole, metadata_keys={"f": "file.name"})
    assert found.physical_schema.names == ["a", "b"]


def test_files_hold_every_row_once_through_restarts(tmp_path: Path) -> None:
    assert sink("filesystem", AB, {"path": tmp_path, "format": "csv"}).delivery_guarantee is (
        DeliveryGuarantee.EXACTLY_ONCE
    )
