"""What REST says of a job while its processes come and go: when it runs again, how often it was restarted, its end."""

from __future__ import annotations

import statistics
import threading
import time
from types import TracebackType
from typing import Any

import httpx

from tests.chaos.processes import JOB_MANAGER, ProcessCluster

_LOOK_EVERY = 0.1
FORGOTTEN = "FORGOTTEN"
"""The status of a job that its JobManager does not know any more: it had ended when another JobManager was started."""
_UNDER_WAY = frozenset({"RUNNING", "FINISHED"})


class JobObserver:
    """Looks at job ``job_id`` from a thread of its own until it has ended. Times are of ``time.monotonic``."""

    def __init__(self, cluster: ProcessCluster, job_id: str) -> None:
        self._cluster = cluster
        self._job_id = job_id
        self._lock = threading.Lock()
        self._pending_faults: list[float] = []
        self._generation: tuple[int, int] = (0, 0)
        self._restarts: dict[int, int] = {}
        self._ended = threading.Event()
        self.status = "CREATED"
        self.recovery_seconds: list[float] = []
        """From each fault that made tasks start anew to the moment when all ran again."""
        self._stopped = threading.Event()
        self._running = threading.Event()
        self._thread = threading.Thread(target=self._observe, name="job-observer", daemon=True)
        self._thread.start()

    def __enter__(self) -> JobObserver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def fault(self, at: float) -> None:
        """Something was done to a process that the job may need."""
        with self._lock:
            self._pending_faults.append(at)

    def wait_running(self, timeout: float) -> bool:
        """Whether all its tasks have been seen running at the same time."""
        return self._running.wait(timeout)

    def wait_ended(self, timeout: float) -> bool:
        """Whether it has ended within ``timeout`` seconds."""
        return self._ended.wait(timeout)

    @property
    def recoveries(self) -> int:
        """Restarts of tasks, as each JobManager counted them, and JobManagers that took the job over."""
        return sum(self._restarts.values()) + max(0, len(self._restarts) - 1)

    @property
    def median_recovery_seconds(self) -> float:
        return statistics.median(self.recovery_seconds) if self.recovery_seconds else 0.0

    def _observe(self) -> None:
        while not self._stopped.wait(_LOOK_EVERY):
            job_manager = self._cluster.starts[JOB_MANAGER]
            try:
                with httpx.Client(base_url=f"http://127.0.0.1:{self._cluster.rest_port}", timeout=2) as client:
                    details = client.get(f"/jobs/{self._job_id}")
                    metrics = client.get(f"/jobs/{self._job_id}/metrics", params={"get": "numRestarts"})
            except httpx.HTTPError:
                continue
            if details.status_code == 404:
                self._end(FORGOTTEN)
                return
            if details.status_code == metrics.status_code == 200:
                self._look(details.json(), (job_manager, int(metrics.json()[0]["value"])))
                if self._ended.is_set():
                    return

    def _look(self, job: dict[str, Any], generation: tuple[int, int]) -> None:
        now = time.monotonic()
        job_manager, restarts = generation
        self._restarts[job_manager] = max(restarts, self._restarts.get(job_manager, 0))
        self.status = job["state"]
        if self.status in ("FINISHED", "FAILED", "CANCELED"):
            self._end(self.status)
        elif self.status == "RUNNING" and generation > self._generation and _all_run(job):
            self._recovered(now)
            self._generation = generation
            self._running.set()

    def _recovered(self, now: float) -> None:
        with self._lock:
            if self._running.is_set() and self._pending_faults:
                self.recovery_seconds.append(now - self._pending_faults[0])
            self._pending_faults.clear()

    def _end(self, status: str) -> None:
        self.status = status
        self._ended.set()


def _all_run(job: dict[str, Any]) -> bool:
    return all(count == 0 or state in _UNDER_WAY for v in job["vertices"] for state, count in v["tasks"].items())
