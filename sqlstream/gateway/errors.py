"""What the gateway refuses, with the status code that Flink's gateway answers."""

from __future__ import annotations

import logging

from sqlstream.errors import SqlStreamError

_LOG = logging.getLogger(__name__)


class GatewayError(SqlStreamError):
    """A request that cannot be carried out: an unknown session or operation, a token out of turn."""


def told_to_users(error: Exception) -> str:
    """What a statement that ended in ``error`` answers: the message of an error that is for users, else the error's
    own and a note in the log."""
    if isinstance(error, SqlStreamError):
        return str(error)
    _LOG.error("a statement failed unexpectedly", exc_info=error)
    return f"{type(error).__name__}: {error}\nThis is a bug in sqlstream; the gateway's log shows where."
