"""What is sent to a gateway beside statements."""

from __future__ import annotations

from contextlib import closing

import pytest

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConfigError, SqlStreamError
from sqlstream.gateway.server import SqlGateway
from sqlstream_client.remote_gateway import custom_headers, gateway_url, remote_executor


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [("host:8083", "http://host:8083"), ("https://host/path", "https://host/path"), ("http://h:1", "http://h:1")],
)
def test_an_endpoint_is_a_url_or_a_host_and_its_port(endpoint: str, url: str) -> None:
    assert gateway_url(endpoint) == url


def test_headers_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLINK_REST_CLIENT_HEADERS", "Cookie:a=b;c=d\n\nCache-Control: no-cache\n")
    assert custom_headers() == {"Cookie": "a=b;c=d", "Cache-Control": "no-cache"}


def test_a_line_that_is_no_header_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLINK_REST_CLIENT_HEADERS", "nonsense")
    with pytest.raises(ConfigError, match="a line that is no header"):
        remote_executor("localhost:1", {})


def test_a_session_may_have_a_name() -> None:
    gateway = SqlGateway(Configuration({"sql-gateway.endpoint.rest.port": "0"}))
    try:
        with closing(remote_executor(gateway.url, {}, "mine")) as executor:
            assert gateway.sessions.session(executor.session).name == "mine"
    finally:
        gateway.close()


def test_a_password_in_the_endpoint_is_not_shown() -> None:
    with pytest.raises(SqlStreamError) as error:
        remote_executor("http://me:secret@localhost:1", {})
    assert "The SQL gateway at http://localhost:1 cannot be reached" in str(error.value)
    assert "secret" not in str(error.value)
