"""The OpenAPI document says what is there, and requests made up from it find nothing unexpected."""

from __future__ import annotations

import logging

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS

from sqlstream.config.configuration import Configuration
from sqlstream.gateway.rest_api import rest_api
from sqlstream.gateway.session_manager import SessionManager
from tests.gateway.gateway_user import GatewayUser

SESSIONS = SessionManager(Configuration({"sql-gateway.session.max-num": "50"}))
API = rest_api(SESSIONS)
schema = schemathesis.openapi.from_asgi("/openapi.json", API).include(path_regex="^/v(1|4)/")


def test_the_document_and_a_page_to_read_it_on_are_served(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    v4 = sorted(path.removeprefix("/v4") for path in paths if path.startswith("/v4/"))
    session = "/sessions/{session_handle}"
    operation = f"{session}/operations/{{operation_handle}}"
    assert v4 == [
        "/api_versions",
        "/info",
        "/sessions",
        session,
        f"{session}/complete-statement",
        f"{session}/configure-session",
        f"{session}/heartbeat",
        f"{session}/jobs/{{job_id}}/progress",
        f"{session}/materialized-tables/{{identifier}}/refresh",
        f"{operation}/cancel",
        f"{operation}/close",
        f"{operation}/result/{{token}}",
        f"{operation}/status",
        f"{session}/scripts",
        f"{session}/statements",
    ]
    assert {path.split("/")[1] for path in paths} == {"v1", "v2", "v3", "v4"}
    assert "/openapi.json" in client.get("/docs").text


@schema.parametrize()
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_made_up_requests_are_answered_as_documented(case: schemathesis.Case, caplog: pytest.LogCaptureFixture) -> None:
    """500 is Flink's answer for sessions that are not there; what is logged as an error is a bug."""
    caplog.set_level(logging.ERROR)
    answer = case.call()
    case.validate_response(answer, checks=CHECKS.get_by_names(CONFORMANCE))
    assert not caplog.records
    if answer.status_code >= 400:
        assert list(answer.json()) == ["errors"]
        assert all(isinstance(error, str) and error for error in answer.json()["errors"])


CONFORMANCE = ["status_code_conformance", "content_type_conformance", "response_schema_conformance"]


def test_made_up_statements_leave_the_session_usable(client: httpx.Client) -> None:
    user = GatewayUser(client)
    for text in (
        "\x00",
        "'" * 1_001,
        "SELECT " + "(" * 200,
        "SELECT " + "1 + " * 2_000 + "1",
        "🦆" * 500,
        "/*",
        "`",
        ";;;",
    ):
        answer = user.fetch(user.execute(text))
        assert answer.status_code in (200, 500)
        assert "bug" not in answer.text
    assert user.run("SHOW TABLES") == []
