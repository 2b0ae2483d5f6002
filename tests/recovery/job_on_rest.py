"""A job as its JobManager's REST API shows it, and waiting for what it will show."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.chaos.processes import ProcessCluster

_LOOK_EVERY = 0.05
_PATIENCE = 60.0
Json = dict[str, Any]


@dataclass(frozen=True)
class JobOnRest:
    """Job ``id`` of ``cluster``."""

    cluster: ProcessCluster
    id: str

    def get(self, path: str = "") -> Any:
        """``/jobs/:id`` and ``path``; AssertionError with the answer when it is none."""
        answer = self.cluster.get(f"/jobs/{self.id}{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait_until(self, what: str, holds: Callable[[JobOnRest], bool]) -> None:
        """Look until ``holds``. A JobManager that does not answer is asked again; AssertionError names ``what``."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            try:
                if holds(self):
                    return
            except httpx.HTTPError:
                pass
            time.sleep(_LOOK_EVERY)
        raise AssertionError(f"not within {_PATIENCE:g} s: {what}; {self._shown()}")

    def _shown(self) -> str:
        try:
            return f"{self.state}, {self.rows_read()}, {self.checkpoints()}, {self.exceptions()}"
        except (httpx.HTTPError, AssertionError) as error:
            return str(error)

    @property
    def state(self) -> str:
        return str(self.get()["state"])

    @property
    def restarts(self) -> int:
        return int(self.get("/metrics?get=numRestarts")[0]["value"])

    def checkpoints(self) -> Json:
        found: Json = self.get("/checkpoints")
        return found

    def completed(self) -> int:
        """How many checkpoints have completed."""
        return int(self.checkpoints()["counts"]["completed"])

    def restored(self) -> int | None:
        """The checkpoint that it was restarted from last by this JobManager."""
        restored = self.checkpoints()["latest"]["restored"]
        return None if restored is None else int(restored["id"])

    def take_checkpoint(self) -> None:
        """Have one taken now, and wait until it is complete."""
        path = f"/jobs/{self.id}/checkpoints"
        asked = httpx.post(f"http://127.0.0.1:{self.cluster.rest_port}{path}", json={"checkpointType": "CONFIGURED"})
        assert asked.status_code == 202, asked.text
        outcome = f"/checkpoints/{asked.json()['request-id']}"
        self.wait_until("the checkpoint", lambda job: job.get(outcome)["status"]["id"] == "COMPLETED")
        assert "failure-cause" not in (answer := self.get(outcome)["operation"]), answer

    def exceptions(self) -> list[Json]:
        """The history of failures, the latest first."""
        found: list[Json] = self.get("/exceptions")["exceptionHistory"]["entries"]
        return found

    def subtasks(self, vertex: Json) -> list[Json]:
        found: list[Json] = self.get(f"/vertices/{vertex['id']}")["subtasks"]
        return found

    def attempts(self) -> dict[tuple[str, int], int]:
        """(vertex id, subtask) -> attempt."""
        return {
            (vertex["id"], subtask["subtask"]): subtask["attempt"]
            for vertex in self.get()["vertices"]
            for subtask in self.subtasks(vertex)
        }

    def runs(self) -> bool:
        """Whether all its tasks do."""
        job = self.get()
        return job["state"] == "RUNNING" and all(
            state == "RUNNING" or not count for v in job["vertices"] for state, count in v["tasks"].items()
        )

    def wait_running(self) -> None:
        self.wait_until("all tasks run", JobOnRest.runs)

    def wait_checkpoints(self, more: int = 1) -> None:
        """Until ``more`` checkpoints than now have completed, of which the last one began after now."""
        goal = self.completed() + more + 1
        self.wait_until(f"{goal} checkpoints", lambda job: job.completed() >= goal)

    def wait_restarted(self, before: int) -> None:
        """Until it was restarted more often than ``before`` and runs again."""
        self.wait_until("restarted", lambda job: job.restarts > before and job.runs())

    def rows_read(self) -> dict[str, int]:
        """Id of each source -> rows read since its tasks started."""
        return {
            vertex["id"]: vertex["metrics"]["read-records"]
            for vertex in self.get()["vertices"]
            if vertex["name"].startswith("Source: ")
        }

    def wait_ended(self) -> str:
        """The state it ends in."""
        self.wait_until("it ends", lambda job: job.state in ("FINISHED", "FAILED", "CANCELED"))
        return self.state
