"""The services of ``docker-compose.yml``, run as processes by the image's entry point; nothing is changed but paths."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.docker.compose_file import services
from tests.docker.sandbox import Container, Sandbox, can_isolate

pytestmark = pytest.mark.skipif(not can_isolate(), reason="needs the right to make Linux namespaces")
SERVICES = services()
ENDLESS = """
SET 'execution.checkpointing.interval' = '200 ms';
CREATE TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO nowhere SELECT n FROM ticks;
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path) as sandbox:
        yield sandbox


def check(sandbox: Sandbox, service: str) -> int:
    """The exit code of the image's health check."""
    command = SERVICES[service].command
    return sandbox.run(SERVICES[service], ["docker-healthcheck", command[0]]).returncode


def client(sandbox: Sandbox, sql: str) -> str:
    service = SERVICES["sql-client"]
    done = sandbox.run(service, ["docker-entrypoint", *service.command, "-e", sql])
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_cluster_comes_up_works_is_healthy_and_ends_on_sigterm(sandbox: Sandbox) -> None:
    assert check(sandbox, "jobmanager") == 1
    up: dict[str, Container] = {}
    for name in ("jobmanager", "taskmanager", "sql-gateway"):
        up[name] = sandbox.start(SERVICES[name])
        up[name].wait_until_ready()
        assert check(sandbox, name) == 0, name
    second = sandbox.start(SERVICES["taskmanager"])
    second.wait_until_ready()

    shown = client(
        sandbox,
        "SET 'execution.runtime-mode' = 'batch'; SET 'parallelism.default' = '4';"
        "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1000',"
        " 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '1000');"
        "SELECT SUM(n) AS total FROM numbers;",
    )
    assert "500500" in shown
    listed = sandbox.run(SERVICES["jobmanager"], ["docker-entrypoint", "sqlstream", "list", "-a"]).stdout
    assert "FINISHED" in listed
    told = sandbox.run(SERVICES["jobmanager"], ["docker-healthcheck", "jobmanager"]).stdout
    assert "2 TaskManager(s), 4 of 4 slot(s) free" in told

    assert second.stop() == 0
    for name in reversed(up):
        assert up[name].stop() == 0, up[name].log
        assert check(sandbox, name) == 1, name


def test_a_jobmanager_that_is_restarted_goes_on_with_its_jobs(sandbox: Sandbox) -> None:
    first = sandbox.start(SERVICES["jobmanager"])
    first.wait_until_ready()
    sandbox.start(SERVICES["taskmanager"]).wait_until_ready()
    script = sandbox.data / "endless.sql"
    script.write_text(ENDLESS)
    run = ["sqlstream", "run", "-t", "remote", "-d", str(script)]
    assert sandbox.run(SERVICES["jobmanager"], run).returncode == 0
    assert list((sandbox.data / "jobmanager").iterdir())
    first.process.kill()
    first.process.wait()
    sandbox.start(SERVICES["jobmanager"]).wait_until_ready()
    listed = sandbox.run(SERVICES["jobmanager"], ["sqlstream", "list"]).stdout
    assert "insert-into_default_catalog.default_database.nowhere" in listed


def test_an_application_runs_its_script_and_ends(sandbox: Sandbox) -> None:
    application = sandbox.start(SERVICES["application"])
    worker = sandbox.start(SERVICES["application-taskmanager"])
    worker.wait_until_ready()
    assert application.process.wait(60) == 0, application.log
    by_customer = rows(sandbox.data / "by_customer")
    assert len(by_customer) == 100
    assert sum(int(orders) for _, orders, _ in by_customer) == 10_000
    assert rows(sandbox.data / "in_all") == [["10000", "100"]]


def test_an_application_is_healthy_while_it_runs_and_ends_when_it_is_stopped(sandbox: Sandbox) -> None:
    (sandbox.data / "endless.sql").write_text(ENDLESS)
    endless = replace(SERVICES["application"], command=["standalone-job", "/data/endless.sql"])
    application = sandbox.start(endless)
    application.wait_until_ready()
    worker = sandbox.start(SERVICES["application-taskmanager"])
    worker.wait_until_ready()
    assert check(sandbox, "application") == 0
    assert check(sandbox, "application-taskmanager") == 0
    assert application.stop() == 0, application.log
    assert check(sandbox, "application") == 1


def test_an_application_that_fails_says_so_with_its_exit_code(sandbox: Sandbox) -> None:
    (sandbox.data / "wrong.sql").write_text("SELECT nothing FROM nowhere;\n")
    application = sandbox.start(replace(SERVICES["application"], command=["standalone-job", "/data/wrong.sql"]))
    application.wait_until_ready()
    assert application.process.wait(60) == 1, application.log
    assert application.process.stdout is not None
    assert "at line 1 of /" in (told := application.process.stdout.read()), told
    assert "nowhere" in told


def rows(directory: Path) -> list[list[str]]:
    files = [path for path in directory.rglob("*") if path.is_file() and not path.name.startswith((".", "_"))]
    return [row for path in files for row in csv.reader(path.read_text().splitlines())]
