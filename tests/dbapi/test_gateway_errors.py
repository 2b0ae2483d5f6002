"""Error bodies of both gateways become the exceptions of PEP 249, with what the user needs to read and no more."""

from __future__ import annotations

import pytest

from sqlstream.dbapi import (
    DatabaseError,
    DataError,
    IntegrityError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from sqlstream.dbapi.exceptions import ConnectionLostError
from sqlstream.dbapi.gateway_errors import gateway_error

FRAME = "\n\tat org.apache.flink.Some.method(Some.java:1)\n\t... 7 more\n"


def trace(*causes: str) -> list[str]:
    """A body as Flink's gateway sends it."""
    outer = "org.apache.flink.table.gateway.service.utils.SqlExecutionException: Failed to execute the operation."
    text = "".join(f"Caused by: {cause}{FRAME}" for cause in (outer, *causes))
    return [
        "Internal server error.",
        f"<Exception on server side:\n{outer}{FRAME}{text}\nEnd of exception on server side>",
    ]


@pytest.mark.parametrize(
    ("causes", "error", "message"),
    [
        (
            (
                "org.apache.flink.table.api.ValidationException: SQL validation failed. From line 1: Object not found",
                "org.apache.calcite.sql.validate.SqlValidatorException: Object not found",
            ),
            ProgrammingError,
            "SQL validation failed. From line 1: Object not found",
        ),
        (
            (
                "org.apache.flink.table.api.SqlParserException: SQL parse failed. Incorrect syntax\n"
                'Was expecting one of:\n    "SELECT" ...\n    ',
            ),
            ProgrammingError,
            "SQL parse failed. Incorrect syntax",
        ),
        (
            (
                "org.apache.flink.table.api.ValidationException: Could not execute CreateTable",
                "org.apache.flink.table.catalog.exceptions.TableAlreadyExistException: Table t already exists.",
            ),
            ProgrammingError,
            "Table t already exists.",
        ),
        (
            (
                "java.lang.RuntimeException: Failed to fetch next result",
                "org.apache.flink.runtime.JobException: Recovery is suppressed",
                "java.lang.NumberFormatException: For input string: 'x'.",
            ),
            DataError,
            "For input string: 'x'.",
        ),
        (
            (
                "org.apache.flink.runtime.JobException: Recovery is suppressed",
                "org.apache.flink.table.api.TableRuntimeException: Column 'a' is NOT NULL, "
                "however, a null value is being written into it.",
            ),
            IntegrityError,
            "Column 'a' is NOT NULL, however, a null value is being written into it.",
        ),
        (("java.lang.IllegalStateException: broken",), OperationalError, "broken"),
    ],
)
def test_the_telling_cause_of_a_java_trace(causes: tuple[str, ...], error: type[DatabaseError], message: str) -> None:
    raised = gateway_error(500, trace(*causes), None)
    assert type(raised) is error
    assert str(raised) == message


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("SqlError", ProgrammingError),
        ("CatalogError", ProgrammingError),
        ("PlanError", NotSupportedError),
        ("DataError", DataError),
        ("ClusterError", OperationalError),
        ("InternalError", InternalError),
        (None, OperationalError),
    ],
)
def test_sqlstreams_gateway_names_the_kind(kind: str | None, error: type[DatabaseError]) -> None:
    body = ["Internal server error.", "<Exception on server side:\nNo.\nDo this.\nEnd of exception on server side>"]
    raised = gateway_error(500, body, kind)
    assert type(raised) is error
    assert str(raised) == "No.\nDo this."


def test_a_session_that_is_gone_is_told_apart() -> None:
    handle = "0a8f6ad2-6a6e-4f0c-8f4d-0c1d2e3f4a5b"
    gone = f"org.apache.flink.table.gateway.api.utils.SqlGatewayException: Session '{handle}' does not exist."
    assert isinstance(gateway_error(500, [f"Session '{handle}' does not exist."], None), ConnectionLostError)
    assert isinstance(gateway_error(500, trace(gone), None), ConnectionLostError)


def test_a_request_that_was_refused_is_the_programs_fault() -> None:
    assert isinstance(gateway_error(400, ["Request did not match expected format."], None), ProgrammingError)
    assert str(gateway_error(502, [], None)) == "The gateway answered with HTTP 502."
