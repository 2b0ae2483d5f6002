"""A mistake in a query is shown where it is, with what to do about it."""

from __future__ import annotations

import pytest

from sqlstream.errors import ConfigError, PlanError, SqlError
from sqlstream.spi.catalog import CatalogTable, PhysicalColumn
from sqlstream.types.logical import INT, STRING
from tests.plan.planning import Workbench


@pytest.mark.parametrize(
    ("sql", "message", "at", "hint"),
    [
        ("SELECT nme FROM customers", "Column 'nme' not found in any table.", "nme", "Did you mean 'name'?"),
        ("SELECT NAME FROM customers", "Column 'NAME' not found in any table.", "NAME", "Did you mean 'name'?"),
        ("SELECT c.nam FROM customers c", "Column 'nam' not found in table 'c'.", "c.nam", "Did you mean 'name'?"),
        ("SELECT x.id FROM customers c", "Table 'x' not found.", "x.id", "Tables: c."),
        ("SELECT * FROM custmers", "Object 'custmers' not found.", "custmers", "Did you mean 'customers'?"),
        ("SELECT COUTN(id) FROM customers", "Unknown function 'COUTN'.", "COUTN", "Did you mean 'COUNT'?"),
        ("SELECT id FROM orders o, customers c", "Column 'id' is ambiguous.", "id", "Write o.id or c.id."),
        ("SELECT k, v FROM finite GROUP BY k", "Expression 'v' is not being grouped.", "v", "Add it to GROUP BY"),
        ("SELECT k FROM finite GROUP BY k HAVING v > 1", "Expression 'v' is not being grouped.", "v", "MAX(v)"),
        ("SELECT k AS kk FROM finite GROUP BY kk", "Column 'kk' not found in any table.", "kk", "repeat k"),
        ("SELECT k FROM finite WHERE SUM(v) > 1", "Aggregate function SUM is not allowed in WHERE.", "SUM", "HAVING"),
        ("SELECT SUM(MAX(v)) FROM finite", "Aggregate function MAX is not allowed", "MAX", "sub-query"),
        ("SELECT k FROM finite WHERE v", "WHERE must be a condition, not a value of type INT.", "v", "Compare it"),
        ("VALUES (1), ('a')", "Type mismatch in column 1 of VALUES: INT, CHAR(1) have no common type.", None, "CAST"),
        ("VALUES (1, 2), (3)", "the first row has 2 columns, this one 1", None, "same number of values"),
        ("SELECT k FROM finite UNION ALL SELECT k, v FROM finite", "Column count mismatch", None, "both sides"),
        ("SELECT k FROM finite UNION ALL SELECT v FROM finite", "STRING, INT have no common type", None, "CAST"),
        ("SELECT CAST(address AS INT) FROM orders", "Cannot cast a value of type ROW", None, "STRING first"),
        ("SELECT address.town FROM orders", "Field 'town' not found in ROW", "address.town", "Fields: city, zip."),
        ("SELECT id.x FROM orders", "A value of type BIGINT has no field 'x'.", "id.x", "ROW"),
        ("SELECT * FROM finite AS f(a)", "the table has 2 columns (k, v), the alias list 1", None, None),
        ("SELECT *", "SELECT * requires a FROM clause.", None, None),
        ("SELECT z.* FROM finite", "Unknown table 'z' in 'z.*'.", None, "Tables in FROM: finite."),
        ("SELECT v FROM finite LIMIT 1.5", "LIMIT takes a whole number.", "1.5", "LIMIT 10"),
        ("SELECT v FROM finite OFFSET 'a' ROWS", "OFFSET takes a whole number.", None, None),
    ],
)  # fmt: skip
def test_validation_mistakes(streaming: Workbench, sql: str, message: str, at: str | None, hint: str | None) -> None:
    with pytest.raises(SqlError) as caught:
        streaming.explain(sql)
    error = caught.value
    assert not isinstance(error, PlanError)
    assert message in error.message
    assert (hint or "") in (error.hint or "")
    if at is not None:
        assert error.position is not None
        start = error.position.column - 1
        assert sql[start : start + error.position.length] == at


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("SELECT * FROM finite ORDER BY k", "Sort on a non-time-attribute field is not supported.", "'batch'"),
        ("SELECT /*+ STATE_TTL('orders' = '1h') */ id FROM orders", "A query hint is not supported", "Leave it out"),
        ("WITH RECURSIVE t AS (SELECT 1) SELECT * FROM t", "WITH RECURSIVE is not supported.", "separate queries"),
    ],
)  # fmt: skip
def test_what_cannot_run_yet_says_what_to_write_instead(
    streaming: Workbench, sql: str, message: str, hint: str
) -> None:
    with pytest.raises(PlanError) as caught:
        streaming.explain(sql)
    assert message in caught.value.message
    assert caught.value.position is not None
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ("TUMBLE(TABLE customers, DESCRIPTOR(id), INTERVAL '1' HOUR)", "the timecol 'id' to be a time attribute"),
        ("TUMBLE(TABLE orders, DESCRIPTOR(nope), INTERVAL '1' HOUR)", "Column 'nope' not found"),
        ("TUMBLE(TABLE orders, DESCRIPTOR(ts))", "it lacks SIZE"),
        ("TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MONTH)", "must be an interval of days"),
        ("TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '0' DAY)", "must be positive"),
        ("TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' DAY, INTERVAL '25' HOUR)", "must be shorter than its size"),
        ("TUMBLE(DATA => TABLE orders, TIMECOL => DESCRIPTOR(ts), SIZ => INTERVAL '1' DAY)", "no parameter 'SIZ'"),
        ("TUMBLE(TABLE orders PARTITION BY id, DESCRIPTOR(ts), INTERVAL '1' DAY)", "takes no PARTITION BY"),
        ("HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '7' MINUTE, INTERVAL '10' MINUTE)", "whole multiple of the slide"),
        ("CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '7' MINUTE, INTERVAL '10' MINUTE)", "multiple of the step"),
    ],
)  # fmt: skip
def test_window_arguments_are_checked(streaming: Workbench, window: str, message: str) -> None:
    with pytest.raises(SqlError, match=message.replace("(", r"\(")) as caught:
        streaming.explain(f"SELECT * FROM TABLE({window})")
    assert caught.value.position is not None


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ("a INT, b AS c + 1", "In computed column 'b': Column 'c' not found"),
        ("a INT, WATERMARK FOR a AS a", "it must be TIMESTAMP"),
        ("a TIMESTAMP(6), WATERMARK FOR a AS a", "with p from 0 to 3"),
        ("a TIMESTAMP(3), WATERMARK FOR b AS b", "WATERMARK FOR names column 'b'"),
        ("a TIMESTAMP(3), WATERMARK FOR a AS 1", "is of type INT, not a timestamp"),
    ],
)
def test_table_definitions_are_checked(streaming: Workbench, definition: str, message: str) -> None:
    streaming.create(f"CREATE TABLE t ({definition}) WITH ('connector' = 'datagen')")
    with pytest.raises(SqlError) as caught:
        streaming.explain("SELECT * FROM t")
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (CatalogTable((PhysicalColumn("a", INT), PhysicalColumn("a", STRING))), "Column 'a' is declared twice."),
        (CatalogTable((PhysicalColumn("a", INT),), primary_key=("b",)), "PRIMARY KEY names column 'b'"),
        (CatalogTable((PhysicalColumn("a", INT),), partition_keys=("b",)), "PARTITIONED BY names column 'b'"),
    ],
)
def test_definitions_from_a_catalog_are_checked_too(streaming: Workbench, table: CatalogTable, message: str) -> None:
    with pytest.raises(SqlError) as caught:
        streaming.planner.table_schema(table)
    assert message in caught.value.message


def test_a_mistake_inside_a_view_points_into_its_own_text(streaming: Workbench) -> None:
    streaming.create("CREATE VIEW broken AS SELECT nope FROM finite")
    with pytest.raises(SqlError) as caught:
        streaming.explain("SELECT * FROM broken")
    assert "In view 'default_catalog.default_database.broken'" in str(caught.value)
    assert "  SELECT nope FROM finite\n         ^^^^" in str(caught.value)


def test_unknown_table_options_are_refused_with_a_suggestion(streaming: Workbench) -> None:
    with pytest.raises(ConfigError) as caught:
        streaming.explain("SELECT * FROM finite /*+ OPTIONS('rows-per-secon' = '5') */ AS f")
    assert "Unknown option 'rows-per-secon'" in caught.value.message
    assert "Did you mean 'rows-per-second'?" in (caught.value.hint or "")


def test_batch_mode_refuses_an_unbounded_table(batch: Workbench) -> None:
    with pytest.raises(PlanError, match=r"unbounded table '\S+customers' in batch mode"):
        batch.explain("SELECT * FROM customers")
