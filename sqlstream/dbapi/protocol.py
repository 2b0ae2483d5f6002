"""The messages of the SQL gateway's REST API that the driver reads and writes.

Source: Flink documentation, "SQL Gateway REST endpoint" (v1 to v4). Older versions leave fields out; what is not always
there has a default.
"""

from __future__ import annotations

from typing import Any

import msgspec

VERSIONS = ("V4", "V3", "V2", "V1")
"""What the driver speaks, the best first."""

NOT_READY = "NOT_READY"
END_OF_STREAM = "EOS"
SUCCESS = "SUCCESS"


class _Message(msgspec.Struct, rename="camel", frozen=True):
    pass


class ApiVersions(_Message, frozen=True):
    versions: tuple[str, ...]


class OpenSession(_Message, frozen=True, omit_defaults=True):
    properties: dict[str, str]
    session_name: str | None = None


class SessionOpened(_Message, frozen=True):
    session_handle: str


class SessionConfiguration(_Message, frozen=True):
    properties: dict[str, str]


class ExecuteStatement(_Message, frozen=True):
    statement: str


class StatementSubmitted(_Message, frozen=True):
    operation_handle: str


class DeployScript(_Message, frozen=True, omit_defaults=True):
    script: str | None = None
    script_uri: str | None = None
    execution_config: dict[str, str] = {}


class ScriptDeployed(_Message, frozen=True):
    cluster_id: str = msgspec.field(name="clusterID")


class ColumnInfo(_Message, frozen=True):
    name: str
    logical_type: dict[str, Any]
    comment: str | None = None


class ResultInfo(_Message, frozen=True):
    """``data`` is the JSON of the rows: it is read once the columns are known."""

    columns: tuple[ColumnInfo, ...]
    data: msgspec.Raw


class FetchResults(_Message, frozen=True):
    result_type: str
    next_result_uri: str | None = None
    result_kind: str | None = None
    is_query_result: bool | None = None
    job_id: str | None = msgspec.field(name="jobID", default=None)
    results: ResultInfo | None = None


class ErrorBody(_Message, frozen=True):
    errors: tuple[str, ...]
