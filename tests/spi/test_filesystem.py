from pathlib import Path

import pytest
from pyarrow import fs

from sqlstream.errors import ConfigError
from sqlstream.spi.filesystem import absolute_path, is_uri, join, masked_location, resolve


def test_paths_are_local_and_relative_ones_are_below_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/usr")
    assert absolute_path("lib") == "/usr/lib"
    assert absolute_path("/lib") == "/lib"
    assert absolute_path("s3://bucket/x") == "s3://bucket/x"
    filesystem, root = resolve("lib/")
    assert isinstance(filesystem, fs.LocalFileSystem)
    assert root == str(Path("/usr/lib").resolve())


@pytest.mark.parametrize("uri", ["file:/srv/data", "file:///srv/data/", "file:///srv/data"])
def test_file_uris_are_local(uri: str) -> None:
    filesystem, root = resolve(uri)
    assert isinstance(filesystem, fs.LocalFileSystem)
    assert root == "/srv/data"


def test_what_pyarrow_does_not_know_is_asked_of_fsspec() -> None:
    filesystem, root = resolve("memory://test-filesystem/a")
    with filesystem.open_output_stream(f"{root}/x") as file:
        file.write(b"rows")
    again, root = resolve("memory://test-filesystem/a/x")
    assert again.open_input_file(root).read() == b"rows"


@pytest.mark.parametrize("path", ["", "  ", "nul\0l", "nosuch://x/y", "file:relative"])
def test_what_nothing_knows_is_refused(path: str) -> None:
    with pytest.raises(ConfigError):
        resolve(path)


def test_credentials_are_masked() -> None:
    with pytest.raises(ConfigError) as refused:
        resolve("nosuch://user:password@host/x")
    assert "password" not in str(refused.value)
    assert masked_location("s3://key:secret@bucket/x") == "s3://******@bucket/x"


@pytest.mark.parametrize(
    ("directory", "relative", "expected"),
    [
        ("/a/b", "c", "/a/b/c"),
        ("/a/b/", "../c", "/a/c"),
        ("/a/b", ".", "/a/b"),
        ("s3://bucket/a/chk-1", "../shared", "s3://bucket/a/shared"),
        ("file:///a", "b", "file:///a/b"),
        ("file:/a", "b", "file:/a/b"),
    ],
)
def test_joined_paths(directory: str, relative: str, expected: str) -> None:
    assert join(directory, relative) == expected


@pytest.mark.parametrize(("text", "expected"), [("s3://x", True), ("file:/x", True), ("/x", False), ("a:b", False)])
def test_uris_have_a_scheme(text: str, expected: bool) -> None:
    assert is_uri(text) is expected
