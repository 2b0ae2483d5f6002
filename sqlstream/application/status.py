"""How an application has ended."""

from __future__ import annotations

from enum import Enum

from sqlstream.runtime.deployment import JobStatus


class ApplicationStatus(Enum):
    """Flink's: a script SUCCEEDED when all its statements and jobs did. UNKNOWN is one that was stopped to be gone on
    with later."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    UNKNOWN = "UNKNOWN"

    @property
    def exit_code(self) -> int:
        """Of the JobManager's process. As in Flink, who cancels an application gets what they wanted."""
        return 1 if self is ApplicationStatus.FAILED else 0

    @staticmethod
    def of_job(status: JobStatus) -> ApplicationStatus:
        """What an application is of which a job has ended with ``status``."""
        return _OF_JOBS[status]


_OF_JOBS = {
    JobStatus.FINISHED: ApplicationStatus.SUCCEEDED,
    JobStatus.CANCELED: ApplicationStatus.CANCELED,
    JobStatus.FAILED: ApplicationStatus.FAILED,
}
