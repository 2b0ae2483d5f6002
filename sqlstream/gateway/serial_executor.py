"""The statements of one session, one at a time, on whichever worker is free."""

from __future__ import annotations

from collections import deque
from threading import Lock

from sqlstream.gateway.worker_pool import Task, WorkerPool


class SerialExecutor:
    """Tasks run in order and never two at a time. An idle one holds no thread."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._lock = Lock()
        self._tasks: deque[Task] = deque()
        self._running = False

    def submit(self, task: Task) -> None:
        with self._lock:
            self._tasks.append(task)
            if self._running:
                return
            self._running = True
        self._pool.submit(self._run_one)

    def _run_one(self) -> None:
        with self._lock:
            task = self._tasks.popleft()
        try:
            task()
        finally:
            with self._lock:
                self._running = bool(self._tasks)
                more = self._running
            if more:
                self._pool.submit(self._run_one)
