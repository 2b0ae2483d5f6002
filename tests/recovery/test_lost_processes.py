"""A process that dies takes no rows with it, and the rest of the job does not start anew because of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.processes import JOB_MANAGER, ProcessCluster
from tests.chaos.workload import Workload, differences
from tests.recovery.job_on_rest import JobOnRest
from tests.recovery.landing import Landing

pytestmark = pytest.mark.timeout(300)

WORKLOAD = Workload(rows=66_000, parallelism=2)
_FORWARD_ONLY = """
CREATE TABLE numbers (n BIGINT) WITH (
  'connector' = 'datagen', 'rows-per-second' = '2000', 'fields.n.kind' = 'sequence',
  'fields.n.start' = '0', 'fields.n.end' = '100000000'
);
CREATE TABLE even (n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO even SELECT n FROM numbers WHERE MOD(n, 2) = 0;
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ProcessCluster]:
    with ProcessCluster(tmp_path / "cluster", 2) as cluster:
        yield cluster


def _options(directory: Path) -> list[str]:
    given = {
        "execution.checkpointing.interval": "500 ms",
        "execution.checkpointing.dir": f"{directory}/checkpoints",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "100",
        "restart-strategy.fixed-delay.delay": "100 ms",
    }
    return [argument for key, value in given.items() for argument in ("-D", f"{key}={value}")]


@pytest.mark.parametrize("victims", [(1,), (JOB_MANAGER,), (1, JOB_MANAGER, 2)], ids=str)
def test_the_job_goes_on_from_its_last_checkpoint(
    victims: tuple[int, ...], cluster: ProcessCluster, tmp_path: Path
) -> None:
    landing = Landing(WORKLOAD, tmp_path / "landing", deliveries=2)
    script = WORKLOAD.write_script(tmp_path / "script.sql", tmp_path, landing.directory)
    job = JobOnRest(cluster, cluster.submit(script, *_options(tmp_path)))
    rows = landing.deliver()
    job.wait_until("what has landed is read", lambda job: set(job.rows_read().values()) == {rows})
    job.wait_checkpoints()
    for victim in victims:
        cluster.processes[victim].kill()
    for process in [cluster.start(victim) for victim in victims]:
        process.wait_until_ready()
    job.wait_until("it is restored", lambda job: job.restored() is not None and job.runs())
    rows = landing.deliver()
    job.wait_until("the rest is read, and only that", lambda job: set(job.rows_read().values()) == {rows})
    cluster.sqlstream("stop", "--drain", "--savepointPath", str(tmp_path / "savepoints"), job.id)
    assert job.wait_ended() == "FINISHED"
    assert differences(WORKLOAD.reference(), tmp_path) == []


def test_only_the_region_of_the_lost_task_manager_starts_anew(cluster: ProcessCluster, tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    script.write_text(_FORWARD_ONLY)
    job = JobOnRest(cluster, cluster.submit(script, "-p", "2", *_options(tmp_path)))
    job.wait_running()
    job.wait_checkpoints()
    (vertex,) = job.get()["vertices"]
    lost = next(s["subtask"] for s in job.subtasks(vertex) if s["taskmanager-id"] == cluster.task_manager_id(1))
    before = job.restarts
    cluster.processes[1].kill()
    cluster.start(1)
    job.wait_restarted(before)
    assert {subtask: attempt for (_, subtask), attempt in job.attempts().items()} == {lost: 1, 1 - lost: 0}
    job.wait_checkpoints()
    cluster.sqlstream("cancel", job.id)


def test_a_frozen_task_manager_that_comes_back_does_no_harm(cluster: ProcessCluster, tmp_path: Path) -> None:
    landing = Landing(WORKLOAD, tmp_path / "landing", deliveries=2)
    script = WORKLOAD.write_script(tmp_path / "script.sql", tmp_path, landing.directory)
    job = JobOnRest(cluster, cluster.submit(script, *_options(tmp_path)))
    rows = landing.deliver()
    job.wait_until("what has landed is read", lambda job: set(job.rows_read().values()) == {rows})
    job.wait_checkpoints()
    cluster.processes[1].freeze()
    landing.deliver()
    job.wait_until("it is missed", lambda job: bool(job.exceptions()))
    cluster.processes[1].thaw()
    job.wait_restarted(0)
    job.wait_until("the rest is read", lambda job: set(job.rows_read().values()) == {rows})
    assert cluster.processes[1].alive
    cluster.sqlstream("stop", "--drain", "--savepointPath", str(tmp_path / "savepoints"), job.id)
    assert job.wait_ended() == "FINISHED"
    assert differences(WORKLOAD.reference(), tmp_path) == []
