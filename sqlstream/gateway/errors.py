"""What the gateway refuses, with the status code that Flink's gateway answers."""

from __future__ import annotations

import logging

from sqlstream.errors import SqlStreamError

_LOG = logging.getLogger(__name__)


class GatewayError(SqlStreamError):
    """A request that cannot be carried out: an unknown session or operation, a token out of turn; or a statement that
    failed with an error of another ``kind``, the name of its class."""

    def __init__(self, message: str, *, hint: str | None = None, kind: str = "GatewayError") -> None:
        super().__init__(message, hint=hint)
        self.kind = kind


def told_to_users(error: Exception) -> GatewayError:
    """What a statement that ended in ``error`` answers: the message of an error that is for users, else the error's
    own and a note in the log."""
    if isinstance(error, SqlStreamError):
        return GatewayError(str(error), kind=type(error).__name__)
    _LOG.error("a statement failed unexpectedly", exc_info=error)
    message = f"{type(error).__name__}: {error}\nThis is a bug in sqlstream; the gateway's log shows where."
    return GatewayError(message, kind="InternalError")
