"""What the JobManager asks a TaskManager about itself, and the answers. All of it is JSON."""

from __future__ import annotations

from typing import Annotated

import msgspec

from sqlstream.runtime.deployment import ExecutionId

LIST_LOGS = "list-logs"
READ_LOG = "read-log"
DUMP_THREADS = "dump-threads"
PROCESS_METRICS = "process-metrics"
SAMPLE_STACKS = "sample-stacks"
SHUT_DOWN = "shut-down"

LOG_CHUNK = 1 << 20
"""The most bytes of a log in one answer."""


class Question(msgspec.Struct, frozen=True):
    """A request that has no details."""


class LogFile(msgspec.Struct, frozen=True):
    """``size`` is in bytes, ``mtime`` in ms."""

    name: str
    size: int
    mtime: int


class LogListing(msgspec.Struct, frozen=True):
    """``log`` and ``stdout`` name those of ``files`` that this process itself writes to."""

    files: tuple[LogFile, ...] = ()
    log: str | None = None
    stdout: str | None = None


class LogPosition(msgspec.Struct, frozen=True):
    """Of the next LOG_CHUNK bytes to read."""

    name: str
    offset: Annotated[int, msgspec.Meta(ge=0)]


class LogContent(msgspec.Struct, frozen=True):
    """Empty at the end of the file."""

    data: bytes


class ThreadInfo(msgspec.Struct, frozen=True):
    """``text`` is the thread's state and stack, a line a frame, the innermost first."""

    name: str
    text: str


class ThreadDump(msgspec.Struct, frozen=True):
    threads: tuple[ThreadInfo, ...]


class ProcessFigures(msgspec.Struct, frozen=True):
    """By Flink's metric names."""

    values: dict[str, float]


class StackRequest(msgspec.Struct, frozen=True):
    """``samples`` stacks of each subtask's thread, ``pause`` ms apart; together no more than a few seconds."""

    executions: tuple[ExecutionId, ...]
    samples: int
    pause: int


class StackCount(msgspec.Struct, frozen=True):
    """How often a subtask's thread was found with these frames (the outermost first); ``waiting`` for something."""

    execution: ExecutionId
    frames: tuple[str, ...]
    waiting: bool
    count: int


class StackCounts(msgspec.Struct, frozen=True):
    stacks: tuple[StackCount, ...]
