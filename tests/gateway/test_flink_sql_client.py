"""The SQL client of Apache Flink itself, in gateway mode."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from sqlstream.gateway.server import SqlGateway
from tests.flink_home import flink_environment, flink_home

SCRIPT = """
SET 'sql-client.execution.result-mode' = 'tableau';
CREATE TABLE numbers (a INT NOT NULL, b STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '5');
CREATE TABLE hole (a INT) WITH ('connector' = 'blackhole');
SHOW TABLES;
DESCRIBE numbers;
INSERT INTO hole SELECT a FROM numbers;
SELECT k, COUNT(*) AS n FROM (VALUES (1), (1), (2)) AS t(k) GROUP BY k;
SET 'execution.runtime-mode' = 'batch';
SELECT COUNT(*) AS n FROM numbers;
SELECT nothing FROM numbers;
"""


def test_a_script_with_ddl_queries_and_an_insert(gateway: SqlGateway, tmp_path: Path) -> None:
    home = flink_home()
    script = tmp_path / "script.sql"
    script.write_text(SCRIPT)
    command = [str(home / "bin/sql-client.sh"), "gateway", "--endpoint", f"127.0.0.1:{gateway.port}", "-f", str(script)]
    run = subprocess.run(
        command,
        env=flink_environment(home, tmp_path),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    shown = run.stdout
    assert shown.count("Execute statement succeeded.") == 4, shown + run.stderr
    for expected in (
        "|    numbers |",
        "|    a |    INT | FALSE |     |        |           |",
        "| +I |           1 |                    1 |",
        "| -U |           1 |                    1 |",
        "| +U |           1 |                    2 |",
        "Received a total of 4 rows",
        "| 5 |",
        "Column 'nothing' not found in any table. (line 1, column 8)",
    ):
        assert expected in shown
    assert re.search(r"Job ID: [0-9a-f]{32}", shown)
