"""SQLAlchemy's own suite for dialects passes, in a process of its own: its pytest plugin takes the whole run over."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from sqlstream.gateway.server import SqlGateway

HERE = Path(__file__).parent
ENOUGH = 300
"""Tests that must have passed for the run to mean anything."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_generic_suite_passes(gateway: SqlGateway, tmp_path: Path) -> None:
    for name in ("catalog", "rows"):
        (tmp_path / name).mkdir()
    (tmp_path / "setup.cfg").write_text(
        "[sqla_testing]\nrequirement_cls=tests.sqlalchemy_dialect.suite_requirements:Requirements\n"
        f"profile_file={tmp_path}/profiles.txt\n"
    )
    init = [
        f"CREATE CATALOG files WITH ('type' = 'file', 'path' = '{tmp_path}/catalog')",
        "CREATE DATABASE IF NOT EXISTS files.test_schema",
    ]
    query = "&".join(f"init={quote_plus(statement)}" for statement in init)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "sqlalchemy.testing.plugin.pytestplugin", "-p", "no:cacheprovider"),
            *("-c", str(tmp_path / "setup.cfg"), "--rootdir", str(tmp_path)),
            *("--dburi", f"sqlstream://localhost:{gateway.port}/files?{query}"),
            *("-o", "python_files=generic_suite.py", "-o", "python_classes=*Test", "-q", "--tb=short"),
            str(HERE / "generic_suite.py"),
        ],
        env={**os.environ, "SUITE_FOLDER": str(tmp_path / "rows"), "PYTHONPATH": str(HERE.parents[1])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed is not None and int(passed[1]) >= ENOUGH, run.stdout[-2_000:]
