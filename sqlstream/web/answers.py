"""Answers of the REST API: JSON, and Flink's error bodies."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import Response

JSON = "application/json; charset=UTF-8"


def answer(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type=JSON)


def errors(status: int, *messages: str) -> Response:
    return answer({"errors": list(messages)}, status)
