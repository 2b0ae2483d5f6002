"""The endpoint that deploys a script in application mode."""

from __future__ import annotations

from fastapi import APIRouter, Response

from sqlstream.errors import SqlStreamError
from sqlstream.gateway import answer_bodies as bodies
from sqlstream.gateway.answers import failure
from sqlstream.gateway.errors import GatewayError
from sqlstream.gateway.request_bodies import DeployScript
from sqlstream.gateway.session_api import SessionPath
from sqlstream.gateway.session_manager import SessionManager


def script_router(sessions: SessionManager) -> APIRouter:
    router = APIRouter(prefix="/sessions/{session_handle}")

    @router.post("/scripts", responses=bodies.answers(bodies.ClusterId))
    async def deploy_script(session: SessionPath, body: DeployScript) -> Response:
        """Deploy a script in application mode."""
        try:
            sessions.session(str(session))
            _check(body)
        except SqlStreamError as error:
            return failure(error)
        return failure(
            GatewayError(
                "This gateway deploys no scripts.",
                hint="Send the script's statements one by one, or use 'sqlstream run'.",
            )
        )

    return router


def _check(body: DeployScript) -> None:
    if body.script is None and body.scriptUri is None:
        raise GatewayError("Please specify script content or uri.")
    if body.script is not None and body.scriptUri is not None:
        raise GatewayError("Please specify either the script uri or the script content, but not both.")
