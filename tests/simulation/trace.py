"""Events and actions in a line that can be read."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

from sqlstream.runtime.deployment import ExecutionId, TaskDeployment
from sqlstream.runtime.jobmanager.messages import RecoverJob, SubmitJob
from sqlstream.state.handles import CheckpointMetadata, CompletedCheckpoint

_LEFT_OUT = ("metrics", "operators", "trace", "timestamp", "job_name")
_LONG_ID = re.compile(r"\b([0-9a-f]{4})[0-9a-f]{28}\b")


def brief(message: Any) -> str:
    return _LONG_ID.sub(r"\1", f"{type(message).__name__}({', '.join(_fields(message))})")


def _fields(message: Any) -> list[str]:
    names = getattr(message, "__struct_fields__", None) or getattr(message, "__dataclass_fields__", ())
    return [f"{name}={_value(getattr(message, name))}" for name in names if _is_told(name, getattr(message, name))]


def _is_told(name: str, value: Any) -> bool:
    return name not in _LEFT_OUT and not (value is None or value is False or value == ())


def _value(value: Any) -> str:
    match value:
        case ExecutionId():
            return f"{value.job_id}:{value.vertex_id}:{value.subtask}:{value.attempt}.{value.epoch}"
        case Enum():
            return str(value.value)
        case TaskDeployment():
            restored = "" if value.restore is None else f" from {value.restore.checkpoint_id}"
            return _value(value.execution) + restored + (" ended" if value.restore and value.restore.ended else "")
        case CheckpointMetadata():
            return f"{value.kind.value} {value.checkpoint_id}{' stop' if value.stop else ''}"
        case CompletedCheckpoint():
            return f"{_value(value.metadata)} at {value.location}"
        case tuple():
            return f"[{', '.join(map(_value, value))}]"
        case SubmitJob() | RecoverJob():
            return brief(value)
    if hasattr(value, "__struct_fields__") or hasattr(value, "__dataclass_fields__"):
        return brief(value) if "graph" not in type(value).__name__.lower() else f"job {value.job_id}"
    return str(value)
