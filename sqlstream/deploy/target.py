"""Where a job can be sent, and the handle one gets back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from sqlstream.columnar.batch import Batch
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.deployment import JobStatus, TaskMetrics


@dataclass(frozen=True)
class JobProgress:
    """A job now: its status, and per vertex (id, short name) the metrics of its subtasks, in order."""

    status: JobStatus
    vertices: tuple[tuple[str, str, tuple[TaskMetrics, ...]], ...]


class JobClient(ABC):
    """A submitted job."""

    job_id: str
    name: str

    @abstractmethod
    def progress(self) -> JobProgress: ...

    @abstractmethod
    def wait(self, timeout: float | None = None) -> JobStatus:
        """Blocks until the job has ended (or ``timeout`` seconds passed) and returns its status.

        Raises ClusterError with the root cause when it FAILED.
        """

    @abstractmethod
    def cancel(self) -> None:
        """Asks the job to stop; ``wait`` says when it has."""

    @abstractmethod
    def savepoint(self, target: str | None = None) -> str:
        """Takes a savepoint, waits for it, and returns its location (a path or URI): a new directory below ``target``,
        by default below the configured one. ClusterError when there is neither, or it fails."""

    @abstractmethod
    def stop(self, target: str | None = None, *, drain: bool = False) -> str:
        """Ends the job with a savepoint (see :meth:`savepoint`) and waits for both. With ``drain`` everything held is
        emitted first, as at the end of all input: the job is not to go on from it. ClusterError when it fails: then
        the job goes on."""

    @abstractmethod
    def results(self) -> Iterator[Batch]:
        """The rows of a SELECT as they come; reading slowly slows the job. ClusterError when the job fails."""


@dataclass(frozen=True)
class JobOverview:
    job_id: str
    name: str
    status: JobStatus
    start_time: int
    end_time: int | None


class DeploymentTarget(ABC):
    """Something that runs jobs."""

    def earlier_run(self, graph: JobGraph) -> JobClient | None:
        """The job that ``graph`` became when its script was run before, where that is being gone on with: it must
        neither be submitted again, nor may its targets be emptied."""
        return None

    @abstractmethod
    def submit(self, graph: JobGraph) -> JobClient: ...

    @abstractmethod
    def jobs(self) -> list[JobOverview]: ...

    @abstractmethod
    def job(self, job_id: str) -> JobClient:
        """Raises ClusterError when there is no such job."""

    @abstractmethod
    def dispose_savepoint(self, path: str) -> None:
        """Removes the savepoint at ``path`` (a path or URI). SqlStreamError when there is none, or it stays."""

    def close(self) -> None:
        """Give back what this process holds; on ``local`` this ends the jobs, elsewhere it does not."""
