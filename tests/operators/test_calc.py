"""Calc keeps the rows whose condition is TRUE and computes columns for them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from operator_driver import changes, changes_batch, opened, rows, rows_batch, schema

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Watermark
from sqlstream.functions import registry
from sqlstream.plan.expressions import Call, InputRef, Literal
from sqlstream.plan.physical import Calc
from sqlstream.types.logical import BIGINT, BOOLEAN, INT, STRING
from sqlstream.types.schema import Schema

INPUT = schema(("n", INT), ("s", STRING))
N, S = InputRef(0, INT), InputRef(1, STRING)
IS_POSITIVE = Call(">", (N, Literal(0, INT)), BOOLEAN)
TEN_BY_N = Call("/", (Literal(10, INT), N), INT)


def test_rows_whose_condition_is_false_or_null_are_dropped() -> None:
    calc = opened(Calc((S,), IS_POSITIVE, schema(("s", STRING))))
    assert rows(calc.on_batch(rows_batch(INPUT, [(1, "a"), (0, "b"), (None, "c"), (2, None)]))) == [("a",), (None,)]


def test_the_projection_sees_only_rows_that_passed() -> None:
    not_zero = Call("<>", (N, Literal(0, INT)), BOOLEAN)
    calc = opened(Calc((TEN_BY_N,), not_zero, schema(("x", INT))))
    assert rows(calc.on_batch(rows_batch(INPUT, [(0, "a"), (5, "b")]))) == [(2,)]


def test_kinds_stay_with_their_rows() -> None:
    calc = opened(Calc((N,), IS_POSITIVE, schema(("n", INT))))
    found = changes(calc.on_batch(changes_batch(INPUT, [("-U", (1, "a")), ("+U", (0, "b")), ("-D", (3, "c"))])))
    assert found == [("-U", (1,)), ("-D", (3,))]


def test_nothing_is_emitted_when_nothing_passes() -> None:
    calc = opened(Calc((N,), IS_POSITIVE, schema(("n", INT))))
    assert list(calc.on_batch(rows_batch(INPUT, [(0, "a")]))) == []


def test_columns_that_pass_through_are_not_copied() -> None:
    calc = opened(Calc((S, N), None, schema(("s", STRING), ("n", INT))))
    batch = rows_batch(INPUT, [(1, "a")])
    (output,) = calc.on_batch(batch)
    assert isinstance(output, Batch)
    assert output.column(1).buffers()[1].address == batch.column(0).buffers()[1].address


def test_rows_without_columns_keep_their_number() -> None:
    calc = opened(Calc((), IS_POSITIVE, Schema(())))
    (output,) = calc.on_batch(rows_batch(INPUT, [(1, "a"), (0, "b"), (2, "c")]))
    assert isinstance(output, Batch)
    assert output.num_rows == 2


@pytest.fixture
def clock_reading(monkeypatch: pytest.MonkeyPatch) -> Calc:
    """A projection of the processing time in ms."""
    function = registry.ScalarFunction(
        "CLOCK",
        lambda arguments: registry.Resolution((), BIGINT),
        lambda context: pa.repeat(pa.scalar(context.now, pa.int64()), context.num_rows),
        doc="",
        signatures=(),
        deterministic=False,
    )
    registry.lookup("+")
    monkeypatch.setitem(registry._FUNCTIONS, "CLOCK", function)
    return Calc((Call("CLOCK", (), BIGINT),), None, schema(("t", BIGINT)))


def test_processing_time_is_that_of_the_clock_lent(clock_reading: Calc) -> None:
    now = [0]
    calc = opened(clock_reading, services={"clock": lambda: now[0]})
    for time in (5_000, 6_000):
        now[0] = time
        assert rows(calc.on_batch(rows_batch(INPUT, [(1, "a")]))) == [(time,)]


def test_in_batch_mode_processing_time_stands_still(clock_reading: Calc) -> None:
    now = [5_000]
    calc = opened(clock_reading, services={"clock": lambda: now[0]}, options={"execution.runtime-mode": "batch"})
    now[0] = 9_000
    assert rows(calc.on_batch(rows_batch(INPUT, [(1, "a")]))) == [(5_000,)]


def test_watermarks_pass() -> None:
    calc = opened(Calc((N,), None, schema(("n", INT))))
    assert list(calc.on_watermark(7)) == [Watermark(7)]
