"""A job of real processes that is rescaled through the REST API goes on as if nothing had happened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chaos.processes import ProcessCluster
from tests.chaos.workload import Workload, differences
from tests.recovery.job_on_rest import JobOnRest
from tests.recovery.landing import Landing

WORKLOAD = Workload(rows=96_000, parallelism=1)


@pytest.mark.timeout(300)
def test_from_2_to_4_to_1_in_the_middle_of_windows_and_joins(tmp_path: Path) -> None:
    landing = Landing(WORKLOAD, tmp_path / "landing", deliveries=3)
    script = WORKLOAD.write_script(tmp_path / "script.sql", tmp_path, landing.directory)
    script.write_text(script.read_text().replace("SET 'parallelism.default' = '1';", ""))
    settings = (
        "-p",
        "2",
        "-D",
        "execution.checkpointing.interval=1 s",
        "-D",
        f"execution.checkpointing.dir={tmp_path}/c",
    )
    with ProcessCluster(tmp_path / "cluster", 2, {"taskmanager.numberOfTaskSlots": "2"}) as cluster:
        job = JobOnRest(cluster, cluster.submit(script, *settings))
        rest = httpx.Client(base_url=f"http://127.0.0.1:{cluster.rest_port}/jobs/{job.id}", timeout=60)

        def deliver() -> None:
            rows = landing.deliver()
            job.wait_until("what has landed is read", lambda job: set(job.rows_read().values()) == {rows})

        deliver()
        _rescale(rest, 4)
        assert _widths(job) == {4}
        deliver()
        wide = {
            id_: {"parallelism": {"lowerBound": 1, "upperBound": 1}}
            for id_ in rest.get("/resource-requirements").json()
        }
        assert rest.put("/resource-requirements", json=wide).status_code == 200
        job.wait_until("it is narrow", lambda job: _widths(job) == {1} and job.state == "RUNNING")
        assert rest.get("/resource-requirements").json() == wide
        deliver()
        assert rest.get("/metrics?get=numRescales,numRestarts").json() == [
            {"id": "numRescales", "value": "2"},
            {"id": "numRestarts", "value": "0"},
        ]
        job_id = job.id
        stopped = cluster.sqlstream("stop", "--savepointPath", str(tmp_path / "savepoints"), "--drain", job_id)
        assert stopped.returncode == 0, stopped.stderr
        assert job.wait_ended() == "FINISHED"
    assert differences(WORKLOAD.reference(), tmp_path) == []


def _rescale(rest: httpx.Client, parallelism: int) -> None:
    triggered = rest.patch(f"/rescaling?parallelism={parallelism}")
    assert triggered.status_code == 200, triggered.text
    outcome: dict[str, Any] = rest.get(f"/rescaling/{triggered.json()['request-id']}?wait-ms=30000").json()
    assert outcome == {"status": {"id": "COMPLETED"}, "operation": {}}


def _widths(job: JobOnRest) -> set[int]:
    return {vertex["parallelism"] for vertex in job.get()["vertices"]}
