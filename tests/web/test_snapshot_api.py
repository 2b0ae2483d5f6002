"""Checkpoints and savepoints by REST over a scripted cluster: Flink's shapes, status codes and error bodies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from control_plane_jobs import ScriptedExecutor, job_id, scripted, three_step_job
from fastapi.testclient import TestClient

from sqlstream.config.configuration import Configuration
from sqlstream.runtime.deployment import CheckpointAcknowledged, CheckpointDeclined, ExecutionState
from sqlstream.runtime.minicluster import MiniCluster
from sqlstream.state.checkpoint_files import read_checkpoint
from sqlstream.web.rest_api import rest_api

JOB = f"/jobs/{job_id()}"
UNKNOWN = "f" * 32


@dataclass
class Rest:
    client: TestClient
    cluster: MiniCluster
    executor: ScriptedExecutor

    def get(self, path: str, status: int = 200) -> Any:
        response = self.client.get(path)
        assert response.status_code == status, response.text
        return response.json()

    def post(self, path: str, body: dict[str, Any], status: int = 202) -> Any:
        response = self.client.post(path, json=body)
        assert response.status_code == status, response.text
        return response.json()

    def start(self, **configuration: str) -> None:
        """Submits the job of five tasks and waits until all run."""
        self.executor.expected = 5
        graph = msgspec.structs.replace(three_step_job(), configuration=configuration)
        response = self.client.post("/jobs", content=graph.to_json(), headers={"Content-Type": "application/json"})
        assert response.status_code == 202, response.text
        assert self.executor.all_deployed.wait(10)

    def latest(self) -> dict[str, Any]:
        """The checkpoint that was triggered last."""
        return dict(self.get(f"{JOB}/checkpoints")["history"][0])

    def acknowledge(self, checkpoint_id: int) -> None:
        for execution in list(self.executor.deployed):
            self.executor.on_report(
                CheckpointAcknowledged(execution, checkpoint_id, {}, sync_ms=1, stored_bytes=100, state_bytes=1_000)
            )

    def completed(self, path: str) -> Any:
        """The outcome of a request, waited for."""
        answer = self.get(f"{path}?wait-ms=20000")
        assert answer["status"] == {"id": "COMPLETED"}
        return answer["operation"]


@pytest.fixture
def rest(tmp_path: Path) -> Iterator[Rest]:
    made, factory = scripted()
    cluster = MiniCluster(Configuration({"process.working-dir": str(tmp_path / "work")}), factory)
    with TestClient(rest_api(cluster.job_manager)) as client:
        yield Rest(client, cluster, made[0])
    cluster.close()


def test_a_savepoint_is_triggered_asked_about_and_found_where_it_was_wanted(rest: Rest, tmp_path: Path) -> None:
    rest.start()
    triggered = rest.post(f"{JOB}/savepoints", {"target-directory": str(tmp_path / "savepoints")})
    assert list(triggered) == ["request-id"]
    status = f"{JOB}/savepoints/{triggered['request-id']}"
    assert rest.get(status) == {"status": {"id": "IN_PROGRESS"}}
    pending = rest.latest()
    assert (pending["status"], pending["checkpoint_type"], pending["is_savepoint"]) == (
        "IN_PROGRESS",
        "SAVEPOINT",
        True,
    )
    rest.acknowledge(pending["id"])
    location = rest.completed(status)["location"]
    assert Path(location).parent == tmp_path / "savepoints"
    assert Path(location).name.startswith("savepoint-000000-")
    assert read_checkpoint(location).metadata.job_id == job_id()
    assert rest.get(f"{JOB}/checkpoints")["latest"]["savepoint"]["external_path"] == location
    assert rest.get(f"{JOB}/status") == {"status": "RUNNING"}


def test_the_configured_directory_is_taken_when_none_is_given(rest: Rest, tmp_path: Path) -> None:
    rest.start(**{"execution.checkpointing.savepoint-dir": str(tmp_path / "default")})
    request = rest.post(f"{JOB}/savepoints", {})["request-id"]
    rest.acknowledge(rest.latest()["id"])
    assert Path(rest.completed(f"{JOB}/savepoints/{request}")["location"]).parent == tmp_path / "default"


def test_without_any_directory_a_savepoint_is_refused(rest: Rest) -> None:
    rest.start()
    refused = rest.post(f"{JOB}/savepoints", {}, 400)
    assert "execution.checkpointing.savepoint-dir" in refused["errors"][0]


def test_a_failed_savepoint_says_why(rest: Rest, tmp_path: Path) -> None:
    rest.start()
    request = rest.post(f"{JOB}/savepoints", {"target-directory": str(tmp_path)})["request-id"]
    execution = next(iter(rest.executor.deployed))
    rest.executor.on_report(CheckpointDeclined(execution, rest.latest()["id"], "the disk is full"))
    cause = rest.completed(f"{JOB}/savepoints/{request}")["failure-cause"]
    assert "the disk is full" in cause["stack-trace"]
    failed = rest.get(f"{JOB}/checkpoints")["latest"]["failed"]
    assert (failed["status"], "the disk is full" in failed["failure_message"]) == ("FAILED", True)


def test_a_trigger_id_may_be_sent_again_without_a_second_savepoint(rest: Rest, tmp_path: Path) -> None:
    rest.start()
    body = {"target-directory": str(tmp_path), "triggerId": "ab" * 16}
    assert rest.post(f"{JOB}/savepoints", body) == rest.post(f"{JOB}/savepoints", body) == {"request-id": "ab" * 16}
    assert rest.get(f"{JOB}/checkpoints")["counts"]["total"] == 1
    assert rest.post(f"{JOB}/savepoints", {"triggerId": "../x"}, 400)["errors"]


@pytest.mark.parametrize(
    ("path", "body", "drain"),
    [
        ("stop", {"targetDirectory": "{target}", "drain": False}, False),
        ("stop", {"targetDirectory": "{target}", "drain": True}, True),
        ("savepoints", {"target-directory": "{target}", "cancel-job": True}, False),
    ],
)
def test_a_job_stops_with_its_savepoint(
    rest: Rest, tmp_path: Path, path: str, body: dict[str, Any], drain: bool
) -> None:
    rest.start()
    body = {key: str(tmp_path) if value == "{target}" else value for key, value in body.items()}
    request = rest.post(f"{JOB}/{path}", body)["request-id"]
    pending = rest.latest()
    assert pending["checkpoint_type"] == "SYNC_SAVEPOINT"
    rest.acknowledge(pending["id"])
    rest.cluster.job_manager.await_job(job_id(), lambda job: job.checkpoints.latest_savepoint is not None, 20)
    assert rest.get(f"{JOB}/savepoints/{request}") == {"status": {"id": "IN_PROGRESS"}}, "the job has not ended yet"
    for execution in list(rest.executor.deployed):
        rest.executor.end(execution, ExecutionState.FINISHED)
    assert rest.get(f"{JOB}/status") == {"status": "FINISHED"}
    assert rest.executor.triggered.wait(20)
    assert [trigger.drain for trigger in rest.executor.triggers] == [drain]
    location = rest.completed(f"{JOB}/savepoints/{request}")["location"]
    assert read_checkpoint(location).metadata.stop is True


def test_a_checkpoint_is_triggered_and_shown_with_its_tasks_and_subtasks(rest: Rest) -> None:
    rest.start()
    request = rest.post(f"{JOB}/checkpoints", {"checkpointType": "FULL"})["request-id"]
    number = rest.latest()["id"]
    rest.acknowledge(number)
    assert rest.completed(f"{JOB}/checkpoints/{request}") == {"checkpointId": number}

    statistics = rest.get(f"{JOB}/checkpoints")
    assert statistics["counts"] == {"restored": 0, "total": 1, "in_progress": 0, "completed": 1, "failed": 0}
    assert set(statistics["summary"]["checkpointed_size"].values()) == {500}
    completed = statistics["latest"]["completed"]
    assert (completed["status"], completed["num_subtasks"], completed["num_acknowledged_subtasks"]) == (
        "COMPLETED",
        5,
        5,
    )
    assert (completed["state_size"], completed["full_state_size"]) == (500, 5_000)
    assert completed["external_path"].endswith(f"/{job_id()}/chk-{number}")
    assert (statistics["latest"]["savepoint"], statistics["latest"]["restored"]) == (None, None)

    details = rest.get(f"{JOB}/checkpoints/details/{number}")
    assert {name: task["num_acknowledged_subtasks"] for name, task in details["tasks"].items()} == {
        "source": 1,
        "middle": 2,
        "end": 2,
    }
    subtasks = rest.get(f"{JOB}/checkpoints/details/{number}/subtasks/middle")
    assert [(s["index"], s["status"], s["checkpoint"]["sync"]) for s in subtasks["subtasks"]] == [
        (0, "completed", 1),
        (1, "completed", 1),
    ]
    assert subtasks["summary"]["state_size"]["avg"] == 100


def test_a_checkpoint_under_way_shows_who_has_answered(rest: Rest) -> None:
    rest.start()
    rest.post(f"{JOB}/checkpoints", {})
    number = rest.latest()["id"]
    answered = next(id_ for id_ in rest.executor.deployed if (id_.vertex_id, id_.subtask) == ("middle", 1))
    rest.executor.on_report(CheckpointAcknowledged(answered, number, {}))
    subtasks = rest.get(f"{JOB}/checkpoints/details/{number}/subtasks/middle")
    assert [subtask["status"] for subtask in subtasks["subtasks"]] == ["pending_or_failed", "completed"]


def test_what_there_is_none_of_is_not_found(rest: Rest, tmp_path: Path) -> None:
    rest.start()
    assert UNKNOWN in rest.get(f"{JOB}/savepoints/{UNKNOWN}", 404)["errors"][0]
    assert rest.get(f"{JOB}/checkpoints/details/77", 404)["errors"]
    assert rest.get(f"{JOB}/checkpoints/{UNKNOWN}", 404)["errors"]
    assert rest.post(f"/jobs/{UNKNOWN}/savepoints", {"target-directory": str(tmp_path)}, 404)["errors"]
    assert rest.get(f"/savepoint-disposal/{UNKNOWN}", 404)["errors"]


def test_no_web_page_can_stop_a_job_behind_one_s_back(rest: Rest) -> None:
    rest.start()
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        response = rest.client.post(f"{JOB}/stop", content="{}", headers={"Content-Type": content_type})
        assert response.status_code == 415
    assert rest.get(f"{JOB}/checkpoints")["counts"]["total"] == 0


@pytest.mark.parametrize("body", ["[]", "{", '{"target-directory": 7}', '{"cancel-job": "yes"}'])
def test_a_body_that_is_wrong_is_refused(rest: Rest, body: str) -> None:
    rest.start()
    headers = {"Content-Type": "application/json"}
    assert rest.client.post(f"{JOB}/savepoints", content=body, headers=headers).status_code == 400


def test_the_settings_of_checkpoints_are_shown(rest: Rest, tmp_path: Path) -> None:
    rest.start(
        **{
            "execution.checkpointing.interval": "1 h",
            "execution.checkpointing.timeout": "7 s",
            "execution.checkpointing.dir": f"file://{tmp_path}/state",
            "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        }
    )
    config = rest.get(f"{JOB}/checkpoints/config")
    assert (config["mode"], config["interval"], config["timeout"]) == ("exactly_once", 3_600_000, 7_000)
    assert config["externalization"] == {"enabled": True, "delete_on_cancellation": False}
    assert (config["state_backend"], config["checkpoint_storage"]) == ("hashmap", f"file://{tmp_path}/state")
    assert rest.get(f"{JOB}/config")["execution-config"]["restart-strategy"] == "exponential-delay"


def test_a_job_that_was_restarted_says_so_in_its_metrics_and_exceptions(rest: Rest) -> None:
    rest.start(**{"restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.delay": "0 ms"})
    assert rest.get(f"{JOB}/metrics?get=numRestarts") == [{"id": "numRestarts", "value": "0"}]
    first = list(rest.executor.deployed)
    rest.executor.all_deployed.clear()
    rest.executor.expected = 10
    rest.executor.end(first[0], ExecutionState.FAILED, "boom", "Traceback ...")
    assert rest.executor.all_deployed.wait(10)
    assert rest.get(f"{JOB}/metrics?get=numRestarts,nothing") == [{"id": "numRestarts", "value": "1"}]
    assert {"id": "numRestarts"} in rest.get(f"{JOB}/metrics")
    again = next(execution for execution in rest.executor.deployed if execution not in first)
    rest.executor.end(again, ExecutionState.FAILED, "bang")
    history = rest.get(f"{JOB}/exceptions")["exceptionHistory"]
    assert [entry["exceptionName"] for entry in history["entries"]] == ["bang", "boom"]
    assert history["truncated"] is False
    assert rest.get(f"{JOB}/exceptions?maxExceptions=1")["exceptionHistory"]["truncated"] is True


def test_a_savepoint_is_disposed_of(rest: Rest, tmp_path: Path) -> None:
    rest.start()
    request = rest.post(f"{JOB}/savepoints", {"target-directory": str(tmp_path / "savepoints")})["request-id"]
    rest.acknowledge(rest.latest()["id"])
    location = rest.completed(f"{JOB}/savepoints/{request}")["location"]
    disposal = rest.post("/savepoint-disposal", {"savepoint-path": location})["request-id"]
    assert rest.completed(f"/savepoint-disposal/{disposal}") == {}
    assert list((tmp_path / "savepoints").iterdir()) == []
    again = rest.post("/savepoint-disposal", {"savepoint-path": location})["request-id"]
    cause = rest.completed(f"/savepoint-disposal/{again}")["failure-cause"]
    assert location in cause["stack-trace"]
    assert rest.post("/savepoint-disposal", {}, 400)["errors"]


def test_a_job_does_not_start_from_a_savepoint_that_is_none(rest: Rest, tmp_path: Path) -> None:
    graph = msgspec.structs.replace(
        three_step_job(), configuration={"execution.state-recovery.path": str(tmp_path / "none")}
    )
    response = rest.client.post("/jobs", content=graph.to_json(), headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert str(tmp_path / "none") in response.json()["errors"][0]
    assert rest.get("/jobs") == {"jobs": []}
