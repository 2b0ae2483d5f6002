"""What health checks ask, answered by real processes: alive, frozen and gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster_machine import Machine, free_port

from tests.chaos.processes import ProcessCluster


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ProcessCluster]:
    with ProcessCluster(tmp_path, 1, {"taskmanager.rpc.port": str(free_port())}) as cluster:
        yield cluster


def test_a_cluster_that_works_is_healthy(cluster: ProcessCluster) -> None:
    assert cluster.sqlstream("jobmanager", "status").stdout == (
        f"The JobManager at http://127.0.0.1:{cluster.rest_port} answers: 1 TaskManager(s), 1 of 1 slot(s) free.\n"
    )
    assert cluster.sqlstream("taskmanager", "status").stdout == (
        f"TaskManager {cluster.task_manager_id(1)}: 1 of 1 slot(s) free\n"
    )


def test_a_task_manager_of_another_host_or_port_is_not_ours(cluster: ProcessCluster) -> None:
    for mine in ("taskmanager.host=elsewhere", f"taskmanager.rpc.port={free_port()}"):
        refused = cluster.sqlstream("taskmanager", "status", "-D", mine, check=False)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "does not hear from a TaskManager at " in refused.stderr


def test_a_task_manager_that_is_silent_is_ill(cluster: ProcessCluster) -> None:
    cluster.processes[1].freeze()
    asked = (cluster.sqlstream("taskmanager", "status", check=False) for _ in range(100))
    assert "does not hear from a TaskManager" in next(answer.stderr for answer in asked if answer.returncode == 1)
    assert cluster.sqlstream("jobmanager", "status").returncode == 0


def test_what_is_gone_is_ill(cluster: ProcessCluster) -> None:
    cluster.processes[0].kill()
    for kind in ("jobmanager", "taskmanager"):
        refused = cluster.sqlstream(kind, "status", check=False)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "cannot be reached" in refused.stderr


def test_a_gateway_is_healthy_while_it_runs(tmp_path: Path) -> None:
    machine = Machine(tmp_path, free_port(), free_port())
    port = ("-D", f"sql-gateway.endpoint.rest.port={free_port()}")
    assert machine.sqlstream("sql-gateway", "start", *port).returncode == 0
    try:
        answered = machine.sqlstream("sql-gateway", "status", *port)
        assert re.fullmatch(r"The SQL gateway at http://127\.0\.0\.1:\d+ answers: .+ [\d.]+\.\n", answered.stdout)
    finally:
        machine.sqlstream("sql-gateway", "stop")
    gone = machine.sqlstream("sql-gateway", "status", *port)
    assert (gone.returncode, gone.stdout) == (1, "")
    assert "Traceback" not in gone.stderr
