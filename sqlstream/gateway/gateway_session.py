"""A client's session in the gateway: an engine session, and the operations begun in it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Lock
from typing import TypeVar

from sqlstream.config.configuration import Configuration, masked
from sqlstream.deploy.target import DeploymentTarget, JobClient
from sqlstream.gateway import statement_execution
from sqlstream.gateway.errors import GatewayError
from sqlstream.gateway.operation import Operation
from sqlstream.gateway.serial_executor import SerialExecutor
from sqlstream.gateway.worker_pool import WorkerPool
from sqlstream.session.client_options import VERBOSE
from sqlstream.session.result import Result
from sqlstream.session.session import Session

T = TypeVar("T")


class GatewaySession:
    """Thread-safe: what its engine session is asked is done one after the other, on the gateway's workers."""

    def __init__(
        self,
        handle: str,
        name: str | None,
        options: Mapping[str, str],
        make_target: Callable[[Configuration], DeploymentTarget],
        pool: WorkerPool,
        now: int,
    ) -> None:
        self.handle = handle
        self.name = name
        self.last_access = now
        self._session = Session(options, make_target=make_target, on_submit=self._on_submit)
        self._executor = SerialExecutor(pool)
        self._lock = Lock()
        self._operations: dict[str, Operation] = {}
        self._running: Operation | None = None
        self._closed = False

    def properties(self) -> dict[str, str]:
        """The settings as they are now, secrets masked."""
        return masked(self._session.configuration)

    def execute(self, statement: str, options: Mapping[str, str], now: int) -> Operation:
        """Begin to execute ``statement``, with ``options`` over the session's settings."""
        return self.begin(lambda session: statement_execution.execute(session, statement, options), now)

    def begin(self, work: Callable[[Session], tuple[Result, str]], now: int) -> Operation:
        """Begin an operation that does ``work``. GatewayError when the session has been closed."""
        traced = self._session.configuration.get(VERBOSE.key, "").lower() == "true"
        operation = Operation(str(uuid.uuid4()), now, traced=traced)
        with self._lock:
            self._check_open()
            self._operations[operation.handle] = operation
        self._executor.submit(lambda: self._run(operation, work))
        return operation

    def call(self, work: Callable[[Session], T]) -> Future[T]:
        """Do ``work`` once what was asked before is done. GatewayError when the session has been closed."""
        with self._lock:
            self._check_open()
        future: Future[T] = Future()

        def task() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(work(self._session))
            except Exception as error:  # whoever waits for it deals with it
                future.set_exception(error)

        self._executor.submit(task)
        return future

    def operation(self, handle: str, now: int) -> Operation:
        """GatewayError when there is no such operation in this session."""
        with self._lock:
            operation = self._operations.get(handle)
        if operation is None:
            raise GatewayError(f"Can not find the submitted operation in the OperationManager with the {handle}.")
        operation.last_access = now
        return operation

    def close_operation(self, handle: str) -> None:
        """As often as one likes; one that is not there is closed."""
        with self._lock:
            operation = self._operations.pop(handle, None)
        if operation is not None:
            operation.close()

    def close_idle_operations(self, before: int) -> None:
        """Close the operations that nobody has asked for since ``before`` (ms)."""
        with self._lock:
            idle = [operation.handle for operation in self._operations.values() if operation.last_access < before]
        for handle in idle:
            self.close_operation(handle)

    def close(self) -> None:
        """Close all operations; the jobs of INSERTs go on."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            operations = list(self._operations.values())
            self._operations.clear()
        for operation in operations:
            operation.close()
        self._executor.submit(self._session.close)

    def _run(self, operation: Operation, work: Callable[[Session], tuple[Result, str]]) -> None:
        self._running = operation
        operation.run(lambda: work(self._session))
        self._running = None
        self._session.jobs.clear()

    def _on_submit(self, job: JobClient) -> None:
        if self._running is not None:
            self._running.own(job)

    def _check_open(self) -> None:
        if self._closed:
            raise missing_session(self.handle)


def missing_session(handle: str) -> GatewayError:
    return GatewayError(f"Session '{handle}' does not exist.")
