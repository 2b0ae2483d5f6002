"""How far a job has come, step by step, whoever tells it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlstream.deploy.target import JobProgress
from sqlstream.runtime.deployment import JobStatus, TaskMetrics


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
    status: JobStatus
    steps: tuple[Step, ...]

    @staticmethod
    def of(progress: JobProgress) -> JobSteps:
        return JobSteps(progress.status, tuple(_step(name, subtasks) for _, name, subtasks in progress.vertices))


def _step(name: str, subtasks: tuple[TaskMetrics, ...]) -> Step:
    known = [task.watermark for task in subtasks if task.watermark is not None]
    return Step(
        name,
        len(subtasks),
        sum(task.records_in for task in subtasks),
        sum(task.records_out for task in subtasks),
        min(known) if len(known) == len(subtasks) and known else None,
    )
