"""Clients of Flink's SQL gateway that nobody here wrote."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import flink_gateway
import pytest
from flink_gateway_api import Client
from flink_gateway_api.api.default import (
    cancel_operation,
    close_operation,
    close_session,
    complete_statement,
    configure_session,
    execute_statement,
    fetch_results,
    get_api_version,
    get_info,
    get_operation_status,
    get_session_config,
    open_session,
    trigger_session,
)
from flink_gateway_api.models import (
    CompleteStatementRequestBody,
    ConfigureSessionRequestBody,
    ExecuteStatementRequestBody,
    OpenSessionRequestBody,
    ResultType,
    RowFormat,
)

from sqlstream.gateway.server import SqlGateway

ENDLESS = "CREATE TABLE endless (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000')"
BATCH = {"execution.runtime-mode": "batch"}


@pytest.mark.parametrize("version", ["v1", "v2", "v3", "v4"])
def test_py_flink_sql_gateway(gateway: SqlGateway, version: str) -> None:
    with (
        flink_gateway.connect(gateway.url, properties=BATCH, api_version=version) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("CREATE TABLE hole (a INT) WITH ('connector' = 'blackhole')")
        cursor.execute("SHOW TABLES")
        assert cursor.fetchall() == [("hole",)]
        cursor.execute("INSERT INTO hole SELECT 1")
        ((job,),) = cursor.fetchall()
        assert len(job) == 32
        cursor.execute(
            "SELECT 1 AS i, 'x' AS s, CAST(1.50 AS DECIMAL(5, 2)) AS d, DATE '2024-02-29' AS day, "
            "TIMESTAMP '2024-02-29 12:34:56.5' AS ts, TRUE AS b, CAST(NULL AS INT) AS n, ARRAY[1, 2] AS a, "
            "MAP['k', 1] AS m, CAST(ROW(1, 'y') AS ROW<f INT, g STRING>) AS r"
        )
        assert cursor.fetchall() == [
            (
                1, "x", Decimal("1.5"), datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 12, 34, 56, 500_000),
                True, None, [1, 2], {"k": 1}, {"f": 1, "g": "y"},
            )
        ]  # fmt: skip
        assert cursor.description is not None
        assert [column[1] == flink_gateway.NUMBER for column in cursor.description][:3] == [True, False, True]
        with pytest.raises(flink_gateway.Error, match="Column 'nothing' not found"):
            cursor.execute("SELECT nothing FROM (VALUES (1)) AS t(something)")


def test_py_flink_sql_gateway_reads_a_stream_and_leaves_it(gateway: SqlGateway) -> None:
    with flink_gateway.connect(gateway.url) as connection, connection.cursor() as cursor:
        cursor.execute(ENDLESS)
        cursor.execute("SELECT * FROM endless")
        assert len(cursor.fetchmany(1_500)) == 1_500
        cursor.execute("SHOW JOBS")
        assert cursor.fetchall()[0][2] in ("CANCELED", "CANCELLING")


def test_flink_sql_gateway_api(gateway: SqlGateway) -> None:
    with Client(base_url=f"{gateway.url}/v2", raise_on_unexpected_status=True) as client:
        assert present(get_info.sync(client=client)).product_name == "sqlstream"
        assert present(get_api_version.sync(client=client)).versions == ["V1", "V2", "V3", "V4"]
        body = OpenSessionRequestBody.from_dict({"sessionName": "theirs", "properties": BATCH})
        session = present(open_session.sync(client=client, body=body)).session_handle
        assert present(get_session_config.sync(session, client=client)).properties.to_dict().items() >= BATCH.items()
        trigger_session.sync_detailed(session, client=client)
        configure_session.sync_detailed(session, client=client, body=ConfigureSessionRequestBody(statement=ENDLESS))
        completion = CompleteStatementRequestBody(statement="SELECT * FROM end", position=17)
        completed = present(complete_statement.sync(session, client=client, body=completion))
        assert completed.candidates == ["endless"]

        def execute(statement: str) -> Any:
            request = ExecuteStatementRequestBody(statement=statement)
            return present(execute_statement.sync(session, client=client, body=request)).operation_handle

        tables = execute("SHOW TABLES")
        page = fetch_results.sync(session, tables, 0, client=client, row_format=RowFormat.JSON)
        assert present(page).result_type is ResultType.PAYLOAD
        assert present(page).results.to_dict()["data"] == [{"kind": "INSERT", "fields": ["endless"]}]
        assert present(get_operation_status.sync(session, tables, client=client)).status == "FINISHED"
        assert present(close_operation.sync(session, tables, client=client)).status == "CLOSED"
        execute("SET 'execution.runtime-mode' = 'streaming'")
        query = execute("SELECT * FROM endless")
        while (
            present(fetch_results.sync(session, query, 0, client=client, row_format=RowFormat.PLAIN_TEXT)).result_type
            is not ResultType.PAYLOAD
        ):
            pass
        assert present(cancel_operation.sync(session, query, client=client)).status == "CANCELED"
        assert present(close_session.sync(session, client=client)).status == "CLOSED"


def present(answer: Any) -> Any:
    assert answer is not None
    return answer
