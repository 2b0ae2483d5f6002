"""How a request has gone: nothing to say, an error with its cause, or an operation that goes on."""

from __future__ import annotations

from typing_extensions import TypedDict


class Errors(TypedDict):
    errors: list[str]


class Nothing(TypedDict):
    """An empty object."""


Triggered = TypedDict("Triggered", {"request-id": str})


class QueueStatus(TypedDict):
    id: str
    """IN_PROGRESS or COMPLETED."""


Cause = TypedDict("Cause", {"class": str, "stack-trace": str, "serialized-throwable": str})
"""Why something failed; the last is what Flink's Java clients read, in Base64."""
