"""The JDBC driver of Apache Flink, which BI tools and Java programs load."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from sqlstream.gateway.server import SqlGateway
from tests.flink_home import flink_environment, flink_home

PROGRAM = Path(__file__).with_name("JdbcQueries.java")


def test_metadata_ddl_a_query_an_insert_and_a_mistake(gateway: SqlGateway, tmp_path: Path) -> None:
    home = flink_home()
    if not any(home.glob("opt/flink-sql-jdbc-driver-bundle-*.jar")):
        pytest.skip("Flink's JDBC driver is not in its opt directory: 'make flink' puts it there")
    run = subprocess.run(
        ["java", "-cp", f"{home}/opt/*:{home}/lib/*", str(PROGRAM), f"jdbc:flink://127.0.0.1:{gateway.port}"],
        env=flink_environment(home, tmp_path),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    lines = run.stdout.splitlines()
    for expected in (
        "catalog TABLE_CAT=default_catalog",
        "schema TABLE_SCHEM=default_database TABLE_CATALOG=default_catalog",
        "SHOW table name=hole",
        "SHOW table name=numbers",
        "DESCRIBE name=a type=INT null=false key=null extras=null watermark=null",
        "SELECT n=5 d=1.5 day=2024-02-29 ts=2024-02-29 12:34:56.5 t=true nothing=null m={k=1}",
    ):
        assert expected in lines, run.stdout + run.stderr
    assert re.search(r"^INSERT job id=[0-9a-f]{32}$", run.stdout, re.MULTILINE)
    assert "Column 'nothing' not found in any table. (line 1, column 8)" in run.stdout
