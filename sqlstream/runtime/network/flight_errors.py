"""What Flight says went wrong, in one line."""

from __future__ import annotations

_DETAIL = ". Detail:"
_CLIENT_CONTEXT = ". gRPC client debug context:"


def first_line(error: Exception) -> str:
    """The cause, without gRPC's debug context or a remote traceback."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].split(_CLIENT_CONTEXT)[0].split(_DETAIL)[0].rstrip(".") + "."
