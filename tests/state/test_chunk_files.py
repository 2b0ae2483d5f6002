import errno
import os
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from stored_checkpoints import chunk

from sqlstream.errors import StateError
from sqlstream.state.chunk_files import copy_chunk, load_chunk, store_chunk
from sqlstream.state.file_directory import file_directory
from sqlstream.state.snapshot import StateChunk
from sqlstream.state.storage_errors import StorageUnavailableError


@pytest.fixture(params=["local", "uri", "memory"])
def directory(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    locations = {"local": str(tmp_path / "a"), "uri": f"file://{tmp_path}/a", "memory": f"memory://{tmp_path.name}/a"}
    return locations[request.param]


def test_a_stored_chunk_is_read_as_it_was(directory: str) -> None:
    original = chunk(7, 3, 99)
    handle = store_chunk(directory, original)
    loaded = load_chunk(directory, handle, "Agg")
    assert (loaded.id, loaded.table) == (original.id, original.table)
    assert loaded.data.equals(original.data)
    assert (handle.rows, handle.first_key_group, handle.last_key_group) == (3, 3, 99)
    assert [info.base_name for info in file_directory(directory).files()] == [handle.path]


def test_a_slice_is_stored_without_the_rows_around_it(directory: str) -> None:
    whole = chunk(*range(10_000))
    handle = store_chunk(directory, StateChunk("part", "counts", whole.data.slice(500, 3)))
    assert load_chunk(directory, handle, "Agg").data.equals(whole.data.slice(500, 3))
    assert handle.size < 2_000


def test_storing_again_changes_nothing(directory: str) -> None:
    original = chunk(1, 2)
    assert store_chunk(directory, original) == store_chunk(directory, original)


def test_an_empty_chunk_concerns_no_key_group(directory: str) -> None:
    handle = store_chunk(directory, chunk())
    assert handle.first_key_group > handle.last_key_group
    assert load_chunk(directory, handle, "Agg").data.num_rows == 0


def test_a_copy_is_the_same_chunk_elsewhere(directory: str) -> None:
    handle = store_chunk(directory, chunk(*range(1_000)))
    copied = copy_chunk(directory, handle, directory + "-savepoint")
    file_directory(directory).remove([handle.path])
    assert load_chunk(directory + "-savepoint", copied, "Agg").data.num_rows == 1_000


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_file_is_named_with_its_operator_and_never_copied(tmp_path: Path, damage: str) -> None:
    handle = store_chunk(str(tmp_path / "a"), chunk(1, 2, 3))
    path = tmp_path / "a" / handle.path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes({"cut": content[:-9], "flip": content, "empty": b""}[damage])
    with pytest.raises(StateError, match="'GroupAggregate' is damaged") as refused:
        load_chunk(str(tmp_path / "a"), handle, "GroupAggregate")
    assert str(path) in str(refused.value)
    assert not isinstance(refused.value, StorageUnavailableError)
    with pytest.raises(StateError, match="damaged"):
        copy_chunk(str(tmp_path / "a"), handle, str(tmp_path / "b"))
    assert list((tmp_path / "b").iterdir()) == []


def test_a_missing_file_is_damage_and_not_an_unreachable_storage(directory: str) -> None:
    handle = store_chunk(directory, chunk(1))
    file_directory(directory).remove([handle.path])
    with pytest.raises(StateError, match="Agg") as refused:
        load_chunk(directory, handle, "Agg")
    assert handle.path in str(refused.value)
    assert not isinstance(refused.value, StorageUnavailableError)


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd.arrow", "a/b.arrow", "..arrow", ".hidden.arrow", ""])
def test_metadata_from_elsewhere_leads_out_of_no_directory(tmp_path: Path, path: str) -> None:
    handle = msgspec.structs.replace(store_chunk(str(tmp_path), chunk(1)), path=path)
    with pytest.raises(StateError, match="not the name of a state file"):
        load_chunk(str(tmp_path), handle, "Agg")
    with pytest.raises(StateError, match="not the name of a state file"):
        copy_chunk(str(tmp_path), handle, str(tmp_path / "b"))


@pytest.mark.parametrize(
    ("number", "says"), [(errno.ENOSPC, "The disk is full"), (errno.EACCES, "Check the permissions")]
)
def test_a_storage_that_refuses_is_told_from_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageUnavailableError, match=says):
        store_chunk(str(tmp_path / "a"), chunk(1))
    assert list((tmp_path / "a").iterdir()) == [], "nothing is left of a file that could not be finished"


def test_a_part_of_the_path_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="A part of the path is a file"):
        store_chunk(str(tmp_path / "file" / "a"), chunk(1))


def test_types_of_state_survive(directory: str) -> None:
    data = pa.RecordBatch.from_pydict(
        {
            "__key_group": pa.array([1, 2], pa.int32()),
            "text": pa.array(["a", None]),
            "bag": pa.array([[1, 2], []], pa.list_(pa.int64())),
            "dictionary": pa.array(["x", "x"]).dictionary_encode(),
            "money": pa.array([1, 2]).cast(pa.decimal128(38, 2)),
        }
    )
    handle = store_chunk(directory, StateChunk("types", "counts", data))
    assert load_chunk(directory, handle, "Agg").data.equals(data, check_metadata=True)
