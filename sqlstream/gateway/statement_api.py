"""Endpoints that take SQL."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TypeVar

from fastapi import APIRouter, Response

from sqlstream.errors import SqlStreamError
from sqlstream.gateway import answer_bodies as bodies
from sqlstream.gateway import statement_execution
from sqlstream.gateway.answers import answer, failure
from sqlstream.gateway.api_version import ApiVersion
from sqlstream.gateway.errors import GatewayError
from sqlstream.gateway.operation import Operation
from sqlstream.gateway.request_bodies import CompleteStatement, ConfigureSession, ExecuteStatement
from sqlstream.gateway.session_api import SessionPath
from sqlstream.gateway.session_manager import SessionManager
from sqlstream.session.completion.completer import complete
from sqlstream.session.completion.session_names import SessionNames

T = TypeVar("T")


def statement_router(sessions: SessionManager, version: ApiVersion) -> APIRouter:
    router = APIRouter(prefix="/sessions/{session_handle}")

    @router.post("/statements", responses=bodies.answers(bodies.OperationHandle))
    async def execute_statement(session: SessionPath, body: ExecuteStatement) -> Response:
        """Begin to execute one statement; its result is fetched from the operation that is answered."""
        try:
            operation = sessions.session(str(session)).execute(
                body.statement, body.executionConfig or {}, sessions.clock()
            )
        except SqlStreamError as error:
            return failure(error)
        if body.executionTimeout is not None and body.executionTimeout > 0:
            _time_out(operation, body.executionTimeout / 1000)
        return answer({"operationHandle": operation.handle})

    if version == ApiVersion.V1:
        return router

    @router.post("/configure-session", responses=bodies.answers(bodies.Nothing))
    async def configure_session(session: SessionPath, body: ConfigureSession) -> Response:
        """Execute one statement that changes the session or a catalog, and wait for its end."""
        timeout = body.executionTimeout if body.executionTimeout and body.executionTimeout > 0 else None
        try:
            done = sessions.session(str(session)).call(lambda s: statement_execution.configure(s, body.statement))
            await _outcome(done, timeout)
        except SqlStreamError as error:
            return failure(error)
        return answer({})

    @router.get("/complete-statement", responses=bodies.answers(bodies.Candidates))
    async def complete_statement(session: SessionPath, body: CompleteStatement) -> Response:
        """What may stand at a place in a statement."""
        try:
            done = sessions.session(str(session)).call(
                lambda s: complete(body.statement, body.position, SessionNames(s))
            )
            candidates = [candidate.text for candidate in await _outcome(done, None)]
        except SqlStreamError as error:
            return failure(error)
        return answer({"candidates": candidates})

    return router


def _time_out(operation: Operation, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    loop.call_later(seconds, lambda: loop.run_in_executor(None, operation.time_out))


async def _outcome(future: Future[T], timeout: int | None) -> T:
    """What ``future`` gives. GatewayError when it has not begun ``timeout`` ms from now, or takes longer."""
    waiting = asyncio.wrap_future(future)
    try:
        return await asyncio.wait_for(waiting, None if timeout is None else timeout / 1000)
    except TimeoutError:
        raise GatewayError(f"The statement has not ended within {timeout} ms.") from None
