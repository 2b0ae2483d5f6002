"""Pages as Arrow IPC streams."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pyarrow as pa
import pytest

from sqlstream.gateway.page_arrow import MEDIA_TYPE, METADATA_KEY, ROW_KIND_COLUMN
from tests.gateway.gateway_user import GatewayUser


@pytest.fixture
def user(client: httpx.Client) -> GatewayUser:
    return GatewayUser(client)


def read(answer: httpx.Response) -> tuple[pa.Table, dict[str, Any]]:
    assert answer.headers["content-type"] == MEDIA_TYPE
    table = pa.ipc.open_stream(answer.content).read_all()
    return table, msgspec.json.decode(table.schema.metadata[METADATA_KEY.encode()])


def pages(user: GatewayUser, statement: str, **request: Any) -> list[tuple[pa.Table, dict[str, Any]]]:
    uri = user.operation(user.execute(statement), "result/0")
    found = []
    while uri:
        table, answer = read(user.client.get(uri, **request))
        if answer["resultType"] != "NOT_READY":
            found.append((table, answer))
        uri = answer.get("nextResultUri", "")
        request.pop("params", None)
    return found


def test_rows_are_columns_with_the_rest_of_the_answer_beside_them(user: GatewayUser) -> None:
    user.run("SET 'execution.runtime-mode' = 'batch'")
    query = "SELECT 1 AS a, CAST(1.5 AS DECIMAL(5, 2)) AS b, 'x' AS c"
    *before, (last, end) = pages(user, query, params={"rowFormat": "ARROW"})
    ((table, answer),) = [page for page in before if page[0].num_rows]
    assert table.to_pydict() == {"a": [1], "b": [pytest.approx(1.5)], "c": ["x"]}
    assert table.schema.types == [pa.int32(), pa.decimal128(5, 2), pa.string()]
    assert (answer["resultType"], answer["isQueryResult"], answer["resultKind"]) == (
        "PAYLOAD", True, "SUCCESS_WITH_CONTENT",
    )  # fmt: skip
    assert [column["logicalType"]["type"] for column in answer["columns"]] == ["INTEGER", "DECIMAL", "CHAR"]
    assert len(answer["jobID"]) == 32
    assert (last.num_rows, end["resultType"], "nextResultUri" in end) == (0, "EOS", False)


def test_a_client_may_ask_for_arrow_by_what_it_accepts(user: GatewayUser) -> None:
    (table, answer), _ = pages(user, "SHOW DATABASES", headers={"Accept": MEDIA_TYPE})
    assert table.to_pydict() == {"database name": ["default_database"]}
    assert answer["nextResultUri"].endswith("?rowFormat=ARROW")


def test_changes_have_their_row_kinds_in_a_column(user: GatewayUser) -> None:
    query = "SELECT k, COUNT(*) AS n FROM (VALUES (1), (1)) AS t(k) GROUP BY k"
    tables = [table for table, _ in pages(user, query, params={"rowFormat": "ARROW"}) if table.num_rows]
    kinds = [kind for table in tables for kind in table.to_pydict().get(ROW_KIND_COLUMN, [0] * table.num_rows)]
    assert kinds == [0, 1, 2]
    assert [n for table in tables for n in table.column("n").to_pylist()] == [1, 1, 2]


def test_a_page_that_is_not_ready_says_where_to_ask_again(user: GatewayUser) -> None:
    user.run("CREATE TABLE endless (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')")
    user.run("CREATE TABLE hole (a INT) WITH ('connector' = 'blackhole')")
    user.run("SET 'table.dml-sync' = 'true'")
    handle = user.execute("INSERT INTO hole SELECT * FROM endless")
    table, answer = read(user.client.get(user.operation(handle, "result/0"), params={"rowFormat": "ARROW"}))
    uri = f"{user.operation(handle, 'result/0')}?rowFormat=ARROW"
    assert (table.num_columns, answer) == (0, {"resultType": "NOT_READY", "nextResultUri": uri})
    user.cancel(handle)


def test_errors_stay_json(user: GatewayUser) -> None:
    handle = user.execute("SELECT nothing")
    user.fetch(handle)
    answer = user.client.get(user.operation(handle, "result/0"), headers={"Accept": MEDIA_TYPE})
    assert (answer.status_code, list(answer.json())) == (500, ["errors"])
