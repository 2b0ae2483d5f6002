"""Answers of the gateway: JSON, and Flink's error bodies."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import Response

from sqlstream.errors import SqlStreamError
from sqlstream.gateway.errors import GatewayError, kind_of

KIND_HEADER = "X-Sqlstream-Error"
"""Not Flink's: the class of a failure's error, for drivers that have classes of their own."""

JSON = "application/json; charset=UTF-8"


def answer(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type=JSON)


def refusal(status: int, message: str) -> Response:
    """What was wrong with the request itself."""
    return answer({"errors": [message]}, status)


def failure(error: SqlStreamError) -> Response:
    """Why a request that was understood could not be carried out. Clients of Flink's gateway look for the reason
    between these words; a header names the kind of error, and where it came from is a last entry, if it is told."""
    wrapped = f"<Exception on server side:\n{error}\nEnd of exception on server side>"
    trace = [error.trace] if isinstance(error, GatewayError) and error.trace else []
    response = answer({"errors": ["Internal server error.", wrapped, *trace]}, 500)
    response.headers[KIND_HEADER] = kind_of(error)
    return response
