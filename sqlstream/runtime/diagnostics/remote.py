"""Another process of the cluster, asked by its control port."""

from __future__ import annotations

from typing import TypeVar

from sqlstream.runtime.diagnostics.messages import (
    DUMP_THREADS,
    LIST_LOGS,
    PROCESS_METRICS,
    READ_LOG,
    SAMPLE_STACKS,
    SHUT_DOWN,
    LogContent,
    LogListing,
    LogPosition,
    ProcessFigures,
    Question,
    StackCounts,
    StackRequest,
    ThreadDump,
)
from sqlstream.runtime.protocol import Acknowledgement, TaskManagerInfo
from sqlstream.runtime.rpc.client import ActionClient

T = TypeVar("T")


class RemoteDiagnostics:
    """Of a TaskManager; every question is a call on a connection of its own."""

    def __init__(self, info: TaskManagerInfo) -> None:
        self._info = info

    def logs(self) -> LogListing:
        return self._ask(LIST_LOGS, Question(), LogListing)

    def read_log(self, position: LogPosition) -> LogContent:
        return self._ask(READ_LOG, position, LogContent)

    def threads(self) -> ThreadDump:
        return self._ask(DUMP_THREADS, Question(), ThreadDump)

    def figures(self) -> ProcessFigures:
        return self._ask(PROCESS_METRICS, Question(), ProcessFigures)

    def stacks(self, request: StackRequest) -> StackCounts:
        return self._ask(SAMPLE_STACKS, request, StackCounts)

    def shut_down(self) -> None:
        """The process ends, as if it had been stopped on its machine."""
        self._ask(SHUT_DOWN, Question(), Acknowledgement)

    def _ask(self, name: str, request: object, answer: type[T]) -> T:
        client = ActionClient(self._info.address, f"TaskManager {self._info.id}")
        try:
            return client.call(name, request, answer)
        finally:
            client.close()
