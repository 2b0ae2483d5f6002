"""One who talks to a gateway over HTTP, for tests."""

from __future__ import annotations

from typing import Any

import httpx


class GatewayUser:
    """A session of ``version``."""

    def __init__(self, client: httpx.Client, version: str = "v4", **properties: str) -> None:
        self.client = client
        self.version = version
        opened = client.post(f"/{version}/sessions", json={"properties": properties})
        self.session = opened.json()["sessionHandle"]
        self.path = f"/{version}/sessions/{self.session}"

    def execute(self, statement: str, **body: Any) -> str:
        """The operation's handle."""
        answer = self.client.post(f"{self.path}/statements", json={"statement": statement, **body})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["operationHandle"])

    def operation(self, handle: str, what: str) -> str:
        return f"{self.path}/operations/{handle}/{what}"

    def fetch(self, handle: str, token: int = 0, row_format: str = "JSON") -> httpx.Response:
        """The page of ``token``, once it is ready."""
        while True:
            answer = self.client.get(self.operation(handle, f"result/{token}"), params={"rowFormat": row_format})
            if answer.is_error or answer.json()["resultType"] != "NOT_READY":
                return answer

    def run(self, statement: str, **body: Any) -> list[list[Any]]:
        """The fields of every row, once there are no more."""
        return self.rows(self.execute(statement, **body))

    def rows(self, handle: str) -> list[list[Any]]:
        """The fields of every row, once there are no more."""
        rows: list[list[Any]] = []
        token = 0
        while True:
            answer = self.fetch(handle, token)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            rows += [row["fields"] for row in page["results"]["data"]]
            if page["resultType"] == "EOS":
                return rows
            token += 1

    def rows_of(self, handle: str) -> int:
        """Waits for the first rows of a query; how many there are, and goes no further."""
        token = 0
        while True:
            page = self.fetch(handle, token).json()
            if page["results"]["data"]:
                return len(page["results"]["data"])
            token += 1

    def failure(self, statement: str, **body: Any) -> str:
        """What the client is told of a statement that fails."""
        return reason(self.fetch(self.execute(statement, **body)))

    def status(self, handle: str) -> str:
        return str(self.client.get(self.operation(handle, "status")).json()["status"])

    def cancel(self, handle: str) -> httpx.Response:
        return self.client.post(self.operation(handle, "cancel"))

    def close(self, handle: str) -> httpx.Response:
        return self.client.delete(self.operation(handle, "close"))

    def job_status(self, job_id: str) -> str:
        return str(next(row[2] for row in self.run("SHOW JOBS") if row[0] == job_id))


def reason(answer: httpx.Response) -> str:
    """Why a statement failed, out of Flink's error body."""
    assert answer.status_code == 500
    first, wrapped = answer.json()["errors"]
    assert first == "Internal server error."
    return str(wrapped.removeprefix("<Exception on server side:\n").removesuffix("\nEnd of exception on server side>"))
