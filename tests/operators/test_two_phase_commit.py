"""A file is seen exactly when the checkpoint that covers it has completed, whatever dies on the way, and once."""

from __future__ import annotations

import multiprocessing
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from operator_driver import rows_batch, schema

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConnectorError
from sqlstream.operators.base import Operator, OperatorContext, build_operator
from sqlstream.plan.physical import TableDescriptor, TableSink
from sqlstream.state.snapshot import OperatorSnapshot
from sqlstream.types.logical import INT

N = schema(("n", INT))


class Table:
    """A directory of CSV files, and the sinks of one job that write to it."""

    def __init__(self, path: Path, job_id: str = "job", parallelism: int = 1, **options: str) -> None:
        self.path = path
        self.job_id = job_id
        self.parallelism = parallelism
        self._options = {"connector": "filesystem", "format": "csv", "path": str(path), **options}

    def sink(self, attempt: int = 0, *, subtask: int = 0, checkpointing: bool = True) -> Operator:
        operator = build_operator(TableSink(TableDescriptor(("c", "d", "t"), self._options, N), N))
        operator.open(
            OperatorContext(
                configuration=Configuration(),
                subtask=subtask,
                parallelism=self.parallelism,
                checkpointing=checkpointing,
                job_id=self.job_id,
                operator_id="sink",
                attempt=attempt,
            )
        )
        return operator

    def rows(self) -> list[int]:
        """What a reader sees."""
        files = [f for f in sorted(self.path.glob("*")) if not f.name.startswith(".")]
        return sorted(int(line) for file in files for line in file.read_text().splitlines())

    def hidden(self) -> list[str]:
        return sorted(f.name for f in self.path.glob(".*"))


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path)


def write(sink: Operator, *numbers: int) -> None:
    assert list(sink.on_batch(rows_batch(N, [(n,) for n in numbers]))) == []


def snapshot(sink: Operator, checkpoint_id: int) -> OperatorSnapshot:
    """The sink's share of a checkpoint, as it is read again."""
    assert list(sink.prepare_snapshot(checkpoint_id)) == []
    taken = sink.snapshot()
    values, items = msgspec.json.decode(msgspec.json.encode([taken.values, taken.items]))
    return OperatorSnapshot(values=values, items=tuple(items))


def die(sink: Operator) -> None:
    """The process is killed: nothing is closed, nothing more is written. What Python still buffers goes nowhere."""
    sink.close = lambda: None  # type: ignore[method-assign]


def test_rows_are_seen_when_their_checkpoint_completes(table: Table) -> None:
    sink = table.sink()
    write(sink, 1)
    snapshot(sink, 1)
    write(sink, 2)
    assert table.rows() == []
    sink.on_checkpoint_complete(1)
    assert table.rows() == [1]
    snapshot(sink, 2)
    sink.on_checkpoint_complete(2)
    assert table.rows() == [1, 2]


def test_the_end_of_input_shows_nothing_that_the_last_checkpoint_does_not_cover(table: Table) -> None:
    sink = table.sink()
    write(sink, 1)
    list(sink.finish())
    assert table.rows() == []
    snapshot(sink, 1)
    sink.on_checkpoint_complete(1)
    sink.close()
    assert (table.rows(), table.hidden()) == ([1], [])


def test_without_checkpoints_the_end_of_input_shows_everything(table: Table) -> None:
    sink = table.sink(checkpointing=False)
    write(sink, 1)
    assert table.rows() == []
    list(sink.finish())
    assert table.rows() == [1]


def test_without_checkpoints_a_savepoint_commits_or_leaves_it_to_the_job(table: Table) -> None:
    sink = table.sink(checkpointing=False)
    for n in range(1, 4):
        write(sink, n)
        snapshot(sink, n)
    sink.on_checkpoint_complete(1)
    assert table.rows() == [1]
    sink.on_checkpoint_aborted(2)
    assert table.rows() == [1, 2]
    list(sink.finish())
    assert table.rows() == [1, 2, 3]


def test_without_checkpoints_a_file_is_seen_when_it_rolls(tmp_path: Path) -> None:
    table = Table(tmp_path, **{"sink.rolling-policy.file-size": "1 b"})
    write(table.sink(checkpointing=False), 1)
    assert table.rows() == [1]


def test_a_file_that_rolls_between_checkpoints_waits_for_the_next(tmp_path: Path) -> None:
    table = Table(tmp_path, **{"sink.rolling-policy.file-size": "1 b"})
    sink = table.sink()
    write(sink, 1)
    write(sink, 2)
    snapshot(sink, 1)
    assert table.rows() == []
    sink.on_checkpoint_complete(1)
    assert table.rows() == [1, 2]


def test_the_completion_of_a_later_checkpoint_covers_the_earlier_ones(table: Table) -> None:
    sink = table.sink()
    write(sink, 1)
    snapshot(sink, 1)
    write(sink, 2)
    assert len(snapshot(sink, 2).items) == 2
    sink.on_checkpoint_complete(2)
    assert table.rows() == [1, 2]
    sink.on_checkpoint_complete(1)
    assert table.rows() == [1, 2]


def test_the_rows_of_an_aborted_checkpoint_belong_to_the_next(table: Table) -> None:
    sink = table.sink()
    write(sink, 1)
    snapshot(sink, 1)
    sink.on_checkpoint_aborted(1)
    assert table.rows() == []
    write(sink, 2)
    snapshot(sink, 2)
    sink.on_checkpoint_complete(2)
    assert table.rows() == [1, 2]


def test_what_a_completed_checkpoint_covers_is_committed_by_the_next_attempt(table: Table) -> None:
    first = table.sink()
    write(first, 1)
    taken = snapshot(first, 1)
    write(first, 2)
    die(first)
    second = table.sink(1)
    second.restore([taken])
    assert table.rows() == [1]
    write(second, 2)
    snapshot(second, 2)
    second.on_checkpoint_complete(2)
    assert (table.rows(), table.hidden()) == ([1, 2], [])


def test_a_sink_that_is_closed_keeps_what_it_has_prepared_and_nothing_else(table: Table) -> None:
    first = table.sink()
    write(first, 1)
    taken = snapshot(first, 1)
    write(first, 2)
    first.close()
    assert len(table.hidden()) == 1
    table.sink(1).restore([taken])
    assert (table.rows(), table.hidden()) == ([1], [])


def test_a_commit_may_be_repeated_by_anyone_at_any_time(table: Table) -> None:
    first = table.sink()
    write(first, 1)
    taken = snapshot(first, 1)
    first.on_checkpoint_complete(1)
    for attempt in (1, 2):
        table.sink(attempt).restore([taken])
    assert table.rows() == [1]
    frozen = table.sink(3)
    frozen.restore([taken])
    write(frozen, 2)
    taken = snapshot(frozen, 2)
    table.sink(4).restore([taken])
    frozen.on_checkpoint_complete(2)
    assert table.rows() == [1, 2]


def test_what_was_written_before_a_failure_without_a_checkpoint_is_gone(table: Table) -> None:
    first = table.sink()
    write(first, 1)
    die(first)
    second = table.sink(1)
    write(second, 1)
    snapshot(second, 1)
    second.on_checkpoint_complete(1)
    assert (table.rows(), table.hidden()) == ([1], [])


def test_a_job_without_checkpoints_that_begins_anew_replaces_what_it_had_shown(tmp_path: Path) -> None:
    table = Table(tmp_path, **{"sink.rolling-policy.file-size": "1 b"})
    first = table.sink(checkpointing=False)
    write(first, 1)
    die(first)
    second = table.sink(1, checkpointing=False)
    write(second, 1)
    write(second, 2)
    list(second.finish())
    assert table.rows() == [1, 2]


def test_going_back_to_an_earlier_checkpoint_takes_back_what_was_shown_since(table: Table) -> None:
    first = table.sink()
    write(first, 1)
    earlier = snapshot(first, 1)
    first.on_checkpoint_complete(1)
    write(first, 2)
    snapshot(first, 2)
    first.on_checkpoint_complete(2)
    die(first)
    second = table.sink(1)
    second.restore([earlier])
    write(second, 2)
    assert table.rows() == [1]
    snapshot(second, 3)
    second.on_checkpoint_complete(3)
    assert table.rows() == [1, 2]


def test_garbage_does_not_pile_up_over_many_failures(table: Table) -> None:
    taken: OperatorSnapshot | None = None
    for attempt in range(20):
        sink = table.sink(attempt)
        if taken is not None:
            sink.restore([taken])
        write(sink, 1)
        if attempt % 5 == 0:
            taken = snapshot(sink, attempt)
        write(sink, 2)
        snapshot(sink, attempt + 100)
        write(sink, 3)
        die(sink)
        assert len(table.hidden()) <= 3


def test_an_attempt_that_was_frozen_does_no_harm_when_it_wakes_up(table: Table) -> None:
    first = table.sink()
    write(first, 1)
    taken = snapshot(first, 1)
    frozen = table.sink(1)
    frozen.restore([taken])
    second = table.sink(2)
    second.restore([taken])
    write(second, 2)
    pending = snapshot(second, 2)
    write(frozen, 2)
    snapshot(frozen, 2)
    third = table.sink(3)
    third.restore([pending])
    assert table.rows() == [1, 2]


def test_another_jobs_files_are_left_alone(tmp_path: Path) -> None:
    other = Table(tmp_path, "another").sink()
    write(other, 10)
    table = Table(tmp_path)
    write(table.sink(1), 1)
    snapshot(other, 1)
    other.on_checkpoint_complete(1)
    assert table.rows() == [10]


def test_two_subtasks_and_two_sinks_of_a_job_do_not_touch_each_other(tmp_path: Path) -> None:
    table = Table(tmp_path, parallelism=2)
    left, right = table.sink(), table.sink(subtask=1)
    write(left, 1)
    write(right, 2)
    die(left)
    write(table.sink(1), 1)
    snapshot(right, 1)
    right.on_checkpoint_complete(1)
    assert table.rows() == [2]


@pytest.mark.parametrize("parallelism", [1, 2, 5])
def test_pending_commits_are_made_at_another_parallelism(tmp_path: Path, parallelism: int) -> None:
    before = Table(tmp_path, "before", parallelism=3)
    snapshots = []
    for subtask in range(3):
        sink = before.sink(subtask=subtask)
        write(sink, subtask)
        snapshots.append(snapshot(sink, 1))
        write(sink, 100)
        die(sink)
    items = [item for taken in snapshots for item in taken.items]
    after = Table(tmp_path, "after", parallelism=parallelism)
    for subtask in range(parallelism):
        dealt = [OperatorSnapshot(values=taken.values) for taken in snapshots]
        dealt[0] = OperatorSnapshot(values=dealt[0].values, items=tuple(items[subtask::parallelism]))
        sink = after.sink(subtask=subtask)
        sink.restore(dealt)
        write(sink, 10 + subtask)
        snapshot(sink, 2)
        sink.on_checkpoint_complete(2)
    assert after.rows() == [0, 1, 2, *range(10, 10 + parallelism)]


def test_a_file_that_is_lost_is_an_error_that_names_it(table: Table) -> None:
    first = table.sink()
    write(first, 1)
    taken = snapshot(first, 1)
    (name,) = table.hidden()
    (table.path / name).unlink()
    with pytest.raises(ConnectorError, match=r"part-\w+-0-0-0-0\.csv' cannot be committed") as caught:
        table.sink(1).restore([taken])
    assert caught.value.hint is not None


def test_a_commit_that_fails_is_made_up_for_by_the_next_attempt(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    first = table.sink()
    write(first, 1)
    taken = snapshot(first, 1)
    with monkeypatch.context() as patch:
        patch.setattr("sqlstream_connectors.filesystem.committer.sync", _refuse)
        with pytest.raises(ConnectorError, match="disk on fire"):
            first.on_checkpoint_complete(1)
    table.sink(1).restore([taken])
    assert table.rows() == [1]


def _refuse(*_: object) -> None:
    raise OSError("disk on fire")


def _commit(path: Path, items: Sequence[Any], begin: Callable[[], object], failures: Any) -> None:
    begin()
    try:
        Table(path).sink(1).restore([OperatorSnapshot(items=tuple(items))])
    except Exception as error:
        failures.put(repr(error))


def test_two_processes_commit_the_same_files_at_the_same_time(tmp_path: Path) -> None:
    table = Table(tmp_path, **{"sink.rolling-policy.file-size": "1 b"})
    sink = table.sink()
    for n in range(200):
        write(sink, n)
    taken = snapshot(sink, 1)
    spawn = multiprocessing.get_context("spawn")
    barrier, failures = spawn.Barrier(2), spawn.Queue()
    processes = [spawn.Process(target=_commit, args=(tmp_path, taken.items, barrier.wait, failures)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert failures.empty()
    assert table.rows() == list(range(200))


def _dying_at_random(table: Table, numbers: Sequence[int], random_: random.Random) -> Iterator[Counter[int]]:
    """Writes ``numbers`` through crashes at any point, with the source rewound to the checkpoint that is restored;
    yields what readers see after each step."""
    position, attempt, checkpoint_id = 0, 0, 0
    durable: tuple[int, OperatorSnapshot] | None = None
    sink = table.sink()
    while True:
        step = random_.choice(("write", "write", "checkpoint", "crash"))
        if step == "write" and position < len(numbers):
            count = random_.randint(1, 5)
            write(sink, *numbers[position : position + count])
            position = min(len(numbers), position + count)
        elif step == "checkpoint":
            checkpoint_id += 1
            taken = snapshot(sink, checkpoint_id)
            outcome = random_.choice(("aborted", "lost", "notified", "notified"))
            if outcome == "aborted":
                sink.on_checkpoint_aborted(checkpoint_id)
            else:
                durable = position, taken
                if outcome == "notified":
                    sink.on_checkpoint_complete(checkpoint_id)
                    if position == len(numbers):
                        yield Counter(table.rows())
                        return
        elif step == "crash":
            attempt += 1
            sink.close() if random_.random() < 0.5 else die(sink)
            sink = table.sink(attempt)
            position = 0
            if durable is not None:
                position = durable[0]
                sink.restore([durable[1]])
        yield Counter(table.rows())


@pytest.mark.parametrize("seed", range(40))
def test_every_row_is_seen_once_in_the_end_and_never_twice(tmp_path: Path, seed: int) -> None:
    random_ = random.Random(seed)
    table = Table(tmp_path, **{"sink.rolling-policy.file-size": random_.choice(("1 b", "20 b", "1 mb"))})
    numbers = list(range(40))
    seen: Counter[int] = Counter()
    for seen in _dying_at_random(table, numbers, random_):
        assert not seen or max(seen.values()) == 1
    assert sorted(seen) == numbers
