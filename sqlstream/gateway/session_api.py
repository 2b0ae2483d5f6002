"""Endpoints about the gateway and its sessions."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from sqlstream.gateway import answer_bodies as bodies
from sqlstream.gateway.answers import answer
from sqlstream.gateway.api_version import ApiVersion
from sqlstream.gateway.request_bodies import OpenSession
from sqlstream.gateway.session_manager import SessionManager

PRODUCT_NAME = "sqlstream"

SessionPath = Annotated[UUID, Path(alias="session_handle", description="The session, as it was answered when opened.")]


def session_router(sessions: SessionManager, versions: Sequence[ApiVersion]) -> APIRouter:
    router = APIRouter()

    @router.get("/info", responses=bodies.answers(bodies.Info))
    async def get_info() -> Response:
        """Who answers."""
        return answer({"productName": PRODUCT_NAME, "version": version("sqlstream")})

    @router.get("/api_versions", responses=bodies.answers(bodies.ApiVersions))
    async def get_api_versions() -> Response:
        """The versions of this API that are served."""
        return answer({"versions": [version.name for version in versions]})

    @router.post("/sessions", responses=bodies.answers(bodies.SessionHandle))
    async def open_session(body: OpenSession | None = None) -> Response:
        """Open a session with options of its own over those of the gateway."""
        body = body or OpenSession()
        return answer({"sessionHandle": sessions.open(body.sessionName, body.properties or {}).handle})

    @router.get("/sessions/{session_handle}", responses=bodies.answers(bodies.SessionConfig))
    async def get_session_config(session: SessionPath) -> Response:
        """The session's options as they are now; secrets are masked."""
        return answer({"properties": sessions.session(str(session)).properties()})

    @router.delete("/sessions/{session_handle}", responses=bodies.answers(bodies.Status))
    def close_session(session: SessionPath) -> Response:
        """Close the session and its operations: queries are canceled, INSERTs go on."""
        sessions.close_session(str(session))
        return answer({"status": "CLOSED"})

    @router.post("/sessions/{session_handle}/heartbeat", responses=bodies.answers(bodies.Nothing))
    async def trigger_session(session: SessionPath) -> Response:
        """Keep the session open."""
        sessions.session(str(session))
        return answer({})

    return router
