"""A scan reads every split once, whatever the parallelism, the size of the reads, and the restores in between."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from operator_driver import after_restart, opened, rows, rows_batch, schema

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.config.option import ConfigOption
from sqlstream.errors import ConnectorError
from sqlstream.operators.base import SourceOperator
from sqlstream.plan import table_connector
from sqlstream.plan.physical import TableDescriptor, TableSourceScan
from sqlstream.spi.connector import ConnectorFactory, Source, SourceSplit, SplitReader, TableContext
from sqlstream.types.logical import INT

NUMBERS = schema(("n", INT))
QUIET = None
"""In a script of reads: nothing comes within the timeout."""


class ScriptedReader(SplitReader):
    """Gives the reads of a script, each at most ``max_rows`` long; its position is the number of rows given."""

    def __init__(self, script: Sequence[Sequence[int] | None], position: int, ends: bool) -> None:
        self._reads: list[list[int] | None] = []
        for read in script:
            given = 0 if read is None else min(position, len(read))
            position -= given
            if read is None or given < len(read):
                self._reads.append(None if read is None else list(read[given:]))
        self._ends = ends
        self._given = sum(len(read or ()) for read in script) - sum(len(read or ()) for read in self._reads)
        self.closed = False

    def read(self, max_rows: int, timeout: float) -> Batch | None:
        if not self._reads:
            return None if self._ends else rows_batch(NUMBERS, [])
        read = self._reads.pop(0)
        if read is None:
            return rows_batch(NUMBERS, [])
        if len(read) > max_rows:
            self._reads.insert(0, read[max_rows:])
        self._given += len(read[:max_rows])
        return rows_batch(NUMBERS, [(n,) for n in read[:max_rows]])

    def position(self) -> int:
        return self._given

    @property
    def skipped(self) -> int:
        return self._given // 10

    def close(self) -> None:
        self.closed = True


class ScriptedSource(Source):
    """Splits by id, each a script of reads; more may be added while it is unbounded."""

    def __init__(
        self, scripts: dict[str, list[list[int] | None]], interval: int | None = None, ends: bool = True
    ) -> None:
        self.scripts = scripts
        self.readers: list[ScriptedReader] = []
        self._interval = interval
        self._ends = ends

    @property
    def bounded(self) -> bool:
        return self._ends and self._interval is None

    @property
    def discovery_interval(self) -> int | None:
        return self._interval

    def splits(self, parallelism: int) -> Sequence[SourceSplit]:
        return [SourceSplit(split_id, {"of": split_id}) for split_id in self.scripts]

    def reader(self, split: SourceSplit, position: Any | None) -> SplitReader:
        assert split.description == {"of": split.id}
        self.readers.append(ScriptedReader(self.scripts[split.id], position or 0, self._ends))
        return self.readers[-1]


class ScriptedConnector(ConnectorFactory):
    identifier = "scripted"
    options: Sequence[ConfigOption[Any]] = ()

    def __init__(self, source: ScriptedSource) -> None:
        self._source = source
        self.context: TableContext | None = None

    def source(self, context: TableContext) -> Source:
        self.context = context
        return self._source


def scan(limit: int | None = None) -> TableSourceScan:
    table = TableDescriptor(("c", "d", "numbers"), {"connector": "scripted", "path": "p"}, NUMBERS)
    return TableSourceScan(table, (0,), NUMBERS, limit)


def open_scan(source: ScriptedSource, limit: int | None = None, **where: Any) -> SourceOperator:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_connector, "load_plugin", lambda group, name: ScriptedConnector(source))
        operator = opened(scan(limit), **where)
    assert isinstance(operator, SourceOperator)
    return operator


def poll(operator: SourceOperator) -> list[int] | None:
    outputs: Any = operator.poll(0)
    return None if outputs is None else [n for (n,) in rows(outputs)]


def read_all(operator: SourceOperator) -> list[int]:
    found: list[int] = []
    while (numbers := poll(operator)) is not None:
        found += numbers
    return found


def test_splits_that_end_are_read_one_after_the_other_in_order() -> None:
    source = ScriptedSource({"b": [[1, 2], QUIET, [3]], "a": [[4]], "empty": [], "c": [[5, 6]]})
    assert read_all(open_scan(source)) == [1, 2, 3, 4, 5, 6]
    assert all(reader.closed for reader in source.readers)


def test_splits_are_dealt_out_in_turn() -> None:
    parts = [
        read_all(open_scan(ScriptedSource({str(i): [[i]] for i in range(5)}), subtask=subtask, parallelism=2))
        for subtask in range(2)
    ]
    assert parts == [[0, 2, 4], [1, 3]]


def test_small_reads_are_put_together_until_half_a_batch_is_full() -> None:
    source = ScriptedSource({"a": [[1], [2], [3], [4], [5]], "b": [[6]]})
    frozen = {"clock": lambda: 0}
    operator = open_scan(source, options={"execution.batch-size": "6"}, services=frozen)
    batches: list[list[Output]] = []
    while (outputs := operator.poll(1.0)) is not None:
        batches.append(list(outputs))
    assert [rows(batch) for batch in batches if batch] == [[(1,), (2,), (3,)], [(4,), (5,), (6,)]]


def test_rows_do_not_wait_longer_than_the_buffer_timeout() -> None:
    now = [0]

    def clock() -> int:
        now[0] += 30
        return now[0]

    source = ScriptedSource({"a": [[n] for n in range(100)]})
    operator = open_scan(source, services={"clock": clock}, options={"execution.buffer-timeout.interval": "100 ms"})
    first = operator.poll(10.0)
    assert first is not None
    assert 1 < len(rows(first)) < 10


def test_never_ending_splits_are_read_in_turn() -> None:
    source = ScriptedSource({"a": [[1], [2], [3]], "b": [[10], [20]]}, ends=False)
    operator = open_scan(source)
    assert [poll(operator) for _ in range(6)] == [[1], [10], [2], [20], [3], []]


def test_a_limit_ends_the_reading_early() -> None:
    source = ScriptedSource({"a": [[1, 2, 3, 4]], "b": [[5]]})
    assert read_all(open_scan(source, limit=3)) == [1, 2, 3]


def test_new_splits_are_discovered_on_the_interval_and_each_is_read_once() -> None:
    source = ScriptedSource({"a": [[1]]}, interval=1_000)
    operator = open_scan(source, services={"clock": lambda: 500})
    assert poll(operator) == [1]
    source.scripts["b"] = [[2]]
    assert poll(operator) == []
    assert operator.next_timer() == 1_500
    list(operator.on_timer(1_500))
    assert poll(operator) == [2]
    assert operator.next_timer() == 2_500


def test_discovered_splits_stay_finished_after_a_restore_at_another_parallelism() -> None:
    scripts: dict[str, list[list[int] | None]] = {str(i): [[i]] for i in range(8)}
    first = open_scan(ScriptedSource(scripts, interval=1_000))
    before = [n for _ in range(3) for n in poll(first) or []]
    scripts = {**scripts, "new": [[99]]}
    after: list[int] = []
    for subtask, state in enumerate(after_restart([first.snapshot()], 3)):
        second = open_scan(ScriptedSource(scripts, interval=1_000), subtask=subtask, parallelism=3)
        second.restore(state)
        for _ in range(10):
            after += poll(second) or []
    assert sorted(before + after) == [*range(8), 99]


def test_what_a_reader_skipped_is_counted() -> None:
    operator = open_scan(ScriptedSource({"a": [list(range(25))], "b": [list(range(12))]}))
    read_all(operator)
    counters = operator.context.metrics.counters
    assert counters["numRecordsSkipped"].value == 3
    assert counters["numRecordsIn"].value == 37


def test_the_connector_is_asked_for_the_projected_columns_with_its_own_options() -> None:
    connector = ScriptedConnector(ScriptedSource({}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_connector, "load_plugin", lambda group, name: connector)
        opened(scan())
    assert connector.context is not None
    assert connector.context.identifier == "c.d.numbers"
    assert dict(connector.context.options) == {"path": "p"}
    assert connector.context.schema == NUMBERS


def test_a_table_without_connector_says_so() -> None:
    with pytest.raises(ConnectorError, match=r"Table 'c\.d\.t' has no 'connector' option"):
        opened(TableSourceScan(TableDescriptor(("c", "d", "t"), {}, NUMBERS), (0,), NUMBERS))


def test_a_restarted_subtask_goes_on_with_its_own_splits_alone() -> None:
    scripts: dict[str, list[list[int] | None]] = {str(i): [[i]] for i in range(6)}
    first = [open_scan(ScriptedSource(scripts), subtask=i, parallelism=2) for i in range(2)]
    assert read_all(first[1]) == [1, 3, 5]
    assert first[0].snapshot().items
    again = [open_scan(ScriptedSource(scripts), subtask=i, parallelism=2) for i in range(2)]
    for operator, before in zip(again, first, strict=True):
        operator.restore([before.snapshot()])
    assert [read_all(operator) for operator in again] == [[0, 2, 4], []]


def test_a_restarted_subtask_takes_only_its_own_of_what_it_discovers() -> None:
    scripts: dict[str, list[list[int] | None]] = {str(i): [[i]] for i in range(8)}
    first = [open_scan(ScriptedSource(scripts, interval=1_000), subtask=i, parallelism=2) for i in range(2)]
    found = [n for operator in first for _ in range(9) for n in poll(operator) or []]
    scripts |= {str(i): [[i]] for i in range(8, 16)}
    for subtask, before in enumerate(first):
        again = open_scan(ScriptedSource(scripts, interval=1_000), subtask=subtask, parallelism=2)
        again.restore([before.snapshot()])
        found += [n for _ in range(17) for n in poll(again) or []]
    assert sorted(found) == list(range(16))


def test_a_limit_goes_on_counting_after_a_restart() -> None:
    source = ScriptedSource({"a": [[1, 2], [3, 4]]})
    first = open_scan(source, limit=3, options={"execution.batch-size": "4"})
    assert poll(first) == [1, 2]
    again = open_scan(source, limit=3)
    again.restore([first.snapshot()])
    assert read_all(again) == [3]


@pytest.mark.parametrize("parallelism", [1, 2, 5])
def test_enough_rows_for_a_limit_are_read_at_another_parallelism(parallelism: int) -> None:
    scripts: dict[str, list[list[int] | None]] = {str(i): [[i], [10 + i]] for i in range(6)}
    options = {"execution.batch-size": "1"}
    first = [open_scan(ScriptedSource(scripts), limit=4, options=options, subtask=i, parallelism=3) for i in range(3)]
    found = list(poll(first[0]) or [])
    for subtask, state in enumerate(after_restart([operator.snapshot() for operator in first], parallelism)):
        again = open_scan(ScriptedSource(scripts), limit=4, subtask=subtask, parallelism=parallelism)
        again.restore(state)
        found += read_all(again)
    assert len(found) == len(set(found)) >= 4


def test_state_that_was_not_there_is_not_missed() -> None:
    operator = open_scan(ScriptedSource({"a": [[1]]}))
    operator.restore([])
    assert read_all(operator) == [1]


SCRIPTS = st.lists(st.lists(st.one_of(st.none(), st.integers(1, 5)), max_size=4), max_size=5)


@settings(max_examples=60, deadline=None)
@given(SCRIPTS, st.randoms(use_true_random=False))
def test_every_row_is_read_once_through_restores_at_any_parallelism(
    lengths: list[list[int | None]], rng: random.Random
) -> None:
    numbers = iter(range(10_000))
    scripts: dict[str, list[list[int] | None]] = {
        str(i): [None if n is None else [next(numbers) for _ in range(n)] for n in reads]
        for i, reads in enumerate(lengths)
    }
    options = {"execution.batch-size": "4"}
    subtasks = [open_scan(ScriptedSource(scripts), options=options)]
    found: list[int] = []
    for _ in range(3):
        for operator in subtasks:
            for _ in range(rng.randint(0, 3)):
                found += poll(operator) or []
        snapshots = [operator.snapshot() for operator in subtasks]
        parallelism = rng.randint(1, 3)
        subtasks = [
            open_scan(ScriptedSource(scripts), options=options, subtask=subtask, parallelism=parallelism)
            for subtask in range(parallelism)
        ]
        for operator, state in zip(subtasks, after_restart(snapshots, parallelism), strict=True):
            operator.restore(state)
    for operator in subtasks:
        found += read_all(operator)
    assert sorted(found) == sorted(n for script in scripts.values() for read in script for n in read or ())
