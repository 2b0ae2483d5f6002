"""Endpoints about statements under way: their status, their rows, their end."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.concurrency import run_in_threadpool

from sqlstream.errors import SqlStreamError
from sqlstream.gateway import answer_bodies as bodies
from sqlstream.gateway.answers import JSON, answer, failure
from sqlstream.gateway.api_version import ApiVersion
from sqlstream.gateway.page_arrow import MEDIA_TYPE, not_ready_arrow, page_arrow
from sqlstream.gateway.page_json import not_ready_json, page_json
from sqlstream.gateway.result_page import ResultPage, RowFormat
from sqlstream.gateway.session_api import SessionPath
from sqlstream.gateway.session_manager import SessionManager
from sqlstream.gateway.waiting import wait_until

FETCH_SECONDS = 0.5
"""How long a fetch is held back while there is nothing new, so that clients that ask at once need not ask often."""
_ROWS_AT_ONCE = 100
"""Pages up to this long are written without changing threads."""

OperationPath = Annotated[UUID, Path(alias="operation_handle", description="The operation, as it was answered.")]
Token = Annotated[int, Path(description="Which page: 0 first, then as nextResultUri says.", ge=-(2**63), lt=2**63)]


def operation_router(sessions: SessionManager, version: ApiVersion) -> APIRouter:
    router = APIRouter(prefix="/sessions/{session_handle}/operations/{operation_handle}")

    @router.get("/status", responses=bodies.answers(bodies.Status))
    async def get_operation_status(session: SessionPath, operation: OperationPath) -> Response:
        """PENDING, RUNNING, FINISHED (a query: its rows can be fetched), ERROR, CANCELED or TIMEOUT."""
        found = sessions.session(str(session)).operation(str(operation), sessions.clock())
        return answer({"status": found.status.value})

    @router.post("/cancel", responses=bodies.answers(bodies.Status))
    def cancel_operation(session: SessionPath, operation: OperationPath) -> Response:
        """Stop the statement, or the query whose rows are being fetched."""
        found = sessions.session(str(session)).operation(str(operation), sessions.clock())
        found.cancel()
        return answer({"status": found.status.value})

    @router.delete("/close", responses=bodies.answers(bodies.Status))
    def close_operation(session: SessionPath, operation: OperationPath) -> Response:
        """Stop what still runs for the operation, and forget it. The job of an INSERT goes on."""
        sessions.session(str(session)).close_operation(str(operation))
        return answer({"status": "CLOSED"})

    async def fetch(session: UUID, operation: UUID, token: int, row_format: RowFormat, query: str) -> Response:
        """The page of ``token``; ``query`` is what the address of the next one ends in."""

        def address(of_token: int) -> str:
            return f"{version.prefix}/sessions/{session}/operations/{operation}/result/{of_token}{query}"

        try:
            found = sessions.session(str(session)).operation(str(operation), sessions.clock())
            await wait_until(lambda: found.answers_at_once(token), found.changes, FETCH_SECONDS)
            page = found.page(token)
        except SqlStreamError as error:
            return failure(error)
        if page is None:
            return _not_ready(row_format, address(token))
        next_uri = None if page.next_token is None else address(page.next_token)
        if page.num_rows <= _ROWS_AT_ONCE:
            return _written(page, row_format, next_uri)
        return await run_in_threadpool(_written, page, row_format, next_uri)

    if version == ApiVersion.V1:

        @router.get("/result/{token}", responses=bodies.answers(bodies.FetchedResults))
        async def fetch_results_v1(session: SessionPath, operation: OperationPath, token: Token) -> Response:
            """Fetch a page of the result."""
            return await fetch(session, operation, token, RowFormat.JSON, "")

        return router

    @router.get("/result/{token}", responses=bodies.result_answers())
    async def fetch_results(
        session: SessionPath,
        operation: OperationPath,
        token: Token,
        row_format: Annotated[
            RowFormat, Query(alias="rowFormat", description="How rows are written; ARROW is an Arrow IPC stream.")
        ] = RowFormat.JSON,
        accept: Annotated[str, Header(include_in_schema=False)] = "",
    ) -> Response:
        """Fetch a page of the result."""
        if MEDIA_TYPE in accept:
            row_format = RowFormat.ARROW
        return await fetch(session, operation, token, row_format, f"?rowFormat={row_format.value}")

    return router


def _not_ready(row_format: RowFormat, this_uri: str) -> Response:
    if row_format is RowFormat.ARROW:
        return Response(not_ready_arrow(this_uri), media_type=MEDIA_TYPE)
    return Response(not_ready_json(this_uri), media_type=JSON)


def _written(page: ResultPage, row_format: RowFormat, next_uri: str | None) -> Response:
    if row_format is RowFormat.ARROW:
        return Response(page_arrow(page, next_uri), media_type=MEDIA_TYPE)
    return Response(page_json(page, row_format, next_uri), media_type=JSON)
