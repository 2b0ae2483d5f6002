"""``--json``: what programs get from the verbs, against real processes; and Flink's options that go with them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster_machine import Machine, free_port

from tests.chaos.processes import ProcessCluster
from tests.recovery.job_on_rest import JobOnRest

NO_JOB = "0" * 32
PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
ENDLESS = """
SET 'pipeline.name' = '{name}';
CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
CREATE TABLE nowhere (id BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO nowhere SELECT id FROM numbers;
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessCluster]:
    with ProcessCluster(tmp_path_factory.mktemp("cluster"), 1, {"taskmanager.numberOfTaskSlots": "4"}) as cluster:
        yield cluster


@pytest.fixture
def job(cluster: ProcessCluster, tmp_path: Path) -> Iterator[JobOnRest]:
    """One that runs, and has a place of its own for savepoints."""
    path = tmp_path / "endless.sql"
    path.write_text(ENDLESS.format(name=tmp_path.name))
    directory = f"execution.checkpointing.savepoint-dir={tmp_path}/default"
    job = JobOnRest(cluster, cluster.submit(path, "-D", directory))
    job.wait_running()
    yield job
    cluster.sqlstream("cancel", job.id, check=False)


def document(cluster: ProcessCluster, *arguments: str) -> Any:
    finished = cluster.sqlstream(*arguments, "--json")
    return json.loads(finished.stdout)


def documented(verb: str, part: str = "") -> set[str]:
    """The keys that the page about the command line names for ``verb``: in all, or after ``part``."""
    line = next(line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{verb}` | "))
    meaning = line.removeprefix(f"| `{verb}` | ").partition("; with")
    return set(re.findall(r"`([\w-]+)`", meaning[2].partition(part)[2] if part else meaning[0]))


def outcome(job: JobOnRest, request_id: str) -> Any:
    path = f"/savepoints/{request_id}"
    job.wait_until("the savepoint", lambda job: job.get(path)["status"]["id"] == "COMPLETED")
    return job.get(path)["operation"]


def test_list_gives_what_the_rest_api_gives(cluster: ProcessCluster, job: JobOnRest, tmp_path: Path) -> None:
    cluster.sqlstream("cancel", cluster.submit(tmp_path / "endless.sql"))
    overview = {entry["jid"]: entry for entry in cluster.get("/jobs/overview").json()["jobs"]}
    for options, states in (
        (["-a"], {"RUNNING", "CANCELED"}),
        ([], {"RUNNING"}),
        (["-r"], {"RUNNING"}),
        (["-s"], set()),
    ):
        listed = document(cluster, "list", *options)["jobs"]
        assert {entry["state"] for entry in listed} == states
        assert [entry["start-time"] for entry in listed] == sorted(entry["start-time"] for entry in listed)
        for entry in listed:
            assert {"jobs", *entry} == documented("list")
            assert entry.pop("duration") >= 0
            assert entry.items() <= overview[entry["jid"]].items()
    assert [entry["name"] for entry in document(cluster, "list")["jobs"]] == [tmp_path.name]


def test_cancel_gives_the_state_it_ended_in(cluster: ProcessCluster, job: JobOnRest) -> None:
    ended = document(cluster, "cancel", job.id)
    assert ended == {"jid": job.id, "state": "CANCELED"}
    assert set(ended) == documented("cancel")


@pytest.mark.parametrize("named", ["directory", "default"])
def test_cancel_with_a_savepoint_is_stop(cluster: ProcessCluster, job: JobOnRest, tmp_path: Path, named: str) -> None:
    words = ["-s", str(tmp_path / named), job.id] if named == "directory" else ["-s", job.id]
    finished = cluster.sqlstream("cancel", "--json", *words)
    assert "'cancel -s' is what 'stop' is for" in finished.stderr
    ended = json.loads(finished.stdout)
    assert Path(ended["savepoint"]).parent == tmp_path / named
    assert (Path(ended["savepoint"]) / "_metadata").is_file()
    assert (ended["jid"], ended["state"]) == (job.id, "FINISHED")
    assert set(ended) == documented("cancel") | documented("cancel", "-s")


def test_cancel_takes_a_savepoint_where_its_option_stands_last(cluster: ProcessCluster, job: JobOnRest) -> None:
    printed = cluster.sqlstream("cancel", job.id, "-s").stdout
    assert "Savepoint completed. Path: " in printed
    assert job.state == "FINISHED"


def test_savepoints_are_taken_and_disposed_of(cluster: ProcessCluster, job: JobOnRest, tmp_path: Path) -> None:
    taken = document(cluster, "savepoint", job.id, str(tmp_path / "here"), "-type", "canonical")
    assert taken["jid"] == job.id
    assert set(taken) == documented("savepoint")
    path = Path(taken["savepoint"])
    assert path.parent == tmp_path / "here"
    assert document(cluster, "savepoint", "-d", str(path)) == {"savepoint": str(path), "disposed": True}
    assert not path.exists()


def test_stop_tells_where_the_savepoint_is(cluster: ProcessCluster, job: JobOnRest, tmp_path: Path) -> None:
    stopped = document(cluster, "stop", "--drain", job.id)
    assert set(stopped) == documented("stop")
    assert Path(stopped.pop("savepoint")).parent == tmp_path / "default"
    assert stopped == {"jid": job.id, "drained": True, "state": "FINISHED"}


def test_detached_verbs_give_a_request_to_ask_about(cluster: ProcessCluster, job: JobOnRest, tmp_path: Path) -> None:
    asked = document(cluster, "savepoint", "-detached", job.id)
    assert asked["jid"] == job.id
    assert set(asked) == documented("stop", "-detached")
    assert Path(outcome(job, asked["request-id"])["location"]).parent == tmp_path / "default"
    assert job.state == "RUNNING"
    printed = cluster.sqlstream("stop", "-detached", "-p", str(tmp_path / "last"), job.id).stdout
    request_id = printed.partition("Request ID: ")[2].split()[0]
    assert f"GET /jobs/{job.id}/savepoints/{request_id}" in printed
    assert Path(outcome(job, request_id)["location"]).parent == tmp_path / "last"
    assert job.wait_ended() == "FINISHED"


def test_run_application_tells_the_cluster_it_has_started(tmp_path: Path) -> None:
    path = tmp_path / "application.sql"
    path.write_text("SET 'execution.runtime-mode' = 'batch';\nSELECT 41 + 1 AS answer;\n")
    machine = Machine(tmp_path, free_port(), free_port())
    started = machine.sqlstream("run-application", "-t", "local-application", "-a", "--json", str(path))
    assert started.returncode == 0, started.stderr
    ended = json.loads(started.stdout)
    assert set(ended) == documented("run-application") | documented("run-application", "-a")
    assert ended.pop("rest-url").startswith("http://127.0.0.1:")
    assert Path(ended.pop("log")).is_file()
    assert re.fullmatch("[0-9a-f]{32}", ended.pop("cluster-id"))
    assert ended == {"exit-code": 0}
    assert re.search(r"\| +42 \|", started.stderr)


@pytest.mark.parametrize("verb", [["cancel"], ["cancel", "-s", "/tmp"], ["stop"], ["savepoint"]], ids=" ".join)
def test_an_error_is_text_on_stderr_and_an_exit_code(cluster: ProcessCluster, verb: list[str]) -> None:
    refused = cluster.sqlstream(*verb, NO_JOB, "--json", check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines()[-1].startswith("[ERROR] ")
    assert NO_JOB in refused.stderr


def test_the_jobmanager_may_be_named_by_m(cluster: ProcessCluster, job: JobOnRest) -> None:
    for address in (f"127.0.0.1:{cluster.rest_port}", f"localhost:{cluster.rest_port}"):
        listed = cluster.sqlstream("list", "-D", "rest.address=nowhere.invalid", "-m", address, "-t", "remote")
        assert job.id in listed.stdout
