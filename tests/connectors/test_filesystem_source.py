"""What reading files promises: which files, which columns, which errors."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from connector_tables import drain, read_all, schema, source

from sqlstream.errors import ConfigError, ConnectorError

AB = schema(a="INT", b="STRING")


def _files(root: Path, **contents: str) -> None:
    for name, content in contents.items():
        file = root / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.with_name(file.name + ".csv").write_text(content)


def test_one_file_a_directory_and_a_glob(tmp_path: Path) -> None:
    _files(tmp_path, x="1,one\n", y="2,two\n", sub__z="3,three\n")
    for path, expected in {
        f"{tmp_path}/y.csv": [2],
        f"file://{tmp_path}": [3, 1, 2],
        f"{tmp_path}/*.csv": [1, 2],
        f"{tmp_path}/**/*.csv": [3, 1, 2],
        f"{tmp_path}/[!x].csv": [2],
        f"{tmp_path}/su?": [3],
    }.items():
        assert [row[0] for row in read_all(source("filesystem", AB, {"path": path, "format": "csv"}))] == expected, path


def test_relative_paths_start_at_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _files(tmp_path, x="1,one\n")
    monkeypatch.chdir(tmp_path)
    assert read_all(source("filesystem", AB, {"path": "x.csv", "format": "csv"})) == [(1, "one")]
    assert read_all(source("filesystem", AB, {"path": "*.csv", "format": "csv"})) == [(1, "one")]


def test_hidden_files_are_not_read(tmp_path: Path) -> None:
    _files(tmp_path, x="1,one\n", _y="2,two\n", _d__z="3,three\n")
    (tmp_path / ".part.csv").write_text("4,four\n")
    assert read_all(source("filesystem", AB, {"path": tmp_path, "format": "csv"})) == [(1, "one")]


def test_a_pattern_chooses_files(tmp_path: Path) -> None:
    _files(tmp_path, x="1,one\n", y="2,two\n")
    options = {"path": tmp_path, "format": "csv", "source.path.regex-pattern": ".*/[^y]*\\.csv"}
    assert read_all(source("filesystem", AB, options)) == [(1, "one")]
    with pytest.raises(ConfigError, match=r"Invalid value .*regex-pattern"):
        source("filesystem", AB, options | {"source.path.regex-pattern": "("})


def test_an_empty_directory_has_no_rows(tmp_path: Path) -> None:
    assert read_all(source("filesystem", AB, {"path": tmp_path, "format": "csv"})) == []


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere/*.csv"])
def test_a_missing_path_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConnectorError, match=r"nowhere.*does not exist"):
        read_all(source("filesystem", AB, {"path": tmp_path / name, "format": "csv"}))


def test_compressed_files_are_read_by_their_extension(tmp_path: Path) -> None:
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"1,one\n2,two\n"))
    of = source("filesystem", AB, {"path": tmp_path, "format": "csv"})
    reader = of.reader(of.splits(1)[0], None)
    first = reader.read(1, 0)
    assert first is not None
    again = of.reader(of.splits(1)[0], reader.position())
    assert drain(again) == [(2, "two")]


def test_metadata_columns_tell_the_file(tmp_path: Path) -> None:
    _files(tmp_path, x="1,one\n")
    file = tmp_path / "x.csv"
    os.utime(file, ns=(0, 1_500_000_000_123_000_000))
    wanted = schema(p="STRING", a="INT", n="STRING", s="BIGINT", m="TIMESTAMP_LTZ(3)")
    keys = {"p": "file.path", "n": "file.name", "s": "file.size", "m": "file.modification-time"}
    whole = schema(a="INT", b="STRING", p="STRING", n="STRING", s="BIGINT", m="TIMESTAMP_LTZ(3)")
    rows = read_all(
        source("filesystem", wanted, {"path": tmp_path, "format": "csv"}, metadata_keys=keys, table_schema=whole)
    )
    assert [row[:4] for row in rows] == [(str(file), 1, "x.csv", 6)]
    assert rows[0][4].timestamp() == 1_500_000_000.123


def test_rows_are_counted_even_without_columns(tmp_path: Path) -> None:
    _files(tmp_path, x="1,one\n2,two\n")
    of = source("filesystem", schema(), {"path": tmp_path, "format": "csv"}, table_schema=AB)
    reader = of.reader(of.splits(1)[0], None)
    read = reader.read(10, 0)
    assert read is not None
    assert read.num_rows == 2


def test_partition_columns_come_from_directories(tmp_path: Path) -> None:
    for directory, content in {"day=2024-01-02/h=7": "1\n", "day=a%2Fb/h=__DEFAULT_PARTITION__": "2\n"}.items():
        (tmp_path / directory).mkdir(parents=True)
        (tmp_path / directory / "x.csv").write_text(content)
    table = schema(h="INT", a="INT", day="STRING")
    more = {"partition_keys": ("day", "h"), "table_schema": table}
    of = source("filesystem", table, {"path": tmp_path, "format": "csv"}, **more)
    assert sorted(read_all(of), key=str) == [(7, 1, "2024-01-02"), (None, 2, "a/b")]
    only = source("filesystem", schema(h="INT"), {"path": tmp_path, "format": "csv"}, **more)
    assert sorted(read_all(only), key=str) == [(7,), (None,)]


def test_files_outside_of_partitions_and_bad_partition_values_are_errors(tmp_path: Path) -> None:
    table = schema(a="INT", h="INT")
    _files(tmp_path, x="1\n")
    options = {"path": tmp_path, "format": "csv"}
    with pytest.raises(ConnectorError, match=r"x\.csv is in no directory 'h=...'"):
        read_all(source("filesystem", table, options, partition_keys=("h",)))
    (tmp_path / "h=x").mkdir()
    (tmp_path / "x.csv").rename(tmp_path / "h=x" / "x.csv")
    with pytest.raises(ConnectorError, match="cannot read 'x' in its directory as h INT"):
        read_all(source("filesystem", table, options, partition_keys=("h",)))


def test_monitoring_makes_the_table_unbounded_and_finds_new_files(tmp_path: Path) -> None:
    _files(tmp_path, x="1,one\n")
    of = source("filesystem", AB, {"path": tmp_path, "format": "csv", "source.monitor-interval": "5 s"})
    assert not of.bounded
    assert of.discovery_interval == 5000
    before = {split.id for split in of.splits(2)}
    _files(tmp_path, y="2,two\n")
    new = [split for split in of.splits(2) if split.id not in before]
    assert [drain(of.reader(split, None)) for split in new] == [[(2, "two")]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "csv"}, "requires the option 'path'"),
        ({"path": "x"}, "requires the option 'format'"),
        ({"path": "x", "fromat": "csv"}, "Unknown option 'fromat'.*\nDid you mean 'format'"),
        ({"path": "x", "format": "csv", "csv.nul-literal": ""}, "Did you mean 'csv.null-literal'"),
        ({"path": "x", "format": "csv", "source.monitor-interval": "soon"}, "Invalid value 'soon'"),
        ({"path": "nosuch://x", "format": "csv"}, "Invalid value 'nosuch://x' for option 'path'"),
        ({"path": " ", "format": "csv"}, "Invalid value ' ' for option 'path'"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        source("filesystem", AB, options)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ConnectorError, match="Unknown format 'cvs'"):
        source("filesystem", AB, {"path": "x", "format": "cvs"})


def test_credentials_in_a_path_are_masked() -> None:
    with pytest.raises(ConfigError) as raised:
        source("filesystem", AB, {"path": "nosuch://user:hunter2@host/x", "format": "csv"})
    assert "hunter2" not in str(raised.value)
    assert "nosuch://******@host/x" in str(raised.value)
