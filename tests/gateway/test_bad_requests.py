"""Requests that are not what they should be get a 4xx with the reason, in Flink's error body."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.gateway.gateway_user import GatewayUser

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def user(client: httpx.Client) -> GatewayUser:
    return GatewayUser(client)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{bad", "Request did not match expected format"),
        (b"[]", "Request did not match expected format"),
        (b"\xff\xfe", "Request did not match expected format"),
        (b"{}", "statement: Field required"),
        (b'{"statement": null}', "statement: Input should be a valid string"),
        (b'{"statement": ["SELECT 1"]}', "statement: Input should be a valid string"),
        (b'{"statement": "SELECT 1", "executionTimeout": "soon"}', "executionTimeout: Input should be a valid integer"),
        (b'{"statement": "SELECT 1", "executionConfig": [1]}', "executionConfig: Input should be a valid dictionary"),
        (
            b'{"statement": "SELECT 1", "executionConfig": {"a": {}}}',
            "executionConfig.a: Input should be a valid string",
        ),
        (b"", "Request did not match expected format"),
        (rb'{"statement": "SELECT \ud83d"}', "statement: Value error, not Unicode text"),
        (rb'{"statement": "SELECT 1", "executionConfig": {"\ud83d": "a"}}', "not Unicode text"),
    ],
)
def test_a_body_that_is_no_statement(user: GatewayUser, content: bytes, said: str) -> None:
    answer = user.client.post(f"{user.path}/statements", content=content, headers=JSON)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, said in error) == (400, True), error


def test_a_body_that_is_not_said_to_be_json_is_not_read(user: GatewayUser) -> None:
    content = b'{"statement": "SHOW TABLES"}'
    answer = user.client.post(f"{user.path}/statements", content=content, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v2/sessions/nobody", 'path parameter (session_handle) from value "nobody"'),
        ("/v2/sessions/{session}/operations/x/status", 'path parameter (operation_handle) from value "x"'),
        (
            "/v2/sessions/{session}/operations/{session}/result/first?rowFormat=JSON",
            'path parameter (token) from value "first"',
        ),
        (
            "/v2/sessions/{session}/operations/{session}/result/0?rowFormat=XML",
            'query parameter (rowFormat) from value "XML"',
        ),
    ],
)
def test_an_address_that_cannot_be_one(user: GatewayUser, path: str, said: str) -> None:
    answer = user.client.get(path.format(session=user.session))
    assert answer.status_code == 400
    assert answer.json()["errors"] == [f"Bad request, could not parse parameters: Cannot resolve {said}."]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/v5/info"), ("PUT", "/v2/sessions"), ("GET", "/v2/x")]
)
def test_an_address_that_is_none(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()) == (404, {"errors": [f"Not found: {path}"]})


def too_long() -> Iterator[bytes]:
    yield b'{"statement": "'
    for _ in range(17):
        yield b"x" * (1 << 20)
    yield b'"}'


def test_a_body_over_the_limit_is_refused_whether_its_length_is_announced_or_not(user: GatewayUser) -> None:
    said = {"errors": ["The body of the request is larger than 16777216 bytes."]}
    for content in (b"".join(too_long()), too_long()):
        answer = user.client.post(f"{user.path}/statements", content=content, headers=JSON)
        assert (answer.status_code, answer.json()) == (413, said)
    assert user.run("SHOW TABLES") == []
