"""Answers of the gateway: JSON, and Flink's error bodies."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import Response

JSON = "application/json; charset=UTF-8"


def answer(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type=JSON)


def refusal(status: int, message: str) -> Response:
    """What was wrong with the request itself."""
    return answer({"errors": [message]}, status)


def failure(message: str) -> Response:
    """Why a request that was understood could not be carried out. Clients of Flink's gateway look for the reason
    between these words."""
    wrapped = f"<Exception on server side:\n{message}\nEnd of exception on server side>"
    return answer({"errors": ["Internal server error.", wrapped]}, 500)
