"""How fast keyed state is on one core: keys hashed and indexed, groups aggregated, windows closed.

Run ``python -m benchmarks.kernels [--only TEXT]``. Every figure is the best of three passes over 32,768-row batches,
after one that compiles the kernels.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from benchmarks.arguments import Arguments
from benchmarks.report import Report
from sqlstream.columnar.batch import Batch
from sqlstream.columnar.key_index import KeyIndex
from sqlstream.columnar.keys import hash_keys
from sqlstream.columnar.partition import partition_by_key
from sqlstream.config.configuration import Configuration
from sqlstream.operators.base import OperatorContext, build_operator
from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import (
    GroupAggregate,
    HashAggregate,
    WindowAggregate,
    WindowKind,
    WindowProperty,
    WindowSpec,
)
from sqlstream.types import logical as t
from sqlstream.types.schema import Field, Schema

BATCH = 32_768
ROWS = 32 * BATCH
KEYS = 300_000
PASSES = 3

INPUT = Schema(
    (Field("k", t.BIGINT), Field("x", t.BIGINT), Field("d", t.DOUBLE), Field("ts", t.TimestampType(precision=3)))
)
COUNT = AggregateCall("COUNT", (), t.BIGINT, "n")
SUM = AggregateCall("SUM", (1,), t.BIGINT, "total")
MAX = AggregateCall("MAX", (1,), t.BIGINT, "most")
DISTINCT = AggregateCall("COUNT", (1,), t.BIGINT, "different", distinct=True)
MEDIAN = AggregateCall("PERCENTILE", (2, 4), t.DOUBLE, "median")

Task = Callable[[], None]


def column_batches(*columns: pa.Array) -> list[list[pa.Array]]:
    return [[column.slice(at, BATCH) for column in columns] for at in range(0, ROWS, BATCH)]


def key_tasks(random: np.random.Generator) -> dict[str, Task]:
    numbers = random.integers(0, KEYS, ROWS)
    texts = pa.array([f"k{i}" for i in range(KEYS)]).take(pa.array(numbers))
    shapes = {
        "BIGINT": column_batches(pa.array(numbers)),
        "STRING": column_batches(texts),
        "BIGINT, BIGINT": column_batches(pa.array(numbers // 10), pa.array(numbers % 10)),
        "BIGINT, STRING": column_batches(pa.array(numbers // 10), texts),
    }
    tasks: dict[str, Task] = {}
    for name, batches in shapes.items():
        types = [column.type for column in batches[0]]
        warm = KeyIndex(types)
        tasks[f"hash keys ({name})"] = _each(hash_keys, batches)
        tasks[f"index keys, new index ({name})"] = _into_new_index(types, batches)
        tasks[f"index keys, all known ({name})"] = _each(warm.upsert, batches)
    data = [Batch(pa.RecordBatch.from_arrays(columns, ["k"])) for columns in shapes["BIGINT"]]
    tasks["partition by key into 4 (BIGINT)"] = _each(lambda batch: partition_by_key(batch, [0], 4, 128), data)
    return tasks


def aggregate_tasks(random: np.random.Generator) -> dict[str, Task]:
    numbers, values = random.integers(0, KEYS, ROWS), random.integers(0, 1000, ROWS)
    times = np.sort(random.integers(0, 3_600_000, ROWS))
    schema = Schema((*INPUT.fields, Field("half", t.DOUBLE)))

    def batches(keys: np.ndarray) -> list[Batch]:
        columns = [
            pa.array(keys), pa.array(values), pa.array(values.astype(np.float64)),
            pa.array(times).cast(pa.timestamp("ms")), pa.array(np.full(ROWS, 0.5)),
        ]  # fmt: skip
        data = pa.RecordBatch.from_arrays(columns, schema=schema.to_arrow())
        return [Batch(data.slice(at, BATCH)) for at in range(0, ROWS, BATCH)]

    many, few = batches(numbers), batches(numbers % 16)

    def output(*calls: AggregateCall) -> Schema:
        return Schema((INPUT[0], *(Field(call.name, call.type) for call in calls)))

    def grouped(*calls: AggregateCall, per_record: bool, retracting: bool = False) -> GroupAggregate:
        return GroupAggregate((0,), calls, retracting, True, per_record, output(*calls), schema)

    def windowed(kind: WindowKind, size: int, slide: int, *calls: AggregateCall) -> WindowAggregate:
        fields = (*output(*calls).fields, Field("start", t.TimestampType(precision=3)))
        return WindowAggregate(
            WindowSpec(kind, size, slide), 3, (0,), calls, (WindowProperty.START,), False, Schema(fields), schema
        )

    minute = 60_000
    basic = (COUNT, SUM, MAX)
    return {
        "GROUP BY, a change a row (count, sum, max)": _run(grouped(*basic, per_record=True), many),
        "GROUP BY, retracting input (count, sum, max)": _run(grouped(*basic, per_record=True, retracting=True), many),
        "GROUP BY, a change a batch (count, sum, max)": _run(grouped(*basic, per_record=False), many),
        "GROUP BY in batch mode (count, sum, max)": _run(HashAggregate((0,), basic, output(*basic), schema), many),
        "GROUP BY in batch mode (distinct)": _run(HashAggregate((0,), (DISTINCT,), output(DISTINCT), schema), few),
        "TUMBLE 1 min (count, sum, max)": _run(windowed(WindowKind.TUMBLE, minute, 0, *basic), few),
        "TUMBLE 1 min (percentile)": _run(windowed(WindowKind.TUMBLE, minute, 0, MEDIAN), few),
        "HOP 10 min by 1 min (count, sum, max)": _run(windowed(WindowKind.HOP, 10 * minute, minute, *basic), few),
    }  # fmt: skip


def _each(function: Callable[..., object], items: Sequence[object]) -> Task:
    def task() -> None:
        for item in items:
            function(item)

    return task


def _into_new_index(types: list[pa.DataType], batches: list[list[pa.Array]]) -> Task:
    def task() -> None:
        _each(KeyIndex(types).upsert, batches)()

    return task


def _run(node: GroupAggregate | HashAggregate | WindowAggregate, batches: list[Batch]) -> Task:
    def task() -> None:
        operator = build_operator(node)
        operator.open(OperatorContext(Configuration()))
        for batch in batches:
            for _ in operator.on_batch(batch):
                pass
            if isinstance(node, WindowAggregate):
                for _ in operator.on_watermark(int(batch.column(3)[-1].value) - 1):
                    pass
        for _ in operator.finish():
            pass

    return task


def measure(task: Task) -> float:
    """Rows a second, the best of several passes."""
    task()
    best = float("inf")
    for _ in range(PASSES):
        started = time.perf_counter()
        task()
        best = min(best, time.perf_counter() - started)
    return ROWS / best


def run(arguments: Arguments) -> Report:
    """Measure all steps whose name contains ``arguments.only``."""
    random = np.random.default_rng(7)
    title = f"Kernels over {ROWS:,} rows, {KEYS:,} keys (16 in windows and distinct)"
    report = Report("kernels", title, {"rows/s": ",.0f"})
    for name, task in {**key_tasks(random), **aggregate_tasks(random)}.items():
        if arguments.selects(name):
            report.add(name, {"rows/s": measure(task)})
    return report


if __name__ == "__main__":
    report = run(Arguments.parse(__doc__))
    report.print()
    report.write()
