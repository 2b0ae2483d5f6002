"""What the REST API tells about the processes of a real cluster, and how it ends them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psutil
import pytest
from cluster_machine import Machine, free_port
from control_plane_jobs import endless_job, job_id


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("cluster"), free_port(), free_port())
    flame_graphs = {"rest.flamegraph.enabled": "true", "rest.flamegraph.num-samples": "10"}
    options = [argument for key, value in flame_graphs.items() for argument in ("-D", f"{key}={value}")]
    started = machine.sqlstream("cluster", "start", "--taskmanagers", "1", *machine.options, *options)
    assert started.returncode == 0, started.stderr
    (machine.directory / "secret.txt").write_text("not a log")
    (machine.directory / "sqlstream-link.log").symlink_to("/etc/passwd")
    yield machine
    machine.sqlstream("cluster", "stop")


def get(machine: Machine, path: str, status: int = 200) -> Any:
    answer = machine.get(path)
    assert answer.status_code == status, answer.text
    return answer.json()


def processes(machine: Machine) -> dict[str, str]:
    """The paths of the JobManager and its TaskManager."""
    (manager,) = get(machine, "/taskmanagers")["taskmanagers"]
    return {"jobmanager": "/jobmanager", "taskmanager": f"/taskmanagers/{quote(manager['id'])}"}


@pytest.mark.parametrize(("kind", "line"), [("jobmanager", "registered from"), ("taskmanager", "registered at")])
def test_logs_are_listed_and_read(machine: Machine, kind: str, line: str) -> None:
    path = processes(machine)[kind]
    logs = get(machine, f"{path}/logs")["logs"]
    names = [log["name"] for log in logs]
    assert all(name.startswith("sqlstream-") and name.endswith(".log") for name in names), names
    own = next(name for name in names if f"-{kind}-" in name)
    assert next(log["size"] for log in logs if log["name"] == own) > 0
    for request in ("log", "stdout", f"logs/{own}"):
        answer = machine.get(f"{path}/{request}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=UTF-8")
        assert line in answer.text


@pytest.mark.parametrize("kind", ["jobmanager", "taskmanager"])
@pytest.mark.parametrize(
    "name",
    [
        "secret.txt",
        "sqlstream-link.log",
        "..%2fsecret.txt",
        "%2fetc%2fpasswd",
        "nope.log",
        "%00",
        "sqlstream-root-jobmanager.pid",
    ],
)
def test_nothing_but_logs_is_read(machine: Machine, kind: str, name: str) -> None:
    answer = machine.get(f"{processes(machine)[kind]}/logs/{name}")
    assert answer.status_code == 404, answer.text
    assert "root:" not in answer.text and "not a log" not in answer.text


def test_a_long_log_comes_whole(machine: Machine) -> None:
    content = "a line of a log\n" * 200_000
    (machine.directory / "sqlstream-long.log").write_text(content)
    for path in processes(machine).values():
        assert machine.get(f"{path}/logs/sqlstream-long.log").text == content


@pytest.mark.parametrize(
    ("kind", "thread"), [("jobmanager", "jobmanager-timer"), ("taskmanager", "jobmanager-session")]
)
def test_threads_are_dumped(machine: Machine, kind: str, thread: str) -> None:
    threads = get(machine, f"{processes(machine)[kind]}/thread-dump")["threadInfos"]
    found = {entry["threadName"]: entry["stringifiedThreadInfo"] for entry in threads}
    assert found[thread].startswith(f'"{thread}"')
    assert "WAITING" in found[thread] and "\n\tat threading.Condition.wait(threading.py:" in found[thread]


@pytest.mark.parametrize("kind", ["jobmanager", "taskmanager"])
def test_processes_have_figures(machine: Machine, kind: str) -> None:
    path = processes(machine)[kind]
    wanted = ["Status.JVM.Memory.Heap.Used", "Status.JVM.Threads.Count", "Status.JVM.CPU.Time"]
    assert {"id": wanted[0]} in get(machine, f"{path}/metrics")
    values = get(machine, f"{path}/metrics?get={','.join(wanted)}")
    assert [value["id"] for value in values] == wanted
    assert all(int(value["value"]) > 0 for value in values)


def test_task_managers_have_figures_together(machine: Machine) -> None:
    (figure,) = get(machine, "/taskmanagers/metrics?get=Status.JVM.Threads.Count&agg=min,sum")
    assert figure["min"] == figure["sum"] > 1


def test_a_task_manager_that_is_not_there_has_no_logs(machine: Machine) -> None:
    for suffix in ("logs", "log", "stdout", "logs/x", "thread-dump", "metrics"):
        assert "registered under" in get(machine, f"/taskmanagers/nope/{suffix}", 404)["errors"][0]


def test_tasks_show_where_their_time_goes(machine: Machine) -> None:
    job = machine.target().submit(endless_job(parallelism=1))
    path = f"/jobs/{job_id()}/vertices/source"
    with httpx.Client(base_url=f"http://127.0.0.1:{machine.rest_port}", timeout=30) as client:
        figures: dict[str, float] = {}
        while not figures.get("numRecordsOutPerSecond"):
            answer = client.get(f"{path}/subtasks/0/metrics?get=numRecordsOutPerSecond,busyTimeMsPerSecond")
            figures = {metric["id"]: float(metric["value"]) for metric in answer.json()}
        pressure = client.get(f"{path}/backpressure").json()
        assert pressure["status"] == "ok"
        (subtask,) = pressure["subtasks"]
        assert 0.5 < subtask["ratio"] + subtask["idleRatio"] + subtask["busyRatio"] < 1.5
        graph = client.get(f"{path}/flamegraph").json()
        while graph["endTimestamp"] == -3:
            graph = client.get(f"{path}/flamegraph").json()
        assert graph["data"]["value"] == 10
        shown = str(graph["data"])
        assert "sqlstream.runtime.task.subtask.Subtask._run(" in shown
        assert client.get(f"{path}/flamegraph?type=OFF_CPU&subtaskindex=0").status_code == 200
        assert client.get(f"{path}/flamegraph?type=nope").status_code == 400
    job.cancel()
    job.wait(20)
    assert get(machine, f"{path}/backpressure") == {"status": "deprecated"}


def test_a_job_knows_where_the_logs_of_its_processes_are(machine: Machine) -> None:
    job = machine.target().submit(endless_job(2, parallelism=1))
    (manager,) = get(machine, "/taskmanagers")["taskmanagers"]
    for process in ("jobmanager", f"taskmanagers/{quote(manager['id'])}"):
        url = get(machine, f"/jobs/{job.job_id}/{process}/log-url")["url"]
        assert "registered" in httpx.get(url).text
    job.cancel()
    job.wait(20)


def test_the_cluster_is_shut_down(tmp_path: Path) -> None:
    machine = Machine(tmp_path, free_port(), free_port())
    started = machine.sqlstream("cluster", "start", "--taskmanagers", "2", *machine.options)
    assert started.returncode == 0, started.stderr
    machine.target().submit(endless_job(parallelism=2))
    lines = [line.split() for file in tmp_path.glob("*.pid") for line in file.read_text().splitlines()]
    running = [psutil.Process(int(line[0])) for line in lines]
    assert len(running) == 3
    answer = httpx.delete(f"http://127.0.0.1:{machine.rest_port}/cluster")
    assert (answer.status_code, answer.json()) == (200, {})
    _, alive = psutil.wait_procs(running, timeout=30)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    log = next(tmp_path.glob("*jobmanager*.log")).read_text()
    assert "the cluster is shut down on request" in log and "is CANCELED" in log
    assert "Traceback" not in "".join(path.read_text() for path in tmp_path.glob("*.log"))
