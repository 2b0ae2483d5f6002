"""Asking a process of the cluster about itself: this one, or another by its control port."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from sqlstream.runtime.deployment import ExecutionId
from sqlstream.runtime.diagnostics.log_files import LogFiles
from sqlstream.runtime.diagnostics.messages import (
    DUMP_THREADS,
    LIST_LOGS,
    PROCESS_METRICS,
    READ_LOG,
    SAMPLE_STACKS,
    LogContent,
    LogListing,
    LogPosition,
    ProcessFigures,
    Question,
    StackCounts,
    StackRequest,
    ThreadDump,
)
from sqlstream.runtime.diagnostics.process_metrics import process_figures
from sqlstream.runtime.diagnostics.threads import dump_threads, sample_stacks
from sqlstream.runtime.rpc.actions import ActionTable, action


class Diagnostics(Protocol):
    """One process. Every method raises ClusterError, UnreachableError where nobody answers."""

    def logs(self) -> LogListing: ...

    def read_log(self, position: LogPosition) -> LogContent:
        """ClusterError when there is no such file in the listing."""

    def threads(self) -> ThreadDump: ...

    def figures(self) -> ProcessFigures: ...

    def stacks(self, request: StackRequest) -> StackCounts: ...


class OwnDiagnostics:
    """This process. ``thread_ids`` are those of the subtasks that run in it."""

    def __init__(self, log_files: LogFiles, thread_ids: Callable[[], Mapping[ExecutionId, int]] = lambda: {}) -> None:
        self._log_files = log_files
        self._thread_ids = thread_ids

    def logs(self) -> LogListing:
        return self._log_files.listing()

    def read_log(self, position: LogPosition) -> LogContent:
        return LogContent(self._log_files.read(position.name, position.offset))

    def threads(self) -> ThreadDump:
        return dump_threads()

    def figures(self) -> ProcessFigures:
        return ProcessFigures(process_figures())

    def stacks(self, request: StackRequest) -> StackCounts:
        return sample_stacks(request, self._thread_ids())


def diagnostic_actions(own: Diagnostics) -> ActionTable:
    """By which other processes ask this one."""

    def logs(_: Question) -> LogListing:
        return own.logs()

    def threads(_: Question) -> ThreadDump:
        return own.threads()

    def figures(_: Question) -> ProcessFigures:
        return own.figures()

    return {
        LIST_LOGS: action(Question, logs),
        READ_LOG: action(LogPosition, own.read_log),
        DUMP_THREADS: action(Question, threads),
        PROCESS_METRICS: action(Question, figures),
        SAMPLE_STACKS: action(StackRequest, own.stacks),
    }
