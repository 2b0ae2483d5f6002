"""What a TaskManager tells of a subtask."""

from __future__ import annotations

import traceback

from sqlstream.errors import SqlStreamError
from sqlstream.runtime.deployment import ExecutionState, TaskDeployment, TaskMetrics, TaskStateChanged
from sqlstream.runtime.task.state_restore import UnreadableCheckpointError


def task_name(deployment: TaskDeployment) -> str:
    """As Flink shows it: the vertex's name and which of its subtasks this is, counted from 1."""
    return subtask_name(deployment.vertex.name, deployment)


def subtask_name(vertex_name: str, deployment: TaskDeployment) -> str:
    """``vertex_name`` and which of its subtasks this is."""
    return f"{vertex_name} ({deployment.execution.subtask + 1}/{deployment.vertex.parallelism})"


def cause_of(deployment: TaskDeployment, error: Exception) -> str:
    """One line: what and where. An error made for users says where by itself."""
    if isinstance(error, SqlStreamError):
        return error.message
    text = str(error).strip().splitlines()
    task = subtask_name(deployment.vertex.short_name, deployment)
    return f"{task}: {type(error).__name__}" + (f": {text[0]}" if text else "")


def failure_report(
    deployment: TaskDeployment, error: Exception, metrics: TaskMetrics | None = None
) -> TaskStateChanged:
    """The subtask has FAILED because of ``error``."""
    return TaskStateChanged(
        execution=deployment.execution,
        state=ExecutionState.FAILED,
        error=cause_of(deployment, error),
        hint=error.hint if isinstance(error, SqlStreamError) else None,
        trace="".join(traceback.format_exception(error)),
        metrics=metrics,
        unreadable_checkpoint=error.checkpoint_id if isinstance(error, UnreadableCheckpointError) else None,
    )
