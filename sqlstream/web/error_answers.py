"""What goes wrong with a request, as Flink's error bodies."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from sqlstream.runtime.rpc.unreachable import UnreachableError
from sqlstream.web.answers import errors

_LOG = logging.getLogger(__name__)


def answer_errors(app: FastAPI) -> None:
    """Every error that leaves an endpoint of ``app`` becomes ``{"errors": [...]}``."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(UnreachableError, _unreachable)
    app.add_exception_handler(Exception, _internal_error)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code in (404, 405) and error.detail in ("Not Found", "Method Not Allowed"):
        return errors(404, f"Not found: {request.url.path}")
    return errors(error.status_code, str(error.detail))


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = (f"({problem['loc'][-1]}): {problem['msg']}" for problem in error.errors())
    return errors(400, "Bad request, could not parse parameters: " + "; ".join(problems))


async def _unreachable(request: Request, error: Exception) -> Response:
    return errors(503, str(error))


async def _internal_error(request: Request, error: Exception) -> Response:
    _LOG.error("a request failed unexpectedly: %s %s", request.method, request.url.path, exc_info=error)
    return errors(500, "Internal server error.", f"{type(error).__name__}: {error}")
