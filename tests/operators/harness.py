"""Runs an operator as a job would, but cut, spread and interrupted at random: the result must not show it.

The law of the engine: the final result depends neither on how the input is cut into batches, nor on parallelism, nor on
snapshots taken and restored, at whatever parallelism, on the way.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import state_location

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import MAX_TIMESTAMP, Output, Watermark
from sqlstream.columnar.partition import partition_by_key
from sqlstream.config.configuration import Configuration
from sqlstream.operators.base import Operator, OperatorContext, build_operator, drain
from sqlstream.state.snapshot import KeyGroupRange

Row = tuple[Any, ...]
MAX_PARALLELISM = 16


def open_operator(node: Any, subtask: int = 0, parallelism: int = 1, **options: str) -> Operator:
    """The operator of ``node``, opened as one subtask of ``parallelism``."""
    operator = build_operator(node)
    key_groups = KeyGroupRange.of_subtask(subtask, parallelism, MAX_PARALLELISM)
    operator.open(
        OperatorContext(
            Configuration(options),
            subtask,
            parallelism,
            MAX_PARALLELISM,
            key_groups,
            managed_state=state_location.managed_state,
        )
    )
    return operator


def rows_of(outputs: Iterable[Output]) -> list[tuple[str, Row]]:
    """All rows of the batches among ``outputs``, each with its kind as Flink shows it (``+I``)."""
    return [(kind.short, row) for batch in drain(outputs) for kind, row in batch.to_rows()]


def materialised(changes: Iterable[tuple[str, Row]]) -> Counter[Row]:
    """The rows that are there after ``changes``; AssertionError if one takes back a row that is not there."""
    rows: Counter[Row] = Counter()
    for kind, row in changes:
        if kind in ("+I", "+U"):
            rows[row] += 1
        else:
            assert rows[row] > 0, f"{kind} {row} takes back a row that is not there"
            rows[row] -= 1
    return +rows


def upserted(changes: Iterable[tuple[str, Row]], keys: int) -> dict[Row, Row]:
    """The rows that are there after ``changes`` without -U, the first ``keys`` columns being the key."""
    rows: dict[Row, Row] = {}
    for kind, row in changes:
        if kind == "-D":
            del rows[row[:keys]]
        else:
            rows[row[:keys]] = row
    return rows


def batch_of(schema: pa.Schema, rows: Sequence[Row], kinds: Sequence[RowKind] | None = None) -> Batch:
    """A batch of Python rows."""
    columns = [pa.array([row[i] for row in rows], field.type) for i, field in enumerate(schema)]
    data = pa.RecordBatch.from_arrays(columns, schema=schema)
    return Batch(data, None if kinds is None else np.array(kinds, np.int8))


def randomly_cut(batch: Batch, random_: random.Random) -> list[Batch]:
    """``batch`` in pieces of random size."""
    pieces, at = [], 0
    while at < batch.num_rows:
        size = random_.choice((1, 2, 3, 10, 50))
        pieces.append(batch.slice(at, min(size, batch.num_rows - at)))
        at += size
    return pieces


@dataclass
class Job:
    """A node running on some subtasks. ``inputs[i]`` are the key columns by which input ``i`` is partitioned; without
    any the operator always runs alone."""

    node: Any
    inputs: Sequence[Sequence[int]]
    random: random.Random
    changes: list[tuple[str, Row]] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.subtasks = self._deploy()

    def feed(self, batch: Batch, input: int = 0) -> None:
        """Rows of one input, each to its subtask."""
        parts = partition_by_key(batch, self.inputs[input], len(self.subtasks), MAX_PARALLELISM)
        for subtask, part in zip(self.subtasks, parts, strict=True):
            if part is not None:
                self.changes += rows_of(subtask.on_batch(part, input))

    def watermark(self, timestamp: int) -> None:
        """Event time has reached ``timestamp`` everywhere."""
        for subtask in self.subtasks:
            outputs = list(subtask.on_watermark(timestamp))
            assert outputs[-1] == Watermark(timestamp)
            self.changes += rows_of(outputs)

    def rescale(self) -> None:
        """Snapshot everywhere, and go on from there at another parallelism."""
        snapshots = [subtask.snapshot() for subtask in self.subtasks]
        for subtask in self.subtasks:
            subtask.close()
        self.random.shuffle(snapshots)
        self.subtasks = self._deploy()
        for subtask in self.subtasks:
            subtask.restore(snapshots)

    def finish(self) -> None:
        """The end of all inputs."""
        self.watermark(MAX_TIMESTAMP)
        for subtask in self.subtasks:
            self.changes += rows_of(subtask.finish())
            subtask.close()

    def _deploy(self) -> list[Operator]:
        parallelism = self.random.randint(1, 4) if all(self.inputs) else 1
        return [open_operator(self.node, i, parallelism, **self.options) for i in range(parallelism)]


def run_randomly(
    node: Any, inputs: Sequence[tuple[Batch, Sequence[int]]], seed: int, **options: str
) -> list[tuple[str, Row]]:
    """Everything that ``node`` emits for ``inputs`` (rows, key columns), cut, interleaved, spread over subtasks,
    snapshot and restored as ``seed`` says."""
    random_ = random.Random(seed)
    job = Job(node, [keys for _, keys in inputs], random_, options=options)
    waiting = {i: randomly_cut(batch, random_) for i, (batch, _) in enumerate(inputs)}
    while any(waiting.values()):
        input = random_.choice([i for i, pieces in waiting.items() if pieces])
        job.feed(waiting[input].pop(0), input)
        if random_.random() < 0.2:
            job.rescale()
        elif random_.random() < 0.2:
            for subtask in job.subtasks:
                subtask.snapshot()
    job.finish()
    return job.changes
