"""What answers carry, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from sqlstream.gateway.page_arrow import MEDIA_TYPE


class Errors(BaseModel):
    errors: list[str]


class Info(BaseModel):
    productName: str  # noqa: N815
    version: str


class ApiVersions(BaseModel):
    versions: list[str]


class SessionHandle(BaseModel):
    sessionHandle: str  # noqa: N815


class SessionConfig(BaseModel):
    properties: dict[str, str]


class Status(BaseModel):
    status: str


class OperationHandle(BaseModel):
    operationHandle: str  # noqa: N815


class Candidates(BaseModel):
    candidates: list[str]


class ClusterId(BaseModel):
    clusterID: str  # noqa: N815


class JobVertex(BaseModel):
    id: str
    name: str
    subtasks: list[dict[str, Any]]


class JobProgress(BaseModel):
    status: str
    vertices: list[JobVertex]


class Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Column(BaseModel):
    name: str
    logicalType: dict[str, Any]  # noqa: N815
    comment: str | None


class Row(BaseModel):
    kind: Literal["INSERT", "UPDATE_BEFORE", "UPDATE_AFTER", "DELETE"]
    fields: list[Any]


class Results(BaseModel):
    columns: list[Column]
    rowFormat: Literal["JSON", "PLAIN_TEXT"]  # noqa: N815
    data: list[Row]


class FetchedResults(BaseModel):
    resultType: Literal["NOT_READY", "PAYLOAD", "EOS"]  # noqa: N815
    isQueryResult: bool | None = None  # noqa: N815
    jobID: str | None = None  # noqa: N815
    resultKind: Literal["SUCCESS", "SUCCESS_WITH_CONTENT"] | None = None  # noqa: N815
    results: Results | None = None
    nextResultUri: str | None = None  # noqa: N815


_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Errors, "description": "The request is not of the form it should have."},
    413: {"model": Errors, "description": "The body is too large."},
    500: {"model": Errors, "description": "The request could not be carried out; the errors say why."},
}


def answers(body: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """What an endpoint may answer: ``body``, or errors."""
    return {200: {"model": body, "description": "The request was successful."}, **_REFUSALS}


def result_answers() -> dict[int | str, dict[str, Any]]:
    """A page as JSON, or as an Arrow IPC stream."""
    documented = answers(FetchedResults)
    documented[200]["content"] = {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}
    return documented
