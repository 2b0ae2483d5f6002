"""What the gateway's error body says, as the PEP 249 exception it means.

A body is ``{"errors": [...]}``. sqlstream's gateway puts the message into it, and the kind of error into a header; a
third entry says where it came from. Flink's puts a Java stack trace into the last entry: of that only the causes
count, and of those the one that speaks to the user.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlstream.dbapi.exceptions import (
    ConnectionLostError,
    DatabaseError,
    DataError,
    IntegrityError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

KIND_HEADER = "X-Sqlstream-Error"
"""Names the class of :mod:`sqlstream.errors` that a sqlstream gateway's error body is about."""

_CAUSE = re.compile(r"^(?:Caused by: )?(?P<type>(?:[a-z_]\w*\.)+[A-Z][\w$]*)(?:: |$)", re.MULTILINE)
_FRAME = re.compile(r"\s+at |\s+\.\.\. \d+ more|End of exception on server side>|Was expecting one of:")
_JAVA = "\n\tat "
_FRAMING = ("Internal server error.", "<Exception on server side:", "End of exception on server side>")

_WRAPPERS = ("org.apache.flink.table.gateway.", "org.apache.flink.runtime.", "java.util.concurrent.", "java.io.")
_PLANNING = ("org.apache.flink.table.api.", "org.apache.flink.table.catalog.")
_UNKNOWN_SESSION = re.compile(r"Session '?[\w-]+'? does not exist")
_NULL_IN_NOT_NULL = re.compile(r"NOT NULL.*null value|NULL.* NOT NULL", re.IGNORECASE | re.DOTALL)

_MEANINGS: dict[str, type[DatabaseError]] = {
    "SqlError": ProgrammingError,
    "CatalogError": ProgrammingError,
    "ConfigError": ProgrammingError,
    "PlanError": NotSupportedError,
    "DataError": DataError,
    "ConnectorError": OperationalError,
    "StateError": OperationalError,
    "ClusterError": OperationalError,
    "GatewayError": OperationalError,
    "InternalError": InternalError,
    "SqlParserException": ProgrammingError,
    "SqlParserEOFException": ProgrammingError,
    "ValidationException": ProgrammingError,
    "CatalogException": ProgrammingError,
    "CatalogNotExistException": ProgrammingError,
    "DatabaseNotExistException": ProgrammingError,
    "DatabaseAlreadyExistException": ProgrammingError,
    "DatabaseNotEmptyException": ProgrammingError,
    "TableNotExistException": ProgrammingError,
    "TableAlreadyExistException": ProgrammingError,
    "FunctionNotExistException": ProgrammingError,
    "IllegalArgumentException": ProgrammingError,
    "TableException": NotSupportedError,
    "UnsupportedOperationException": NotSupportedError,
    "ArithmeticException": DataError,
    "NumberFormatException": DataError,
    "DateTimeException": DataError,
    "DateTimeParseException": DataError,
}


@dataclass(frozen=True)
class _Cause:
    type: str
    message: str

    @property
    def name(self) -> str:
        return self.type.rpartition(".")[2]


def gateway_error(status: int, errors: Sequence[str], kind: str | None) -> DatabaseError:
    """The exception for an error body that came with HTTP ``status`` and, from sqlstream, the ``kind`` of error."""
    text = "\n".join(errors)
    trace: str | None = None
    if _JAVA in text:
        cause = _telling(_causes(text))
        kind, message, trace = cause.name, cause.message or cause.name, _unframed(text)
    else:
        message = _unframed("\n".join(errors[:2])) or f"The gateway answered with HTTP {status}."
        trace = "\n".join(errors[2:]) or None
    meaning = _MEANINGS.get(kind or "", OperationalError if status >= 500 else ProgrammingError)
    if _UNKNOWN_SESSION.search(message):
        return ConnectionLostError(message, hint="It was closed, or idle for too long. Connect again.")
    if meaning is not ProgrammingError and _NULL_IN_NOT_NULL.search(message):
        meaning = IntegrityError
    error = meaning(message)
    error.trace = trace
    return error


def _telling(causes: Sequence[_Cause]) -> _Cause:
    """The innermost that planning raised, which tells most; else the innermost of all but wrappers."""
    planning = [cause for cause in causes if cause.type.startswith(_PLANNING) and cause.message]
    plain = [cause for cause in causes if not cause.type.startswith(_WRAPPERS)]
    return (planning or plain or causes)[-1]


def _causes(text: str) -> list[_Cause]:
    """The exceptions of a trace, the outermost first."""
    found = list(_CAUSE.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    causes = [_Cause(match["type"], _message(text[match.end() : end])) for match, end in zip(found, ends, strict=True)]
    return causes or [_Cause("", _message(text))]


def _message(text: str) -> str:
    """The lines of ``text`` before the first stack frame."""
    kept: list[str] = []
    for line in text.splitlines():
        if _FRAME.match(line):
            break
        kept.append(line)
    return "\n".join(kept).strip()


def _unframed(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line not in _FRAMING).strip()
