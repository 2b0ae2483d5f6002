"""The jobs of an application, which stand and fall together."""

from __future__ import annotations

from contextlib import suppress
from threading import Condition, Event, Thread

from sqlstream.application.status import ApplicationStatus
from sqlstream.deploy.embedded import EmbeddedTarget
from sqlstream.deploy.ended_job import EndedJobClient
from sqlstream.deploy.target import JobClient
from sqlstream.errors import ClusterError
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.job_manager import JobManager


class ApplicationJobs:
    """Once one of the jobs of ``target`` fails or is cancelled, the others are cancelled and no more are started."""

    def __init__(self, job_manager: JobManager, target: EmbeddedTarget) -> None:
        self._job_manager = job_manager
        self._target = target
        self._statuses: dict[str, JobStatus] = {}
        """How those ended that have; a JobManager does not keep them for ever."""
        self._outcome: ApplicationStatus | None = None
        self._changed = Condition()
        self._news = Event()
        self._closed = False
        job_manager.add_listener(self._news.set)
        self._thread = Thread(target=self._watch, name="application-jobs", daemon=True)
        self._thread.start()

    @property
    def outcome(self) -> ApplicationStatus | None:
        """What the first job makes of the application that has not finished; None as long as there is none."""
        self._look()
        return self._outcome

    def status(self, job: JobClient) -> JobStatus | None:
        """How it has ended, if it has."""
        self._look()
        return self._statuses.get(job.job_id)

    def end(self, reason: str) -> None:
        """Cancel all there are, and take no more."""
        self._target.refuse(reason)
        for job in list(self._target.submitted):
            with suppress(ClusterError):  # it has ended
                job.cancel()

    def wait(self, job: JobClient) -> JobStatus | None:
        """How it has ended, once it has; None when nobody is to wait any longer."""
        self._look()
        with self._changed:
            self._changed.wait_for(lambda: self._closed or job.job_id in self._statuses)
            return self._statuses.get(job.job_id)

    def close(self) -> None:
        """Look no more after the jobs, nor wait for them."""
        self._job_manager.remove_listener(self._news.set)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._news.set()

    def _watch(self) -> None:
        while not self._closed:
            self._news.wait()
            self._news.clear()
            self._look()

    def _look(self) -> None:
        with self._changed:
            current = self._job_manager.statuses()
            for job in list(self._target.submitted):
                if job.job_id not in self._statuses:
                    status = job.progress().status if isinstance(job, EndedJobClient) else current.get(job.job_id)
                    if status is not None and status.is_terminal:
                        self._ended(job, status)
            self._changed.notify_all()

    def _ended(self, job: JobClient, status: JobStatus) -> None:
        self._statuses[job.job_id] = status
        if status is not JobStatus.FINISHED and self._outcome is None:
            self._outcome = ApplicationStatus.of_job(status)
            self.end(f"the application ends, because job '{job.name}' ({job.job_id}) is {status.value}.")
