"""What a cursor promises beyond the generic suite: results as rows and as Arrow, changelogs, cancelling, errors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pyarrow as pa
import pytest

import sqlstream.dbapi
from sqlstream.columnar.batch import RowKind
from sqlstream.dbapi import (
    BINARY,
    DATETIME,
    NUMBER,
    STRING,
    Connection,
    Cursor,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from sqlstream.gateway.server import SqlGateway

COUNTS = "SELECT k, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('a')) AS t(k) GROUP BY k"
PATIENCE = 30.0


@pytest.fixture
def endless(streaming: Connection) -> Cursor:
    """A cursor in whose session the table ``ticks`` goes on for ever."""
    cursor = streaming.cursor()
    cursor.execute("CREATE TEMPORARY TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100')")
    return cursor


def job_status(connection: Connection, job_id: str | None) -> str:
    """As SHOW JOBS has it."""
    with connection.cursor() as cursor:
        rows = cursor.execute("SHOW JOBS").fetchall()
    return next(row[2] for row in rows if row[0] == job_id)


def wait_for_status(connection: Connection, job_id: str | None, status: str) -> None:
    until = time.monotonic() + PATIENCE
    while job_status(connection, job_id) != status:
        assert time.monotonic() < until, f"the job has not become {status}"


def test_the_description_tells_types_lengths_and_nullability(cursor: Cursor) -> None:
    cursor.execute(
        "SELECT CAST(NULL AS VARCHAR(5)) AS s, CAST(1.5 AS DECIMAL(10, 2)) AS d, X'01' AS b, "
        "TIMESTAMP '2024-01-01 00:00:00' AS t, ARRAY[1] AS a"
    )
    assert cursor.description == [
        ("s", "VARCHAR", None, 5, None, None, True),
        ("d", "DECIMAL", None, None, 10, 2, False),
        ("b", "BINARY", None, 1, None, None, False),
        ("t", "TIMESTAMP", None, None, 0, None, False),
        ("a", "ARRAY", None, None, None, None, False),
    ]
    codes = [column[1] for column in cursor.description]
    assert codes[:4] == [STRING, NUMBER, BINARY, DATETIME]
    assert all(codes[4] != kind for kind in (STRING, NUMBER, BINARY, DATETIME))


def test_rows_are_fetched_in_any_mixture_of_ways(cursor: Cursor) -> None:
    cursor.execute("SELECT n FROM (VALUES (1), (2), (3), (4), (5), (6), (7)) AS t(n) ORDER BY n")
    assert cursor.rownumber == 0
    assert cursor.fetchone() == (1,)
    assert next(cursor) == (2,)
    assert cursor.fetchmany(2) == [(3,), (4,)]
    assert cursor.rownumber == 4
    assert cursor.fetch_record_batch().read_next_batch()["n"].to_pylist() == [5, 6, 7]
    assert cursor.fetchall() == []
    assert cursor.fetchone() is None


def test_what_is_left_becomes_an_arrow_table(cursor: Cursor) -> None:
    cursor.execute("SELECT n, CAST(n AS STRING) AS s FROM (VALUES (1), (2), (3)) AS t(n) ORDER BY n")
    cursor.fetchone()
    table = cursor.fetch_arrow_table()
    assert table.schema == pa.schema([("n", pa.int32()), ("s", pa.string())])
    assert table.to_pydict() == {"n": [2, 3], "s": ["2", "3"]}


def test_an_empty_result_has_columns(cursor: Cursor) -> None:
    cursor.execute("SELECT n FROM (VALUES (1)) AS t(n) WHERE n > 1")
    assert cursor.fetch_arrow_table().schema == pa.schema([("n", pa.int32())])


def test_many_pages_are_one_result(cursor: Cursor) -> None:
    cursor.execute(
        "CREATE TEMPORARY TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '12345', "
        "'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '12345')"
    )
    cursor.execute("SELECT n FROM numbers")
    assert sorted(row[0] for row in cursor) == list(range(1, 12346))


def test_statements_without_rows_have_no_description_and_nothing_to_fetch(cursor: Cursor, tmp_path: Path) -> None:
    cursor.execute(
        f"CREATE TABLE written (n INT) WITH ('connector' = 'filesystem', 'path' = '{tmp_path}', 'format' = 'json')"
    )
    assert (cursor.description, cursor.job_id) == (None, None)
    cursor.execute("INSERT INTO written VALUES (1)")
    assert cursor.description is None
    assert cursor.job_id is not None and len(cursor.job_id) == 32
    with pytest.raises(ProgrammingError, match="no result"):
        cursor.fetchall()
    assert cursor.execute("SELECT * FROM written").fetchall() == [(1,)]


def test_many_rows_are_written_by_few_jobs(connection: Connection, tmp_path: Path) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "CREATE TABLE written (n INT, s STRING) "
        f"WITH ('connector' = 'filesystem', 'path' = '{tmp_path}', 'format' = 'json')"
    )
    before = len(connection.cursor().execute("SHOW JOBS").fetchall())
    cursor.executemany("INSERT INTO written VALUES (?, ?)", [(n, f"it's {n}") for n in range(100)])
    assert len(connection.cursor().execute("SHOW JOBS").fetchall()) == before + 1
    cursor.execute("SELECT * FROM written ORDER BY n")
    assert cursor.fetchall() == [(n, f"it's {n}") for n in range(100)]


def test_executemany_is_not_for_queries(cursor: Cursor) -> None:
    with pytest.raises(ProgrammingError, match="give rows"):
        cursor.executemany("SELECT ?", [[1]])


def test_a_batch_session_gives_final_rows(cursor: Cursor) -> None:
    assert sorted(cursor.execute(COUNTS).fetchall()) == [("a", 2), ("b", 1)]


def test_a_changing_result_is_refused_by_a_cursor_that_would_show_it_wrong(streaming: Connection) -> None:
    cursor = streaming.cursor().execute(COUNTS)
    with pytest.raises(NotSupportedError, match="changes while it runs"):
        cursor.fetchall()


def test_a_changelog_cursor_tells_what_each_row_does(streaming: Connection) -> None:
    rows = streaming.cursor(changelog=True).execute(COUNTS).fetchall()
    counts: dict[str, int] = {}
    for row in rows:
        if row.kind in (RowKind.INSERT, RowKind.UPDATE_AFTER):
            counts[row[0]] = row[1]
        else:
            assert counts.pop(row[0]) == row[1]
    assert counts == {"a": 2, "b": 1}
    assert {row.kind for row in rows} == {RowKind.INSERT, RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER}


def test_a_changelog_as_arrow_has_its_kinds_in_front(streaming: Connection) -> None:
    cursor = streaming.cursor(changelog=True).execute(COUNTS)
    first = cursor.fetchone()
    table = cursor.fetch_arrow_table()
    assert table.column_names == ["op", "k", "n"]
    assert repr(first).startswith("+I(")
    assert sorted(table["op"].to_pylist()) == ["+I", "+U", "-U"]


def test_a_stream_is_read_while_it_goes_on(endless: Cursor) -> None:
    endless.execute("SELECT n FROM ticks")
    assert len(endless.fetchmany(25)) == 25
    assert endless.fetch_record_batch().read_next_batch().num_rows > 0


def test_a_waiting_fetch_is_cancelled_from_another_thread(streaming: Connection, endless: Cursor) -> None:
    endless.execute("SELECT n FROM ticks WHERE n IS NULL")
    ended: list[Exception] = []

    def wait() -> None:
        try:
            endless.fetchone()
        except OperationalError as error:
            ended.append(error)

    waiting = Thread(target=wait)
    waiting.start()
    endless.cancel()
    waiting.join(PATIENCE)
    assert [str(error) for error in ended] == ["The statement was cancelled."]
    wait_for_status(streaming, endless.job_id, "CANCELED")


def test_an_insert_under_way_is_cancelled_from_another_thread(streaming: Connection, endless: Cursor) -> None:
    endless.execute("CREATE TEMPORARY TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole')")
    ended: list[Exception] = []

    def write() -> None:
        try:
            endless.execute("INSERT INTO nowhere SELECT n FROM ticks")
        except OperationalError as error:
            ended.append(error)

    writing = Thread(target=write)
    writing.start()
    until = time.monotonic() + PATIENCE
    while writing.is_alive() and time.monotonic() < until:
        endless.cancel()
        writing.join(0.05)
    assert [str(error) for error in ended] == ["The statement was cancelled."]


def test_closing_a_cursor_stops_its_query(streaming: Connection, endless: Cursor) -> None:
    endless.execute("SELECT n FROM ticks")
    job = endless.job_id
    endless.close()
    wait_for_status(streaming, job, "CANCELED")
    with pytest.raises(InterfaceError, match="cursor is closed"):
        endless.execute("SELECT 1")


def test_the_next_statement_stops_the_one_before(streaming: Connection, endless: Cursor) -> None:
    endless.execute("SELECT n FROM ticks")
    job = endless.job_id
    assert endless.execute("SELECT 1").fetchall() == [(1,)]
    wait_for_status(streaming, job, "CANCELED")


@pytest.fixture
def impatient(gateway: SqlGateway) -> Iterator[Connection]:
    properties = {"execution.runtime-mode": "streaming"}
    with sqlstream.dbapi.connect(url=gateway.url, properties=properties, statement_timeout=5) as connection:
        yield connection


def test_a_fetch_that_takes_too_long_stops_the_query(impatient: Connection) -> None:
    cursor = impatient.cursor()
    cursor.execute("CREATE TEMPORARY TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')")
    cursor.execute("SELECT n FROM ticks WHERE n IS NULL")
    with pytest.raises(OperationalError, match="within 5 seconds"):
        cursor.fetchone()
    wait_for_status(impatient, cursor.job_id, "CANCELED")


def test_wrong_sql_points_at_the_place(cursor: Cursor) -> None:
    with pytest.raises(ProgrammingError) as caught:
        cursor.execute("SELECT missing\nFROM (VALUES (1)) AS t(n)")
    assert "(line 1, column 8)\n  SELECT missing\n         ^^^^^^^" in str(caught.value)
    assert cursor.execute("SELECT 1").fetchone() == (1,)


def test_a_job_that_fails_says_why(cursor: Cursor) -> None:
    with pytest.raises(OperationalError, match="Cannot cast 'x' to INT"):
        cursor.execute("SELECT CAST(s AS INT) FROM (VALUES ('x')) AS t(s)").fetchall()


def test_leaving_a_with_block_closes_the_cursor(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    with pytest.raises(InterfaceError):
        cursor.fetchone()
