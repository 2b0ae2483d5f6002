"""The one job of a cluster of its own, which its client submits: per-job mode."""

from __future__ import annotations

from threading import Event

from sqlstream.application.status import ApplicationStatus
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.job_manager import JobManager


class SubmittedJob:
    """The cluster is there for as long as the job runs, and as its client may have questions, until
    :meth:`client_has_gone`."""

    def __init__(self, job_manager: JobManager) -> None:
        self._job_manager = job_manager
        self._attended = True
        self._stopped = False
        self._status: JobStatus | None = None
        self._news = Event()
        job_manager.add_listener(self._news.set)

    def run(self) -> ApplicationStatus:
        """Blocks until the job has ended and its client has gone; CANCELED when the client left without a job."""
        while not self._is_over():
            self._news.wait()
            self._news.clear()
        self._job_manager.remove_listener(self._news.set)
        if self._status is None or not self._status.is_terminal:
            return ApplicationStatus.CANCELED
        return ApplicationStatus.of_job(self._status)

    def stop(self) -> None:
        """End it before its time."""
        self._stopped = True
        self._news.set()

    def client_has_gone(self) -> None:
        self._attended = False
        self._news.set()

    def _is_over(self) -> bool:
        for status in self._job_manager.statuses().values():
            self._status = status
        runs = self._status is not None and not self._status.is_terminal
        return self._stopped or not (runs or self._attended)
