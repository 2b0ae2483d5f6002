"""What endpoints take and answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

import msgspec

from sqlstream.web.shapes.outcomes import Errors

_REFUSALS = {
    400: "The request is not of the form it should have, or asks for what cannot be.",
    403: "The request comes from another site's page, or what it asks for is switched off.",
    404: "There is no such thing.",
    409: "The state of the job, or of the cluster, does not allow it.",
    413: "The body is too large.",
    415: "The body is not of the type it should be.",
    503: "A TaskManager does not answer.",
}
_ALWAYS = (400, 403, 413)

Documented = dict[int | str, dict[str, Any]]


def answers(shape: Any, *refusals: int, status: int = 200) -> Documented:
    """An endpoint may answer ``shape``, or errors with one of the codes ``refusals``, or one that all may."""
    return {status: {"model": shape, "description": "The request was successful."}, **_refusals(refusals)}


def text_answers(*refusals: int) -> Documented:
    """The same for an endpoint that answers the content of a file."""
    content = {"text/plain": {"schema": {"type": "string"}}}
    return {200: {"content": content, "description": "The request was successful."}, **_refusals(refusals)}


def body(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON body of a request, which may be missing."""
    schema = msgspec.json.schema(shape)["$defs"][shape.__name__]
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def _refusals(codes: tuple[int, ...]) -> Documented:
    return {code: {"model": Errors, "description": _REFUSALS[code]} for code in sorted({*_ALWAYS, *codes})}
