"""The image's scripts, without the image: what becomes of a container's command, signals and configuration."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from cluster_machine import free_port

from tests.docker.compose_file import ROOT
from tests.docker.sandbox import DOCKER, can_isolate


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SQLSTREAM_")}
    return {**kept, "PATH": f"{DOCKER}:{Path(sys.executable).parent}:{os.environ['PATH']}", **variables}


def entrypoint(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker-entrypoint", *command],
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", [[], ["help"], ["--help"]])
def test_help_names_every_role(command: list[str]) -> None:
    done = entrypoint(*command)
    assert done.returncode == 0
    for role in ("jobmanager", "taskmanager", "sql-gateway", "standalone-job", "sql-client"):
        assert f"\n  {role} " in done.stdout


def test_any_other_command_is_run_as_it_is() -> None:
    assert entrypoint("sqlstream", "--version").stdout.startswith("sqlstream ")
    assert entrypoint("sh", "-c", "echo $0 $1; exit 3", "a b", "c").stdout == "a b c\n"
    assert entrypoint("sh", "-c", "exit 3").returncode == 3
    assert entrypoint("no-such-command").returncode == 127


def test_the_client_runs_sql() -> None:
    done = entrypoint("sql-client", "-e", "SELECT 41 + 1 AS answer")
    assert done.returncode == 0
    assert " 42 |" in done.stdout


def test_a_role_takes_the_place_of_the_script_and_its_configuration_from_everywhere(tmp_path: Path) -> None:
    ports = {key: free_port() for key in ("file", "environment", "argument", "control")}
    (tmp_path / "config.yaml").write_text(f"rest.port: {ports['file']}\nparallelism.default: 3\n")
    with subprocess.Popen(
        ["docker-entrypoint", "jobmanager", "-D", f"rest.port={ports['argument']}"],
        env=environment(
            SQLSTREAM_CONF_DIR=str(tmp_path),
            SECRET="hunter2",
            SQLSTREAM_PROPERTIES=f"\n  rest.port: {ports['environment']}\n  my.password: ${{SECRET}}\n"
            f"  jobmanager.rpc.port: {ports['control']}\n",
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert f"http://127.0.0.1:{ports['argument']}" in process.stdout.readline()
        assert "sqlstream" in Path(f"/proc/{process.pid}/cmdline").read_text()
        answer = httpx.get(f"http://127.0.0.1:{ports['argument']}/jobmanager/config")
        shown = {entry["key"]: entry["value"] for entry in answer.json()}
        assert shown["parallelism.default"] == "3"
        assert shown["jobmanager.rpc.port"] == str(ports["control"])
        assert shown["my.password"] == "******"
        assert "hunter2" not in json.dumps(shown)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_a_mistake_in_the_properties_is_told_in_two_lines() -> None:
    done = entrypoint("jobmanager", SQLSTREAM_PROPERTIES="rest.port: 1\nmy.password=hunter2\n")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "[ERROR] $SQLSTREAM_PROPERTIES, line 2: cannot read '...'.",
        "Expected 'key: value'; quote a value that holds ': ' or ' #'.",
    ]


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        ("jobmanager", "jobmanager status"),
        ("taskmanager", "taskmanager status"),
        ("sql-gateway", "sql-gateway status"),
        ("standalone-job /scripts/jobmanager.sql", "jobmanager status"),
        ("sql-client", ""),
        ("sleep 60", ""),
    ],
)
@pytest.mark.skipif(not can_isolate(), reason="needs the right to make Linux namespaces")
def test_the_health_check_finds_out_what_the_container_runs(tmp_path: Path, command: str, asked: str) -> None:
    """In a process namespace of its own, with a command in sqlstream's place that says what it was asked."""
    asking = tmp_path / "bin" / "sqlstream"
    asking.parent.mkdir()
    asking.write_text(
        '#!/bin/sh\ncase "$2" in\nstatus) echo "$@" ;;\n*) "$DOCKER/docker-healthcheck"; exit $? ;;\nesac\n'
    )
    asking.chmod(0o755)
    sleeping = asking.with_name("sleep")
    sleeping.write_text('#!/bin/sh\nexec "$DOCKER/docker-healthcheck"\n')
    sleeping.chmod(0o755)
    done = subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", "docker-entrypoint", *command.split()],
        env={**os.environ, "PATH": f"{asking.parent}:{DOCKER}:{os.environ['PATH']}", "DOCKER": str(DOCKER)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, asked, "")
