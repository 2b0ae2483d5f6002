"""What the gateway refuses, with the status code that Flink's gateway answers."""

from __future__ import annotations

import logging
import traceback

from sqlstream.errors import SqlStreamError
from sqlstream.session.client_options import VERBOSE

_LOG = logging.getLogger(__name__)


class GatewayError(SqlStreamError):
    """A request that cannot be carried out: an unknown session or operation, a token out of turn; or a statement that
    failed with an error of another ``kind``, the name of its class. ``trace`` is where that came from, for those who
    want to know."""

    def __init__(
        self, message: str, *, hint: str | None = None, kind: str = "GatewayError", trace: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.trace = trace


def kind_of(error: SqlStreamError) -> str:
    """The name of the class in :mod:`sqlstream.errors` that ``error`` is an instance of."""
    if isinstance(error, GatewayError):
        return error.kind
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == SqlStreamError.__module__)


def told_to_users(error: Exception, *, traced: bool = False) -> GatewayError:
    """What a statement that ended in ``error`` answers: the message of an error that is for users, else the error's
    own and a note in the log. ``traced``: and where it came from."""
    trace = "".join(traceback.format_exception(error)).rstrip() if traced else None
    if isinstance(error, SqlStreamError):
        return GatewayError(str(error), kind=kind_of(error), trace=trace)
    _LOG.error("a statement failed unexpectedly", exc_info=error)
    problem = f"{type(error).__name__}: {error}\nThis is a bug in sqlstream; SET '{VERBOSE.key}' = 'true'; shows where."
    return GatewayError(problem, kind="InternalError", trace=trace)
