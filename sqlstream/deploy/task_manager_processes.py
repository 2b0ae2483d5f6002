"""The TaskManagers of a cluster of its own: processes on this machine, as many as are wanted, replaced if they die."""

from __future__ import annotations

import logging
import re
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread

import msgspec

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import JOBMANAGER_HOST, JOBMANAGER_PORT
from sqlstream.deploy import daemon
from sqlstream.deploy.leash import Leash
from sqlstream.deploy.worker_plan import WorkerPlan, Workers
from sqlstream.errors import ClusterError
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.protocol import Deregistration

_LOG = logging.getLogger(__name__)
_ANNOUNCED_ID = re.compile(r"TaskManager (\S+):")


@dataclass
class _Worker:
    """``id`` is the TaskManager's, once it has registered."""

    process: subprocess.Popen[bytes]
    leash: Leash
    id: str | None = None


class TaskManagerProcesses:
    """Starts what ``job_manager``, which listens at ``control_address`` (host:port), needs, until closed.

    Each is on a leash: it ends when this process does, however that ends. One that dies is given up at once, before its
    silence says so.
    """

    def __init__(
        self, configuration: Configuration, job_manager: JobManager, control_address: str, cluster_id: str
    ) -> None:
        host, _, port = control_address.rpartition(":")
        self._options = {**configuration, JOBMANAGER_HOST.key: host, JOBMANAGER_PORT.key: port}
        self._job_manager = job_manager
        self._cluster_id = cluster_id
        self._plan = WorkerPlan.of(configuration)
        self._workers: list[_Worker] = []
        self._started = 0
        self._lock = Lock()
        self._news = Event()
        self._closed = False
        self._thread = Thread(target=self._run, name="taskmanager-processes", daemon=True)
        job_manager.add_listener(self._news.set)
        self._thread.start()

    def close(self) -> None:
        """End them all, and wait for it."""
        self._closed = True
        self._job_manager.remove_listener(self._news.set)
        self._news.set()
        self._thread.join()
        with self._lock:
            workers = list(self._workers)
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            with suppress(subprocess.TimeoutExpired):
                worker.process.wait(daemon.STOP_SECONDS)
            worker.process.kill()
            worker.process.wait()

    def _run(self) -> None:
        while not self._closed:
            self._news.wait(self._start_missing())
            self._news.clear()

    def _start_missing(self) -> float | None:
        """Start what is wanted; how long to wait (s) when that must be later."""
        missing = self._job_manager.missing_slots()
        with self._lock:
            registered = sum(worker.id is not None for worker in self._workers)
            workers = Workers(registered, len(self._workers) - registered)
            count = self._plan.to_start(workers, missing)
            pause = self._plan.pause(time.monotonic())
        if count and pause:
            return pause
        for _ in range(count):
            try:
                self._start()
            except OSError as error:
                _LOG.error("cannot start a TaskManager: %s", error)
                with self._lock:
                    self._plan.failed(time.monotonic())
                return self._plan.retry_interval
        return None

    def _start(self) -> None:
        self._started += 1
        leash = Leash()
        starting = daemon.launch_with_document(
            "taskmanager",
            "sqlstream.deploy.task_manager_process",
            msgspec.json.encode(self._options),
            f"{self._cluster_id}-{self._started}",
            leash=leash,
        )
        worker = _Worker(starting.process, leash)
        _LOG.info("started a TaskManager: process %d, log %s", worker.process.pid, starting.log)
        with self._lock:
            self._workers.append(worker)
        Thread(target=self._follow, args=(worker, starting), name="taskmanager-watch", daemon=True).start()

    def _follow(self, worker: _Worker, starting: daemon.Starting) -> None:
        try:
            announced = _ANNOUNCED_ID.match(starting.wait())
            worker.id = announced and announced[1]
        except ClusterError as error:
            _LOG.error("%s", error)
        self._news.set()
        code = worker.process.wait()
        worker.leash.release()
        with self._lock:
            self._workers.remove(worker)
            if not self._closed:
                self._plan.failed(time.monotonic())
        if self._closed:
            return
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        reason = f"its process {worker.process.pid} ended with {how}"
        _LOG.warning("TaskManager %s: %s", worker.id or "that has not registered", reason)
        if worker.id is not None:
            self._job_manager.deregister(Deregistration(worker.id, reason))
        self._news.set()
