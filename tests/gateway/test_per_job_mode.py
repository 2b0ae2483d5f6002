"""Statements of a session at the gateway whose jobs have clusters of their own."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from own_cluster import place

from tests.gateway.gateway_user import GatewayUser


def test_queries_and_inserts_run_on_clusters_of_their_own(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQLSTREAM_LOG_DIR", str(tmp_path))
    monkeypatch.setenv("SQLSTREAM_PID_DIR", str(tmp_path))
    with place(tmp_path) as here:
        user = GatewayUser(client, **{"execution.target": "local-per-job", "execution.runtime-mode": "batch"})
        assert user.run("SELECT n + 1 FROM (VALUES (1), (2)) AS t(n)") == [[2], [3]]
        user.run(f"CREATE TABLE t (n INT) WITH ('connector' = 'filesystem', 'path' = '{tmp_path}/t', 'format' = 'csv')")
        ((job_id,),) = user.run("INSERT INTO t VALUES (1), (2)", executionConfig={"table.dml-sync": "true"})
        assert user.job_status(job_id) == "FINISHED"
        assert user.run("SELECT SUM(n) FROM t") == [[3]]
        assert len(list(tmp_path.glob("*-standalone-job-*.log"))) == 3
        client.delete(user.path)
        assert all(process.has_ended() for process in here.job_managers())
