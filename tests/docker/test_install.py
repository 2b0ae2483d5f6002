"""The install steps of the image, run in a clean folder: what comes out works on its own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docker.compose_file import ROOT
from tests.docker.dockerfile import copied, is_ignored, values

LEFT_OUT = ("SQLSTREAM_", "PYTHON", "VIRTUAL_ENV", "NUMBA_")


def build_context(directory: Path) -> Path:
    """What ``docker build`` copies from the checkout."""
    for source in copied():
        if (ROOT / source).is_file():
            (directory / source).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / source, directory / source)
            continue
        for path in (ROOT / source).rglob("*"):
            name = str(path.relative_to(ROOT))
            if path.is_file() and not is_ignored(name):
                (directory / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, directory / name)
    return directory


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_image_is_installed_and_works(tmp_path: Path) -> None:
    source, target, cache = build_context(tmp_path / "source"), tmp_path / "opt", tmp_path / "cache"
    places = {"/source": str(source), "/opt/sqlstream": str(target), "/var/cache/sqlstream": str(cache)}
    defaults = dict(argument.split("=") for argument in values("ARG"))
    step = next(command for command in values("RUN") if command.startswith("docker/install.sh "))
    words = shlex.split(step.replace("${EXTRAS}", defaults["EXTRAS"]))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
    installed = subprocess.run(
        [places.get(word, word) for word in words],
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert installed.returncode == 0, installed.stdout + installed.stderr
    compiled = re.search(r"(\d+) kernels compiled", installed.stdout)
    assert compiled is not None, installed.stdout
    kernels = {path: path.stat().st_mtime_ns for path in cache.rglob("*.nb[ic]")}
    assert len(kernels) >= int(compiled[1])
    shutil.rmtree(source)

    def run(*command: str) -> str:
        done = subprocess.run(
            [str(target / "bin" / command[0]), *command[1:]],
            cwd=tmp_path,
            env={**environment, "NUMBA_CACHE_DIR": str(cache)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    grouped = run(
        "sqlstream",
        "sql-client",
        "-e",
        "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '9',"
        " 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '9');"
        "SET 'execution.runtime-mode' = 'batch';"
        "SELECT n / 10 AS tens, SUM(n) AS total FROM numbers GROUP BY n / 10;",
    )
    assert re.search(r"\| +0 \| +45 \|", grouped)
    for module in ("confluent_kafka", "psycopg"):
        run("python", "-c", f"import {module}")
    run("python", "-m", "sqlstream.kernels")
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*.nb[ic]")} == kernels
