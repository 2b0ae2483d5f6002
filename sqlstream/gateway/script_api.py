"""The endpoint that deploys a script in application mode."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import (
    JOBMANAGER_BIND_HOST,
    JOBMANAGER_STORAGE,
    REST_BIND_ADDRESS,
    TASKMANAGER_HOST,
    WORKING_DIRECTORY,
)
from sqlstream.deploy.cluster_deployment import Script
from sqlstream.errors import SqlStreamError
from sqlstream.gateway import answer_bodies as bodies
from sqlstream.gateway.answers import answer, failure
from sqlstream.gateway.errors import GatewayError
from sqlstream.gateway.request_bodies import DeployScript
from sqlstream.gateway.script_locations import ScriptLocations
from sqlstream.gateway.session_api import SessionPath
from sqlstream.gateway.session_manager import SessionManager
from sqlstream.session.options import settable_options

_OPERATORS_OWN = (REST_BIND_ADDRESS, JOBMANAGER_BIND_HOST, TASKMANAGER_HOST, JOBMANAGER_STORAGE, WORKING_DIRECTORY)
"""To whom a cluster listens, and where it keeps what, is for whoever runs the gateway to say."""


def script_router(sessions: SessionManager) -> APIRouter:
    router = APIRouter(prefix="/sessions/{session_handle}")
    locations = ScriptLocations(sessions.configuration)

    @router.post("/scripts", responses=bodies.answers(bodies.ClusterId))
    async def deploy(session: SessionPath, body: DeployScript) -> Response:
        """Deploy a script in application mode, to where ``execution.target`` says; it has the session's settings. The
        cluster that is answered plans and runs it, and ends with it."""
        from sqlstream.deploy.application_targets import deploy_script  # few need it, and it takes its time to load

        try:
            asked = sessions.session(str(session))
            settings = await asyncio.wrap_future(asked.call(lambda engine: engine.configuration))
            configuration, chosen = _options(sessions.configuration, settings, body.executionConfig or {})
            script = await run_in_threadpool(_script, body, locations)
            cluster = await run_in_threadpool(deploy_script, configuration, chosen, script)
        except SqlStreamError as error:
            return failure(error)
        return answer({"clusterID": cluster.address.cluster_id})

    return router


def _script(body: DeployScript, locations: ScriptLocations) -> Script:
    if body.script is not None and body.scriptUri is not None:
        raise GatewayError("Please specify either the script uri or the script content, but not both.")
    if body.script is not None:
        return Script("the script", body.script)
    if body.scriptUri is not None:
        return Script(body.scriptUri, locations.read(body.scriptUri))
    raise GatewayError("Please specify script content or uri.")


def _options(
    own: Configuration, settings: Configuration, request: Mapping[str, str]
) -> tuple[Configuration, Mapping[str, str]]:
    """What the cluster is started with, and what of it is not the gateway's ``own``, or is the ``request``'s. Raises
    ConfigError."""
    for key, value in request.items():
        if key in settable_options():
            settable_options()[key].parse(value)
    configuration = settings.with_(request)
    chosen = {key: value for key, value in configuration.items() if key in request or own.get(key) != value}
    for option in _OPERATORS_OWN:
        if configuration.get(option.key) != own.get(option.key):
            raise GatewayError(
                f"'{option.key}' cannot be chosen for a script.", hint="It is set where the gateway is started."
            )
    return configuration, chosen
