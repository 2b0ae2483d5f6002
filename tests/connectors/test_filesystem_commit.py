"""Committing files wherever they are: in partitions, on storages that are no disks, in a table that was moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fsspec
import pytest
from connector_tables import batch, read_all, schema, sink, source, through_json

from sqlstream.errors import ConnectorError
from sqlstream.spi.connector import Committer, Sink, SinkWriter, WriterContext
from sqlstream_connectors.filesystem.durability import with_parents
from sqlstream_connectors.filesystem.part_name import PartName, hidden

KV = schema(v="INT", k="STRING")
PARTITIONED: dict[str, Any] = {"partition_keys": ("k",)}


def writer(target: Sink, attempt: int = 0, *restored: Any, **more: Any) -> SinkWriter:
    return target.writer(WriterContext(job_id="job", sink_id="sink", attempt=(0, attempt), restored=restored, **more))


def prepared(of: SinkWriter, *rows: tuple[int, str]) -> list[Any]:
    of.write(batch(KV, *rows))
    of.flush()
    return list(through_json(of.prepare_commit()))


def committer(target: Sink) -> Committer:
    found = target.committer()
    assert found is not None
    return found


@pytest.fixture(params=["local", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "t") if request.param == "local" else f"memory://{tmp_path.name}/t"


def files(root: str) -> list[str]:
    """Names of all files, hidden ones too."""
    filesystem, path = fsspec.core.url_to_fs(root)
    return sorted(found.rpartition("/")[2] for found in filesystem.find(path))


def test_files_of_partitions_are_committed_once_on_any_storage(root: str) -> None:
    options = {"path": root, "format": "csv"}
    target = sink("filesystem", KV, options, **PARTITIONED)
    target.prepare(False, {})
    committables = prepared(writer(target), (1, "a"), (2, "b"), (3, "a"))
    table = source("filesystem", KV, options, **PARTITIONED)
    assert read_all(table) == []
    for _ in range(2):
        committer(target).commit(committables)
        assert sorted(read_all(table)) == [(1, "a"), (2, "b"), (3, "a")]


def test_what_earlier_attempts_left_in_partitions_is_removed_on_any_storage(root: str) -> None:
    target = sink("filesystem", KV, {"path": root, "format": "csv"}, **PARTITIONED)
    target.prepare(False, {})
    first = writer(target)
    covered = prepared(first, (1, "a"))
    state = through_json(first.state())
    prepared(first, (2, "a"), (2, "b"))
    assert len(files(root)) == 3
    writer(target, 1, state)
    assert files(root) == [hidden(committable["file"]) for committable in covered]
    later = prepared(writer(target, 2, state), (2, "a"))
    writer(target, 1, state)
    committer(target).commit([*covered, *later])
    assert len(files(root)) == 2


def test_a_lost_file_is_named_on_any_storage(root: str) -> None:
    target = sink("filesystem", KV, {"path": root, "format": "csv"})
    target.prepare(False, {})
    with pytest.raises(ConnectorError, match=r"x/part-lost\.csv' cannot be committed"):
        committer(target).commit([{"directory": "x", "file": "part-lost.csv"}])


def test_a_table_that_was_moved_is_committed_where_it_is(tmp_path: Path) -> None:
    before = sink("filesystem", KV, {"path": tmp_path / "before", "format": "csv"}, **PARTITIONED)
    committables = prepared(writer(before), (1, "a"))
    (tmp_path / "before").rename(tmp_path / "after")
    options = {"path": tmp_path / "after", "format": "csv"}
    committer(sink("filesystem", KV, options, **PARTITIONED)).commit(committables)
    assert read_all(source("filesystem", KV, options, **PARTITIONED)) == [(1, "a")]


def test_overwriting_goes_on_where_a_dead_attempt_stopped(tmp_path: Path) -> None:
    options = {"path": tmp_path, "format": "csv"}
    table = source("filesystem", KV, options, **PARTITIONED)
    target = sink("filesystem", KV, options, **PARTITIONED)
    target.prepare(False, {})
    committer(target).commit(prepared(target.writer(WriterContext(job_id="earlier")), (1, "a"), (2, "b")))
    target.prepare(True, {})
    committables = prepared(writer(target, 1, overwrite=True), (3, "a"))
    only_renamed = [committable for committable in committables if "file" in committable]
    committer(target).commit(only_renamed)
    committer(target).commit(committables)
    assert sorted(read_all(table)) == [(2, "b"), (3, "a")]


def test_names_tell_whose_a_file_is() -> None:
    name = PartName("0123456789abcdef-7", (2, 3), 41)
    assert name.file("csv") == "part-0123456789abcdef-7-2-3-41.csv"
    assert PartName.parse(name.file("csv")) == PartName.parse(hidden(name.file("csv"))) == name
    assert PartName.parse("part-0123456789abcdef-7-2-3.csv") is None
    assert PartName.parse("data.csv") is None


def test_a_new_directory_is_an_entry_of_the_one_above() -> None:
    assert with_parents([""]) == [""]
    assert with_parents(["a=1/b=2", "a=1/b=3"]) == ["a=1/b=2", "a=1", "", "a=1/b=3"]
