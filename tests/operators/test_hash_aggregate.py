"""Bounded GROUP BY emits each group once, at the end, in the order in which the groups first appeared."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
from harness import batch_of, open_operator, rows_of, run_randomly

from sqlstream.columnar.batch import Batch
from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import HashAggregate
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

INPUT = Schema((Field("k", t.STRING), Field("j", t.INT), Field("x", t.INT), Field("d", t.DOUBLE)))
CALLS = (
    AggregateCall("COUNT", (), t.BIGINT, "n"),
    AggregateCall("COUNT", (2,), t.BIGINT, "different", distinct=True),
    AggregateCall("SUM", (2,), t.INT, "total"),
    AggregateCall("MIN", (3,), t.DOUBLE, "least"),
    AggregateCall("AVG", (3,), t.DOUBLE, "mean"),
    AggregateCall("MAX", (0,), t.STRING, "last_key"),
    AggregateCall("STDDEV_SAMP", (3,), t.DOUBLE, "spread"),
)
SQL = """
SELECT k, j, COUNT(*), COUNT(DISTINCT x), SUM(x), MIN(d), AVG(d), MAX(k), STDDEV_SAMP(d) FROM rows GROUP BY k, j
"""


def aggregation(keys: tuple[int, ...], calls: tuple[AggregateCall, ...] = CALLS) -> HashAggregate:
    out = [INPUT[key] for key in keys] + [Field(call.name, call.type) for call in calls]
    return HashAggregate(keys, calls, Schema(tuple(out)), INPUT)


def random_rows(count: int) -> pa.RecordBatch:
    random = np.random.default_rng(3)

    def with_nulls(values: np.ndarray, type_: pa.DataType) -> pa.Array:
        return pa.array(values, type_, mask=random.random(count) < 0.1)

    columns = [
        with_nulls(random.choice(["a", "bb", "ccc"], count), pa.string()),
        with_nulls(random.integers(0, 5, count), pa.int32()),
        with_nulls(random.integers(-9, 9, count), pa.int32()),
        with_nulls(random.integers(-9, 9, count) / 8, pa.float64()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=INPUT.to_arrow())


def test_it_agrees_with_duckdb_however_it_is_run() -> None:
    data = random_rows(2000)
    rows = pa.Table.from_batches([data])
    expected = {row[:2]: row[2:] for row in duckdb.sql(SQL).fetchall()}
    assert rows.num_rows == 2000
    for seed in range(4):
        emitted = [row for _, row in run_randomly(aggregation((0, 1)), [(Batch(data), [0, 1])], seed)]
        assert len(emitted) == len(expected)
        for row in emitted:
            *exact, spread = row[2:]
            *wanted, wanted_spread = expected[row[:2]]
            assert exact == wanted
            assert abs(spread - wanted_spread) < 1e-12


def test_groups_come_in_the_order_of_their_first_row() -> None:
    operator = open_operator(aggregation((0,), CALLS[:1]))
    rows = [("b", 1, 1, 1.0), (None, 1, 1, 1.0), ("a", 1, 1, 1.0), ("b", 1, 1, 1.0)]
    assert list(operator.on_batch(batch_of(INPUT.to_arrow(), rows))) == []
    assert rows_of(operator.finish()) == [("+I", ("b", 2)), ("+I", (None, 1)), ("+I", ("a", 1))]


def test_without_keys_there_is_one_row_even_for_no_input() -> None:
    assert rows_of(open_operator(aggregation((), CALLS[:3])).finish()) == [("+I", (0, 0, None))]
    assert rows_of(open_operator(aggregation((0,), CALLS[:3])).finish()) == []
