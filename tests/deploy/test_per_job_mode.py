"""Each job on a cluster of its own, planned by its client, gone with the job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from own_cluster import Place, WatchedProcess, place

from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import JobStatus
from sqlstream.session.session import Session

pytestmark = pytest.mark.timeout(300)

ENDLESS = (
    "CREATE TABLE endless (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');"
    "CREATE TABLE nowhere (n INT) WITH ('connector' = 'blackhole');"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("SQLSTREAM_LOG_DIR", str(tmp_path))
    monkeypatch.setenv("SQLSTREAM_PID_DIR", str(tmp_path))
    with place(tmp_path) as opened:
        yield opened


@pytest.fixture
def session(here: Place) -> Iterator[Session]:
    with Session({"execution.target": "local-per-job"}) as session:
        yield session


def cluster(here: Place) -> list[WatchedProcess]:
    """The JobManager started last, and its TaskManagers."""
    job_manager = here.job_managers()[-1]
    return [job_manager, *here.task_managers(job_manager)]


def test_two_jobs_have_two_clusters_and_each_goes_with_its_job(here: Place, session: Session, tmp_path: Path) -> None:
    session.sql(ENDLESS)
    endless = session.sql("INSERT INTO nowhere SELECT n FROM endless").job
    assert endless is not None
    first = cluster(here)
    path = tmp_path / "t"
    session.sql(f"CREATE TABLE t (n INT) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv')")
    job = session.sql("INSERT INTO t VALUES (1), (2)").job
    assert job is not None
    second = cluster(here)
    assert second[0].pid != first[0].pid
    assert job.wait() is JobStatus.FINISHED
    assert all(process.has_ended() for process in second)
    assert sorted(line for file in path.glob("part-*") for line in file.read_text().split()) == ["1", "2"]
    assert job.progress().status is JobStatus.FINISHED
    assert {row[0]: row[2] for row in session.sql("SHOW JOBS")} == {endless.job_id: "RUNNING", job.job_id: "FINISHED"}
    assert not first[0].has_ended(0)
    endless.cancel()
    assert endless.wait() is JobStatus.CANCELED
    assert all(process.has_ended() for process in first)


def test_a_query_s_rows_can_be_read_before_its_cluster_goes(here: Place, session: Session) -> None:
    result = session.sql("SELECT * FROM (VALUES (1), (2), (3)) AS t(n)")
    processes = cluster(here)
    assert result.job is not None
    assert [row[0] for row in result] == [1, 2, 3]
    assert all(process.has_ended() for process in processes)
    assert result.job.wait() is JobStatus.FINISHED


def test_a_job_that_fails_leaves_its_cause(here: Place, session: Session, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("none\n")
    session.sql(
        f"CREATE TABLE t (n INT) WITH ('connector' = 'filesystem', 'path' = '{tmp_path}/text', 'format' = 'csv');"
        "CREATE TABLE nowhere (n INT) WITH ('connector' = 'blackhole');"
    )
    job = session.sql("INSERT INTO nowhere SELECT n FROM t").job
    assert job is not None
    with pytest.raises(ClusterError, match="none"):
        job.wait()
    assert job.progress().status is JobStatus.FAILED
    assert here.job_managers()[-1].has_ended()


def test_a_cluster_that_is_lost_is_told(here: Place, session: Session) -> None:
    session.sql(ENDLESS)
    job = session.sql("INSERT INTO nowhere SELECT n FROM endless").job
    assert job is not None
    processes = cluster(here)
    processes[0].kill()
    with pytest.raises(ClusterError, match="cannot be reached"):
        job.wait()
    assert all(process.has_ended() for process in processes)


def test_a_job_whose_cluster_was_lost_can_be_gone_on_with(here: Place, tmp_path: Path) -> None:
    options = {
        "execution.target": "local-per-job",
        "jobmanager.storage": f"{tmp_path}/storage",
        "execution.checkpointing.interval": "200 ms",
        "execution.checkpointing.dir": f"{tmp_path}/checkpoints",
    }
    with Session(options) as session:
        session.sql(
            "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000', "
            "'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '5000');"
            f"CREATE TABLE t (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '{tmp_path}/t', 'format' = 'csv');"
        )
        job = session.sql("INSERT INTO t SELECT n FROM numbers").job
        assert job is not None
        while not any(task.records_in for task in job.progress().vertices[-1][2]):
            job.wait(0.05)
        here.job_managers()[-1].kill()
        with pytest.raises(ClusterError):
            job.wait()
    (cluster_id,) = (directory.name for directory in (tmp_path / "storage").iterdir())
    given = {key: value for key, value in options.items() if key != "execution.target"}
    given |= {"high-availability.cluster-id": cluster_id, "rest.port": "0", "jobmanager.rpc.port": "0"}
    arguments = [argument for key, value in given.items() for argument in ("-D", f"{key}={value}")]
    ended = here.sqlstream("standalone-job", "start-foreground", "--with-taskmanagers", *arguments)
    assert ended.returncode == 0, ended.stderr
    assert "recovering job 'insert-into_default_catalog.default_database.t'" in ended.stderr
    written = (line for file in (tmp_path / "t").glob("part-*") for line in file.read_text().split())
    assert sorted(map(int, written)) == list(range(1, 5001))


def test_a_detached_job_goes_on_without_its_client_and_takes_its_cluster_with_it(here: Place, tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    script.write_text(
        "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000', "
        "'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '3000');\n"
        f"CREATE TABLE t (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '{tmp_path}/t', 'format' = 'csv');\n"
        "INSERT INTO t SELECT n FROM numbers;\n"
    )
    started = here.sqlstream("run", "-t", "local-per-job", "-d", str(script))
    assert started.returncode == 0, started.stderr
    assert re.search(r"[0-9a-f]{32}", started.stdout)
    assert all(process.has_ended() for process in cluster(here))
    written = (line for file in (tmp_path / "t").glob("part-*") for line in file.read_text().split())
    assert sorted(map(int, written)) == list(range(1, 3001))


def test_a_script_waits_for_jobs_on_clusters_of_their_own(here: Place, tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    script.write_text(
        f"CREATE TABLE t (n INT) WITH ('connector' = 'filesystem', 'path' = '{tmp_path}/t', 'format' = 'csv');\n"
        "INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\n"
    )
    ran = here.sqlstream("run", "-t", "local-per-job", str(script))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("FINISHED") == 2
    assert all(process.has_ended() for process in here.job_managers())
    assert sorted(line for file in (tmp_path / "t").glob("part-*") for line in file.read_text().split()) == ["1", "2"]
