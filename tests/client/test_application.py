"""Scripts that the client deploys: what the cluster that runs them leaves behind."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import psutil
import pytest
from cluster_machine import Machine

pytestmark = pytest.mark.timeout(300)

DEPLOYED = ("-D", "execution.target=local-application")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, 0, 0)


def script(directory: Path) -> str:
    table = f"('connector' = 'filesystem', 'path' = '{directory}/out', 'format' = 'csv')"
    return f"CREATE TABLE o (a INT) WITH {table};\nINSERT INTO o VALUES (1), (2);"


def wait_for_its_end(machine: Machine) -> None:
    (pid_file,) = machine.directory.glob("*standalone-job.pid")
    for line in pid_file.read_text().splitlines():
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(int(line.split()[0])).wait(120)


def written(directory: Path) -> list[str]:
    return sorted(file.read_text() for file in (directory / "out").iterdir() if file.name[0] not in "._")


@pytest.mark.parametrize("how", ["a file", "a URI", "text"])
def test_a_script_runs_on_a_cluster_whose_id_is_told(machine: Machine, tmp_path: Path, how: str) -> None:
    file = tmp_path / "s.sql"
    file.write_text(script(tmp_path))
    given = {"a file": ("-f", str(file)), "a URI": ("-f", f"file://{file}"), "text": ("-e", script(tmp_path))}[how]
    allowed = ("-D", f"sql-gateway.script-uri.locations={tmp_path}")
    done = machine.sqlstream("sql-client", *DEPLOYED, *allowed, "-D", "high-availability.cluster-id=mine", *given)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "[INFO] The script has been deployed in application mode.\nCluster ID: mine\n"
    wait_for_its_end(machine)
    assert re.sub(r"\s+", " ", " ".join(written(tmp_path))).split() == ["1", "2"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("-i", "i.sql", "-f", "s.sql"), "A script that is deployed has no -i."),
        ((), "'execution.target' = 'local-application' runs one script as an application."),
        (("-f", "nope.sql"), "Cannot read 'nope.sql': No such file or directory."),
    ],
)
def test_without_one_script_nothing_is_deployed(machine: Machine, arguments: tuple[str, ...], error: str) -> None:
    done = machine.sqlstream("sql-client", *DEPLOYED, *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(f"[ERROR] {error}\n")
    assert not list(machine.directory.glob("*.pid"))
