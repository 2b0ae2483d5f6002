"""PEP 249's exceptions. Each is a :class:`~sqlstream.errors.SqlStreamError` too: its text says what is wrong, then what
to do.
"""

from __future__ import annotations

from sqlstream.errors import SqlStreamError


class Warning(SqlStreamError):  # noqa: N818 (PEP 249's name)
    """Something worth knowing. The driver raises none; PEP 249 wants the name."""


class Error(SqlStreamError):
    """Base of all errors of the driver. ``trace`` is where in the gateway it came from, if the gateway told."""

    trace: str | None = None


class InterfaceError(Error):
    """The driver was used wrongly: a closed cursor, a fetch without a result."""


class DatabaseError(Error):
    """The gateway refused or failed, for a reason that is none of the following."""


class DataError(DatabaseError):
    """A value that cannot be computed, sent, or represented: a division by zero, a date Python does not have."""


class OperationalError(DatabaseError):
    """The gateway cannot be reached, the session is gone, a job failed, a statement was cancelled or timed out."""


class ConnectionLostError(OperationalError):
    """The gateway cannot be reached, or does not know the session any more: only a new connection helps."""


class IntegrityError(DatabaseError):
    """A row that a constraint forbids: NULL for a NOT NULL column."""


class InternalError(DatabaseError):
    """The gateway answers as no SQL gateway does."""


class ProgrammingError(DatabaseError):
    """SQL that does not parse or names what is not there, or the wrong number of parameters."""


class NotSupportedError(DatabaseError):
    """What the gateway, or the driver, cannot do."""
