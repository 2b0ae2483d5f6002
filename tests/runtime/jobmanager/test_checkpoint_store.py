import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import msgspec
import pytest
from control_plane_jobs import job_id, three_step_job
from stored_checkpoints import chunk, metadata, stored_chunk

from sqlstream.config.configuration import Configuration
from sqlstream.errors import StateError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.plan.rescaling import at_parallelism
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.checkpoint_store import Answer, CheckpointStore
from sqlstream.runtime.jobmanager.job_defaults import with_cluster_defaults
from sqlstream.runtime.jobmanager.job_store import FileJobStore
from sqlstream.runtime.jobmanager.messages import (
    CheckpointNotStored,
    CheckpointStored,
    DiscardCheckpoint,
    ForgetJob,
    StoreCheckpoint,
    StoreJob,
)
from sqlstream.state.checkpoint_files import read_checkpoint, write_metadata
from sqlstream.state.checkpoint_locations import checkpoint_directory, savepoint_location
from sqlstream.state.chunk_files import store_chunk
from sqlstream.state.handles import CompletedCheckpoint, SnapshotKind


class Stored:
    """A CheckpointStore with one registered job, whose answers are waited for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cluster = Configuration({"process.working-dir": str(root / "work")})
        self.jobs = FileJobStore(str(root / "ha"))
        self.jobs.recover()
        self.answers: SimpleQueue[Answer] = SimpleQueue()
        self.store = CheckpointStore(self.jobs, self.answers.put)
        self.graph = self.add(1)
        self.directory = checkpoint_directory(self.cluster, self.graph.job_id)

    def add(self, number: int) -> JobGraph:
        graph = with_cluster_defaults(three_step_job(number), self.cluster)
        self.jobs.put_job(graph)
        self.store.register(graph)
        return graph

    def order(self, number: int, *key_groups: int) -> StoreCheckpoint:
        handles = [stored_chunk(self.directory, group) for group in key_groups]
        return StoreCheckpoint(self.graph.job_id, metadata(number, handles, job_id=self.graph.job_id), None)

    def checkpoint(self, number: int, *key_groups: int) -> CompletedCheckpoint:
        self.store.put(self.order(number, *key_groups))
        answer = self.answers.get(timeout=30)
        assert isinstance(answer, CheckpointStored)
        return answer.checkpoint

    def remembered(self) -> list[int]:
        recovered = FileJobStore(str(self.root / "ha")).recover()[1]
        return [checkpoint.id for job in recovered for checkpoint in job.checkpoints]


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Stored]:
    stored = Stored(tmp_path)
    yield stored
    stored.store.close(timeout=30)


def test_the_next_jobmanager_finds_a_job_as_wide_as_it_was_rescaled(stored: Stored) -> None:
    wider = at_parallelism(stored.graph, 7)
    stored.store.put(StoreJob(wider.job_id, wider))
    stored.checkpoint(1, 0)
    ((recovered),) = FileJobStore(str(stored.root / "ha")).recover()[1]
    assert recovered.graph == wider


def test_a_stored_checkpoint_can_be_read_and_is_remembered(stored: Stored) -> None:
    checkpoint = stored.checkpoint(3, 1, 2)
    assert read_checkpoint(checkpoint.location) == checkpoint
    assert checkpoint.location == f"{stored.directory}/chk-3"
    assert stored.remembered() == [3]


def test_a_savepoint_goes_where_it_was_wanted(stored: Stored, tmp_path: Path) -> None:
    location = savepoint_location(str(tmp_path / "savepoints"), stored.graph.job_id)
    handle = store_chunk(location, chunk(1))
    contents = metadata(4, [handle], SnapshotKind.SAVEPOINT, job_id=stored.graph.job_id)
    stored.store.put(StoreCheckpoint(stored.graph.job_id, contents, location))
    answer = stored.answers.get(timeout=30)
    assert answer == CheckpointStored(stored.graph.job_id, CompletedCheckpoint(location, location, contents))
    assert read_checkpoint(location).metadata == contents
    assert stored.remembered() == [], "its user may delete it"


def test_a_savepoint_that_the_job_is_to_end_with_is_remembered(stored: Stored, tmp_path: Path) -> None:
    location = savepoint_location(str(tmp_path / "savepoints"), stored.graph.job_id)
    contents = metadata(4, [], SnapshotKind.SAVEPOINT, job_id=stored.graph.job_id)
    order = StoreCheckpoint(stored.graph.job_id, msgspec.structs.replace(contents, stop=True), location)
    stored.store.put(order)
    assert isinstance(stored.answers.get(timeout=30), CheckpointStored)
    assert stored.remembered() == [4]


def test_a_jobmanager_that_was_replaced_does_not_write_over_the_checkpoints_of_the_other(stored: Stored) -> None:
    order = stored.order(3, 1)
    FileJobStore(str(stored.root / "ha")).recover()
    other = write_metadata(f"{stored.directory}/chk-3", msgspec.structs.replace(order.metadata, timestamp=1))
    stored.store.put(order)
    answer = stored.answers.get(timeout=30)
    assert isinstance(answer, CheckpointNotStored)
    assert "Another JobManager has taken over" in answer.error
    assert read_checkpoint(other.location) == other


def test_orders_of_a_job_are_carried_out_in_order(stored: Stored) -> None:
    for number in range(1, 20):
        stored.store.put(stored.order(number, number))
    answers = [stored.answers.get(timeout=30) for _ in range(1, 20)]
    assert [answer.checkpoint.id for answer in answers if isinstance(answer, CheckpointStored)] == list(range(1, 20))


def test_a_checkpoint_that_cannot_be_written_is_answered_with_the_reason(stored: Stored, tmp_path: Path) -> None:
    order = stored.order(3, 1)
    Path(stored.directory, "chk-3").write_text("in the way")
    stored.store.put(order)
    answer = stored.answers.get(timeout=30)
    assert isinstance(answer, CheckpointNotStored)
    assert (answer.job_id, answer.checkpoint_id) == (stored.graph.job_id, 3)
    assert "chk-3" in answer.error
    assert stored.remembered() == []


def test_a_checkpoint_that_cannot_be_remembered_is_none(stored: Stored) -> None:
    successor = FileJobStore(str(stored.root / "ha"))
    successor.recover()
    stored.store.put(stored.order(3, 1))
    answer = stored.answers.get(timeout=30)
    assert isinstance(answer, CheckpointNotStored)
    assert "Another JobManager has taken over" in answer.error
    with pytest.raises(StateError):
        read_checkpoint(f"{stored.directory}/chk-3")


def test_a_discarded_checkpoint_is_forgotten_and_removed(stored: Stored) -> None:
    first, second = stored.checkpoint(1, 1), stored.checkpoint(2, 2)
    stored.store.put(DiscardCheckpoint(stored.graph.job_id, first, (second,)))
    stored.checkpoint(3, 3)
    assert stored.remembered() == [2, 3]
    assert not Path(first.location).exists()
    assert len(list(Path(second.chunk_directory).iterdir())) == 2


def test_a_savepoint_that_the_job_does_without_stays_its_user_s(stored: Stored, tmp_path: Path) -> None:
    location = savepoint_location(str(tmp_path / "savepoints"), stored.graph.job_id)
    handle = store_chunk(location, chunk(1))
    contents = metadata(4, [handle], SnapshotKind.SAVEPOINT, job_id=stored.graph.job_id)
    contents = msgspec.structs.replace(contents, stop=True)
    stored.store.put(StoreCheckpoint(stored.graph.job_id, contents, location))
    savepoint = stored.answers.get(timeout=30)
    assert isinstance(savepoint, CheckpointStored)
    stored.store.put(DiscardCheckpoint(stored.graph.job_id, savepoint.checkpoint, ()))
    stored.checkpoint(5, 1)
    assert stored.remembered() == [5]
    assert read_checkpoint(location) == savepoint.checkpoint


def test_a_job_that_has_ended_leaves_nothing(stored: Stored) -> None:
    checkpoint = stored.checkpoint(1, 1, 2)
    stored_chunk(stored.directory, 9)
    stored.store.put(ForgetJob(stored.graph.job_id, JobStatus.CANCELED, (checkpoint,), ()))
    stored.store.close(timeout=30)
    assert FileJobStore(str(stored.root / "ha")).recover()[1] == []
    assert not Path(stored.directory).exists()


def test_checkpoints_that_are_to_outlive_the_job_stay(stored: Stored) -> None:
    checkpoint = stored.checkpoint(1, 1, 2)
    too_late = stored.checkpoint(2, 3)
    stored.store.put(ForgetJob(stored.graph.job_id, JobStatus.CANCELED, (), (checkpoint,)))
    stored.store.close(timeout=30)
    assert FileJobStore(str(stored.root / "ha")).recover()[1] == []
    assert read_checkpoint(checkpoint.location) == checkpoint
    assert not Path(too_late.location).exists()
    assert len(list(Path(checkpoint.chunk_directory).iterdir())) == 2


def test_a_job_that_cannot_be_forgotten_keeps_its_checkpoints(
    stored: Stored, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoint = stored.checkpoint(1, 1)
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    FileJobStore(str(stored.root / "ha")).recover()
    stored.store.put(ForgetJob(stored.graph.job_id, JobStatus.CANCELED, (checkpoint,), ()))
    stored.store.close(timeout=30)
    assert "taken over" in caplog.text
    assert stored.remembered() == [1]
    assert read_checkpoint(checkpoint.location) == checkpoint


def test_a_hanging_storage_holds_up_no_other_job(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    put_checkpoint = stored.jobs.put_checkpoint
    may_go_on = threading.Event()

    def hang(job: str, checkpoint: CompletedCheckpoint) -> None:
        if job == stored.graph.job_id:
            may_go_on.wait(60)
        put_checkpoint(job, checkpoint)

    monkeypatch.setattr(stored.jobs, "put_checkpoint", hang)
    other = stored.add(2)
    stored.store.put(stored.order(1, 1))
    stored.store.put(StoreCheckpoint(other.job_id, metadata(1, [], job_id=other.job_id), None))
    assert stored.answers.get(timeout=30).job_id == job_id(2)
    may_go_on.set()
    assert stored.answers.get(timeout=30).job_id == job_id(1)


def test_what_failed_checkpoints_left_is_swept_now_and_then(stored: Stored) -> None:
    orphan = stored_chunk(stored.directory, 1)
    retained = stored.checkpoint(1, 1)
    for number in range(2, 18):
        later = stored.checkpoint(number, number % 128)
        stored.store.put(DiscardCheckpoint(stored.graph.job_id, retained, (later,)))
        retained = later
    # Seconds old, by any clock: too young to be removed.
    assert Path(retained.chunk_directory, orphan.path).exists()
    timestamp = 2**50
    order = metadata(18, [], job_id=stored.graph.job_id, timestamp=timestamp)
    stored.store.put(StoreCheckpoint(stored.graph.job_id, order, None))
    answer = stored.answers.get(timeout=30)
    assert isinstance(answer, CheckpointStored)
    for _ in range(16):
        stored.store.put(DiscardCheckpoint(stored.graph.job_id, retained, (answer.checkpoint,)))
    stored.store.close(timeout=30)
    assert not Path(retained.chunk_directory, orphan.path).exists()
