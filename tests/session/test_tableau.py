"""Results print as Flink's tableau mode prints them; the expected texts were printed by Flink 2.3."""

from __future__ import annotations

import io

import pytest

from sqlstream.columnar.batch import Batch
from sqlstream.session.result import Result, ResultKind
from sqlstream.session.tableau import display_width, print_result
from sqlstream.session.text_result import ShownResult
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema
from tests.session.batches import record_batch


def printed(result: Result, **options: object) -> str:
    out = io.StringIO()
    print_result(ShownResult(result, "UTC"), out=out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def query_result(
    schema: Schema, rows: list[tuple[object, ...]], *, changelog: bool, kinds: list[int] | None = None
) -> Result:
    batch = record_batch(schema, rows)
    batches = [Batch(batch.data, batch.kinds if kinds is None else record_batch(schema, rows, kinds).kinds)]
    return Result(ResultKind.SUCCESS_WITH_CONTENT, schema, changelog, is_query=True, _batches=batches if rows else [])


COUNTS = Schema((Field("k", t.INT), Field("EXPR$1", t.BIGINT)))


def test_a_stream_has_an_op_column_and_widths_by_type() -> None:
    rows = [(1, 1), (2, 1), (2, 1), (2, 2)]
    assert (
        printed(query_result(COUNTS, rows, changelog=True, kinds=[0, 0, 1, 2]))
        == """\
+----+-------------+----------------------+
| op |           k |               EXPR$1 |
+----+-------------+----------------------+
| +I |           1 |                    1 |
| +I |           2 |                    1 |
| -U |           2 |                    1 |
| +U |           2 |                    2 |
+----+-------------+----------------------+
Received a total of 4 rows
"""
    )


def test_a_batch_result_has_widths_by_content() -> None:
    assert (
        printed(query_result(COUNTS, [(1, 1), (2, 2)], changelog=False))
        == """\
+---+--------+
| k | EXPR$1 |
+---+--------+
| 1 |      1 |
| 2 |      2 |
+---+--------+
2 rows in set
"""
    )


def test_an_empty_stream_still_shows_its_columns() -> None:
    text = printed(query_result(COUNTS, [], changelog=True))
    assert text.splitlines()[1] == "| op |           k |               EXPR$1 |"
    assert text.endswith("Received a total of 0 row\n")


def test_an_empty_batch_result_is_an_empty_set() -> None:
    assert printed(query_result(COUNTS, [], changelog=False)) == "Empty set\n"


def test_long_text_is_cut_and_null_is_marked() -> None:
    schema = Schema((Field("k", t.INT), Field("v", t.STRING)))
    rows = [(1, "a long string of characters here in this very long column"), (2, None)]
    assert (
        printed(query_result(schema, rows, changelog=False))
        == """\
+---+--------------------------------+
| k |                              v |
+---+--------------------------------+
| 1 | a long string of characters... |
| 2 |                         <NULL> |
+---+--------------------------------+
2 rows in set
"""
    )


@pytest.mark.parametrize(
    ("type_", "width"),
    [
        (t.TinyIntType(), 6),
        (t.SmallIntType(), 6),
        (t.INT, 11),
        (t.BIGINT, 20),
        (t.DecimalType(precision=10, scale=2), 12),
        (t.DateType(), 10),
        (t.TimeType(), 8),
        (t.TimestampType(precision=0), 19),
        (t.TimestampType(precision=3), 23),
        (t.STRING, 30),
        (t.ArrayType(element=t.INT), 30),
    ],
    ids=str,
)
def test_width_of_a_type(type_: t.LogicalType, width: int) -> None:
    border = printed(query_result(Schema((Field("c", type_),)), [], changelog=True)).splitlines()[0]
    assert border == "+----+" + "-" * (width + 2) + "+"


def test_wide_characters_take_two_columns() -> None:
    assert display_width("中文字符") == 8
    assert display_width("e\u0301") == 1


def test_the_time_taken_is_told_when_there_is_a_clock() -> None:
    ticks = iter([10.0, 11.5])
    assert printed(query_result(COUNTS, [], changelog=False), clock=lambda: next(ticks)) == "Empty set (1.50 seconds)\n"


def test_text_is_printed_as_it_is() -> None:
    assert printed(Result.of_text("CREATE TABLE `t` (\n  `a` INT\n)")) == "CREATE TABLE `t` (\n  `a` INT\n)\n"


def test_statements_without_rows_say_ok() -> None:
    assert printed(Result.success()) == "OK\n"
