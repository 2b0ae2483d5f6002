"""A checkpoint that cannot be read or written costs that checkpoint, and whoever looks is told which file it was."""

from __future__ import annotations

import json
import re
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.processes import ProcessCluster
from tests.chaos.workload import Workload, differences
from tests.recovery.job_on_rest import JobOnRest
from tests.recovery.landing import Landing

pytestmark = pytest.mark.timeout(300)

WORKLOAD = Workload(rows=66_000, parallelism=1)
_PER_KEY = """
CREATE TABLE words (k BIGINT, v BIGINT) WITH (
  'connector' = 'datagen', 'rows-per-second' = '20000', 'fields.k.kind' = 'sequence',
  'fields.k.start' = '0', 'fields.k.end' = '100000000', 'fields.v.min' = '0', 'fields.v.max' = '9'
);
CREATE TABLE totals (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO totals SELECT k, {aggregate} FROM words GROUP BY k;
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ProcessCluster]:
    with ProcessCluster(tmp_path / "cluster", 1) as cluster:
        yield cluster


def _options(directory: Path, interval: str = "500 ms") -> list[str]:
    given = {
        "execution.checkpointing.interval": interval,
        "execution.checkpointing.dir": f"{directory}/checkpoints",
        "execution.checkpointing.num-retained": "3",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "100",
        "restart-strategy.fixed-delay.delay": "100 ms",
    }
    return [argument for key, value in given.items() for argument in ("-D", f"{key}={value}")]


def test_a_damaged_chunk_is_named_and_the_checkpoint_before_is_taken(cluster: ProcessCluster, tmp_path: Path) -> None:
    landing = Landing(WORKLOAD, tmp_path / "landing", deliveries=3)
    script = WORKLOAD.write_script(tmp_path / "script.sql", tmp_path, landing.directory)
    job = JobOnRest(cluster, cluster.submit(script, *_options(tmp_path, interval="1 h")))
    rows = landing.deliver()
    job.wait_until("what has landed is read", lambda job: set(job.rows_read().values()) == {rows})
    job.take_checkpoint()
    job.take_checkpoint()
    sound = _chunks(tmp_path, job)
    landing.deliver()
    job.wait_until("what has landed is read", lambda job: set(job.rows_read().values()) == {2 * rows})
    job.take_checkpoint()
    retained = {path.name for path in (tmp_path / "checkpoints" / job.id).glob("chk-*")}
    assert len(retained) == 3
    damaged = _chunks(tmp_path, job) - sound
    for chunk in damaged:
        content = bytearray(chunk.read_bytes())
        content[len(content) // 2] ^= 0xFF
        chunk.write_bytes(content)
    cluster.processes[1].kill()
    cluster.start(1)
    job.wait_until("it is restored from a sound checkpoint", lambda job: job.restored() == 2 and job.runs())
    messages = json.dumps(job.exceptions())
    assert any(chunk.name in messages for chunk in damaged), messages
    assert re.search("GroupAggregate|WindowAggregate|Join", messages)
    landing.deliver()
    job.wait_until("all is read", lambda job: set(job.rows_read().values()) == {2 * rows})
    cluster.sqlstream("stop", "--drain", "--savepointPath", str(tmp_path / "savepoints"), job.id)
    assert job.wait_ended() == "FINISHED"
    assert differences(WORKLOAD.reference(), tmp_path) == []


def _chunks(directory: Path, job: JobOnRest) -> set[Path]:
    return set((directory / "checkpoints" / job.id / "shared").glob("*.arrow"))


def test_a_full_disk_fails_checkpoints_and_not_the_job(cluster: ProcessCluster, tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    script.write_text(_PER_KEY.format(aggregate="COUNT(*)"))
    tolerant = ("-D", "execution.checkpointing.tolerable-failed-checkpoints=1000")
    job = JobOnRest(cluster, cluster.submit(script, *_options(tmp_path), *tolerant))
    job.wait_checkpoints()
    process = cluster.processes[1].pid
    _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (4096, hard))
    failed = job.checkpoints()["counts"]["failed"]
    job.wait_until("checkpoints fail", lambda job: job.checkpoints()["counts"]["failed"] >= failed + 3)
    assert job.runs()
    assert job.restarts == 0
    read = sum(job.rows_read().values())
    job.wait_until("it goes on", lambda job: sum(job.rows_read().values()) > read)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))
    job.wait_checkpoints()
    assert job.restarts == 0
    cluster.sqlstream("cancel", job.id)


def test_without_tolerance_a_failed_checkpoint_restarts_the_job(cluster: ProcessCluster, tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    script.write_text(_PER_KEY.format(aggregate="COUNT(*)"))
    job = JobOnRest(cluster, cluster.submit(script, *_options(tmp_path)))
    job.wait_checkpoints()
    process = cluster.processes[1].pid
    _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (4096, hard))
    job.wait_until("it restarts", lambda job: job.restarts > 0)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))
    job.wait_running()
    job.wait_checkpoints()
    cluster.sqlstream("cancel", job.id)


def test_the_savepoint_of_another_query_is_refused_with_a_table_unless_allowed(
    cluster: ProcessCluster, tmp_path: Path
) -> None:
    script, other = tmp_path / "script.sql", tmp_path / "other.sql"
    script.write_text(_PER_KEY.format(aggregate="COUNT(*)"))
    other.write_text(_PER_KEY.format(aggregate="SUM(v)"))
    job = JobOnRest(cluster, cluster.submit(script, *_options(tmp_path)))
    job.wait_checkpoints()
    stopped = cluster.sqlstream("stop", "--savepointPath", str(tmp_path / "savepoints"), job.id)
    assert job.wait_ended() == "FINISHED"
    savepoint = stopped.stdout.rpartition("Path: ")[2].split()[0]
    start = ("run", "-t", "remote", "-d", "-s", savepoint, *_options(tmp_path))
    refused = cluster.sqlstream(*start, str(other), check=False)
    assert refused.returncode == 1
    assert "--allowNonRestoredState" in refused.stderr
    assert all(text in refused.stderr for text in ("COUNT(*)", "SUM(v)")), refused.stderr
    assert "Traceback" not in refused.stderr
    again = JobOnRest(cluster, cluster.submit(other, "-s", savepoint, "--allowNonRestoredState", *_options(tmp_path)))
    again.wait_running()
    again.wait_checkpoints()
    cluster.sqlstream("cancel", again.id)
