"""The endpoint that refreshes a materialized table. There are none here, and that is what the operation answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from sqlstream.errors import CatalogError, SqlStreamError
from sqlstream.gateway import answer_bodies as bodies
from sqlstream.gateway.answers import answer, failure
from sqlstream.gateway.request_bodies import RefreshMaterializedTable
from sqlstream.gateway.session_api import SessionPath
from sqlstream.gateway.session_manager import SessionManager
from sqlstream.session.result import Result
from sqlstream.session.session import Session


def materialized_table_router(sessions: SessionManager) -> APIRouter:
    router = APIRouter(prefix="/sessions/{session_handle}/materialized-tables")

    @router.post("/{identifier}/refresh", responses=bodies.answers(bodies.OperationHandle))
    async def refresh_materialized_table(
        session: SessionPath,
        identifier: Annotated[str, Path(description="[catalog.][database.]table")],
        body: RefreshMaterializedTable,
    ) -> Response:
        """Begin to refresh a materialized table."""
        path = tuple(identifier.split("."))

        def refresh(engine: Session) -> tuple[Result, str]:
            if engine.catalogs.relation(path[-3:]) is None:
                raise engine.catalogs.missing_relation("table", path)
            raise CatalogError(
                f"Table '{identifier}' is not a materialized table.",
                hint="Materialized tables are not supported. An INSERT keeps a table up to date.",
            )

        try:
            operation = sessions.session(str(session)).begin(refresh, sessions.clock())
        except SqlStreamError as error:
            return failure(error)
        return answer({"operationHandle": operation.handle})

    return router
