"""What of a checkpoint each subtask begins with."""

from __future__ import annotations

from collections import Counter

import pytest
from control_plane_jobs import passes, vertex
from hypothesis import given
from hypothesis import strategies as st

from sqlstream.runtime.deployment import TaskRestore
from sqlstream.runtime.jobmanager.state_assignment import task_restore
from sqlstream.state.handles import (
    CheckpointMetadata,
    ChunkHandle,
    CompletedCheckpoint,
    OperatorHandle,
    OperatorState,
    SnapshotKind,
)
from sqlstream.state.snapshot import KeyGroupRange

MAX_PARALLELISM = 128


def chunk(subtask: int, parallelism: int, name: str = "chunk") -> ChunkHandle:
    own = KeyGroupRange.of_subtask(subtask, parallelism, MAX_PARALLELISM)
    id_ = f"{name}-{subtask}"
    return ChunkHandle(id_, "table", f"{id_}.arrow", 10, "", 1, own.first, own.last)


def handle(subtask: int, parallelism: int, items: int = 0, *, ended: bool = False) -> OperatorHandle:
    return OperatorHandle(
        keyed=(chunk(subtask, parallelism),),
        values={"of": subtask},
        items=tuple((subtask, i) for i in range(items)),
        ended=ended,
    )


def checkpoint(**operators: tuple[OperatorHandle, ...]) -> CompletedCheckpoint:
    states = tuple(
        OperatorState(id_.replace("_", "-"), id_, MAX_PARALLELISM, handles) for id_, handles in operators.items()
    )
    metadata = CheckpointMetadata("0" * 32, "job", 3, SnapshotKind.CHECKPOINT, 0, states)
    return CompletedCheckpoint("file:/chk-3", "file:/shared", metadata)


def restored(taken: CompletedCheckpoint, parallelism: int) -> list[TaskRestore]:
    return [task_restore(vertex("v", parallelism, passes(), passes()), taken, i) for i in range(parallelism)]


def test_at_the_same_parallelism_each_subtask_gets_exactly_its_own() -> None:
    handles = tuple(handle(i, 3, items=i) for i in range(3))
    for subtask, restore in enumerate(restored(checkpoint(v_0=handles), 3)):
        assert restore == TaskRestore(3, "file:/shared", {"v-0": (handles[subtask],)})


def test_an_operator_that_the_checkpoint_does_not_know_begins_without_state() -> None:
    (restore,) = restored(checkpoint(other=(handle(0, 1),)), 1)
    assert restore.operators == {}
    assert not restore.ended


@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_at_another_parallelism_nothing_is_lost_and_nothing_is_doubled(old: int, new: int, data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(0, 5), min_size=old, max_size=old))
    handles = tuple(handle(i, old, count) for i, count in enumerate(counts))
    restores = restored(checkpoint(v_0=handles), new)
    dealt = [Counter(item for h in r.operators["v-0"] for item in h.items) for r in restores]
    assert sum(dealt, Counter()) == Counter((i, n) for i, count in enumerate(counts) for n in range(count))
    sizes = [count.total() for count in dealt]
    if new != old:
        assert max(sizes) - min(sizes) <= 1
    for subtask, restore in enumerate(restores):
        own = KeyGroupRange.of_subtask(subtask, new, MAX_PARALLELISM)
        got = {c.id for h in restore.operators["v-0"] for c in h.keyed}
        overlapping = [c for h in handles for c in h.keyed if c.first_key_group <= own.last >= own.first]
        needed = {c.id for c in overlapping if c.last_key_group >= own.first}
        assert got == needed
        if new != old:
            assert [h.values["of"] for h in restore.operators["v-0"]] == list(range(old))


@pytest.mark.parametrize(
    ("ended", "parallelism", "expected"),
    [
        ((True, False), 2, [True, False]),
        ((True, False), 1, [False]),
        ((True, True), 3, [True, True, True]),
        ((False, False), 2, [False, False]),
    ],
)
def test_a_subtask_whose_whole_input_had_ended_reads_no_more(
    ended: tuple[bool, ...], parallelism: int, expected: list[bool]
) -> None:
    handles = tuple(handle(i, 2, ended=e) for i, e in enumerate(ended))
    behind = tuple(handle(i, 2, ended=True) for i in range(2))
    assert [r.ended for r in restored(checkpoint(v_0=handles, v_1=behind), parallelism)] == expected
