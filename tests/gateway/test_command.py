"""``sqlstream sql-gateway`` as a process, on its own and before a cluster."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cluster_machine import Machine, free_port

from tests.gateway.gateway_user import GatewayUser


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path, free_port(), free_port())
    yield machine
    machine.sqlstream("sql-gateway", "stop")
    machine.sqlstream("cluster", "stop")


def started(machine: Machine, *options: str) -> str:
    """The gateway's address."""
    port = free_port()
    start = machine.sqlstream("sql-gateway", "start", "-D", f"sql-gateway.endpoint.rest.port={port}", *options)
    assert start.returncode == 0, start.stderr
    assert start.stdout == (
        f"SQL gateway: REST API at http://127.0.0.1:{port}, described at http://127.0.0.1:{port}/docs\n"
    )
    return f"http://127.0.0.1:{port}"


def test_it_starts_serves_and_stops(machine: Machine) -> None:
    url = started(machine)
    with httpx.Client(base_url=url) as client:
        assert GatewayUser(client).run("SHOW CURRENT DATABASE") == [["default_database"]]
    taken = machine.sqlstream("sql-gateway", "start", "-D", f"sql-gateway.endpoint.rest.port={url.rpartition(':')[2]}")
    assert taken.returncode == 1
    assert "the port is in use" in taken.stderr
    assert re.fullmatch(r"Stopped sql-gateway \(pid \d+\)\.\n", machine.sqlstream("sql-gateway", "stop").stdout)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/info")


def test_its_jobs_run_on_a_cluster_when_asked(machine: Machine) -> None:
    assert machine.sqlstream("cluster", "start", *machine.options).returncode == 0
    url = started(machine, "-D", "execution.target=remote", "-D", f"rest.port={machine.rest_port}")
    with httpx.Client(base_url=url, timeout=60) as client:
        user = GatewayUser(client)
        user.run("CREATE TABLE numbers (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '100')")
        assert len(user.run("SELECT * FROM numbers")) == 100
        user.run("CREATE TABLE hole (a INT) WITH ('connector' = 'blackhole')")
        user.run("SET 'table.dml-sync' = 'true'")
        ((job,),) = user.run("INSERT INTO hole SELECT * FROM numbers")
        assert {row[0]: row[2] for row in user.run("SHOW JOBS")}[job] == "FINISHED"
    assert machine.get(f"/jobs/{job}").json()["state"] == "FINISHED"


def test_a_gateway_that_is_warm_has_its_foundations_out_of_the_collectors_sight() -> None:
    code = "import gc; from sqlstream.gateway.warm_up import warm_up; warm_up(); print(gc.get_freeze_count())"
    frozen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    assert int(frozen) > 50_000
