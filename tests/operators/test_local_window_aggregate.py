"""Grouping rows where they are, and then the groups, gives what grouping the rows gives."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from harness import Job, batch_of, materialised, open_operator
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.columnar.elements import MIN_TIMESTAMP
from sqlstream.operators.base import drain
from sqlstream.plan.aggregate_state import partial_schema
from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import LocalWindowAggregate, WindowAggregate, WindowKind, WindowProperty, WindowSpec
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

pytestmark = pytest.mark.usefixtures("state_backend")

TIMESTAMP = t.TimestampType(precision=3)
INPUT = Schema((Field("k", t.STRING), Field("x", t.INT), Field("ts", TIMESTAMP)))
CALLS = (
    AggregateCall("COUNT", (), t.BIGINT, "n"),
    AggregateCall("AVG", (1,), t.INT, "mean"),
    AggregateCall("MIN", (0,), t.STRING, "least"),
    AggregateCall("COUNT", (1,), t.BIGINT, "different", distinct=True),
)
BOUNDS = (WindowProperty.START, WindowProperty.END)


def phases(window: WindowSpec, keys: tuple[int, ...]) -> tuple[LocalWindowAggregate, WindowAggregate, WindowAggregate]:
    """The local one, the global one, and the one that does it all."""
    out = [INPUT[key] for key in keys] + [Field(call.name, call.type) for call in CALLS]
    out += [Field(prop.value, TIMESTAMP) for prop in BOUNDS]
    whole = WindowAggregate(window, 2, keys, CALLS, BOUNDS, False, Schema(tuple(out)), INPUT)
    partial = partial_schema(keys, CALLS, INPUT)
    assert partial is not None
    fields = [*partial]
    fields.insert(len(keys), Field("$slice_end", t.BIGINT))
    local = LocalWindowAggregate(window, 2, keys, CALLS, Schema(tuple(fields)), INPUT)
    merging = msgspec.structs.replace(whole, keys=tuple(range(len(keys))), merging=True)
    return local, merging, whole


@settings(max_examples=50, deadline=None)
@given(
    data=st.lists(
        st.tuples(st.sampled_from(["a", "ż", None]), st.none() | st.integers(-3, 3), st.integers(-30, 60)),
        min_size=1, max_size=50,
    ),
    window=st.sampled_from([
        WindowSpec(WindowKind.TUMBLE, 10), WindowSpec(WindowKind.TUMBLE, 7, offset=-2),
        WindowSpec(WindowKind.HOP, 10, 4), WindowSpec(WindowKind.HOP, 4, 10), WindowSpec(WindowKind.CUMULATE, 12, 3),
    ]),
    seed=st.integers(0, 10_000), keyed=st.booleans(),
)  # fmt: skip
def test_two_phases_give_what_one_gives(data: list[Any], window: WindowSpec, seed: int, keyed: bool) -> None:
    random_ = random.Random(seed)
    local_node, merging, whole = phases(window, (0,) if keyed else ())
    local = open_operator(local_node)
    two, one = Job(merging, [merging.keys], random_), Job(whole, [whole.keys], random_)
    at, watermark = 0, MIN_TIMESTAMP
    while at < len(data):
        piece = batch_of(INPUT.to_arrow(), data[at : at + random_.randint(1, 15)])
        at += piece.num_rows
        for partial in drain(local.on_batch(piece)):
            two.feed(partial)
        one.feed(piece)
        if random_.random() < 0.5:
            watermark = max(watermark, data[at - 1][2] - random_.randint(-3, 10))
            two.watermark(watermark)
            one.watermark(watermark)
        if random_.random() < 0.2:
            two.rescale()
    late = [sum(s.context.metrics.counters["numLateRecordsDropped"].value for s in job.subtasks) for job in (two, one)]
    two.finish()
    one.finish()
    assert materialised(two.changes) == materialised(one.changes)
    assert late[0] <= late[1]
