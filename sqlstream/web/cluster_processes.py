"""The processes of the cluster, as far as they can be asked about themselves."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from sqlstream.errors import ClusterError
from sqlstream.runtime.diagnostics.diagnostics import Diagnostics, OwnDiagnostics
from sqlstream.runtime.diagnostics.log_files import LogFiles
from sqlstream.runtime.diagnostics.remote import RemoteDiagnostics
from sqlstream.runtime.jobmanager.views import TaskManagerView
from sqlstream.runtime.minicluster import TASK_MANAGER_ID

T = TypeVar("T")

_AT_ONCE = 16
"""TaskManagers that are asked at the same time."""


def end_this_process() -> None:
    """As whoever stops it from outside does."""
    signal.raise_signal(signal.SIGTERM)


@dataclass(frozen=True)
class ClusterProcesses:
    """``own`` is this one, the JobManager's; ``shut_down`` ends the cluster, and returns at once."""

    own: Diagnostics = field(default_factory=lambda: OwnDiagnostics(LogFiles(None)))
    shut_down: Callable[[], None] = end_this_process

    def of(self, manager: TaskManagerView) -> Diagnostics:
        """A TaskManager in this very process is asked without a network."""
        return self.own if manager.info.id == TASK_MANAGER_ID else RemoteDiagnostics(manager.info)

    def of_all(self, managers: Sequence[TaskManagerView], question: Callable[[Diagnostics], T]) -> list[T]:
        """The answers of those that do answer."""

        def ask(manager: TaskManagerView) -> T | None:
            try:
                return question(self.of(manager))
            except ClusterError:
                return None

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return [answer for answer in pool.map(ask, managers) if answer is not None]
