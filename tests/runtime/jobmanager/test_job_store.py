import stat
from pathlib import Path

import msgspec
import pytest
from control_plane_jobs import job_id, three_step_job
from stored_checkpoints import chunk, metadata, stored_checkpoint, stored_chunk

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConfigError, StateError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.job_defaults import with_cluster_defaults
from sqlstream.runtime.jobmanager.job_store import FileJobStore, ForgetfulJobStore, JobStore, job_store
from sqlstream.state.checkpoint_files import read_checkpoint, write_metadata
from sqlstream.state.checkpoint_locations import checkpoint_directory, savepoint_location, shared_directory
from sqlstream.state.chunk_files import store_chunk
from sqlstream.state.handles import CompletedCheckpoint, SnapshotKind
from sqlstream.state.storage_errors import StorageUnavailableError


@pytest.fixture(params=["local", "memory"])
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Configuration:
    root = str(tmp_path) if request.param == "local" else f"memory://{tmp_path.name}"
    return Configuration({"jobmanager.storage": f"{root}/ha", "execution.checkpointing.dir": f"{root}/checkpoints"})


def started(cluster: Configuration) -> JobStore:
    store = job_store(cluster)
    store.recover()
    return store


def job(cluster: Configuration, number: int = 1, **options: str) -> JobGraph:
    graph = msgspec.structs.replace(three_step_job(number), configuration=options)
    return with_cluster_defaults(graph, cluster)


def directory(graph: JobGraph) -> str:
    return checkpoint_directory(Configuration(graph.configuration), graph.job_id)


def completed(store: JobStore, graph: JobGraph, number: int) -> CompletedCheckpoint:
    chunk_handle = stored_chunk(directory(graph), number)
    checkpoint = stored_checkpoint(directory(graph), number, [chunk_handle], job_id=graph.job_id)
    store.put_checkpoint(graph.job_id, checkpoint)
    return checkpoint


def test_a_later_jobmanager_finds_the_jobs_and_their_checkpoints_in_order(cluster: Configuration) -> None:
    store = started(cluster)
    first, second = job(cluster, 1), job(cluster, 2)
    store.put_job(first)
    store.put_job(second)
    checkpoints = tuple(completed(store, second, number) for number in (8, 9, 10))
    epoch, recovered = job_store(cluster).recover()
    assert epoch == 2
    assert [(r.graph, r.checkpoints, r.savepoint, r.error) for r in recovered] == [
        (first, (), None, None),
        (second, checkpoints, None, None),
    ]


def test_what_is_forgotten_is_not_found(cluster: Configuration) -> None:
    store = started(cluster)
    graph = job(cluster)
    store.put_job(graph)
    completed(store, graph, 1)
    second = completed(store, graph, 2)
    store.remove_checkpoint(graph.job_id, 1)
    assert job_store(cluster).recover()[1][0].checkpoints == (second,)
    later = started(cluster)
    later.remove_job(graph.job_id, JobStatus.FINISHED)
    later.remove_job(graph.job_id, JobStatus.FINISHED)
    assert job_store(cluster).recover() == (4, [])


def test_how_jobs_ended_is_remembered_where_it_is_wanted_until_everything_is_cleared(cluster: Configuration) -> None:
    location = cluster["jobmanager.storage"]
    store = FileJobStore(location, remembers_ended=True)
    store.recover()
    for number, status in ((1, JobStatus.FINISHED), (2, JobStatus.CANCELED)):
        store.put_job(job(cluster, number))
        store.remove_job(job_id(number), status)
    later = FileJobStore(location, remembers_ended=True)
    assert later.recover() == (2, [])
    assert later.ended() == {job_id(1): JobStatus.FINISHED, job_id(2): JobStatus.CANCELED}
    later.clear()
    assert FileJobStore(location).recover() == (1, [])
    assert later.ended() == {}


def test_each_start_has_an_epoch_of_its_own(cluster: Configuration) -> None:
    assert [job_store(cluster).recover()[0] for _ in range(4)] == [1, 2, 3, 4]


def test_a_jobmanager_whose_place_was_taken_writes_nothing_more(cluster: Configuration) -> None:
    old = started(cluster)
    graph = job(cluster)
    old.put_job(graph)
    checkpoint = completed(old, graph, 1)
    started(cluster)
    for write in (
        lambda: old.put_job(job(cluster, 2)),
        lambda: old.put_checkpoint(graph.job_id, checkpoint),
        lambda: old.remove_checkpoint(graph.job_id, 1),
        lambda: old.remove_job(graph.job_id, JobStatus.FINISHED),
    ):
        with pytest.raises(StateError, match="Another JobManager has taken over"):
            write()
    assert job_store(cluster).recover()[1][0].checkpoints == (checkpoint,)


@pytest.mark.parametrize("damage", ["missing", "corrupt", "pointer"])
def test_a_checkpoint_that_cannot_be_read_is_passed_over_with_its_file_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    cluster = Configuration({"jobmanager.storage": str(tmp_path / "ha"), "process.working-dir": str(tmp_path)})
    store = started(cluster)
    graph = job(cluster)
    store.put_job(graph)
    first, second = (completed(store, graph, number) for number in (1, 2))
    file = Path(second.location) / "_metadata"
    if damage == "missing":
        file.unlink()
    elif damage == "corrupt":
        file.write_bytes(file.read_bytes()[:-20])
    else:
        file = tmp_path / "ha" / "jobs" / graph.job_id / "checkpoints" / "2.json"
        file.write_text("{")
    ((recovered),) = job_store(cluster).recover()[1]
    assert recovered.checkpoints == (first,)
    assert recovered.highest_checkpoint == 2
    assert recovered.error is None
    assert "Checkpoint 2 of job" in caplog.text
    if damage != "pointer":
        assert str(Path(second.location)) in caplog.text


def test_a_job_none_of_whose_checkpoints_can_be_read_does_not_begin_anew(tmp_path: Path) -> None:
    cluster = Configuration({"jobmanager.storage": str(tmp_path / "ha"), "process.working-dir": str(tmp_path)})
    store = started(cluster)
    graph = job(cluster)
    store.put_job(graph)
    for number in (1, 2):
        (Path(completed(store, graph, number).location) / "_metadata").write_text("")
    ((recovered),) = job_store(cluster).recover()[1]
    assert recovered.checkpoints == ()
    assert recovered.error is not None


def test_an_unreachable_storage_takes_no_job_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Configuration({"jobmanager.storage": str(tmp_path / "ha"), "process.working-dir": str(tmp_path)})
    store = started(cluster)
    graph = job(cluster)
    store.put_job(graph)
    completed(store, graph, 1)
    completed(store, graph, 2)

    def unreachable(path: str) -> None:
        raise StorageUnavailableError(f"Cannot read '{path}': Connection timed out.")

    monkeypatch.setattr("sqlstream.runtime.jobmanager.job_store.read_checkpoint", unreachable)
    with pytest.raises(StorageUnavailableError):
        job_store(cluster).recover()


def test_a_job_without_a_checkpoint_begins_with_its_savepoint(tmp_path: Path) -> None:
    cluster = Configuration({"jobmanager.storage": str(tmp_path / "ha"), "process.working-dir": str(tmp_path)})
    location = savepoint_location(str(tmp_path / "savepoints"), job_id(9))
    handle = store_chunk(location, chunk(1))
    savepoint = write_metadata(location, metadata(5, [handle], SnapshotKind.SAVEPOINT, job_id=job_id(9)))
    store = started(cluster)
    graph = job(cluster, **{"execution.state-recovery.path": location})
    store.put_job(graph)
    assert job_store(cluster).recover()[1][0].savepoint == savepoint
    (Path(location) / "_metadata").unlink()
    ((recovered),) = job_store(cluster).recover()[1]
    assert recovered.savepoint is None
    assert location in str(recovered.error)


def test_what_a_crash_left_half_done_is_removed(tmp_path: Path) -> None:
    cluster = Configuration({"jobmanager.storage": str(tmp_path / "ha"), "process.working-dir": str(tmp_path)})
    store = started(cluster)
    graph = job(cluster)
    store.put_job(graph)
    known = completed(store, graph, 1)
    unknown = stored_checkpoint(directory(graph), 2, [stored_chunk(directory(graph), 5)], job_id=graph.job_id)
    job_store(cluster).recover()
    assert read_checkpoint(known.location) == known
    assert not Path(unknown.location).exists()
    assert len(list(Path(shared_directory(directory(graph))).iterdir())) == 1


def test_nothing_is_removed_while_a_checkpoint_cannot_be_read(tmp_path: Path) -> None:
    cluster = Configuration({"jobmanager.storage": str(tmp_path / "ha"), "process.working-dir": str(tmp_path)})
    store = started(cluster)
    graph = job(cluster)
    store.put_job(graph)
    completed(store, graph, 1)
    second = completed(store, graph, 2)
    content = (Path(second.location) / "_metadata").read_bytes()
    (Path(second.location) / "_metadata").unlink()
    job_store(cluster).recover()
    (Path(second.location) / "_metadata").write_bytes(content)
    assert job_store(cluster).recover()[1][0].checkpoints[-1] == second
    assert len(list(Path(shared_directory(directory(graph))).iterdir())) == 2


def test_a_graph_that_is_none_is_passed_over_and_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cluster = Configuration({"jobmanager.storage": str(tmp_path / "ha")})
    store = started(cluster)
    store.put_job(job(cluster, 1))
    store.put_job(job(cluster, 2))
    broken = tmp_path / "ha" / "jobs" / job_id(1) / "graph.json"
    broken.write_text('{"job_id": 7}')
    assert [r.graph.job_id for r in job_store(cluster).recover()[1]] == [job_id(2)]
    assert str(broken) in caplog.text
    assert broken.exists()


def test_the_storage_is_its_owner_s_alone(tmp_path: Path) -> None:
    started(Configuration({"jobmanager.storage": str(tmp_path / "ha")}))
    assert stat.S_IMODE((tmp_path / "ha").stat().st_mode) == 0o700


def test_a_storage_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match=r"jobmanager\.storage"):
        job_store(Configuration({"jobmanager.storage": str(tmp_path / "file" / "ha")})).recover()


def test_without_a_storage_nothing_is_remembered(tmp_path: Path) -> None:
    cluster = Configuration({"process.working-dir": str(tmp_path)})
    store = job_store(cluster)
    assert isinstance(store, ForgetfulJobStore)
    store.put_job(job(cluster))
    assert job_store(cluster).recover() == (0, [])


def test_a_job_takes_the_cluster_s_options_below_its_own_with_paths_that_all_processes_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir("/usr")
    cluster = Configuration(
        {
            "execution.checkpointing.interval": "5 s",
            "execution.checkpointing.dir": "checkpoints",
            "restart-strategy.type": "none",
            "rest.port": "1",
        }
    )
    graph = job(
        cluster,
        **{"execution.checkpointing.interval": "1 s", "execution.checkpointing.savepoint-dir": "savepoints"},
    )
    assert graph.configuration == {
        "execution.checkpointing.interval": "1 s",
        "execution.checkpointing.dir": "/usr/checkpoints",
        "execution.checkpointing.savepoint-dir": "/usr/savepoints",
        "restart-strategy.type": "none",
    }


def test_checkpoints_that_could_be_stored_nowhere_are_refused_with_the_job() -> None:
    where = {"execution.checkpointing.dir": "nosuch://user:password@host/checkpoints"}
    assert job(Configuration(), **where).configuration == where
    with pytest.raises(ConfigError, match="cannot be used") as refused:
        job(Configuration(), **where, **{"execution.checkpointing.interval": "1 s"})
    assert "password" not in str(refused.value)
