"""Whether a job can start from a savepoint, and what it says if not."""

from __future__ import annotations

import pytest
from control_plane_jobs import three_step_job

from sqlstream.errors import StateError
from sqlstream.runtime.jobmanager.savepoint_matching import StateMatch, check, matches
from sqlstream.state.handles import (
    CheckpointMetadata,
    ChunkHandle,
    OperatorHandle,
    OperatorState,
    SnapshotKind,
)

STATELESS = OperatorHandle(ended=True)
STATEFUL = (
    OperatorHandle(keyed=(ChunkHandle("c", "t", "c.arrow", 1, "", 1, 0, 127),)),
    OperatorHandle(values={"watermark": 0}),
    OperatorHandle(items=("position",)),
)


def savepoint(*operators: tuple[str, OperatorHandle], max_parallelism: int = 128) -> CheckpointMetadata:
    states = tuple(OperatorState(id_, id_.title(), max_parallelism, (STATELESS, handle)) for id_, handle in operators)
    return CheckpointMetadata("0" * 32, "counts", 3, SnapshotKind.SAVEPOINT, 0, states)


def test_the_savepoint_of_the_same_job_fits() -> None:
    taken = savepoint(("source-0", STATEFUL[2]), ("middle-0", STATEFUL[0]), ("end-0", STATELESS))
    check(taken, three_step_job(), allow_non_restored=False)
    assert [(m.name, m.match) for m in matches(taken, three_step_job())] == [
        ("source", StateMatch.KEPT),
        ("middle", StateMatch.KEPT),
    ]


@pytest.mark.parametrize("lost", STATEFUL)
def test_state_that_no_operator_takes_is_refused_with_a_table(lost: OperatorHandle) -> None:
    taken = savepoint(("source-0", STATEFUL[2]), ("gone-0", lost))
    with pytest.raises(StateError) as error:
        check(taken, three_step_job(), allow_non_restored=False)
    assert error.value.message == (
        "Job 'job-1' cannot start from the savepoint of job 'counts' (checkpoint 3): "
        "1 operator(s) with state are not part of it.\n"
        "  source  kept\n"
        "  middle  not in the savepoint: starts without state\n"
        "  end     not in the savepoint: starts without state\n"
        "  Gone-0  not in this job: dropped"
    )
    assert error.value.hint is not None and "--allowNonRestoredState" in error.value.hint


def test_state_that_no_operator_takes_is_dropped_when_the_user_says_so() -> None:
    check(savepoint(("gone-0", STATEFUL[0])), three_step_job(), allow_non_restored=True)


def test_an_operator_without_state_is_never_missed() -> None:
    check(savepoint(("gone-0", STATELESS)), three_step_job(), allow_non_restored=False)


def test_another_max_parallelism_is_refused_even_if_state_may_be_dropped() -> None:
    taken = savepoint(("middle-0", STATEFUL[0]), max_parallelism=64)
    with pytest.raises(StateError, match="its max-parallelism is 128, but the state of 'middle' is of 64") as error:
        check(taken, three_step_job(), allow_non_restored=True)
    assert error.value.hint is not None and "SET 'pipeline.max-parallelism' = '64'" in error.value.hint
    check(savepoint(("middle-0", STATELESS), max_parallelism=64), three_step_job(), allow_non_restored=False)
