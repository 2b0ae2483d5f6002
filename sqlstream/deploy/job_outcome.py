"""A job's view, as those who wait for its end, its progress or its rows need it."""

from __future__ import annotations

from sqlstream.deploy.target import JobOverview, JobProgress
from sqlstream.errors import ClusterError
from sqlstream.plan.physical import CollectSink
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.views import JobView, TaskView


def job_progress(view: JobView) -> JobProgress:
    return JobProgress(
        view.status,
        tuple((v.vertex.id, v.vertex.short_name, tuple(task.metrics for task in v.tasks)) for v in view.vertices),
    )


def job_overview(view: JobView) -> JobOverview:
    return JobOverview(view.graph.job_id, view.graph.name, view.status, view.start_time, view.end_time)


def result_task(view: JobView) -> TaskView | None:
    """The task that holds a SELECT's rows for the client; None when the job is no SELECT."""
    for vertex in view.vertices:
        if any(isinstance(node.operator, CollectSink) for node in vertex.vertex.chain):
            return vertex.tasks[0]
    return None


def raise_if_failed(view: JobView) -> None:
    """ClusterError with the root cause when the job FAILED."""
    if view.status is JobStatus.FAILED:
        cause = view.cause
        raise failed_job(view.failure_message, cause.hint if cause else None, cause.trace if cause else None)


def failed_job(message: str, hint: str | None, trace: str | None) -> ClusterError:
    """The error of whoever waits for a job that failed; the traceback from the task is in its notes."""
    error = ClusterError(message, hint=hint)
    if trace:
        error.add_note(trace)
    return error


def failed_savepoint(job_id: str, error: str | None) -> ClusterError:
    """The error of whoever waits for a savepoint that failed."""
    return ClusterError(f"The savepoint of job {job_id} failed: {error or 'the JobManager is closing.'}")
