import os
import shutil
from pathlib import Path

import msgspec
import pytest
from stored_checkpoints import JOB_ID, chunk, metadata, stored_checkpoint, stored_chunk

from sqlstream.config.configuration import Configuration
from sqlstream.errors import StateError
from sqlstream.state.checkpoint_files import (
    discard_checkpoint,
    dispose_savepoint,
    read_checkpoint,
    remove_job_directory,
    remove_unknown_checkpoints,
    sweep,
    write_metadata,
)
from sqlstream.state.checkpoint_locations import (
    checkpoint_directory,
    checkpoint_location,
    savepoint_location,
    shared_directory,
)
from sqlstream.state.chunk_files import load_chunk, store_chunk
from sqlstream.state.file_directory import file_directory
from sqlstream.state.handles import CompletedCheckpoint, SnapshotKind
from sqlstream.state.storage_errors import StorageUnavailableError


@pytest.fixture(params=["local", "uri", "memory"])
def job_directory(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    root = {"local": str(tmp_path), "uri": f"file://{tmp_path}", "memory": f"memory://{tmp_path.name}"}[request.param]
    return checkpoint_directory(Configuration({"execution.checkpointing.dir": root}), JOB_ID)


def shared_files(job_directory: str) -> set[str]:
    return {info.base_name for info in file_directory(shared_directory(job_directory)).files()}


def loads(checkpoint: CompletedCheckpoint) -> bool:
    for operator in checkpoint.metadata.operators:
        for subtask in operator.subtasks:
            for handle in subtask.keyed:
                load_chunk(checkpoint.chunk_directory, handle, operator.name)
    return True


def savepoint(target: Path, *key_groups: int) -> CompletedCheckpoint:
    location = savepoint_location(str(target), JOB_ID)
    handle = store_chunk(location, chunk(*key_groups))
    return write_metadata(location, metadata(4, [handle], SnapshotKind.SAVEPOINT))


def test_what_is_read_is_what_was_written(job_directory: str) -> None:
    written = stored_checkpoint(job_directory, 7, [stored_chunk(job_directory, 1, 2)])
    assert read_checkpoint(checkpoint_location(job_directory, 7)) == written
    assert read_checkpoint(checkpoint_location(job_directory, 7) + "/_metadata") == written
    assert read_checkpoint(checkpoint_location(job_directory, 7) + "/") == written
    assert loads(written)


def test_a_savepoint_may_be_moved(tmp_path: Path) -> None:
    original = savepoint(tmp_path / "before", 1, 2, 3)
    assert Path(original.location).name.startswith("savepoint-012345-")
    shutil.move(original.location, tmp_path / "after")
    moved = read_checkpoint(str(tmp_path / "after"))
    assert moved.metadata == original.metadata
    assert loads(moved)


def test_a_job_s_checkpoints_may_be_moved_together(tmp_path: Path) -> None:
    before = str(tmp_path / "before" / JOB_ID)
    stored_checkpoint(before, 7, [stored_chunk(before, 1)])
    shutil.move(before, tmp_path / "after")
    assert loads(read_checkpoint(str(tmp_path / "after" / "chk-7")))


def test_no_checkpoint_is_said_so(job_directory: str) -> None:
    with pytest.raises(StateError, match="There is no checkpoint or savepoint at") as refused:
        read_checkpoint(checkpoint_location(job_directory, 7))
    assert "_metadata" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is damaged"),
        (b"\x00\xff garbage", "is damaged"),
        (b'{"format": "other", "version": 1, "checksum": "", "body": {}}', "is no checkpoint of sqlstream"),
        (b'{"format": "sqlstream-checkpoint", "version": 99, "checksum": "", "body": {}}', "version 99"),
        (b'{"format": "sqlstream-checkpoint", "version": 1, "checksum": "crc32:0", "body": {}}', "checksum is wrong"),
        (b'{"format": "sqlstream-checkpoint", "version": 1, "checksum": "crc32:a3e6b5d3", "body": {}}', "is damaged"),
    ],
)
def test_metadata_that_cannot_be_used_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "_metadata").write_bytes(content)
    with pytest.raises(StateError, match=says) as refused:
        read_checkpoint(str(tmp_path))
    assert str(tmp_path / "_metadata") in str(refused.value)
    assert not isinstance(refused.value, StorageUnavailableError)


def test_every_changed_byte_is_found(tmp_path: Path) -> None:
    written = savepoint(tmp_path, 1)
    path = Path(written.location) / "_metadata"
    content = path.read_bytes()
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1
        path.write_bytes(changed)
        with pytest.raises(StateError):
            read_checkpoint(written.location)
    path.write_bytes(content)
    assert read_checkpoint(written.location) == written


def test_metadata_leads_to_no_other_directory(tmp_path: Path) -> None:
    written = savepoint(tmp_path, 1)
    path = Path(written.location) / "_metadata"
    as_checkpoint = msgspec.structs.replace(written.metadata, kind=SnapshotKind.CHECKPOINT)
    write_metadata(str(tmp_path / "chk-1"), as_checkpoint)
    foreign = (tmp_path / "chk-1" / "_metadata").read_bytes().replace(b"../shared", b"../../etc")
    path.write_bytes(foreign)
    with pytest.raises(StateError):
        read_checkpoint(written.location)


def test_a_checkpoint_that_could_not_be_written_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    directory = str(tmp_path / JOB_ID)
    handle = stored_chunk(directory, 1)
    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", refuse)
        with pytest.raises(StorageUnavailableError, match="Cannot store checkpoint 3"):
            stored_checkpoint(directory, 3, [handle])
    assert list((tmp_path / JOB_ID / "chk-3").iterdir()) == []


def test_discarding_keeps_what_retained_checkpoints_refer_to(job_directory: str) -> None:
    old, shared, new = (stored_chunk(job_directory, group) for group in (1, 2, 3))
    first = stored_checkpoint(job_directory, 1, [old, shared])
    second = stored_checkpoint(job_directory, 2, [shared, new])
    discard_checkpoint(first, [second])
    assert shared_files(job_directory) == {shared.path, new.path}
    assert loads(read_checkpoint(second.location))
    with pytest.raises(StateError):
        read_checkpoint(first.location)
    discard_checkpoint(first, [second])
    discard_checkpoint(second, [])
    remove_job_directory(job_directory)
    assert shared_files(job_directory) == set()


def test_an_interrupted_discard_leaves_no_checkpoint_and_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = str(tmp_path / JOB_ID)
    checkpoint = stored_checkpoint(directory, 1, [stored_chunk(directory, 1)])
    removed = file_directory(shared_directory(directory))

    def crash(_: object) -> None:
        raise OSError(5, os.strerror(5))

    with monkeypatch.context() as broken:
        broken.setattr(removed, "remove", crash)
        with pytest.raises(StateError):
            discard_checkpoint(checkpoint, [])
    with pytest.raises(StateError, match="There is no checkpoint"):
        read_checkpoint(checkpoint.location)
    discard_checkpoint(checkpoint, [])
    remove_job_directory(directory)
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_removes_what_nobody_refers_to_and_was_there_before(tmp_path: Path) -> None:
    directory = str(tmp_path / JOB_ID)
    kept, orphan, young = (stored_chunk(directory, group) for group in (1, 2, 3))
    checkpoint = stored_checkpoint(directory, 1, [kept])
    shared = Path(shared_directory(directory))
    (shared / ".x.arrow.0123.partial").write_bytes(b"half")
    (shared / "notes.txt").write_text("somebody else's")
    for path in shared.iterdir():
        os.utime(path, (1_000, 1_000))
    os.utime(shared / young.path, (3_000, 3_000))
    assert sweep(directory, [checkpoint], 2_000_000) == 2
    assert shared_files(directory) == {kept.path, young.path, "notes.txt"}
    assert sweep(directory, [checkpoint], None) == 1
    assert shared_files(directory) == {kept.path, "notes.txt"}
    assert not (shared / orphan.path).exists()


def test_checkpoints_that_never_completed_are_removed(job_directory: str) -> None:
    known = stored_checkpoint(job_directory, 1, [stored_chunk(job_directory, 1)])
    stored_checkpoint(job_directory, 2, [])
    remove_unknown_checkpoints(job_directory, [known])
    assert read_checkpoint(known.location) == known
    with pytest.raises(StateError):
        read_checkpoint(checkpoint_location(job_directory, 2))


def test_checkpoints_that_are_to_outlive_the_job_keep_its_directory(job_directory: str) -> None:
    kept = stored_checkpoint(job_directory, 1, [stored_chunk(job_directory, 1)])
    remove_job_directory(job_directory)
    assert loads(read_checkpoint(kept.location))


def test_disposing_of_a_savepoint_leaves_other_files_alone(tmp_path: Path) -> None:
    written = savepoint(tmp_path, 1, 2)
    beside = Path(written.location) / "notes.txt"
    beside.write_text("somebody else's")
    dispose_savepoint(written.location)
    assert list(Path(written.location).iterdir()) == [beside]
    with pytest.raises(StateError, match="There is no checkpoint or savepoint"):
        dispose_savepoint(written.location)


def test_only_savepoints_are_disposed_of(tmp_path: Path) -> None:
    directory = str(tmp_path / JOB_ID)
    checkpoint = stored_checkpoint(directory, 1, [stored_chunk(directory, 1)])
    with pytest.raises(StateError, match="is a checkpoint, not a savepoint"):
        dispose_savepoint(checkpoint.location)
    assert loads(checkpoint)


def test_a_savepoint_is_never_written_over_another(tmp_path: Path) -> None:
    assert savepoint_location(str(tmp_path), JOB_ID) != savepoint_location(str(tmp_path), JOB_ID)


def test_checkpoints_lie_below_the_working_directory_unless_told_otherwise(tmp_path: Path) -> None:
    configuration = Configuration({"process.working-dir": str(tmp_path)})
    assert checkpoint_directory(configuration, JOB_ID) == str(tmp_path / "checkpoints" / JOB_ID)
