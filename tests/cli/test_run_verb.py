"""``sqlstream run`` and ``info``: scripts in this process and on a cluster, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Command

from tests.chaos.processes import ProcessCluster
from tests.recovery.job_on_rest import JobOnRest

TABLES = """
CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '10',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '10');
CREATE TABLE nowhere (id BIGINT) WITH ('connector' = 'blackhole');
"""
INSERT = "INSERT INTO nowhere SELECT id FROM numbers;\n"
COUNT = "SELECT COUNT(*) AS n FROM numbers;\n"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessCluster]:
    with ProcessCluster(tmp_path_factory.mktemp("cluster"), 1, {"taskmanager.numberOfTaskSlots": "2"}) as cluster:
        yield cluster


def script(text: str) -> str:
    Path("script.sql").write_text(TABLES + text)
    return "script.sql"


def test_stdout_holds_the_jobs_alone(command: Command) -> None:
    done = command("run", "--json", script(f"SET 'execution.runtime-mode' = 'batch';\n{INSERT}{COUNT}"))
    jobs = json.loads(done.out)["jobs"]
    assert done.code == 0
    assert [(job["name"], job["state"]) for job in jobs] == [
        ("insert-into_default_catalog.default_database.nowhere", "FINISHED"),
        ("collect", "FINISHED"),
    ]
    assert f"Job ID: {jobs[0]['jid']}" in done.errors
    assert "| 10 |" in done.errors


def test_the_jobs_that_were_started_are_told_when_a_later_statement_fails(command: Command) -> None:
    done = command("run", "--json", script(f"{INSERT}SELECT nothing FROM numbers;\n{INSERT}"))
    assert done.code == 1
    assert [job["name"] for job in json.loads(done.out)["jobs"]] == [
        "insert-into_default_catalog.default_database.nowhere"
    ]
    assert "script.sql, 'SELECT nothing FROM numbers'" in done.errors


def test_a_job_that_fails_is_told_and_the_exit_code(command: Command) -> None:
    done = command("run", "--json", script("INSERT INTO nowhere SELECT 1 / (id - 5) FROM numbers;\n"))
    assert done.code == 1
    assert [job["state"] for job in json.loads(done.out)["jobs"]] == ["FAILED"]


def test_a_script_that_is_not_there_leaves_stdout_empty(command: Command) -> None:
    done = command("run", "--json", "nowhere.sql")
    assert (done.code, done.out) == (1, "")
    assert done.errors.startswith("[ERROR] Cannot read 'nowhere.sql'")


def test_m_sends_the_job_to_that_cluster(command: Command, cluster: ProcessCluster) -> None:
    address = f"127.0.0.1:{cluster.rest_port}"
    done = command("run", "-m", address, "-d", "-p", "2", "--json", script(INSERT))
    (job,) = json.loads(done.out)["jobs"]
    on_rest = JobOnRest(cluster, job["jid"])
    assert on_rest.wait_ended() == "FINISHED"
    assert {vertex["parallelism"] for vertex in on_rest.get()["vertices"]} == {2}


def test_a_job_does_not_need_the_savepoint_that_it_was_started_from(
    command: Command, cluster: ProcessCluster, tmp_path: Path
) -> None:
    """What no_claim promises: the first checkpoint has everything in it."""
    counting = script(
        "SET 'execution.checkpointing.interval' = '200 ms';\n"
        "SET 'execution.checkpointing.externalized-checkpoint-retention' = 'RETAIN_ON_CANCELLATION';\n"
        f"SET 'execution.checkpointing.dir' = '{tmp_path}/checkpoints';\n"
        "CREATE TABLE ticks (k BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100',"
        " 'fields.k.min' = '1', 'fields.k.max' = '1000');\n"
        "INSERT INTO nowhere SELECT COUNT(*) FROM ticks GROUP BY k;\n"
    )

    def start(*options: str) -> JobOnRest:
        job = JobOnRest(cluster, cluster.submit(tmp_path / counting, *options))
        job.wait_running()
        job.wait_checkpoints()
        return job

    savepoint = json.loads(cluster.sqlstream("stop", "--json", "-p", str(tmp_path / "savepoints"), start().id).stdout)[
        "savepoint"
    ]
    second = start("-s", savepoint, "--claimMode", "NO_CLAIM")
    cluster.sqlstream("cancel", second.id)
    cluster.sqlstream("savepoint", "--dispose", savepoint)
    retained = second.checkpoints()["latest"]["completed"]["external_path"]
    third = start("-s", retained)
    assert third.checkpoints()["latest"]["restored"]["external_path"] == retained
    cluster.sqlstream("cancel", third.id)


@pytest.mark.parametrize("option", ["-cm", "--claimMode", "-rm", "--restoreMode"])
@pytest.mark.parametrize("mode", ["claim", "LEGACY"])
def test_a_savepoint_is_never_taken_over(command: Command, option: str, mode: str) -> None:
    done = command("run", "-s", "/savepoint", option, mode, script(INSERT))
    assert (done.code, done.out) == (2, "")
    assert "the mode is no_claim" in done.told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-t", "local", "-m", "localhost:8081"], "-t local does without the JobManager of -m"),
        (["-t", "local-application", "-m", "localhost:8081"], "-t local-application does without the JobManager of -m"),
        (["-d"], "A detached job needs a cluster"),
        (["-D", "parallelism"], "Cannot read '-D parallelism'"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_cannot_be_run_is_told(command: Command, options: list[str], told: str) -> None:
    done = command("run", *options, script(INSERT))
    assert (done.code, done.out) == (1, "")
    assert done.errors.startswith("[ERROR] ")
    assert told in done.errors


def test_info_shows_plans_and_runs_nothing(command: Command) -> None:
    path = script(f"{INSERT}{COUNT}")
    text = command("info", "-p", "3", path)
    assert text.code == 0
    assert "-- INSERT INTO nowhere SELECT id FROM numbers\n== Abstract Syntax Tree ==" in text.out
    assert "Source: numbers -> Sink: nowhere (parallelism 3)" in text.out
    assert "GroupAggregate" in text.out
    statements = json.loads(command("info", "-p", "3", "--json", path).out)["statements"]
    assert [entry["statement"] for entry in statements] == [INSERT.strip(";\n"), COUNT.strip(";\n")]
    assert statements[0]["plan"]["vertices"][0]["parallelism"] == 3
