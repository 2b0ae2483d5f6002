"""Our answers have every key that Flink's have, with values of the same kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from sqlstream.config.configuration import Configuration
from sqlstream.runtime.deployment import ExecutionState
from sqlstream.runtime.jobmanager.views import JobView
from sqlstream.runtime.minicluster import MiniCluster
from sqlstream.web.rest_api import rest_api
from tests.web.recorded_shapes import PATHS, answers, differences, recorded, shape

SCRIPT = """
SET 'execution.checkpointing.interval' = '1 h';
SET 'parallelism.default' = '2';
CREATE TABLE source (id BIGINT, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
  WITH ('connector' = 'datagen', 'rows-per-second' = '100');
CREATE TABLE target (id BIGINT, c BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO target SELECT v, COUNT(*) FROM source GROUP BY v;
"""


def _all_run(job: JobView) -> bool:
    return all(task.state is ExecutionState.RUNNING for vertex in job.vertices for task in vertex.tasks)


NOT_FLINKS = {"fullRestarts", "numLateRecordsDropped"}
"""The first is Flink's of old; the second it counts at operators."""


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    directory: Path = tmp_path_factory.mktemp("shapes")
    cluster = MiniCluster(Configuration({"process.working-dir": str(directory)}))
    with TestClient(rest_api(cluster.job_manager)) as client:
        uploaded = client.post("/jars/upload", files={"jarfile": ("script.sql", SCRIPT.encode())}).json()
        job_id = client.post(f"/jars/{Path(uploaded['filename']).name}/run", json={}).json()["jobid"]
        cluster.job_manager.await_job(job_id, _all_run, 30)
        checkpoint = cluster.job_manager.trigger_checkpoint(job_id)
        cluster.job_manager.await_snapshot(job_id, checkpoint, 30)
        cluster.refresh_metrics()
        body = {"target-directory": str(directory / "savepoints")}
        request = client.post(f"/jobs/{job_id}/savepoints", json=body).json()["request-id"]
        assert "location" in client.get(f"/jobs/{job_id}/savepoints/{request}?wait-ms=20000").json()["operation"]

        def get(path: str) -> Any:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.text)
            return answer.json()

        yield {path: shape(answer) for path, answer in answers(get).items()}
    cluster.close()


@pytest.mark.parametrize("path", PATHS)
def test_nothing_that_flink_answers_is_missing(ours: dict[str, Any], path: str) -> None:
    assert list(differences(recorded()[path], ours[path])) == []


@pytest.mark.parametrize("path", [path for path in PATHS if path.endswith("metrics")])
def test_metrics_have_flinks_names(ours: dict[str, Any], path: str) -> None:
    kind, *names = recorded()[path] or ["names"]
    assert kind == "names"
    known = {*names, *(name.rpartition(".")[2] for name in names), *NOT_FLINKS}
    others = {name for name in ours[path][1:] if name not in names and "Generation_" not in name}
    assert {name for name in others if name.rpartition(".")[2] not in known} == set()
