"""How far a job has come, step by step, whoever tells it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlstream.deploy.target import JobProgress
from sqlstream.runtime.deployment import JobStatus, TaskMetrics
from sqlstream_client.job_totals import JobTotals


@dataclass(frozen=True)
class Step:
    """A vertex: rows over all its subtasks, and its watermark (ms) once all of them have one."""

    name: str
    parallelism: int
    rows_in: int
    rows_out: int
    watermark: int | None = None


@dataclass(frozen=True)
class JobSteps:
    """``totals`` is None where the job's cluster does not count what they do."""

    status: JobStatus
    steps: tuple[Step, ...]
    totals: JobTotals | None = None

    @staticmethod
    def of(progress: JobProgress) -> JobSteps:
        steps = tuple(_step(name, subtasks) for _, name, subtasks in progress.vertices)
        return JobSteps(progress.status, steps, JobTotals.of(progress))


def _step(name: str, subtasks: tuple[TaskMetrics, ...]) -> Step:
    known = [task.watermark for task in subtasks if task.watermark is not None]
    return Step(
        name,
        len(subtasks),
        sum(task.records_in for task in subtasks),
        sum(task.records_out for task in subtasks),
        min(known) if len(known) == len(subtasks) and known else None,
    )
