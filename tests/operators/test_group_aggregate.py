"""GROUP BY over a stream emits Flink's changelog, and the same final result however it is run.

The expected changelogs were recorded from Apache Flink 2.3.
"""

from __future__ import annotations

from typing import Any

import pytest
from harness import batch_of, materialised, open_operator, rows_of, run_randomly, upserted
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.columnar.batch import RowKind
from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import GroupAggregate
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

pytestmark = pytest.mark.usefixtures("state_backend")

ADD, UB, UA, D = RowKind.INSERT, RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER, RowKind.DELETE


def schema(**columns: t.LogicalType) -> Schema:
    return Schema(tuple(Field(name, type_) for name, type_ in columns.items()))


def call(function: str, *args: int, type_: t.LogicalType = t.BIGINT, **rest: Any) -> AggregateCall:
    return AggregateCall(function, args, type_, f"{function}{args}", **rest)


def group_by(
    input: Schema, keys: tuple[int, ...], *calls: AggregateCall, retracting: bool = False,
    update_before: bool = True, per_record: bool = True,
) -> GroupAggregate:  # fmt: skip
    fields = tuple(input[key] for key in keys) + tuple(Field(c.name, c.type) for c in calls)
    return GroupAggregate(keys, calls, retracting, update_before, per_record, Schema(fields), input)


KX = schema(k=t.INT, x=t.INT)
COUNT = call("COUNT")
MAX_X = call("MAX", 1, type_=t.INT)


def test_each_row_updates_its_group_in_the_order_of_the_input() -> None:
    operator = open_operator(group_by(schema(k=t.INT), (0,), COUNT))
    batch = batch_of(schema(k=t.INT).to_arrow(), [(1,), (2,), (2,), (1,)])
    assert rows_of(operator.on_batch(batch)) == [
        ("+I", (1, 1)), ("+I", (2, 1)), ("-U", (2, 1)), ("+U", (2, 2)), ("-U", (1, 1)), ("+U", (1, 2)),
    ]  # fmt: skip


def test_a_row_that_changes_nothing_emits_nothing() -> None:
    operator = open_operator(group_by(KX, (0,), MAX_X))
    batch = batch_of(KX.to_arrow(), [(1, 2), (1, 1), (1, 3)])
    assert rows_of(operator.on_batch(batch)) == [("+I", (1, 2)), ("-U", (1, 2)), ("+U", (1, 3))]


def test_no_update_before_where_nobody_wants_it() -> None:
    operator = open_operator(group_by(KX, (0,), MAX_X, update_before=False))
    assert rows_of(operator.on_batch(batch_of(KX.to_arrow(), [(1, 2), (1, 3)]))) == [("+I", (1, 2)), ("+U", (1, 3))]


def test_once_a_batch_and_key_with_mini_batches() -> None:
    operator = open_operator(group_by(KX, (0,), COUNT, per_record=False))
    assert rows_of(operator.on_batch(batch_of(KX.to_arrow(), [(1, 2), (2, 1), (1, 3)]))) == [
        ("+I", (1, 2)), ("+I", (2, 1)),
    ]  # fmt: skip
    assert rows_of(operator.on_batch(batch_of(KX.to_arrow(), [(1, 2), (1, 3)]))) == [("-U", (1, 2)), ("+U", (1, 4))]


def test_select_distinct_is_grouping_without_aggregates() -> None:
    operator = open_operator(group_by(schema(x=t.INT), (0,)))
    batch = batch_of(schema(x=t.INT).to_arrow(), [(1,), (2,), (1,), (None,), (2,), (None,)])
    assert rows_of(operator.on_batch(batch)) == [("+I", (1,)), ("+I", (2,)), ("+I", (None,))]


C = schema(c=t.BIGINT)
COUNTS_OF_COUNTS = batch_of(C.to_arrow(), [(1,), (1,), (1,), (2,), (1,), (2,), (1,)], [ADD, ADD, UB, UA, UB, UA, ADD])


@pytest.mark.parametrize("one_by_one", [False, True])
def test_a_group_that_loses_its_last_row_is_deleted_and_may_come_back(one_by_one: bool) -> None:
    operator = open_operator(group_by(C, (0,), COUNT, retracting=True))
    pieces = [COUNTS_OF_COUNTS.slice(i, 1) for i in range(7)] if one_by_one else [COUNTS_OF_COUNTS]
    assert [row for piece in pieces for row in rows_of(operator.on_batch(piece))] == [
        ("+I", (1, 1)), ("-U", (1, 1)), ("+U", (1, 2)), ("-U", (1, 2)), ("+U", (1, 1)), ("+I", (2, 1)),
        ("-D", (1, 1)), ("-U", (2, 1)), ("+U", (2, 2)), ("+I", (1, 1)),
    ]  # fmt: skip


def test_aggregates_without_keys_see_retractions() -> None:
    calls = (call("MIN", 0), call("FIRST_VALUE", 0), call("LAST_VALUE", 0), COUNT)
    operator = open_operator(group_by(C, (), *calls, retracting=True))
    assert rows_of(operator.on_batch(COUNTS_OF_COUNTS)) == [
        ("+I", (1, 1, 1, 1)), ("-U", (1, 1, 1, 1)), ("+U", (1, 1, 1, 2)), ("-U", (1, 1, 1, 2)), ("+U", (1, 1, 1, 1)),
        ("-U", (1, 1, 1, 1)), ("+U", (1, 1, 2, 2)), ("-U", (1, 1, 2, 2)), ("+U", (2, 2, 2, 1)),
        ("-U", (2, 2, 2, 1)), ("+U", (2, 2, 2, 2)), ("-U", (2, 2, 2, 2)), ("+U", (1, 2, 1, 3)),
    ]  # fmt: skip


def test_a_retraction_for_a_group_that_does_not_exist_is_ignored() -> None:
    operator = open_operator(group_by(KX, (0,), COUNT, call("SUM", 1, type_=t.INT), retracting=True))
    batch = batch_of(KX.to_arrow(), [(1, 5), (1, 7), (2, 9)], [D, ADD, UB])
    assert rows_of(operator.on_batch(batch)) == [("+I", (1, 1, 7))]


def test_sum_of_only_null_is_null_and_filter_and_distinct_choose_rows() -> None:
    input = schema(x=t.INT, big=t.BOOLEAN)
    calls = (
        call("SUM", 0, type_=t.INT, distinct=True), call("COUNT", 0, filter=1), call("SUM", 0, type_=t.INT, filter=1),
    )  # fmt: skip
    operator = open_operator(group_by(input, (), *calls))
    rows = [(1, False), (2, True), (1, None), (2, True), (3, True)]
    assert rows_of(operator.on_batch(batch_of(input.to_arrow(), rows))) == [
        ("+I", (1, 0, None)), ("-U", (1, 0, None)), ("+U", (3, 1, 2)), ("-U", (3, 1, 2)), ("+U", (3, 2, 4)),
        ("-U", (3, 2, 4)), ("+U", (6, 3, 7)),
    ]  # fmt: skip


WIDE = schema(k=t.STRING, x=t.INT, d=t.DOUBLE, s=t.STRING, n=t.DecimalType(precision=10, scale=2), f=t.BOOLEAN)
CALLS = (
    COUNT,
    call("COUNT", 1, distinct=True),
    call("SUM", 1, type_=t.INT),
    call("AVG", 2, type_=t.DOUBLE),
    MAX_X,
    call("MIN", 3, type_=t.STRING),
    call("MAX", 4, type_=t.DecimalType(precision=10, scale=2)),
    call("SUM", 4, type_=t.DecimalType(precision=38, scale=2)),
    call("SUM", 1, type_=t.INT, distinct=True),
    call("COUNT", 1, distinct=True, filter=5),
    call("VAR_POP", 2, type_=t.DOUBLE),
)
CELLS = st.tuples(
    st.sampled_from(["a", "b", "c", None]),
    st.none() | st.integers(0, 4),
    st.none() | st.sampled_from([0.5, 1.5, -2.0]),
    st.none() | st.sampled_from(["x", "xy", "z"]),
    st.none() | st.decimals(-3, 3, places=2),
    st.none() | st.booleans(),
)


@st.composite
def changelogs(draw: st.DrawFn) -> list[tuple[RowKind, tuple[Any, ...]]]:
    """Rows that come, and some of which are taken back later."""
    changes: list[tuple[RowKind, tuple[Any, ...]]] = []
    live: list[tuple[Any, ...]] = []
    for row in draw(st.lists(CELLS, min_size=1, max_size=60)):
        if live and draw(st.booleans()):
            changes.append((D, live.pop(draw(st.integers(0, len(live) - 1)))))
        changes.append((ADD, row))
        live.append(row)
    return changes


def reference(changes: list[tuple[RowKind, tuple[Any, ...]]]) -> dict[tuple[Any, ...], list[tuple[Any, ...]]]:
    groups: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for kind, row in changes:
        if kind is D:
            groups[row[:1]].remove(row)
        else:
            groups.setdefault(row[:1], []).append(row)
    return {key: rows for key, rows in groups.items() if rows}


@settings(max_examples=40, deadline=None)
@given(changes=changelogs(), seed=st.integers(0, 10_000), per_record=st.booleans(), update_before=st.booleans())
def test_the_final_result_depends_on_the_rows_alone(
    changes: list[tuple[RowKind, tuple[Any, ...]]], seed: int, per_record: bool, update_before: bool
) -> None:
    batch = batch_of(WIDE.to_arrow(), [row for _, row in changes], [kind for kind, _ in changes])
    node = group_by(WIDE, (0,), *CALLS, retracting=True, per_record=per_record, update_before=update_before)
    emitted = run_randomly(node, [(batch, [0])], seed)
    result = list(materialised(emitted)) if update_before else list(upserted(emitted, 1).values())
    groups = reference(changes)
    assert len(result) == len(groups)
    for key, count, distinct, total, mean, most, least, high, decimals, distinct_total, distinct_passed, _ in result:
        rows = groups[(key,)]
        x, d, s, n = ([row[i] for row in rows if row[i] is not None] for i in (1, 2, 3, 4))
        assert (count, distinct, total) == (len(rows), len(set(x)), sum(x) if x else None)
        assert mean == (sum(d) / len(d) if d else None)
        assert (most, least, high) == (max(x, default=None), min(s, default=None), max(n, default=None))
        assert decimals == (sum(n) if n else None)
        assert distinct_total == (sum(set(x)) if x else None)
        assert distinct_passed == len({row[1] for row in rows if row[5] and row[1] is not None})
