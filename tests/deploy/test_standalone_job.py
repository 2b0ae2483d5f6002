"""The JobManager of one application whose TaskManagers somebody else starts, as in containers."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster_machine import free_port
from own_cluster import Place, place

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as opened:
        yield opened


@pytest.fixture
def ports() -> list[str]:
    """Options for both kinds of process."""
    return ["-D", f"rest.port={free_port()}", "-D", f"jobmanager.rpc.port={free_port()}"]


def script(directory: Path, text: str) -> str:
    file = directory / "script.sql"
    file.write_text(text)
    return str(file)


def test_it_waits_for_task_managers_and_ends_with_its_script_and_so_do_they(
    here: Place, ports: list[str], tmp_path: Path
) -> None:
    file = script(tmp_path, "SET 'execution.runtime-mode' = 'batch';\nSELECT 41 + 1 AS answer;\n")
    with here.popen("standalone-job", "start-foreground", *ports, "-D", "slot.request.timeout=1 min", file) as job:
        assert job.stdout is not None
        assert re.match(r"Application cluster \w+: REST API and web page at http://127", job.stdout.readline())
        with here.popen("taskmanager", "start-foreground", *ports) as worker:
            printed, _ = job.communicate(timeout=60)
            assert worker.wait(60) == 0
    assert job.returncode == 0
    assert "| answer |\n+--------+\n|     42 |\n" in printed
    assert printed.endswith("The application is SUCCEEDED.\n")


def test_the_exit_code_says_that_the_script_failed(here: Place, ports: list[str], tmp_path: Path) -> None:
    failed = here.sqlstream("standalone-job", "start-foreground", *ports, script(tmp_path, "SELECT nope;\n"))
    assert failed.returncode == 1
    assert "'SELECT nope'. Reason:" in failed.stdout
    assert "Traceback" not in failed.stderr


def test_in_the_background_it_brings_its_own_task_managers_if_it_is_to(
    here: Place, ports: list[str], tmp_path: Path
) -> None:
    file = script(
        tmp_path,
        "CREATE TABLE endless (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');\n"
        "CREATE TABLE nowhere (n INT) WITH ('connector' = 'blackhole');\n"
        "INSERT INTO nowhere SELECT n FROM endless;\n",
    )
    started = here.sqlstream("standalone-job", "start", "--with-taskmanagers", *ports, file)
    assert started.returncode == 0, started.stderr
    (job_manager,) = here.job_managers()
    assert here.sqlstream("standalone-job", "stop").returncode == 0
    assert job_manager.has_ended()
    (log,) = here.directory.glob("*standalone-job-*.log")
    assert log.read_text().count("The application is CANCELED.") == 1
    assert here.sqlstream("standalone-job", "stop").returncode == 1


def test_it_ends_in_order_on_ctrl_c(here: Place, ports: list[str], tmp_path: Path) -> None:
    with here.popen("standalone-job", "start-foreground", *ports, script(tmp_path, "SELECT 1;\n")) as job:
        assert job.stdout is not None
        for line in job.stdout:
            if line.startswith("Job ID:"):
                break
        job.send_signal(signal.SIGINT)
        printed, errors = job.communicate(timeout=60)
    assert job.returncode == 0
    assert printed.endswith("The application is CANCELED.\n")
    assert "Traceback" not in errors
