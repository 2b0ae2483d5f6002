"""Scripts uploaded to the JobManager, planned and run there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from sqlstream.config.configuration import Configuration
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.minicluster import MiniCluster
from sqlstream.web.rest_api import rest_api


@dataclass
class Uploader:
    client: TestClient
    cluster: MiniCluster
    directory: Path

    def upload(self, name: str, content: str | bytes, status: int = 200) -> Any:
        data = content.encode() if isinstance(content, str) else content
        response = self.client.post("/jars/upload", files={"jarfile": (name, data, "application/x-java-archive")})
        assert response.status_code == status, response.text
        return response.json()

    def uploaded(self, name: str, content: str) -> str:
        """The id."""
        return Path(self.upload(name, content)["filename"]).name

    def script(self, statement: str = "INSERT INTO target SELECT number FROM source", rows: int = 5) -> str:
        """The id of a script that copies numbers to a directory."""
        return self.uploaded(
            "copy.sql",
            f"CREATE TABLE source (number INT) WITH ('connector' = 'datagen', 'number-of-rows' = '{rows}',"
            " 'fields.number.kind' = 'sequence', 'fields.number.start' = '1', 'fields.number.end' = '1000000');\n"
            f"CREATE TABLE target (number INT) WITH ('connector' = 'filesystem', 'format' = 'csv',"
            f" 'path' = '{self.directory / 'out'}');\n{statement};\n",
        )

    def post(self, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
        response = self.client.post(path, json=body)
        assert response.status_code == status, response.text
        return response.json()

    def written(self) -> list[int]:
        files = (path for path in (self.directory / "out").rglob("*") if path.is_file() and path.name[0] not in "._")
        return sorted(int(line) for path in files for line in path.read_text().splitlines())

    def ended(self, job_id: str) -> JobStatus:
        return self.cluster.job_manager.await_job(job_id, lambda job: job.status.is_terminal, 20).status


@pytest.fixture
def uploader(tmp_path: Path) -> Iterator[Uploader]:
    options = {"process.working-dir": str(tmp_path / "work"), "execution.buffer-timeout.interval": "10 ms"}
    cluster = MiniCluster(Configuration(options))
    with TestClient(rest_api(cluster.job_manager)) as client:
        yield Uploader(client, cluster, tmp_path)
    cluster.close()


def test_a_script_is_uploaded_listed_run_and_forgotten(uploader: Uploader) -> None:
    assert uploader.client.get("/jars").json()["files"] == []
    script = uploader.script()
    (listed,) = uploader.client.get("/v1/jars").json()["files"]
    assert (listed["id"], listed["name"], listed["entry"]) == (script, "copy.sql", [])
    run = uploader.post(f"/jars/{script}/run")
    assert run == {"jobid": run["jobid"], "jobids": [run["jobid"]]}
    assert uploader.ended(run["jobid"]) is JobStatus.FINISHED
    assert uploader.written() == [1, 2, 3, 4, 5]
    assert uploader.client.delete(f"/jars/{script}").json() == {}
    assert uploader.client.get("/jars").json()["files"] == []
    assert uploader.client.delete(f"/jars/{script}").status_code == 404


def test_what_a_run_is_asked_for_is_what_the_job_gets(uploader: Uploader) -> None:
    script = uploader.script()
    body = {
        "parallelism": 2,
        "jobId": "ab" * 16,
        "programArgsList": ["-Dpipeline.name=copy, twice as fast"],
        "flinkConfiguration": {"restart-strategy.type": "none"},
        "restoreMode": "NO_CLAIM",
    }
    assert uploader.post(f"/jars/{script}/run?parallelism=3", body)["jobid"] == "ab" * 16
    job = uploader.client.get(f"/jobs/{'ab' * 16}").json()
    assert job["name"] == "copy, twice as fast"
    assert max(vertex["parallelism"] for vertex in job["vertices"]) == 2
    config = uploader.client.get(f"/jobs/{'ab' * 16}/config").json()["execution-config"]
    assert config["restart-strategy"] == "none"


def test_a_run_goes_on_from_a_savepoint(uploader: Uploader) -> None:
    endless = uploader.script(rows=1_000_000)
    first = uploader.post(f"/jars/{endless}/run")["jobid"]
    manager = uploader.cluster.job_manager
    manager.await_job(first, lambda job: all(t.state.value == "RUNNING" for v in job.vertices for t in v.tasks), 20)
    body = {"targetDirectory": str(uploader.directory / "savepoints")}
    request = uploader.post(f"/jobs/{first}/stop", body, 202)["request-id"]
    location = uploader.client.get(f"/jobs/{first}/savepoints/{request}?wait-ms=20000").json()["operation"]["location"]
    second = uploader.post(f"/jars/{endless}/run", {"savepointPath": location})["jobid"]
    restored = uploader.client.get(f"/jobs/{second}/checkpoints").json()["latest"]["restored"]
    assert restored["external_path"] == location
    uploader.client.patch(f"/jobs/{second}")
    other = uploader.script("INSERT INTO target SELECT number + 1 FROM source WHERE number > 3")
    refused = uploader.post(f"/jars/{other}/run", {"savepointPath": str(uploader.directory / "none")}, 400)
    assert str(uploader.directory / "none") in refused["errors"][0]


def test_a_plan_runs_nothing(uploader: Uploader) -> None:
    script = uploader.script("INSERT OVERWRITE target SELECT number FROM source")
    (uploader.directory / "out").mkdir()
    (uploader.directory / "out" / "there").write_text("7\n")
    plan = uploader.client.get(f"/jars/{script}/plan?parallelism=2").json()["plan"]
    assert plan["name"].startswith("insert-into_")
    assert {node["parallelism"] for node in plan["nodes"]} == {2}
    assert uploader.post(f"/jars/{script}/plan", {"parallelism": 1})["plan"]["nodes"][0]["parallelism"] == 1
    assert uploader.client.get("/jobs").json() == {"jobs": []}
    assert uploader.written() == [7]


@pytest.mark.parametrize(
    "name",
    ["../evil.sql", "/etc/evil.sql", "a\\b.sql", ".hidden.sql", "script.txt", "script.jar", "", "x" * 300 + ".sql"],
)
def test_no_upload_leaves_its_directory_or_pretends_to_be_something_else(uploader: Uploader, name: str) -> None:
    response = uploader.client.post("/jars/upload", files={"jarfile": (name, b"", "text/plain")})
    assert response.status_code == 400, response.text
    assert response.json()["errors"]
    assert list(uploader.directory.rglob("*.sql")) == []


def test_other_uploads_that_cannot_be_kept_are_refused(uploader: Uploader) -> None:
    assert "UTF-8" in uploader.upload("script.sql", b"\xff\xfe", 400)["errors"][0]
    no_file = uploader.client.post("/jars/upload", data={"jarfile": "x"}, files={})
    assert no_file.status_code == 415
    two = [("jarfile", ("a.sql", b"")), ("jarfile", ("b.sql", b""))]
    assert uploader.client.post("/jars/upload", files=two).status_code == 400
    assert uploader.client.get("/jars").json()["files"] == []


@pytest.mark.parametrize("path", ["..%2f..%2fetc%2fpasswd/run", "copy.sql/run", "nope/plan"])
def test_what_was_not_uploaded_cannot_be_run(uploader: Uploader, path: str) -> None:
    (uploader.directory / "copy.sql").write_text("")
    assert uploader.client.post(f"/jars/{path}", json={}).status_code == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"entryClass": "Main"}, "no entry class"),
        ({"programArgs": "--input x"}, "takes no arguments but options"),
        ({"programArgsList": ["x"]}, "takes no arguments but options"),
        ({"restoreMode": "CLAIM"}, "only NO_CLAIM"),
        ({"parallelism": 0}, "parallelism"),
        ({"parallelism": "two"}, "parallelism"),
        ({"jobId": "x"}, "jobId"),
        ({"flinkConfiguration": {"execution.checkpointing.interval": "soon"}}, "execution.checkpointing.interval"),
    ],
)
def test_what_makes_no_sense_for_a_script_is_refused(uploader: Uploader, body: dict[str, Any], message: str) -> None:
    script = uploader.script()
    assert message in uploader.post(f"/jars/{script}/run", body, 400)["errors"][0]
    assert uploader.client.get("/jobs").json() == {"jobs": []}


def test_the_query_is_looked_at_as_the_body_is(uploader: Uploader) -> None:
    script = uploader.script()
    for query in ("entry-class=Main", "programArg=x", "program-args=x", "parallelism=0", "parallelism=x"):
        assert uploader.client.post(f"/jars/{script}/run?{query}").status_code == 400, query


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1", "nobody would read its rows"),
        ("CREATE TABLE t (a INT) WITH ('connector' = 'datagen')", "starts no job"),
        ("INSERT INTO nowhere VALUES (1)", "nowhere"),
        ("INSERT INTO", "line 1"),
        ("", "starts no job"),
    ],
)
def test_a_script_that_cannot_be_run_says_why(uploader: Uploader, text: str, message: str) -> None:
    script = uploader.uploaded("wrong.sql", text)
    assert message in uploader.post(f"/jars/{script}/run", {}, 400)["errors"][0]


def test_jobs_that_a_script_had_started_before_it_failed_are_named(uploader: Uploader) -> None:
    script = uploader.script("INSERT INTO target SELECT number FROM source; INSERT INTO nowhere VALUES (1)")
    error = uploader.post(f"/jars/{script}/run", {}, 400)["errors"][0]
    (job,) = uploader.client.get("/jobs").json()["jobs"]
    assert job["id"] in error


def test_a_python_file_is_kept_but_not_run(uploader: Uploader) -> None:
    jar = uploader.uploaded("functions.py", "def double(x: int) -> int:\n    return 2 * x\n")
    assert [file["name"] for file in uploader.client.get("/jars").json()["files"]] == ["functions.py"]
    for request in ("run", "plan"):
        assert "cannot be run" in uploader.post(f"/jars/{jar}/{request}", {}, 400)["errors"][0]


def test_uploads_outlive_the_jobmanager_where_they_are_given_a_directory(tmp_path: Path) -> None:
    cluster = MiniCluster(Configuration({"web.upload.dir": str(tmp_path / "uploads")}))
    try:
        jar = Uploader(TestClient(rest_api(cluster.job_manager)), cluster, tmp_path).uploaded("a.sql", "")
        (again,) = TestClient(rest_api(cluster.job_manager)).get("/jars").json()["files"]
    finally:
        cluster.close()
    assert again["id"] == jar


def test_uploads_can_be_switched_off(tmp_path: Path) -> None:
    cluster = MiniCluster(Configuration({"web.submit.enable": "false"}))
    try:
        client = TestClient(rest_api(cluster.job_manager))
        assert client.get("/config").json()["features"]["web-submit"] is False
        for refused in (client.get("/jars"), client.post("/jars/upload"), client.post("/jars/x/run")):
            assert refused.status_code == 403
            assert "web.submit.enable" in refused.json()["errors"][0]
    finally:
        cluster.close()
