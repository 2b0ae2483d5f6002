"""A job's state kept, moved on from and disposed of, by the command against real processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.processes import ProcessCluster
from tests.recovery.job_on_rest import JobOnRest

NO_JOB = "0" * 32


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessCluster]:
    with ProcessCluster(tmp_path_factory.mktemp("cluster"), 1, {"taskmanager.numberOfTaskSlots": "2"}) as cluster:
        yield cluster


def script(directory: Path) -> Path:
    """A job that goes on reading what lands in ``directory/in``, into files that show rows once they are committed."""
    (directory / "in").mkdir(exist_ok=True)
    path = directory / "script.sql"
    path.write_text(
        f"""
        SET 'execution.checkpointing.interval' = '200 ms';
        CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '{directory}/in',
          'format' = 'json', 'source.monitor-interval' = '50 ms');
        CREATE TABLE files (id BIGINT) WITH
          ('connector' = 'filesystem', 'path' = '{directory}/out', 'format' = 'json');
        INSERT INTO files SELECT id FROM numbers WHERE id > 0;
        """
    )
    return path


def land(directory: Path, first: int, last: int) -> None:
    hidden = directory / "in" / ".landing"
    hidden.write_text("".join(f'{{"id": {number}}}\n' for number in range(first, last + 1)))
    hidden.rename(directory / "in" / f"{first}.json")


def committed(directory: Path) -> list[int]:
    files = [path for path in (directory / "out").rglob("*") if path.is_file() and not path.name.startswith((".", "_"))]
    return sorted(json.loads(line)["id"] for path in files for line in path.read_text().splitlines())


def test_a_job_is_kept_stopped_and_gone_on_with(cluster: ProcessCluster, tmp_path: Path) -> None:
    job = JobOnRest(cluster, cluster.submit(script(tmp_path)))
    job.wait_running()
    land(tmp_path, 1, 1_000)
    job.wait_until("the first rows are read", lambda job: sum(job.rows_read().values()) == 1_000)
    kept = cluster.sqlstream("savepoint", job.id, str(tmp_path / "kept")).stdout
    assert f"Triggering savepoint for job {job.id}." in kept
    assert f"Savepoint completed. Path: {tmp_path}/kept/savepoint-{job.id[:6]}-" in kept
    assert job.state == "RUNNING"

    land(tmp_path, 1_001, 2_000)
    job.wait_until("the next rows are read", lambda job: sum(job.rows_read().values()) == 2_000)
    stopped = cluster.sqlstream("stop", "--savepointPath", str(tmp_path / "stopped"), job.id).stdout
    assert f"Suspending job {job.id}" in stopped
    assert job.state == "FINISHED"
    assert committed(tmp_path) == list(range(1, 2_001))

    land(tmp_path, 2_001, 3_000)
    (savepoint,) = (tmp_path / "stopped").iterdir()
    again = JobOnRest(cluster, cluster.submit(script(tmp_path), "-s", str(savepoint), "-p", "2"))
    again.wait_until("the last rows are read", lambda job: sum(job.rows_read().values()) == 1_000)
    drained = cluster.sqlstream("stop", "--drain", "--savepointPath", str(tmp_path / "drained"), again.id).stdout
    assert f"Draining job {again.id}" in drained
    assert again.state == "FINISHED"
    assert committed(tmp_path) == list(range(1, 3_001))
    assert again.checkpoints()["latest"]["restored"]["external_path"] == str(savepoint)


def test_a_savepoint_is_disposed_of(cluster: ProcessCluster, tmp_path: Path) -> None:
    job = JobOnRest(cluster, cluster.submit(script(tmp_path)))
    job.wait_running()
    cluster.sqlstream("stop", "-p", str(tmp_path / "savepoints"), job.id)
    (savepoint,) = (tmp_path / "savepoints").iterdir()
    disposed = cluster.sqlstream("savepoint", "--dispose", str(savepoint)).stdout
    assert f"Savepoint '{savepoint}' disposed." in disposed
    assert list((tmp_path / "savepoints").iterdir()) == []
    missing = cluster.sqlstream("savepoint", "--dispose", str(savepoint), check=False)
    assert missing.returncode == 1
    assert f"There is no checkpoint or savepoint at '{savepoint}'" in missing.stderr


def test_what_cannot_be_done_is_said_in_a_line(cluster: ProcessCluster, tmp_path: Path) -> None:
    job = JobOnRest(cluster, cluster.submit(script(tmp_path)))
    job.wait_running()
    nowhere = cluster.sqlstream("savepoint", job.id, check=False)
    assert nowhere.returncode == 1
    assert "execution.checkpointing.savepoint-dir" in nowhere.stderr
    (tmp_path / "file").write_text("")
    refused = cluster.sqlstream("savepoint", job.id, str(tmp_path / "file"), check=False)
    assert refused.returncode == 1
    assert f"The savepoint of job {job.id} failed: " in refused.stderr
    assert "Traceback" not in refused.stderr
    assert job.state == "RUNNING"
    cluster.sqlstream("cancel", job.id)
    too_late = cluster.sqlstream("stop", "-p", str(tmp_path / "late"), job.id, check=False)
    assert too_late.returncode == 1
    assert "CANCELED" in too_late.stderr
    unknown = cluster.sqlstream("stop", NO_JOB, check=False)
    assert NO_JOB in unknown.stderr
    both = cluster.sqlstream("savepoint", NO_JOB, "--dispose", str(tmp_path), check=False)
    assert both.returncode == 2


def test_a_savepoint_that_is_none_starts_nothing(cluster: ProcessCluster, tmp_path: Path) -> None:
    before = cluster.get("/jobs").json()
    refused = cluster.sqlstream("run", "-t", "remote", "-s", str(tmp_path / "none"), str(script(tmp_path)), check=False)
    assert refused.returncode == 1
    assert f"There is no checkpoint or savepoint at '{tmp_path}/none'" in refused.stderr + refused.stdout
    assert cluster.get("/jobs").json() == before
