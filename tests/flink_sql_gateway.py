"""A SQL gateway of Apache Flink's own, that runs jobs in its own process."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import tenacity

from sqlstream.runtime.rpc.listening import available_port
from tests.flink_home import flink_environment, flink_home

_START_SECONDS = 180
"""How long Flink may take to start; a busy machine takes its time."""


@contextmanager
def flink_sql_gateway(scratch: Path) -> Iterator[str]:
    """Its URL. Skips the test where there is no Flink."""
    home = flink_home()
    shutil.copytree(home / "conf", scratch / "conf")
    port = available_port("127.0.0.1", 0, "a port")
    settings = {
        "sql-gateway.endpoint.rest.address": "127.0.0.1",
        "sql-gateway.endpoint.rest.port": port,
        "execution.target": "local",
        "rest.port": 0,
    }
    url = f"http://127.0.0.1:{port}"
    with (scratch / "log").open("w") as log:
        process = subprocess.Popen(
            [str(home / "bin/sql-gateway.sh"), "start-foreground", *(f"-D{k}={v}" for k, v in settings.items())],
            env={**flink_environment(home, scratch), "FLINK_CONF_DIR": str(scratch / "conf")},
            stdout=log,
            stderr=log,
        )
        try:
            for attempt in tenacity.Retrying(
                stop=tenacity.stop_after_delay(_START_SECONDS), wait=tenacity.wait_fixed(1)
            ):
                with attempt:
                    httpx.get(f"{url}/info", trust_env=False).raise_for_status()
            yield url
        finally:
            process.terminate()
            process.wait()
