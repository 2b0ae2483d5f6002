"""What subtasks do at a checkpoint, in one process and over a network."""

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from checkpointed_tasks import Checkpoints, Keeper, Ledger, Numbers, handles
from scripted_tasks import JOB, PATIENCE, Executors, Recording, Reports, edge, job, vertex, wait_for

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ClusterError
from sqlstream.plan.jobgraph import Hash, JobGraph, Rebalance
from sqlstream.runtime.deployment import (
    CheckpointAcknowledged,
    ExecutionId,
    ExecutionState,
    InputEnded,
    TaskStateChanged,
)
from sqlstream.runtime.network.server import DataServer
from sqlstream.runtime.protocol import CheckpointTrigger
from sqlstream.runtime.task import snapshot_uploader, state_restore
from sqlstream.runtime.task.executor import TaskExecutor
from sqlstream.state.snapshot import StateChunk
from sqlstream.state.storage_errors import StorageUnavailableError

Start = Callable[..., Executors]


@pytest.fixture(params=["in one process", "over a network"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Starts two executors with checkpoints in ``tmp_path``, or one without a network; options may be taken away by
    giving None."""
    servers: list[DataServer] = []
    clusters: list[Executors] = []

    def start(**options: str | None) -> Executors:
        given = {
            "execution.checkpointing.interval": "1 h",
            "execution.checkpointing.dir": str(tmp_path),
            "execution.buffer-timeout.interval": "0 ms",
            **{key.replace("_", "."): value for key, value in options.items()},
        }
        configuration = Configuration({key: value for key, value in given.items() if value is not None})
        reports = Reports()
        count = 1 if request.param == "in one process" else 2
        executors = [TaskExecutor(configuration, reports, None) for _ in range(count)]
        if count > 1:
            servers.extend(DataServer("127.0.0.1", 0, executor, {}) for executor in executors)
        clusters.append(Executors(executors, reports))
        return clusters[-1]

    yield start
    for cluster in clusters:
        cluster.close()
    for server in servers:
        server.close()


NO_INTERVAL = {"execution.checkpointing.interval": None}


def pipeline(source: Numbers, keeper: Keeper, sink: Ledger, parallelism: int = 2) -> JobGraph:
    """Rows change their subtask on both edges."""
    return job(
        vertex("source", source, parallelism=parallelism),
        vertex("keep", keeper, parallelism=parallelism),
        vertex("sink", sink, parallelism=parallelism),
        edge("source", "keep", Hash((0,))),
        edge("keep", "sink", Rebalance()),
    )


class Job:
    """A pipeline whose source waits for permits."""

    def __init__(self, cluster: Executors, tmp_path: Path, count: int = 1000, parallelism: int = 2) -> None:
        self.pace = threading.Semaphore(0)
        self.source = Numbers(count, self.pace)
        self.keeper, self.sink = Keeper(), Ledger()
        self.graph = pipeline(self.source, self.keeper, self.sink, parallelism)
        self.checkpoints = Checkpoints(cluster, self.graph, tmp_path)
        self.cluster = cluster
        cluster.run(self.graph)

    def emit(self, rows: int) -> None:
        """Lets ``rows`` more leave the sources, and waits until they have."""
        target = len(self.source.emitted) + rows
        self.pace.release(rows)
        wait_for(lambda: len(self.source.emitted) >= target)

    def states(self, attempt: int = 1) -> set[ExecutionState]:
        """The last of each subtask."""
        return {
            self.cluster.reports.of(vertex.id, subtask, attempt)[-1].state
            for vertex in self.graph.vertices
            for subtask in range(vertex.parallelism)
        }

    def wait_finished(self, attempt: int = 1) -> None:
        for item in self.graph.vertices:
            for subtask in range(item.parallelism):
                self.cluster.reports.wait(item.id, ExecutionState.FINISHED, subtask, attempt)

    def cancel(self) -> None:
        self.checkpoints.cancel()


def stored_files(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / JOB / "shared").iterdir()}


def test_a_checkpoint_holds_exactly_what_came_before_its_barrier(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path)
    running.emit(20)
    running.checkpoints.trigger(1)
    running.emit(20)
    completed = running.checkpoints.completed(1)
    left = {value for handle in handles(completed, "source-0") for value in handle.items}
    counts = [count for handle in handles(completed, "keep-0") for count in handle.values.values()]
    assert sum(counts) == 1000 - len(left)
    rows = sum(chunk.rows for handle in handles(completed, "keep-0") for chunk in handle.keyed)
    assert rows == sum(counts)
    prepared = [value for handle in handles(completed, "sink-0") for _, values in handle.items for value in values]
    assert sorted(prepared) == sorted(set(range(1000)) - left)
    assert running.sink.committed == []


def test_what_a_checkpoint_covers_is_committed_when_it_completes(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path)
    running.emit(10)
    running.checkpoints.trigger(1)
    running.checkpoints.completed(1)
    assert running.sink.committed == []
    running.checkpoints.notify_complete(1)
    wait_for(lambda: len(running.sink.committed) == 10)
    running.emit(10)
    running.checkpoints.trigger(2)
    running.checkpoints.completed(2)
    running.checkpoints.notify_aborted(2)
    wait_for(lambda: running.keeper.moments.count("aborted 2") == 2)
    assert len(running.sink.committed) == 10
    running.checkpoints.complete(3)
    wait_for(lambda: sorted(running.sink.committed) == sorted(running.source.emitted))


@pytest.mark.parametrize("mode", ["EXACTLY_ONCE", "AT_LEAST_ONCE"])
def test_a_task_that_waits_for_a_barrier_goes_on_when_the_checkpoint_is_aborted(
    start: Start, tmp_path: Path, mode: str
) -> None:
    cluster = start(**{"execution.checkpointing.mode": mode})
    pace = threading.Semaphore(0)
    sink = Recording()
    graph = job(
        vertex("ready", Numbers(100, pace, endless=True)),
        vertex("silent", Numbers(0, endless=True)),
        vertex("sink", sink),
        edge("ready", "sink", input=0),
        edge("silent", "sink", input=1),
    )
    cluster.run(graph)
    checkpoints = Checkpoints(cluster, graph, tmp_path)
    cluster.reports.wait("ready", ExecutionState.RUNNING)
    executor = next(executor for executor in cluster.executors if checkpoints.executions[0] in executor.metrics())
    executor.trigger_checkpoint(CheckpointTrigger(checkpoints.executions[0], 1, 0))
    cluster.reports.wait_until(
        lambda: any(isinstance(report, CheckpointAcknowledged) for report in cluster.reports.all)
    )
    pace.release(3)
    if mode == "AT_LEAST_ONCE":
        wait_for(lambda: len(sink.batches) == 3)
    else:
        pause = threading.Event()
        assert not pause.wait(0.1)
        assert sink.batches == []
    checkpoints.notify_aborted(1)
    wait_for(lambda: len(sink.batches) == 3)
    checkpoints.complete(2)


def test_rows_held_back_go_before_the_barrier(start: Start, tmp_path: Path) -> None:
    cluster = start()
    source, sink = Numbers(10, endless=True), Ledger()
    graph = pipeline(source, Keeper(held_back=True), sink)
    cluster.run(graph)
    checkpoints = Checkpoints(cluster, graph, tmp_path)
    wait_for(lambda: len(source.emitted) == 10)
    completed = checkpoints.complete(1)
    prepared = [value for handle in handles(completed, "sink-0") for _, values in handle.items for value in values]
    assert sorted(prepared) == list(range(10))


def test_a_chunk_that_is_stored_is_only_referred_to(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path)
    running.emit(50)
    running.checkpoints.complete(1)
    first = stored_files(tmp_path)
    times = {name: (tmp_path / JOB / "shared" / name).stat().st_mtime_ns for name in first}
    running.emit(50)
    completed = running.checkpoints.complete(2)
    acknowledged = running.checkpoints.acknowledged(2)
    assert first < stored_files(tmp_path)
    assert {name: (tmp_path / JOB / "shared" / name).stat().st_mtime_ns for name in first} == times
    keepers = [ack for id_, ack in acknowledged.items() if id_.vertex_id == "keep"]
    files = {chunk.path for handle in handles(completed, "keep-0") for chunk in handle.keyed}
    assert files == stored_files(tmp_path)
    sizes = {name: (tmp_path / JOB / "shared" / name).stat().st_size for name in files}
    beside = sum(ack.stored_bytes for ack in keepers) - sum(sizes[name] for name in files - first)
    assert 0 < beside < 100  # values and items
    assert sum(ack.state_bytes for ack in keepers) == sum(sizes.values()) + beside


def test_stored_rows_do_not_stay_in_memory(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks: list[StateChunk] = []
    store = snapshot_uploader.store_chunk
    monkeypatch.setattr(snapshot_uploader, "store_chunk", lambda to, chunk: (chunks.append(chunk), store(to, chunk))[1])
    running = Job(start(), tmp_path)
    running.emit(10)
    running.checkpoints.complete(1)
    assert chunks
    assert all(chunk.released for chunk in chunks)


def test_a_restored_job_goes_on_where_the_checkpoint_was_and_stores_nothing_again(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path)
    running.emit(30)
    completed = running.checkpoints.complete(1)
    files = stored_files(tmp_path)
    running.emit(30)
    running.cancel()
    later = running.checkpoints.restart(completed)
    running.pace.release(1000)
    later.inputs_ended()
    later.complete(2, stop=True)
    running.wait_finished(attempt=2)
    assert sorted(running.sink.committed) == list(range(1000))
    assert sorted(value for seen in running.keeper.seen.values() for value in seen) == list(range(1000))
    assert files < stored_files(tmp_path)
    names = [chunk.path for handle in handles(later.completed(2), "keep-0") for chunk in handle.keyed]
    assert set(names) == stored_files(tmp_path)


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 3), (3, 1), (2, 4)])
def test_a_job_restored_at_another_parallelism_goes_on(start: Start, tmp_path: Path, before: int, after: int) -> None:
    running = Job(start(), tmp_path, count=200, parallelism=before)
    running.emit(70)
    completed = running.checkpoints.complete(1)
    running.cancel()
    rescaled = pipeline(running.source, running.keeper, running.sink, after)
    running.keeper.seen.clear()
    later = running.checkpoints.restart(completed, rescaled)
    running.pace.release(1000)
    later.inputs_ended()
    later.complete(2, stop=True)
    for subtask in range(after):
        running.cluster.reports.wait("sink", ExecutionState.FINISHED, subtask, attempt=2)
    assert sorted(running.sink.committed) == list(range(200))
    assert sorted(value for seen in running.keeper.seen.values() for value in seen) == list(range(200))


def test_tasks_whose_input_has_ended_stay_until_the_last_checkpoint_completes(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path, count=20)
    running.pace.release(20)
    running.checkpoints.inputs_ended()
    assert running.states() == {ExecutionState.RUNNING}
    assert running.sink.finished == [True, True]
    assert running.sink.committed == []
    ordinary = running.checkpoints.complete(1)
    assert all(handle.ended for name in ("source-0", "keep-0", "sink-0") for handle in handles(ordinary, name))
    wait_for(lambda: len(running.sink.committed) == 20)
    assert running.states() == {ExecutionState.RUNNING}
    running.checkpoints.complete(2, stop=True)
    running.wait_finished()
    assert sorted(running.sink.committed) == list(range(20))


def test_the_last_checkpoint_may_be_tried_again(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path, count=20)
    running.pace.release(20)
    running.checkpoints.inputs_ended()
    running.checkpoints.trigger(1, stop=True)
    running.checkpoints.acknowledged(1)
    running.checkpoints.notify_aborted(1)
    running.checkpoints.trigger(2, stop=True)
    running.checkpoints.acknowledged(2)
    assert running.states() == {ExecutionState.RUNNING}
    running.checkpoints.notify_complete(2)
    running.wait_finished()
    assert sorted(running.sink.committed) == list(range(20))


def test_a_task_that_waits_for_the_last_checkpoint_can_be_cancelled(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path, count=20)
    running.pace.release(20)
    running.checkpoints.inputs_ended()
    running.cancel()
    assert running.sink.committed == []


def test_a_task_restored_after_its_end_commits_and_waits(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path, count=20)
    running.pace.release(20)
    running.checkpoints.inputs_ended()
    running.checkpoints.trigger(1)
    completed = running.checkpoints.completed(1)
    running.cancel()  # nobody was told that it is complete
    assert running.sink.committed == []
    emitted = len(running.source.emitted)
    later = running.checkpoints.restart(completed)
    later.inputs_ended()
    assert sorted(running.sink.committed) == list(range(20))
    later.complete(2, stop=True)
    running.wait_finished(attempt=2)
    assert len(running.source.emitted) == emitted
    assert running.sink.finished == [True, True]
    assert sorted(running.sink.committed) == list(range(20))


def test_one_source_that_has_ended_takes_part_while_another_goes_on(start: Start, tmp_path: Path) -> None:
    cluster = start()
    pace = threading.Semaphore(0)
    short, long, sink = Numbers(5), Numbers(100, pace), Ledger()
    graph = job(
        vertex("short", short),
        vertex("long", long),
        vertex("sink", sink),
        edge("short", "sink", input=0),
        edge("long", "sink", input=1),
    )
    cluster.run(graph)
    checkpoints = Checkpoints(cluster, graph, tmp_path)
    ended = InputEnded(ExecutionId(JOB, "short", 0, 1))
    cluster.reports.wait_until(lambda: ended in cluster.reports.all)
    completed = checkpoints.complete(1)
    assert [handle.ended for name in ("short-0", "long-0", "sink-0") for handle in handles(completed, name)] == [
        True,
        False,
        False,
    ]
    wait_for(lambda: sink.committed == [0, 1, 2, 3, 4])
    for name in ("short", "long", "sink"):
        cluster.cancel(name)
        cluster.reports.wait(name, ExecutionState.CANCELED)
    later = checkpoints.restart(completed)
    pace.release(200)
    later.inputs_ended()
    later.complete(2, stop=True)
    cluster.reports.wait("sink", ExecutionState.FINISHED, attempt=2)
    assert len(short.emitted) == 5


def test_without_checkpoints_tasks_finish_and_sinks_commit_at_their_end(start: Start, tmp_path: Path) -> None:
    running = Job(start(**NO_INTERVAL), tmp_path, count=20)
    running.pace.release(20)
    running.wait_finished()
    assert running.sink.finished == [False, False]
    assert sorted(running.sink.committed) == list(range(20))


def test_a_job_suspended_with_a_savepoint_emits_nothing_after_it_and_ends_without_finishing(
    start: Start, tmp_path: Path
) -> None:
    running = Job(start(), tmp_path)
    running.emit(30)
    savepoint = str(tmp_path / "savepoint")
    running.checkpoints.trigger(1, stop=True, savepoint=savepoint)
    completed = running.checkpoints.completed(1, savepoint)
    emitted = list(running.source.emitted)
    running.pace.release(1000)
    left = {value for handle in handles(completed, "source-0") for value in handle.items}
    assert left == set(range(1000)) - set(emitted)
    running.checkpoints.notify_complete(1)
    running.wait_finished()
    assert running.source.emitted == emitted
    assert sorted(running.sink.committed) == sorted(emitted)
    assert running.sink.finished == []
    assert not (tmp_path / JOB).exists()


def test_a_job_whose_suspension_fails_goes_on(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path, count=60)
    running.emit(30)
    running.checkpoints.trigger(1, stop=True, savepoint=str(tmp_path / "savepoint"))
    running.checkpoints.acknowledged(1)
    running.checkpoints.notify_aborted(1)
    running.pace.release(100)
    running.checkpoints.inputs_ended()
    running.checkpoints.complete(2, stop=True)
    running.wait_finished()
    assert sorted(running.sink.committed) == list(range(60))


def test_a_later_checkpoint_tells_tasks_too_that_the_suspension_has_failed(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path, count=60)
    running.emit(30)
    running.checkpoints.trigger(1, stop=True, savepoint=str(tmp_path / "savepoint"))
    running.checkpoints.acknowledged(1)
    running.checkpoints.complete(2)
    running.pace.release(100)
    running.checkpoints.inputs_ended()
    running.checkpoints.complete(3, stop=True)
    running.wait_finished()
    assert sorted(running.sink.committed) == list(range(60))


@pytest.mark.parametrize("interval", ["1 h", None])
def test_a_drained_job_ends_as_if_there_were_no_more_rows(start: Start, tmp_path: Path, interval: str | None) -> None:
    running = Job(start(**{"execution.checkpointing.interval": interval}), tmp_path)
    running.emit(30)
    running.checkpoints.trigger(1, stop=True, drain=True, savepoint=str(tmp_path / "savepoint"))
    running.checkpoints.inputs_ended()
    completed = running.checkpoints.completed(1, str(tmp_path / "savepoint"))
    assert all(handle.ended for name in ("source-0", "keep-0", "sink-0") for handle in handles(completed, name))
    assert len(running.sink.finished) == 2
    running.checkpoints.notify_complete(1)
    running.wait_finished()
    assert sorted(running.sink.committed) == sorted(running.source.emitted)
    assert len(running.source.emitted) < 1000


def test_a_savepoint_holds_everything_itself(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path)
    running.emit(30)
    running.checkpoints.complete(1)
    running.emit(30)
    savepoint = tmp_path / "savepoint"
    completed = running.checkpoints.complete(2, savepoint=str(savepoint))
    files = {chunk.path for handle in handles(completed, "keep-0") for chunk in handle.keyed}
    assert {path.name for path in savepoint.iterdir()} == files
    assert stored_files(tmp_path) < files
    running.cancel()
    for path in (tmp_path / JOB / "shared").iterdir():
        path.unlink()
    later = running.checkpoints.restart(completed)
    running.pace.release(1000)
    later.inputs_ended()
    later.complete(3, stop=True)
    running.wait_finished(attempt=2)
    assert sorted(running.sink.committed) == list(range(1000))


def test_after_a_start_from_a_savepoint_the_first_checkpoint_does_not_need_it_any_more(
    start: Start, tmp_path: Path
) -> None:
    running = Job(start(), tmp_path)
    running.emit(30)
    savepoint = tmp_path / "savepoint"
    completed = running.checkpoints.complete(1, savepoint=str(savepoint))
    running.cancel()
    later = running.checkpoints.restart(completed)
    own = later.complete(2)
    files = {chunk.path for handle in handles(own, "keep-0") for chunk in handle.keyed}
    assert files
    assert files == stored_files(tmp_path) == {path.name for path in savepoint.iterdir()}


def test_what_only_a_savepoint_has_is_stored_by_the_next_checkpoint(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path)
    running.emit(30)
    savepoint = tmp_path / "savepoint"
    running.checkpoints.complete(1, savepoint=str(savepoint))
    for path in savepoint.iterdir():
        path.unlink()
    completed = running.checkpoints.complete(2)
    assert {chunk.path for handle in handles(completed, "keep-0") for chunk in handle.keyed} == stored_files(tmp_path)


def test_a_savepoint_without_checkpoints_outlives_the_one_the_job_began_with(start: Start, tmp_path: Path) -> None:
    running = Job(start(**NO_INTERVAL), tmp_path)
    running.emit(30)
    completed = running.checkpoints.complete(1, savepoint=str(tmp_path / "first"))
    running.cancel()
    later = running.checkpoints.restart(completed)
    later.cluster.reports.wait("keep", ExecutionState.RUNNING, 0, attempt=2)
    later.cluster.reports.wait("keep", ExecutionState.RUNNING, 1, attempt=2)
    for path in (tmp_path / "first").iterdir():
        path.unlink()
    again = later.complete(2, savepoint=str(tmp_path / "second"))
    files = {chunk.path for handle in handles(again, "keep-0") for chunk in handle.keyed}
    assert files == {path.name for path in (tmp_path / "second").iterdir()}


def test_a_checkpoint_that_cannot_be_stored_is_declined_and_the_next_one_stores_it(
    start: Start, tmp_path: Path
) -> None:
    directory = tmp_path / JOB
    directory.write_text("in the way of the directory")
    running = Job(start(), tmp_path)
    running.emit(30)
    running.checkpoints.trigger(1)
    declined = running.checkpoints.declined(1)
    assert declined.execution.vertex_id == "keep"
    assert declined.error.startswith("Cannot store state in '")
    running.checkpoints.notify_aborted(1)
    directory.unlink()
    running.emit(30)
    completed = running.checkpoints.complete(2)
    chunks = [chunk for handle in handles(completed, "keep-0") for chunk in handle.keyed]
    assert sum(chunk.rows for chunk in chunks) == 60
    assert {chunk.path for chunk in chunks} == stored_files(tmp_path)
    assert running.states() == {ExecutionState.RUNNING}


def test_a_storage_that_raises_whatever_it_likes_fails_the_checkpoint_alone(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(directory: str, chunk: StateChunk) -> None:
        raise MemoryError

    monkeypatch.setattr(snapshot_uploader, "store_chunk", refuse)
    running = Job(start(), tmp_path)
    running.emit(5)
    running.checkpoints.trigger(1)
    assert running.checkpoints.declined(1).error == "MemoryError: "
    assert running.states() == {ExecutionState.RUNNING}


class SlowStorage:
    """Stores when it is allowed to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.allowed = threading.Event()
        self.asked, self.stored = threading.Semaphore(0), threading.Semaphore(0)
        store = snapshot_uploader.store_chunk

        def store_later(directory: str, chunk: StateChunk) -> object:
            self.asked.release()
            assert self.allowed.wait(PATIENCE)
            handle = store(directory, chunk)
            self.stored.release()
            return handle

        monkeypatch.setattr(snapshot_uploader, "store_chunk", store_later)


def test_rows_go_on_while_state_is_stored(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = SlowStorage(monkeypatch)
    running = Job(start(), tmp_path)
    running.emit(30)
    running.checkpoints.trigger(1)
    assert storage.asked.acquire(timeout=PATIENCE)
    running.emit(30)
    wait_for(lambda: sum(len(seen) for seen in running.keeper.seen.values()) == 60)
    storage.allowed.set()
    running.checkpoints.acknowledged(1)


def test_a_cancelled_task_reports_nothing_of_what_is_being_stored(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = SlowStorage(monkeypatch)
    running = Job(start(), tmp_path, parallelism=1)
    begun = running.checkpoints.complete(1)
    running.emit(30)
    running.checkpoints.trigger(2)
    assert storage.asked.acquire(timeout=PATIENCE)
    running.cancel()
    storage.allowed.set()
    assert storage.stored.acquire(timeout=PATIENCE)
    later = running.checkpoints.restart(begun)
    running.emit(30)
    later.complete(3)
    keep = ExecutionId(JOB, "keep", 0, 1)
    reports = [r for r in running.cluster.reports.all if isinstance(r, CheckpointAcknowledged) and r.execution == keep]
    assert [report.checkpoint_id for report in reports] == [1]


def test_an_upload_that_hangs_does_not_keep_a_later_attempt_from_its_checkpoints(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = SlowStorage(monkeypatch)
    running = Job(start(), tmp_path, parallelism=1)
    begun = running.checkpoints.complete(1)  # nothing to store yet
    running.emit(30)
    running.checkpoints.trigger(2)
    assert storage.asked.acquire(timeout=PATIENCE)
    running.cancel()
    later = running.checkpoints.restart(begun)
    later.complete(3)
    storage.allowed.set()


def test_an_aborted_checkpoint_is_not_stored_to_its_end(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = SlowStorage(monkeypatch)
    running = Job(start(), tmp_path, parallelism=1)
    running.emit(30)
    running.checkpoints.trigger(1, savepoint=str(tmp_path / "savepoint"))
    assert storage.asked.acquire(timeout=PATIENCE)
    running.checkpoints.notify_aborted(1)
    wait_for(lambda: "aborted 1" in running.keeper.moments)
    storage.allowed.set()
    completed = running.checkpoints.complete(2)
    keep = ExecutionId(JOB, "keep", 0, 1)
    ids = [
        r.checkpoint_id
        for r in running.cluster.reports.all
        if isinstance(r, CheckpointAcknowledged) and r.execution == keep
    ]
    assert ids == [2]
    assert {chunk.path for handle in handles(completed, "keep-0") for chunk in handle.keyed} == stored_files(tmp_path)


def test_state_that_is_damaged_names_the_checkpoint_to_forget(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path, parallelism=1)
    running.emit(30)
    completed = running.checkpoints.complete(7)
    running.cancel()
    path = next((tmp_path / JOB / "shared").iterdir())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    running.checkpoints.restart(completed)
    failed = running.cluster.reports.wait("keep", ExecutionState.FAILED, attempt=2)
    assert failed.unreadable_checkpoint == 7
    assert failed.error is not None
    assert path.name in failed.error
    assert "'keep'" in failed.error
    path.unlink()
    running.checkpoints.attempt = 2
    running.checkpoints.restart(completed)
    failed = running.cluster.reports.wait("keep", ExecutionState.FAILED, attempt=3)
    assert failed.unreadable_checkpoint == 7


def test_a_storage_that_does_not_answer_says_nothing_about_the_checkpoint(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object) -> StateChunk:
        raise StorageUnavailableError("Cannot read the state of operator 'keep': timed out.")

    running = Job(start(), tmp_path, parallelism=1)
    running.emit(30)
    completed = running.checkpoints.complete(7)
    running.cancel()
    monkeypatch.setattr(state_restore, "load_chunk", unreachable)
    running.checkpoints.restart(completed)
    failed = running.cluster.reports.wait("keep", ExecutionState.FAILED, attempt=2)
    assert failed.unreadable_checkpoint is None
    assert failed.error == "Cannot read the state of operator 'keep': timed out."


def test_a_commit_that_is_refused_fails_the_task(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path, parallelism=1)
    running.sink.refuses = True
    running.emit(5)
    running.checkpoints.complete(1)
    failed = running.cluster.reports.wait("sink", ExecutionState.FAILED)
    assert failed.error == "sink (1/1): ValueError: the target refuses"
    assert running.sink.closed == [0]


def test_state_that_cannot_be_captured_fails_the_task(start: Start, tmp_path: Path) -> None:
    cluster = start()
    broken = Recording(fails_on="snapshot")
    graph = job(vertex("source", Numbers(1, endless=True)), vertex("broken", broken), edge("source", "broken"))
    cluster.run(graph)
    cluster.reports.wait("broken", ExecutionState.RUNNING)
    Checkpoints(cluster, graph, tmp_path).trigger(1)
    assert cluster.reports.wait("broken", ExecutionState.FAILED).error == "broken (1/1): ValueError: told to"


def test_what_does_not_run_here_cannot_be_triggered(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path, parallelism=1)
    running.cluster.reports.wait("keep", ExecutionState.RUNNING)
    executor = running.cluster.executors[0]
    for name, attempt in (("source", 2), ("keep", 1)):
        with pytest.raises(ClusterError, match=f"No source {name}, subtask 0, attempt {attempt} runs here"):
            executor.trigger_checkpoint(CheckpointTrigger(ExecutionId(JOB, name, 0, attempt), 1, 0))


def test_a_trigger_that_comes_twice_makes_one_snapshot(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path)
    running.emit(10)
    running.checkpoints.trigger(1)
    running.checkpoints.trigger(1)
    running.checkpoints.acknowledged(1)
    running.checkpoints.complete(2)
    acknowledged = [
        (r.execution, r.checkpoint_id) for r in running.cluster.reports.all if isinstance(r, CheckpointAcknowledged)
    ]
    assert len(acknowledged) == len(set(acknowledged))


def test_waiting_tasks_are_idle(start: Start, tmp_path: Path) -> None:
    running = Job(start(), tmp_path, count=4)
    running.pace.release(4)
    running.checkpoints.inputs_ended()
    before = {id_: m for executor in running.cluster.executors for id_, m in executor.metrics().items()}
    threading.Event().wait(0.2)
    after = {id_: m for executor in running.cluster.executors for id_, m in executor.metrics().items()}
    assert len(after) == 6
    assert all(after[id_].idle_ms > metrics.idle_ms for id_, metrics in before.items())
    assert all(after[id_].busy_ms - metrics.busy_ms < 100 for id_, metrics in before.items())
    running.checkpoints.complete(1, stop=True)
    running.wait_finished()
    last = [r.metrics for r in running.cluster.reports.all if isinstance(r, TaskStateChanged) and r.metrics is not None]
    assert sum(metrics.records_in for metrics in last) == 12


@pytest.mark.parametrize("seed", range(4))
def test_every_row_is_committed_once_whatever_is_killed_when(start: Start, tmp_path: Path, seed: int) -> None:
    """Checkpoints complete, are aborted or lose their notice at random; at random the job is cancelled and restored
    from the last complete one, at a random parallelism."""
    chance = random.Random(seed)
    running = Job(start(), tmp_path, count=400)
    checkpoints, graph = running.checkpoints, running.graph
    latest = checkpoints.complete(1)
    for checkpoint_id in range(2, 14):
        running.pace.release(chance.randint(1, 40))
        checkpoints.trigger(checkpoint_id)
        fate = chance.choice(["complete", "complete", "lost notice", "aborted", "killed"])
        if fate in ("complete", "lost notice"):
            latest = checkpoints.completed(checkpoint_id)
        if fate == "complete":
            checkpoints.notify_complete(checkpoint_id)
        elif fate == "aborted":
            checkpoints.notify_aborted(checkpoint_id)
        if fate == "killed" or chance.random() < 0.2:
            checkpoints.cancel()
            graph = pipeline(running.source, running.keeper, running.sink, chance.randint(1, 3))
            running.keeper.seen.clear()
            checkpoints = checkpoints.restart(latest, graph)
    running.pace.release(10_000)
    checkpoints.inputs_ended()
    checkpoints.complete(100, stop=True)
    for execution in checkpoints.executions:
        running.cluster.reports.wait(
            execution.vertex_id, ExecutionState.FINISHED, execution.subtask, checkpoints.attempt
        )
    assert sorted(running.sink.committed) == list(range(400))
    assert sorted(value for seen in running.keeper.seen.values() for value in seen) == list(range(400))
