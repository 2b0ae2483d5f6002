"""SHOW JOBS, DESCRIBE JOB, STOP JOB."""

from __future__ import annotations

from sqlstream.deploy.target import JobOverview
from sqlstream.errors import PlanError
from sqlstream.session.handlers import handles
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.sql.statements import DescribeJob, StopJob
from sqlstream.types.logical import STRING, LocalZonedTimestampType, LogicalType

_COLUMNS: list[tuple[str, LogicalType]] = [
    ("job id", STRING),
    ("job name", STRING),
    ("status", STRING),
    ("start time", LocalZonedTimestampType(precision=3)),
]


def job_rows(session: Session) -> Result:
    """The target's jobs, newest first."""
    return _rows(sorted(session.target.jobs(), key=lambda job: job.start_time, reverse=True))


def _rows(jobs: list[JobOverview]) -> Result:
    return Result.of_rows(_COLUMNS, [(job.job_id, job.name, job.status.value, job.start_time) for job in jobs])


@handles(DescribeJob)
def describe_job(session: Session, statement: DescribeJob) -> Result:
    session.target.job(statement.job_id)
    return _rows([job for job in session.target.jobs() if job.job_id == statement.job_id])


@handles(StopJob)
def stop_job(session: Session, statement: StopJob) -> Result:
    """With a savepoint the job is FINISHED and the result says where it is; without one it is CANCELED."""
    job = session.target.job(statement.job_id)
    if statement.with_savepoint:
        location = job.stop(drain=statement.with_drain)
        return Result.of_rows([("savepoint path", STRING)], [(location,)])
    if statement.with_drain:
        raise PlanError("STOP JOB ... WITH DRAIN needs a savepoint.", hint="Write WITH SAVEPOINT WITH DRAIN.")
    job.cancel()
    job.wait()
    return Result.success()
