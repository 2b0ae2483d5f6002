"""The REST API over a scripted cluster: Flink's shapes, status codes and error bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from control_plane_jobs import ScriptedExecutor, endless_job, job_id, scripted, select_job, three_step_job
from fastapi.testclient import TestClient

from sqlstream.config.configuration import Configuration
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import ExecutionState, TaskMetrics, TaskStateChanged
from sqlstream.runtime.jobmanager.clock import now_ms
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


def test_a_job_is_rescaled_by_patch_and_asked_about(rest: Rest) -> None:
    rest.submit(msgspec.structs.replace(endless_job(), configuration={"execution.checkpointing.interval": "1 h"}))
    job = f"/jobs/{job_id()}"
    assert rest.get(f"{job}/resource-requirements")["sink"] == {"parallelism": {"lowerBound": 2, "upperBound": 2}}
    request = rest.client.patch(f"{job}/rescaling?parallelism=3").json()["request-id"]
    assert rest.get(f"{job}/rescaling/{request}") == {"status": {"id": "IN_PROGRESS"}}
    wanted = {name: {"parallelism": {"lowerBound": 1, "upperBound": 2}} for name in ("source", "sink")}
    refused = rest.client.put(f"{job}/resource-requirements", json=wanted)
    assert (refused.status_code, refused.json()["errors"][0]) == (
        409,
        f"Job {job_id()} cannot be rescaled: the job is being rescaled.",
    )
    assert rest.get(f"{job}/resource-requirements")["sink"]["parallelism"]["lowerBound"] == 2
    rest.client.patch(job)
    outcome = rest.get(f"{job}/rescaling/{request}?wait-ms=10000")
    assert outcome["status"] == {"id": "COMPLETED"}
    assert "cancelled" in outcome["operation"]["failure-cause"]["stack-trace"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("PATCH", "rescaling", None, 400, "parallelism"),
        ("PATCH", "rescaling?parallelism=0", None, 400, "parallelism"),
        ("PATCH", "rescaling?parallelism=129", None, 400, "between 1 and the maximum of 128"),
        ("GET", f"rescaling/{NO_JOB}", None, 404, NO_JOB),
        ("PUT", "resource-requirements", {}, 400, "does not specify"),
        ("PUT", "resource-requirements", {"source": {}}, 400, "parallelism"),
        ("PUT", "resource-requirements", {"source": {"parallelism": {}}}, 400, "sink"),
        (
            "PUT",
            "resource-requirements",
            {name: {"parallelism": {"lowerBound": 3, "upperBound": 2}} for name in ("source", "sink")},
            400,
            "above its upper bound",
        ),
    ],
)
def test_a_job_is_not_rescaled_to_what_cannot_be(
    rest: Rest, method: str, path: str, body: Any, status: int, message: str
) -> None:
    rest.submit(endless_job())
    answer = rest.client.request(method, f"/jobs/{job_id()}/{path}", json=body)
    assert answer.status_code == status
    assert message in answer.json()["errors"][0]


def test_a_job_whose_client_falls_silent_is_cancelled(rest: Rest) -> None:
    rest.submit(three_step_job())
    beat = f"/jobs/{job_id()}/clientHeartbeat"
    assert rest.client.patch(beat, json={"expiredTimestamp": now_ms() + 3_600_000}).status_code == 202
    assert rest.get(f"/jobs/{job_id()}/status") == {"status": "RUNNING"}
    assert rest.client.patch(beat, json={"expiredTimestamp": now_ms()}).status_code == 202
    job = rest.cluster.job_manager.await_job(job_id(), lambda job: job.status.is_terminal, 10)
    assert job.status.value == "CANCELED"
    assert rest.client.patch(beat, json={"expiredTimestamp": "soon"}).status_code == 400


def test_earlier_attempts_are_remembered(rest: Rest) -> None:
    options = {"restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.delay": "0 ms"}
    rest.submit(msgspec.structs.replace(three_step_job(), configuration=options))
    first = next(id_ for id_ in rest.executor.deployed if id_.vertex_id == "middle" and id_.subtask == 1)
    rest.executor.all_deployed.clear()
    rest.executor.expected = 10
    rest.executor.end(first, ExecutionState.FAILED, "boom")
    assert rest.executor.all_deployed.wait(10)
    subtask = f"/jobs/{job_id()}/vertices/middle/subtasks/1"
    assert rest.get(subtask)["attempt"] == 1
    earlier = rest.get(f"{subtask}/attempts/0")
    assert (earlier["attempt"], earlier["status"], earlier["metrics"]["read-records"]) == (0, "FAILED", 7)
    assert rest.get(f"{subtask}/attempts/0/accumulators")["id"] == "middle_1_0"
    assert "attempt num 2" in rest.get(f"{subtask}/attempts/2", 404)["errors"][0]
    assert "subtask index" in rest.get(f"/jobs/{job_id()}/vertices/middle/subtasks/2", 404)["errors"][0]


def test_what_operators_count_is_summed_up(rest: Rest) -> None:
    rest.submit(three_step_job())
    for execution in list(rest.executor.deployed):
        if execution.vertex_id == "middle":
            metrics = TaskMetrics(counters={"numLateRecordsDropped": 1 + execution.subtask})
            rest.executor.on_report(TaskStateChanged(execution, ExecutionState.FINISHED, metrics=metrics))
    counted = {"name": "numLateRecordsDropped", "type": "LongCounter", "value": "3"}
    assert rest.get(f"/jobs/{job_id()}/accumulators")["user-task-accumulators"] == [counted]
    assert rest.get(f"/jobs/{job_id()}/vertices/middle/accumulators")["user-accumulators"] == [counted]
    subtasks = rest.get(f"/jobs/{job_id()}/vertices/middle/subtasks/accumulators")["subtasks"]
    assert [entry["user-accumulators"][0]["value"] for entry in subtasks] == ["1", "2"]
    aggregated = rest.get(f"/jobs/{job_id()}/vertices/middle/subtasks/metrics?get=numLateRecordsDropped&subtasks=0-7")
    assert aggregated == [{"id": "numLateRecordsDropped", "min": 1, "max": 2, "avg": 1.5, "sum": 3, "skew": 100 / 3}]


@pytest.mark.parametrize("query", ["agg=median", "subtasks=x", "subtasks=1-y"])
def test_figures_that_there_are_none_of_are_refused(rest: Rest, query: str) -> None:
    rest.submit(three_step_job())
    error = rest.get(f"/jobs/{job_id()}/vertices/middle/subtasks/metrics?get=numRecordsIn&{query}", 400)["errors"][0]
    assert "Cannot resolve query parameter" in error
    assert "Cannot resolve" in rest.get("/jobs/metrics?agg=median", 400)["errors"][0]


def test_how_a_job_ended_is_told_once_it_has(rest: Rest) -> None:
    rest.submit(three_step_job())
    assert rest.get(f"/jobs/{job_id()}/execution-result") == {"status": {"id": "IN_PROGRESS"}}
    rest.executor.end(next(iter(rest.executor.deployed)), ExecutionState.FAILED, "boom")
    rest.cluster.job_manager.await_job(job_id(), lambda job: job.status.is_terminal, 10)
    result = rest.get(f"/jobs/{job_id()}/execution-result")["job-execution-result"]
    assert result["application-status"] == "FAILED"
    assert "boom" in result["failure-cause"]["stack-trace"]


def test_every_job_is_an_application_of_its_own(rest: Rest) -> None:
    rest.submit(three_step_job())
    (application,) = rest.get("/applications/overview")["applications"]
    assert (application["id"], application["jobs"]) == (job_id(), {"RUNNING": 1})
    rest.executor.end(next(iter(rest.executor.deployed)), ExecutionState.FAILED, "boom")
    rest.cluster.job_manager.await_job(job_id(), lambda job: job.status.is_terminal, 10)
    assert rest.get(f"/applications/{job_id()}")["status"] == "FAILED"
    (entry,) = rest.get(f"/applications/{job_id()}/exceptions")["exceptionHistory"]["entries"]
    assert (entry["exceptionName"], entry["jobId"]) == ("boom", job_id())
    assert rest.client.post(f"/applications/{job_id()}/cancel").status_code == 409
    rest.submit(three_step_job(2))
    assert rest.client.post(f"/applications/{job_id(2)}/cancel").status_code == 202
    rest.cluster.job_manager.await_job(job_id(2), lambda job: job.status.is_terminal, 10)
    assert rest.get(f"/applications/{job_id(2)}")["status"] == "CANCELED"
