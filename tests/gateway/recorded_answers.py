"""What a SQL gateway answers to the golden values and statements, as Flink's answers are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

HERE = Path(__file__).parent
VALUES = HERE / "values.jsonl"
STATEMENTS = HERE / "statements.jsonl"
_BEFORE_VALUE = '"data":[{"kind":"INSERT","fields":['


class RecordedValue(msgspec.Struct):
    """``json`` is the text of the value in rowFormat JSON, to the character; ``plain`` the one in PLAIN_TEXT."""

    expression: str
    logical_type: dict[str, Any]
    json: str
    plain: str | None


class RecordedStatement(msgspec.Struct):
    statement: str
    is_query_result: bool
    result_kind: str
    has_job: bool
    columns: list[dict[str, Any]]
    rows: list[dict[str, Any]]


def lines_of(name: str) -> list[str]:
    text = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in text if line and not line.startswith("--")]


def recorded(path: Path, kind: type[Any]) -> list[Any]:
    return [msgspec.json.decode(line, type=kind) for line in path.read_bytes().splitlines()]


@dataclass
class RefusedError(Exception):
    statement: str
    answer: str


class Asker:
    """One session of a gateway."""

    def __init__(self, client: httpx.Client, properties: dict[str, str]) -> None:
        self._client = client
        self._path = f"/v2/sessions/{self._json('POST', '/v2/sessions', {'properties': properties})['sessionHandle']}"

    def pages(self, statement: str, row_format: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each page that is ready, as text and decoded. RefusedError when there is an error."""
        handle = self._json("POST", f"{self._path}/statements", {"statement": statement})["operationHandle"]
        uri = f"{self._path}/operations/{handle}/result/0?rowFormat={row_format}"
        while uri:
            response = self._client.get(uri)
            if response.is_error:
                raise RefusedError(statement, response.text)
            page = response.json()
            if page["resultType"] != "NOT_READY":
                yield response.text, page
            uri = page.get("nextResultUri", "")
        self._client.delete(f"{self._path}/operations/{handle}/close")

    def value(self, expression: str) -> RecordedValue:
        statement = f"SELECT {expression} AS v"
        text, type_ = "", {}
        for body, page in self.pages(statement, "JSON"):
            type_ = page["results"]["columns"][0]["logicalType"]
            if page["results"]["data"]:
                text = body.split(_BEFORE_VALUE, 1)[1].rsplit("]}]}", 1)[0]
        plain = [row["fields"][0] for _, page in self.pages(statement, "PLAIN_TEXT") for row in page["results"]["data"]]
        return RecordedValue(expression, type_, text, plain[0])

    def statement(self, statement: str) -> RecordedStatement:
        pages = [page for _, page in self.pages(statement, "JSON")]
        first = pages[0]
        job = first.get("jobID", "no job")
        rows = [
            {**row, "fields": ["<job id>" if field == job else field for field in row["fields"]]}
            for page in pages
            for row in page["results"]["data"]
        ]
        return RecordedStatement(
            statement,
            first["isQueryResult"],
            first["resultKind"],
            "jobID" in first,
            first["results"]["columns"],
            rows,
        )

    def _json(self, method: str, path: str, body: dict[str, Any]) -> Any:
        response = self._client.request(method, path, json=body)
        response.raise_for_status()
        return response.json()
