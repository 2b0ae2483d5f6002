"""The SQL gateway's REST API: Flink's paths, status codes and error bodies, in its versions 1 to 4.

Beyond Flink's: ``rowFormat=ARROW``, or ``Accept: application/vnd.apache.arrow.stream``, gives pages as Arrow IPC
streams; ``executionTimeout`` is kept to; a query whose rows are being fetched can be canceled;
``/sessions/:handle/jobs/:id/progress`` tells how far a job has come. ``/openapi.json`` describes everything, ``/docs``
is a page to read it on.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.metadata import version as distribution_version

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from sqlstream.config.options import GATEWAY_MAX_CONTENT_LENGTH
from sqlstream.gateway.answers import failure, refusal
from sqlstream.gateway.api_version import DEFAULT, ApiVersion
from sqlstream.gateway.errors import GatewayError
from sqlstream.gateway.job_api import job_router
from sqlstream.gateway.materialized_table_api import materialized_table_router
from sqlstream.gateway.operation_api import operation_router
from sqlstream.gateway.request_limit import RequestLimit
from sqlstream.gateway.script_api import script_router
from sqlstream.gateway.session_api import session_router
from sqlstream.gateway.session_manager import SessionManager
from sqlstream.gateway.statement_api import statement_router

_LOG = logging.getLogger(__name__)


def rest_api(sessions: SessionManager, versions: Sequence[ApiVersion] = tuple(ApiVersion)) -> FastAPI:
    """The application, in ``versions``, of which :data:`DEFAULT` is one."""
    app = FastAPI(title="sqlstream SQL gateway", version=distribution_version("sqlstream"), redoc_url=None)
    app.add_middleware(RequestLimit, limit=sessions.configuration.option(GATEWAY_MAX_CONTENT_LENGTH))
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(GatewayError, _gateway_error)
    app.add_exception_handler(Exception, _internal_error)
    for version in versions:
        for router in _routers(sessions, version, versions):
            app.include_router(router, prefix=version.prefix, tags=[version.name])
            if version is DEFAULT:
                app.include_router(router, include_in_schema=False)
    return app


def _routers(sessions: SessionManager, version: ApiVersion, versions: Sequence[ApiVersion]) -> list[APIRouter]:
    routers = [
        session_router(sessions, versions),
        statement_router(sessions, version),
        operation_router(sessions, version),
    ]
    if version >= ApiVersion.V3:
        routers.append(materialized_table_router(sessions))
    if version >= ApiVersion.V4:
        routers += [script_router(sessions), job_router(sessions)]
    return routers


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code in (404, 405):
        return refusal(404, f"Not found: {request.url.path}")
    return refusal(error.status_code, str(error.detail))


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problem = error.errors()[0]
    place, *names = problem["loc"]
    if place in ("path", "query"):
        return refusal(
            400,
            "Bad request, could not parse parameters: Cannot resolve "
            f'{place} parameter ({names[0]}) from value "{problem["input"]}".',
        )
    where = f" {'.'.join(map(str, names))}:" if names else ""
    return refusal(400, f"Request did not match expected format:{where} {problem['msg']}.")


async def _gateway_error(request: Request, error: Exception) -> Response:
    return refusal(500, str(error))


async def _internal_error(request: Request, error: Exception) -> Response:
    _LOG.error("a request failed unexpectedly: %s %s", request.method, request.url.path, exc_info=error)
    return failure(GatewayError(f"{type(error).__name__}: {error}", kind="InternalError"))
