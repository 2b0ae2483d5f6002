"""A cluster of real processes, started, used, hurt and stopped by the command."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cluster_machine import Machine, free_port
from control_plane_jobs import SCHEMA, edge, endless_job, select_job, values, vertex

from sqlstream.deploy.target import JobClient
from sqlstream.errors import ClusterError
from sqlstream.plan.jobgraph import JobGraph, JobMode, Rebalance
from sqlstream.plan.physical import CollectSink
from sqlstream.runtime.deployment import JobStatus


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path, free_port(), free_port())
    yield machine
    machine.sqlstream("cluster", "stop")


@pytest.fixture
def cluster(machine: Machine) -> Machine:
    started = machine.sqlstream("cluster", "start", "--taskmanagers", "2", *machine.options)
    assert started.returncode == 0, started.stderr
    assert f"http://127.0.0.1:{machine.rest_port}" in started.stdout
    assert len(re.findall(r"TaskManager \S+: 1 slot\(s\)", started.stdout)) == 2
    return machine


def renamed(graph: JobGraph) -> JobGraph:
    return msgspec.structs.replace(graph, job_id=uuid.uuid4().hex)


def two_sources_job() -> JobGraph:
    return JobGraph(
        uuid.uuid4().hex,
        "two-sources",
        JobMode.STREAMING,
        (vertex("values", 2, values(5)), vertex("collect", 1, CollectSink(SCHEMA))),
        (edge("values", "collect", Rebalance()),),
    )


def test_a_cluster_runs_jobs_across_its_processes_and_lists_and_cancels_them(cluster: Machine) -> None:
    assert cluster.get("/overview").json()["slots-available"] == 2
    target = cluster.target()
    for graph in (renamed(select_job(rows=5)), two_sources_job()):
        job = target.submit(graph)
        rows = sorted(row for batch in job.results() for _, row in batch.to_rows())
        assert rows == [(0,), (1,), (2,), (3,), (4,)]
        assert job.wait(10) is JobStatus.FINISHED
        assert (
            sum(m.records_in for _, name, subtasks in job.progress().vertices if name == "collect" for m in subtasks)
            == 5
        )
    with pytest.raises(ClusterError, match="no free slots: 3 needed, 2 of 2 free on 2 TaskManager"):
        target.submit(renamed(endless_job(parallelism=3))).wait(10)

    endless = target.submit(renamed(endless_job()))
    listed = cluster.sqlstream("list", "-D", f"rest.port={cluster.rest_port}")
    assert listed.stdout.startswith("Running/Restarting Jobs\nJOB ID ")
    assert re.search(rf"{endless.job_id} +RUNNING +\d{{4}}-\d\d-\d\d \S+ +\S+ +endless\n", listed.stdout)
    cancelled = cluster.sqlstream("cancel", endless.job_id, "-D", f"rest.port={cluster.rest_port}")
    assert cancelled.returncode == 0
    assert target.job(endless.job_id).wait(10) is JobStatus.CANCELED
    everything = cluster.sqlstream("list", "-a", "-D", f"rest.port={cluster.rest_port}").stdout
    assert "No running jobs." in everything
    assert re.search(rf"Terminated Jobs\n(.*\n)*{endless.job_id} +CANCELED .* endless\n", everything)

    stopped = cluster.sqlstream("cluster", "stop")
    assert stopped.stdout.count("Stopped") == 3
    assert not list(cluster.directory.glob("*.pid"))
    with pytest.raises(ClusterError, match="cannot be reached"):
        target.jobs()


def test_killing_a_task_manager_fails_the_job_with_that_cause_and_the_rest_works_on(cluster: Machine) -> None:
    target = cluster.target()
    job = target.submit(renamed(endless_job()))
    address = _address_of_a_flowing_job(cluster, job)
    cluster.process_at(address).kill()
    noticed = "(no heartbeat for 2 s|.* does not answer)"
    with pytest.raises(ClusterError, match=f"TaskManager {address}.* was lost: {noticed}"):
        job.wait(30)
    assert cluster.get("/overview").json()["taskmanagers"] == 1
    rows = [row for batch in target.submit(renamed(select_job(rows=1))).results() for _, row in batch.to_rows()]
    assert rows == [(0,)]


def test_task_managers_find_a_jobmanager_that_was_restarted(cluster: Machine) -> None:
    assert cluster.sqlstream("jobmanager", "stop").returncode == 0
    assert cluster.sqlstream("jobmanager", "start", *cluster.options).returncode == 0
    _run_on_both(cluster)


def test_a_task_manager_that_was_paused_for_too_long_may_come_back(cluster: Machine) -> None:
    job = cluster.target().submit(renamed(endless_job()))
    process = cluster.process_at(_address_of_a_flowing_job(cluster, job))
    process.suspend()
    with pytest.raises(ClusterError, match="was lost: no heartbeat for 2 s"):
        job.wait(30)
    process.resume()
    _run_on_both(cluster)


def test_a_port_in_use_is_one_line_and_exit_code_1(machine: Machine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", machine.rest_port))
        taken.listen()
        started = machine.sqlstream("cluster", "start", *machine.options)
    assert started.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{machine.rest_port}: the port is in use." in started.stderr
    assert "Traceback" not in started.stderr
    assert machine.sqlstream("cluster", "stop").returncode == 1


def test_without_a_jobmanager_every_verb_says_so(machine: Machine) -> None:
    options = [*machine.options, "-D", "taskmanager.registration.timeout=0 s"]
    for verb in (["taskmanager", "start"], ["taskmanager", "start-foreground"], ["list"], ["cancel", "0" * 32]):
        finished = machine.sqlstream(*verb, *options)
        assert finished.returncode == 1
        assert re.search("does not answer|cannot be reached", finished.stderr)
        assert "Traceback" not in finished.stderr


def test_a_foreground_process_ends_cleanly_on_ctrl_c(machine: Machine) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "sqlstream", "jobmanager", "start-foreground", *machine.options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("JobManager: REST API")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert "Traceback" not in process.stderr.read()


def _run_on_both(cluster: Machine) -> None:
    """Tries a job that needs both TaskManagers until they are there; each try waits for slots."""
    for _ in range(40):
        try:
            assert cluster.target().submit(two_sources_job()).wait(20) is JobStatus.FINISHED
            return
        except ClusterError as error:
            assert "no free slots" in str(error)
    raise AssertionError("the TaskManagers did not come back")


def _address_of_a_flowing_job(machine: Machine, job: JobClient) -> str:
    """A TaskManager that runs ``job``, once rows have reached all its sinks; each look costs a REST request."""
    while not all(metrics.records_in for metrics in job.progress().vertices[-1][2]):
        job.wait(0.05)
    return str(machine.get(f"/jobs/{job.job_id}/vertices/source").json()["subtasks"][0]["endpoint"])
