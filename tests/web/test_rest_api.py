"""The REST API over a scripted cluster: Flink's shapes, status codes and error bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from control_plane_jobs import ScriptedExecutor, job_id, scripted, select_job, three_step_job
from fastapi.testclient import TestClient

from sqlstream.config.configuration import Configuration
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import ExecutionState
from sqlstream.runtime.minicluster import MiniCluster
from sqlstream.web.rest_api import rest_api

NO_JOB = "0" * 32
JSON = {"Content-Type": "application/json"}


@dataclass
class Rest:
    client: TestClient
    cluster: MiniCluster
    executor: ScriptedExecutor

    def get(self, path: str, status: int = 200) -> Any:
        response = self.client.get(path)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/json; charset=UTF-8"
        return response.json()

    def submit(self, graph: JobGraph) -> None:
        """Posts ``graph`` and waits until all its tasks run."""
        self.executor.expected = sum(vertex.parallelism for vertex in graph.vertices)
        response = self.client.post("/jobs", content=graph.to_json(), headers=JSON)
        assert (response.status_code, response.json()) == (202, {"jobUrl": f"/jobs/{graph.job_id}"})
        assert self.executor.all_deployed.wait(10)

    def finish(self) -> None:
        for execution in list(self.executor.deployed):
            self.executor.end(execution, ExecutionState.FINISHED)


@pytest.fixture
def rest() -> Iterator[Rest]:
    made, factory = scripted()
    cluster = MiniCluster(Configuration({"parallelism.default": "2", "my.password": "hush"}), factory)
    with TestClient(rest_api(cluster.job_manager)) as client:
        yield Rest(client, cluster, made[0])
    cluster.close()


def test_the_overview_counts_jobs_slots_and_task_managers(rest: Rest) -> None:
    rest.submit(three_step_job())
    overview = rest.get("/overview")
    assert (overview["taskmanagers"], overview["jobs-running"], overview["jobs-finished"]) == (1, 1, 0)
    assert overview["slots-total"] - overview["slots-available"] == 2


def test_every_path_is_there_with_its_version_too(rest: Rest) -> None:
    assert rest.get("/v1/jobs") == rest.get("/jobs") == {"jobs": []}


def test_a_submitted_job_is_listed_with_its_state_and_tasks(rest: Rest) -> None:
    rest.submit(three_step_job())
    assert rest.get("/jobs") == {"jobs": [{"id": job_id(), "status": "RUNNING"}]}
    (job,) = rest.get("/jobs/overview")["jobs"]
    assert (job["jid"], job["name"], job["state"], job["end-time"]) == (job_id(), "job-1", "RUNNING", -1)
    assert (job["tasks"]["total"], job["tasks"]["running"]) == (5, 5)


def test_a_job_shows_vertices_metrics_and_plan(rest: Rest) -> None:
    rest.submit(three_step_job())
    rest.finish()
    job = rest.get(f"/jobs/{job_id()}")
    assert (job["state"], job["job-type"]) == ("FINISHED", "STREAMING")
    assert job["timestamps"]["FINISHED"] >= job["timestamps"]["RUNNING"] > 0
    assert [(v["name"], v["status"], v["parallelism"]) for v in job["vertices"]] == [
        ("source", "FINISHED", 1),
        ("middle", "FINISHED", 2),
        ("end", "FINISHED", 2),
    ]
    assert job["vertices"][1]["tasks"]["FINISHED"] == 2
    assert job["vertices"][1]["metrics"]["read-records"] == 14
    assert job["vertices"][1]["metrics"]["read-records-complete"] is True
    assert job["status-counts"]["FINISHED"] == 3
    inputs = {node["id"]: [i["ship_strategy"] for i in node["inputs"]] for node in job["plan"]["nodes"]}
    assert inputs == {"source": [], "middle": ["REBALANCE"], "end": ["HASH"]}


def test_a_vertex_shows_its_subtasks(rest: Rest) -> None:
    rest.submit(three_step_job())
    vertex = rest.get(f"/jobs/{job_id()}/vertices/middle")
    assert [(task["subtask"], task["status"]) for task in vertex["subtasks"]] == [(0, "RUNNING"), (1, "RUNNING")]
    assert "not found" in rest.get(f"/jobs/{job_id()}/vertices/nope", 404)["errors"][0]


def test_a_failed_job_shows_its_cause(rest: Rest) -> None:
    rest.submit(three_step_job())
    assert rest.get(f"/jobs/{job_id()}/exceptions") == {"exceptionHistory": {"entries": [], "truncated": False}}
    rest.executor.end(next(iter(rest.executor.deployed)), ExecutionState.FAILED, "boom", "Traceback ...")
    (entry,) = rest.get(f"/jobs/{job_id()}/exceptions")["exceptionHistory"]["entries"]
    assert (entry["exceptionName"], entry["stacktrace"], entry["taskName"]) == ("boom", "Traceback ...", "end (1/2)")


def test_a_job_is_cancelled_by_patch(rest: Rest) -> None:
    rest.submit(three_step_job())
    assert rest.client.patch(f"/jobs/{job_id()}?mode=cancel").status_code == 202
    rest.cluster.job_manager.await_job(job_id(), lambda job: job.status.is_terminal, 10)
    assert rest.get(f"/jobs/{job_id()}/status") == {"status": "CANCELED"}
    assert rest.client.patch(f"/jobs/{job_id()}").status_code == 202


def test_a_finished_job_cannot_be_cancelled(rest: Rest) -> None:
    rest.submit(three_step_job())
    rest.finish()
    response = rest.client.patch(f"/jobs/{job_id()}")
    assert response.status_code == 409
    assert "another terminal state (FINISHED)" in response.json()["errors"][0]


@pytest.mark.parametrize("suffix", ["", "/status", "/exceptions", "/config", "/plan", "/progress", "/vertices/x"])
def test_unknown_and_malformed_job_ids_are_told_apart(rest: Rest, suffix: str) -> None:
    assert rest.get(f"/jobs/{NO_JOB}{suffix}", 404)["errors"] == [f"Job {NO_JOB} not found"]
    assert "Cannot resolve path parameter (jobid)" in rest.get(f"/jobs/xyz{suffix}", 400)["errors"][0]


def test_other_mistakes_get_flinks_error_body(rest: Rest) -> None:
    rest.submit(three_step_job())
    assert rest.get("/nope", 404) == {"errors": ["Not found: /nope"]}
    assert rest.client.delete("/overview").status_code == 404
    assert "registered under" in rest.get("/taskmanagers/nope", 404)["errors"][0]
    assert "(mode)" in rest.client.patch(f"/jobs/{job_id()}?mode=end").json()["errors"][0]
    for stopped in (rest.client.patch(f"/jobs/{job_id()}?mode=stop"), rest.client.get(f"/jobs/{job_id()}/yarn-stop")):
        assert stopped.status_code == 308
        assert "jobs/:jobId/stop" in stopped.json()["errors"][0]
    assert "wait-ms" in rest.get(f"/jobs/{job_id()}/progress?wait-ms=soon", 400)["errors"][0]


@pytest.mark.parametrize(
    ("body", "headers", "status", "message"),
    [
        (b"{}", JSON, 400, "Not a JobGraph: Object missing required field `job_id`"),
        (b"not json", JSON, 400, "Not a JobGraph"),
        (three_step_job().to_json().replace(b'"parallelism":2', b'"parallelism":0'), JSON, 400, "parallelism 0"),
        (three_step_job().to_json(), {"Content-Type": "text/plain"}, 415, "application/json"),
    ],
)
def test_what_is_no_job_is_refused(rest: Rest, body: bytes, headers: dict[str, str], status: int, message: str) -> None:
    response = rest.client.post("/jobs", content=body, headers=headers)
    assert response.status_code == status
    assert message in response.json()["errors"][0]
    assert rest.get("/jobs") == {"jobs": []}


def test_task_managers_show_their_slots_and_jobs(rest: Rest) -> None:
    rest.submit(three_step_job())
    (manager,) = rest.get("/taskmanagers")["taskmanagers"]
    assert manager["slotsNumber"] - manager["freeSlots"] == 2
    assert manager["assignedTasks"] == 5
    details = rest.get(f"/taskmanagers/{manager['id']}")
    assert [(slot["jobId"], slot["assignedTasks"]) for slot in details["allocatedSlots"]] == [(job_id(), 2)] * 2
    assert details["metrics"]["heapUsed"] > 0


def test_configuration_is_shown_without_secrets(rest: Rest) -> None:
    assert {"key": "my.password", "value": "******"} in rest.get("/jobmanager/config")
    assert rest.get("/config")["features"]["web-cancel"] is True


def test_progress_tells_a_client_where_its_rows_are_and_how_the_job_ended(rest: Rest) -> None:
    rest.submit(select_job())
    progress = rest.get(f"/jobs/{job_id()}/progress?until=collecting&wait-ms=10000")
    assert (progress["is_query"], progress["result_address"]) == (True, "in-process:0")
    rest.finish()
    assert rest.get(f"/jobs/{job_id()}/progress?until=ended&wait-ms=10000")["status"] == "FINISHED"
    assert rest.client.delete(f"/jobs/{job_id()}/result").status_code == 200
    assert rest.executor.release_called.wait(10)


def test_progress_answers_after_its_time_even_without_news(rest: Rest) -> None:
    rest.submit(three_step_job())
    assert rest.get(f"/jobs/{job_id()}/progress?until=ended&wait-ms=10")["status"] == "RUNNING"


def test_the_page_lists_jobs_and_task_managers(rest: Rest) -> None:
    response = rest.client.get("/")
    assert response.headers["content-type"].startswith("text/html")
    assert "TaskManagers" in response.text
    for path in re.findall(r"[\"`](/[a-z]+)", response.text):
        rest.get(path)


def test_the_page_offers_what_it_may(rest: Rest) -> None:
    cluster = MiniCluster(Configuration({"web.cancel.enable": "false", "web.rescale.enable": "false"}), scripted()[1])
    try:
        features = TestClient(rest_api(cluster.job_manager)).get("/config").json()["features"]
    finally:
        cluster.close()
    assert (features["web-cancel"], features["web-rescale"]) == (False, False)
    features = rest.get("/config")["features"]
    assert (features["web-submit"], features["web-cancel"], features["web-rescale"]) == (True, True, True)
