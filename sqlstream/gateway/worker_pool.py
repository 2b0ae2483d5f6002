"""Threads for statements: as many as there is work for, up to a bound, and few when there is none."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import GATEWAY_MAX_WORKERS, GATEWAY_MIN_WORKERS, GATEWAY_WORKER_KEEPALIVE

Task = Callable[[], None]

_LOG = logging.getLogger(__name__)


class WorkerPool:
    """Tasks start in order. A thread beyond ``sql-gateway.worker.threads.min`` ends when it has been idle for
    ``sql-gateway.worker.keepalive-time``."""

    def __init__(self, configuration: Configuration) -> None:
        self._max = max(1, configuration.option(GATEWAY_MAX_WORKERS))
        self._min = configuration.option(GATEWAY_MIN_WORKERS)
        self._keepalive = configuration.option(GATEWAY_WORKER_KEEPALIVE) / 1000
        self._changed = Condition()
        self._tasks: deque[Task] = deque()
        self._threads = 0
        self._idle = 0
        self._closed = False

    def submit(self, task: Task) -> None:
        """Run ``task``, which raises nothing, on a thread as soon as there is one."""
        with self._changed:
            self._tasks.append(task)
            if len(self._tasks) > self._idle and self._threads < self._max:
                self._threads += 1
                Thread(target=self._work, name="sql-gateway-worker", daemon=True).start()
            else:
                self._changed.notify()

    @property
    def threads(self) -> int:
        return self._threads

    def close(self) -> None:
        """Threads end once they have nothing to do."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        while (task := self._next()) is not None:
            try:
                task()
            except Exception:
                _LOG.exception("a worker's task failed")

    def _next(self) -> Task | None:
        """Waits for a task; None when this thread is one too many."""
        with self._changed:
            while not self._tasks:
                self._idle += 1
                in_time = self._changed.wait_for(lambda: self._tasks or self._closed, self._keepalive)
                self._idle -= 1
                if not self._tasks and (self._closed or (not in_time and self._threads > self._min)):
                    self._threads -= 1
                    return None
            return self._tasks.popleft()
