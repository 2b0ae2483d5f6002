"""A job that is stopped with a savepoint goes on at another parallelism as if nothing had happened, and with its state
in another place, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.processes import ProcessCluster
from tests.chaos.workload import Workload, differences
from tests.recovery.job_on_rest import JobOnRest
from tests.recovery.landing import Landing

PARALLELISMS = (2, 4, 1)
WORKLOAD = Workload(rows=96_000, parallelism=1)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("backends", [("hashmap", "hashmap", "hashmap"), ("disk", "hashmap", "disk")], ids="-".join)
def test_from_2_to_4_to_1_in_the_middle_of_windows_and_joins(backends: tuple[str, ...], tmp_path: Path) -> None:
    landing = Landing(WORKLOAD, tmp_path / "landing", deliveries=len(PARALLELISMS))
    script = WORKLOAD.write_script(tmp_path / "script.sql", tmp_path, landing.directory)
    script.write_text(script.read_text().replace("SET 'parallelism.default' = '1';", ""))
    checkpoints = ("-D", "execution.checkpointing.interval=1 s", "-D", f"execution.checkpointing.dir={tmp_path}/chk")
    savepoint: tuple[str, ...] = ()
    options = {"taskmanager.numberOfTaskSlots": "2", "taskmanager.memory.managed.size": "256 kb"}
    with ProcessCluster(tmp_path / "cluster", 2, options) as cluster:
        for parallelism, backend in zip(PARALLELISMS, backends, strict=True):
            rows = landing.deliver()
            settings = ("-p", str(parallelism), "-D", f"state.backend.type={backend}")
            job = JobOnRest(cluster, cluster.submit(script, *settings, *checkpoints, *savepoint))
            job.wait_until("what has landed is read", lambda job, rows=rows: set(job.rows_read().values()) == {rows})
            how = ["--drain"] if parallelism == PARALLELISMS[-1] else []
            stopped = cluster.sqlstream("stop", "--savepointPath", str(tmp_path / "savepoints"), *how, job.id)
            path = stopped.stdout.rpartition("Path: ")[2].split()[0]
            assert job.wait_ended() == "FINISHED"
            savepoint = ("-s", _moved(path, tmp_path / f"moved-{parallelism}"))
            found = differences(WORKLOAD.reference(), tmp_path)
            assert bool(found) == (parallelism != PARALLELISMS[-1]), found


def _moved(savepoint: str, to: Path) -> str:
    """A savepoint is a directory that may be moved."""
    Path(savepoint.removeprefix("file://")).rename(to)
    return str(to)
