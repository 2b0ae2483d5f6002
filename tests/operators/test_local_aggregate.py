"""Aggregating in two phases gives what one phase gives, for every aggregate, however the rows are cut."""

from __future__ import annotations

import random

import pytest
from harness import Job, batch_of, materialised, open_operator, randomly_cut, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.plan import physical as p
from sqlstream.plan.aggregate_state import partial_schema
from sqlstream.plan.expressions import AggregateCall
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

INPUT = Schema(
    (Field("k", t.STRING), Field("x", t.INT), Field("d", t.DecimalType(precision=10, scale=2)), Field("f", t.BOOLEAN))
)
CALLS = (
    AggregateCall("COUNT", (), t.BIGINT, "n"),
    AggregateCall("SUM", (1,), t.INT, "s"),
    AggregateCall("AVG", (2,), t.DecimalType(precision=38, scale=6), "a"),
    AggregateCall("MIN", (0,), t.STRING, "least"),
    AggregateCall("MAX", (1,), t.INT, "most"),
    AggregateCall("COUNT", (1,), t.BIGINT, "distinct_n", distinct=True),
    AggregateCall("SUM", (1,), t.INT, "filtered", filter=3),
    AggregateCall("VAR_POP", (1,), t.INT, "variance"),
    AggregateCall("LISTAGG", (0,), t.STRING, "all"),
)
ROW = st.tuples(
    st.sampled_from([None, "", "a", "日本"]),
    st.one_of(st.none(), st.integers(-3, 3)),
    st.one_of(st.none(), st.decimals(-99, 99, places=2)),
    st.sampled_from([None, True, False]),
)


def fields(keys: tuple[int, ...]) -> Schema:
    return Schema((*(INPUT[key] for key in keys), *(Field(call.name, call.type) for call in CALLS)))


def phases(keys: tuple[int, ...], bounded: bool) -> tuple[p.LocalAggregate, p.HashAggregate | p.GroupAggregate]:
    partial = partial_schema(keys, CALLS, INPUT)
    assert partial is not None
    local = p.LocalAggregate(keys, CALLS, bounded, partial, INPUT)
    merged = tuple(range(len(keys)))
    if bounded:
        return local, p.HashAggregate(merged, CALLS, fields(keys), INPUT, merging=True)
    return local, p.GroupAggregate(merged, CALLS, False, True, False, fields(keys), INPUT, merging=True)


@pytest.mark.parametrize("bounded", [True, False])
@pytest.mark.parametrize("keys", [(0,), (0, 3), ()])
@settings(max_examples=25)
@given(rows=st.lists(ROW, min_size=1, max_size=30), seed=st.integers(0, 1000))
def test_two_phases_give_what_one_gives(bounded: bool, keys: tuple[int, ...], rows: list[tuple], seed: int) -> None:  # type: ignore[type-arg]
    batch = batch_of(INPUT.to_arrow(), rows)
    alone = open_operator(p.HashAggregate(keys, CALLS, fields(keys), INPUT))
    list(alone.on_batch(batch))
    expected = materialised(rows_of(alone.finish()))

    random_ = random.Random(seed)
    local, merging = phases(keys, bounded)
    first = open_operator(local)
    job = Job(merging, [merging.keys], random_)
    for piece in randomly_cut(batch, random_):
        for partial in first.on_batch(piece):
            job.feed(partial)
        if random_.random() < 0.3:
            job.rescale()
    job.finish()
    assert materialised(job.changes) == expected
