"""Every aggregate's value is that of the rows that are there, however they came, went, were merged or restored."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.functions.accumulators.accumulator import Accumulator, AggregateRows
from sqlstream.functions.accumulators.distinct import DistinctAccumulator, DistinctValues
from sqlstream.functions.registry import AggregateFunction, Argument, lookup
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow

DEC = t.DecimalType(precision=12, scale=2)
TS = t.TimestampType(precision=6)
INTS = st.integers(-5, 5)
DOUBLES = st.sampled_from([0.5, -1.25, 3.0, 1e10, -7.75])
TEXTS = st.text(alphabet="abé", max_size=3)
DECIMALS = st.decimals(-1000, 1000, places=2)
SLOTS = 4


@dataclass(frozen=True)
class Case:
    """An aggregate over values of one column (and constants), and what Python makes of the values that are there."""

    function: str
    type: t.LogicalType
    values: st.SearchStrategy[Any]
    expected: Callable[[list[Any]], Any]
    constants: tuple[tuple[t.LogicalType, Any], ...] = ()
    distinct: bool = False
    keeps_nulls: bool = False

    def __str__(self) -> str:
        return f"{self.function}({'DISTINCT ' if self.distinct else ''}{self.type})"

    @property
    def argument_types(self) -> tuple[t.LogicalType, ...]:
        return (self.type, *(type_ for type_, _ in self.constants))

    def make(self, retracting: bool) -> Accumulator:
        function = lookup(self.function)
        assert isinstance(function, AggregateFunction)
        resolution = function.resolve([Argument(type_) for type_ in self.argument_types])
        accumulator: Accumulator = function.accumulator(resolution.arguments, resolution.result, retracting)
        if self.distinct:
            values = DistinctValues([to_arrow(type_) for type_ in self.argument_types])
            accumulator = DistinctAccumulator(accumulator, values)
        accumulator.reserve(2 * SLOTS)
        return accumulator

    def rows(self, changes: list[tuple[int, int, Any]]) -> AggregateRows:
        columns = [pa.array([value for _, _, value in changes], to_arrow(self.type))]
        columns += [pa.array([value] * len(changes), to_arrow(type_)) for type_, value in self.constants]
        slots, weights = np.array([s for s, _, _ in changes], np.int64), np.array([w for _, w, _ in changes], np.int8)
        return AggregateRows(slots, tuple(columns), weights)


def or_none(compute: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    return lambda values: compute(values) if values else None


def trunc_mean(values: list[int]) -> int:
    return math.trunc(Decimal(sum(values)) / len(values))


def decimal_mean(values: list[Decimal]) -> Decimal:
    return (sum(values, Decimal(0)) / len(values)).quantize(Decimal("1.000000"), ROUND_HALF_UP)


def percentile(fraction: float) -> Callable[[list[Any]], Any]:
    return or_none(lambda values: float(np.percentile(sorted(map(float, values)), fraction * 100)))


def sample(compute: Callable[[list[float]], float]) -> Callable[[list[Any]], Any]:
    return lambda values: compute(values) if len(values) > 1 else None


def once(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


CASES = [
    Case("COUNT", t.INT, INTS, len),
    Case("COUNT", t.STRING, TEXTS, lambda values: len(set(values)), distinct=True),
    Case("SUM", t.INT, INTS, or_none(sum)),
    Case("SUM", t.TinyIntType(), st.just(100), or_none(lambda v: (sum(v) + 128) % 256 - 128)),
    Case("SUM", t.DOUBLE, DOUBLES, or_none(math.fsum)),
    Case("SUM", t.FloatType(), st.sampled_from([0.5, 1.25]), or_none(sum)),
    Case("SUM", DEC, DECIMALS, or_none(sum)),
    Case("SUM", t.INT, INTS, or_none(lambda values: sum(set(values))), distinct=True),
    Case("$SUM0", t.BIGINT, INTS, sum),
    Case("$SUM0", DEC, DECIMALS, lambda values: sum(values, Decimal("0.00"))),
    Case("AVG", t.INT, INTS, or_none(trunc_mean)),
    Case("AVG", t.DOUBLE, DOUBLES, or_none(lambda values: math.fsum(values) / len(values))),
    Case("AVG", DEC, DECIMALS, or_none(decimal_mean)),
    Case("MIN", t.INT, INTS, or_none(min)),
    Case("MAX", t.DOUBLE, DOUBLES, or_none(max)),
    Case("MIN", t.STRING, TEXTS, or_none(min)),
    Case("MAX", t.STRING, TEXTS, or_none(max)),
    Case("MAX", DEC, DECIMALS, or_none(max)),
    Case("MIN", DEC, DECIMALS, or_none(min)),
    Case("MAX", t.BOOLEAN, st.booleans(), or_none(max)),
    Case("MIN", t.DateType(), st.dates(), or_none(min)),
    Case("MAX", TS, st.datetimes(), or_none(max)),
    Case("MIN", t.BYTES, st.binary(max_size=3), or_none(min)),
    Case("VAR_POP", t.DOUBLE, DOUBLES, or_none(statistics.pvariance)),
    Case("VAR_SAMP", t.DOUBLE, DOUBLES, sample(statistics.variance)),
    Case("STDDEV_POP", t.DOUBLE, DOUBLES, or_none(statistics.pstdev)),
    Case("STDDEV", t.DOUBLE, DOUBLES, sample(statistics.stdev)),
    Case("PERCENTILE", t.INT, INTS, percentile(0.3), ((t.DOUBLE, 0.3),)),
    Case("PERCENTILE", DEC, DECIMALS, percentile(0.95), ((t.DOUBLE, 0.95),)),
    Case(
        "PERCENTILE", t.DOUBLE, DOUBLES, or_none(lambda v: [percentile(0.0)(v), percentile(1.0)(v)]),
        ((t.ArrayType(element=t.DOUBLE), [0.0, 1.0]),),
    ),
    Case("PERCENTILE", t.INT, INTS, or_none(lambda v: percentile(0.5)(v * 3)), ((t.DOUBLE, 0.5), (t.BIGINT, 3))),
    Case("FIRST_VALUE", t.STRING, TEXTS, or_none(lambda values: values[0])),
    Case("LAST_VALUE", t.INT, INTS, or_none(lambda values: values[-1])),
    Case("LISTAGG", t.STRING, TEXTS, or_none(",".join)),
    Case("LISTAGG", t.STRING, TEXTS, or_none("-".join), ((t.STRING, "-"),)),
    Case("ARRAY_AGG", t.INT, INTS, or_none(list), keeps_nulls=True),
    Case("COLLECT", t.STRING, TEXTS, Counter),
]  # fmt: skip
ORDER_OF_DISTINCT = Case("LISTAGG", t.STRING, TEXTS, or_none(lambda v: ",".join(once(v))), distinct=True)

ACTIONS = st.sampled_from(["update", "running", "restore", "merge", "reset"])


def assert_value(case: Case, actual: Any, values: list[Any]) -> None:
    expected = case.expected(values if case.keeps_nulls else [value for value in values if value is not None])
    if case.function == "COLLECT":
        actual = Counter(dict(actual))
    if isinstance(expected, float) and actual is not None:
        assert actual == pytest.approx(expected, rel=1e-12, abs=1e-6 if case.function.startswith("STD") else 1e-9)
    else:
        assert actual == expected


@pytest.mark.parametrize("retracting", [False, True], ids=["append", "retract"])
@pytest.mark.parametrize("case", [*CASES, ORDER_OF_DISTINCT], ids=str)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_the_value_is_that_of_the_rows_that_are_there(case: Case, retracting: bool, data: st.DataObject) -> None:
    accumulator = case.make(retracting)
    groups: list[list[Any]] = [[] for _ in range(2 * SLOTS)]
    for _ in range(data.draw(st.integers(1, 5))):
        action = data.draw(ACTIONS)
        if action in ("update", "running"):
            changes, after = draw_changes(case, retracting and case is not ORDER_OF_DISTINCT, groups, data)
            rows = case.rows(changes)
            if action == "update":
                accumulator.update(rows)
            else:
                for value, values in zip(accumulator.running(rows).to_pylist(), after, strict=True):
                    assert_value(case, value, values)
        elif action == "restore":
            slots = np.array([5, 0, 2, 1, 3], np.int64)
            columns = accumulator.snapshot(slots)
            accumulator = case.make(retracting)
            accumulator.restore(slots, columns)
            groups[4], groups[6], groups[7] = [], [], []
        elif action == "merge":
            accumulator.merge(np.array([5, 5, 0]), np.array([0, 1, 3]))
            groups[5] = groups[5] + groups[0] + groups[1]
            groups[0] = groups[0] + groups[3]
        else:
            accumulator.reset(np.array([0, 5]))
            groups[0], groups[5] = [], []
    for value, values in zip(accumulator.value(np.arange(2 * SLOTS)).to_pylist(), groups, strict=True):
        assert_value(case, value, values)
    assert accumulator.nbytes > 0


def draw_changes(
    case: Case, retracting: bool, groups: list[list[Any]], data: st.DataObject
) -> tuple[list[tuple[int, int, Any]], list[list[Any]]]:
    """(slot, weight, value) rows, applied to ``groups``; and each row's group after it."""
    changes: list[tuple[int, int, Any]] = []
    after = []
    for drawn in data.draw(st.lists(st.none() | case.values, min_size=1, max_size=12)):
        value = drawn
        slot = data.draw(st.integers(0, SLOTS - 1))
        group = groups[slot]
        weight = data.draw(st.sampled_from([1, 1, 0, -1] if retracting else [1, 1, 0]))
        if weight == -1 and group:
            value = data.draw(st.sampled_from(group))
            group.remove(value)
        elif weight == -1:
            weight = 0
        elif weight == 1:
            group.append(value)
        changes.append((slot, weight, value))
        after.append(list(group))
    return changes, after


def test_a_decimal_sum_beyond_38_digits_is_null() -> None:
    case = Case("SUM", t.DecimalType(precision=38, scale=0), st.none(), sum)
    accumulator = case.make(False)
    most = Decimal("9" * 38)
    assert accumulator.running(case.rows([(0, 1, most), (0, 1, Decimal(1))])).to_pylist() == [most, None]


def test_double_sums_do_not_depend_on_the_order_of_rows() -> None:
    case = Case("SUM", t.DOUBLE, st.none(), sum)
    values = [0.1, 1e16, 0.3, -1e16, 0.7, 1e-9]
    totals = set()
    for order in (values, values[::-1], sorted(values)):
        accumulator = case.make(False)
        accumulator.update(case.rows([(0, 1, value) for value in order]))
        totals.update(accumulator.value(np.array([0])).to_pylist())
    assert totals == {math.fsum(values)}


def test_percentiles_are_flinks_to_the_last_bit() -> None:
    case = Case("PERCENTILE", t.DOUBLE, st.none(), sum, ((t.DOUBLE, 0.3),))
    values = case.make(False).running(case.rows([(0, 1, 2.5), (0, 1, 3.5), (0, 1, 4.5)]))
    assert values.to_pylist() == [2.5, 2.8000000000000003, 3.1000000000000005]


def test_results_of_integer_statistics_are_cut_to_integers() -> None:
    case = Case("STDDEV_POP", t.INT, st.none(), sum)
    assert case.make(False).running(case.rows([(0, 1, 1), (0, 1, 2), (0, 1, 4)])).to_pylist() == [0, 0, 1]


def test_a_maximum_forgets_what_will_never_be_one_again() -> None:
    case = Case("MAX", t.INT, st.none(), max)
    accumulator = case.make(True)
    for number in range(0, 200_000, 10_000):
        steps = np.repeat(np.arange(number, number + 10_000), 2)
        weights = np.tile(np.array([1, -1], np.int8), 10_000)
        accumulator.update(AggregateRows(np.zeros(20_000, np.int64), (pa.array(steps, pa.int32()),), weights))
    assert accumulator.value(np.array([0])).to_pylist() == [None]
    assert accumulator.nbytes < 4_000_000
