"""Scripts deployed through the gateway: each on a cluster of its own, and from where the gateway may read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from own_cluster import Place, WatchedProcess, place

from sqlstream.config.configuration import Configuration
from sqlstream.gateway.server import SqlGateway
from tests.gateway.gateway_user import GatewayUser, reason

TARGET = {"execution.target": "local-application", "execution.runtime-mode": "batch"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with place(tmp_path / "here") as opened:
        opened.directory.mkdir()
        monkeypatch.setenv("SQLSTREAM_LOG_DIR", str(opened.directory))
        monkeypatch.setenv("SQLSTREAM_PID_DIR", str(opened.directory))
        yield opened


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    directory = tmp_path / "scripts"
    directory.mkdir()
    return directory


@pytest.fixture
def user(here: Place, scripts: Path) -> Iterator[GatewayUser]:
    options = {
        "sql-gateway.endpoint.rest.port": "0",
        "sql-gateway.endpoint.rest.server.max-content-length": "100 kb",
        "sql-gateway.script-uri.locations": f"{scripts}; memory://scripts-of-the-gateway/sql",
    }
    gateway = SqlGateway(Configuration(options))
    with httpx.Client(base_url=gateway.url, timeout=60, trust_env=False) as client:
        yield GatewayUser(client)
    gateway.close()


def deploy(user: GatewayUser, **body: Any) -> httpx.Response:
    return user.client.post(f"{user.path}/scripts", json={"executionConfig": TARGET, **body})


def deployed(user: GatewayUser, here: Place, **body: Any) -> tuple[str, WatchedProcess]:
    """The cluster's id, and its JobManager."""
    answer = deploy(user, **body)
    assert answer.status_code == 200, answer.text
    return answer.json()["clusterID"], here.job_managers()[-1]


def refused(user: GatewayUser, here: Place, **body: Any) -> str:
    answer = deploy(user, **body)
    assert answer.status_code == 500, answer.text
    assert not here.job_managers()
    return reason(answer)


def log(here: Place, cluster_id: str) -> str:
    (file,) = here.directory.glob(f"*standalone-job-{cluster_id}-*.log")
    return file.read_text()


def rows(directory: Path) -> list[str]:
    return sorted(line for file in directory.glob("part-*") for line in file.read_text().split())


def test_a_script_runs_on_a_cluster_of_its_own_with_the_settings_of_the_session(
    user: GatewayUser, here: Place, tmp_path: Path
) -> None:
    user.run("SET 'pipeline.name' = 'deployed'")
    cluster_id, job_manager = deployed(
        user,
        here,
        script=f"CREATE TABLE t (n INT) WITH ('connector' = 'filesystem', 'path' = '{tmp_path}/t', 'format' = 'csv');"
        "INSERT INTO t VALUES (1), (2); INSERT INTO t VALUES (3)",
    )
    assert job_manager.has_ended()
    assert rows(tmp_path / "t") == ["1", "2", "3"]
    assert log(here, cluster_id).count("Job 'deployed'") == 2
    assert "The application is SUCCEEDED." in log(here, cluster_id)
    assert user.run("SHOW TABLES") == []


@pytest.mark.parametrize("form", ["{}", "file://{}", "file:{}"])
def test_a_script_is_read_where_its_uri_says(form: str, user: GatewayUser, here: Place, scripts: Path) -> None:
    (scripts / "deep").mkdir()
    file = scripts / "deep" / "daily.sql"
    file.write_text("SELECT 'gr\u00fc\u00df dich' AS greeting;\nSELECT nope;")
    cluster_id, job_manager = deployed(user, here, scriptUri=form.format(file))
    assert job_manager.has_ended()
    assert "| gr\u00fc\u00df dich |" in log(here, cluster_id)
    assert f"statement at line 2 of {form.format(file)}, 'SELECT nope'" in log(here, cluster_id)
    assert "The application is FAILED." in log(here, cluster_id)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "Please specify script content or uri."),
        ({"script": "SELECT 1", "scriptUri": "x.sql"}, "either the script uri or the script content, but not both."),
        ({"script": "SELECT 1", "executionConfig": {}}, "'execution.target' = 'local' takes no script in application"),
        (
            {"script": "SELECT 1", "executionConfig": {**TARGET, "parallelism.default": "many"}},
            "parallelism.default",
        ),
        (
            {"script": "SELECT 1", "executionConfig": {**TARGET, "rest.bind-address": "0.0.0.0"}},
            "'rest.bind-address' cannot be chosen for a script.",
        ),
        (
            {"script": "SELECT 1", "executionConfig": {**TARGET, "high-availability.cluster-id": "../../up"}},
            "'../../up' is no 'high-availability.cluster-id'.",
        ),
    ],
)
def test_what_cannot_be_deployed_starts_nothing(
    body: dict[str, Any], told: str, user: GatewayUser, here: Place
) -> None:
    assert told in refused(user, here, **body)


@pytest.mark.parametrize(
    "uri",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        "../secret.sql",
        "{scripts}/../secret.sql",
        "file://{scripts}/%2e%2e/secret.sql",
        "{scripts}/link.sql",
        "{scripts}-of-others/secret.sql",
        "memory://scripts-of-the-gateway/secret.sql",
        "memory://scripts-of-the-gateway/sql/../secret.sql",
        "memory://scripts-of-the-gateway/sql/%2e%2e/secret.sql",
        "memory://scripts-of-the-gateway/sql/x.sql?endpoint_override=elsewhere",
        "simplecache::file:///etc/passwd",
        "http://127.0.0.1:1/x.sql",
        "s3://bucket/x.sql",
        "\0",
        "",
    ],
)
def test_no_script_is_read_from_anywhere_else(uri: str, user: GatewayUser, here: Place, scripts: Path) -> None:
    (scripts.parent / "secret.sql").write_text("SELECT 'secret';")
    (scripts / "link.sql").symlink_to(scripts.parent / "secret.sql")
    assert "The gateway may not read the script" in refused(user, here, scriptUri=uri.format(scripts=scripts))


def test_scripts_that_cannot_be_read_are_told_why(user: GatewayUser, here: Place, scripts: Path) -> None:
    (scripts / "large.sql").write_text("-" * (100 << 10) + "-")
    (scripts / "binary.sql").write_bytes(b"SELECT \xff")
    for uri, why in {
        f"{scripts}/none.sql": "No such file or directory",
        f"{scripts}/large.sql": "it is larger than 102400 bytes",
        f"{scripts}/binary.sql": "byte 7 is not UTF-8",
        f"{scripts}/.": "it is not a file",
        "memory://scripts-of-the-gateway/sql/none.sql": "none.sql",
    }.items():
        told = refused(user, here, scriptUri=uri)
        assert re.search(f"cannot read the script '{re.escape(uri)}': .*{re.escape(why)}", told), told


def test_a_script_that_is_too_large_is_refused_as_any_request(user: GatewayUser, here: Place) -> None:
    assert deploy(user, script="-" * (101 << 10)).status_code == 413
    assert not here.job_managers()


def test_a_session_that_is_not_there_deploys_nothing(user: GatewayUser, here: Place) -> None:
    user.client.delete(user.path)
    assert f"Session '{user.session}' does not exist." in refused(user, here, script="SELECT 1")


def test_the_session_may_say_where_scripts_run(user: GatewayUser, here: Place) -> None:
    user.run("SET 'execution.target' = 'local-application'")
    answer = user.client.post(f"{user.path}/scripts", json={"script": "SHOW DATABASES;"})
    assert answer.status_code == 200, answer.text
    (job_manager,) = here.job_managers()
    assert job_manager.has_ended()
    assert "| default_database |" in log(here, answer.json()["clusterID"])
