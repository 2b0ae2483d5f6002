"""The OpenAPI document says what is there, and requests made up from it find nothing unexpected."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing

import pytest
import schemathesis
from control_plane_jobs import job_id, scripted, three_step_job
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS
from starlette.types import Receive, Scope, Send

from sqlstream.config.configuration import Configuration
from sqlstream.runtime.minicluster import MiniCluster
from sqlstream.web.cluster_processes import ClusterProcesses
from sqlstream.web.rest_api import rest_api


def _api_of_nobody() -> FastAPI:
    """What describes the requests while tests are collected, when nothing may run yet."""
    with closing(MiniCluster(Configuration(), scripted()[1])) as cluster:
        return rest_api(cluster.job_manager)


SERVING = [_api_of_nobody()]


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    await SERVING[-1](scope, receive, send)


schema = schemathesis.openapi.from_asgi("/openapi.json", serve)

KNOWN = {"job_id": job_id(), "vertex_id": "middle", "manager_id": "embedded", "subtask": 0, "attempt": 0}
"""What paths name in the second test, so that more is asked than whether it is there."""
ENDING = {
    ("POST", "/applications/{job_id}/cancel"),
    ("PATCH", "/jobs/{job_id}"),
    ("GET", "/jobs/{job_id}/yarn-cancel"),
    ("PATCH", "/jobs/{job_id}/clientHeartbeat"),
}
"""Requests that end a job are not made of the one that is there."""
CONFORMANCE = ["status_code_conformance", "content_type_conformance", "response_schema_conformance"]


@pytest.fixture(scope="module", autouse=True)
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """That of a JobManager with a running job."""
    made, factory = scripted(expected=5)
    options = {
        "process.working-dir": str(tmp_path_factory.mktemp("work")),
        "rest.flamegraph.enabled": "true",
        "rest.flamegraph.num-samples": "1",
        "rest.server.max-content-length": "64 kb",
    }
    cluster = MiniCluster(Configuration(options), factory)
    cluster.job_manager.submit(three_step_job())
    assert made[0].all_deployed.wait(10)
    SERVING.append(rest_api(cluster.job_manager, ClusterProcesses(shut_down=lambda: None)))
    yield SERVING[-1]
    SERVING.pop()
    cluster.close()


FEW = settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


@schema.parametrize()
@FEW
def test_made_up_requests_are_answered_as_documented(case: schemathesis.Case, caplog: pytest.LogCaptureFixture) -> None:
    _is_answered_as_documented(case, caplog)


@schema.parametrize()
@FEW
def test_so_are_those_about_what_is_there(case: schemathesis.Case, caplog: pytest.LogCaptureFixture) -> None:
    if (case.method.upper(), case.path) not in ENDING:
        case.path_parameters.update({name: KNOWN[name] for name in case.path_parameters if name in KNOWN})
    _is_answered_as_documented(case, caplog)


def _is_answered_as_documented(case: schemathesis.Case, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    if str(case.query.get("wait-ms")).isdecimal():
        case.query["wait-ms"] = int(case.query["wait-ms"]) % 10
    answer = case.call()
    case.validate_response(answer, checks=CHECKS.get_by_names(CONFORMANCE))
    assert answer.status_code < 500
    assert not caplog.records
    if answer.status_code >= 300:
        assert list(answer.json()) == ["errors"]
        assert all(isinstance(error, str) and error for error in answer.json()["errors"])


def test_every_request_is_described(api: FastAPI) -> None:
    document = TestClient(api).get("/openapi.json").json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) > 60
    assert [operation for operation in operations if not operation.get("description")] == []
    assert "/openapi.json" in TestClient(api).get("/docs").text


def test_a_body_that_is_too_large_is_refused(api: FastAPI) -> None:
    client = TestClient(api)
    body = b'{"target-directory": "' + b"x" * (64 << 10) + b'"}'
    refused = client.post(f"/jobs/{job_id()}/savepoints", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 413
    assert "65536" in refused.json()["errors"][0]


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_pages_of_other_sites_cannot_do_anything(api: FastAPI, headers: dict[str, str]) -> None:
    client = TestClient(api)
    for method, path in (("DELETE", "/cluster"), ("PATCH", f"/jobs/{job_id()}")):
        assert client.request(method, path, headers=headers).status_code == 403
    if "Sec-Fetch-Site" in headers:
        assert client.get(f"/jobs/{job_id()}/yarn-cancel", headers=headers).status_code == 403
    for own in ({"Origin": "http://testserver"}, {"Origin": "http://proxy", "Sec-Fetch-Site": "same-origin"}):
        assert client.patch(f"/jobs/{'0' * 32}", headers=own).status_code == 404
