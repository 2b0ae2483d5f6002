"""A chain's part in checkpoints: capture, hand over, commit."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from sqlstream.columnar.elements import Barrier
from sqlstream.plan.jobgraph import OperatorNode
from sqlstream.runtime.task.operator_chain import OperatorChain
from sqlstream.runtime.task.snapshot_uploader import CapturedState, SubtaskUploads, Upload
from sqlstream.state.snapshot import OperatorSnapshot


class ChainCheckpoints:
    """Driven by the subtask's thread. An operator that fails to capture its state or to commit fails its task."""

    def __init__(self, nodes: Sequence[OperatorNode], chain: OperatorChain, uploads: SubtaskUploads) -> None:
        self._ids = [node.id for node in nodes]
        self._chain = chain
        self._uploads = uploads
        self._stop: int | None = None

    @property
    def stopping(self) -> bool:
        """Whether the last barrier had ``stop``: unless its checkpoint is aborted, nothing is to follow."""
        return self._stop is not None

    def take(self, barrier: Barrier, alignment_ms: int, ended: bool) -> None:
        """Everything before ``barrier`` has been processed. ``ended``: that is all there will ever be."""
        started = time.monotonic()
        self._chain.send_barrier(barrier)
        captured = [_capture(snapshot) for snapshot in self._chain.snapshot()]
        # There is no later checkpoint unless one that was to be the last has been aborted.
        self._stop = barrier.checkpoint_id if barrier.stop else None
        now = time.monotonic()
        self._uploads.add(
            Upload(
                barrier,
                dict(zip(self._ids, captured, strict=True)),
                ended,
                alignment_ms,
                sync_ms=round((now - started) * 1000),
                captured=now,
            )
        )

    def complete(self, checkpoint_id: int) -> bool:
        """Commit what the checkpoint covers. True when the job ends with it."""
        self._chain.on_checkpoint_complete(checkpoint_id)
        return self._stop is not None and checkpoint_id >= self._stop

    def abort(self, checkpoint_id: int) -> None:
        """The checkpoint is given up; after one that was to be the last, the task goes on."""
        self._uploads.abort(checkpoint_id)
        self._chain.on_checkpoint_aborted(checkpoint_id)
        if checkpoint_id == self._stop:
            self._stop = None


def _capture(snapshot: OperatorSnapshot) -> CapturedState:
    """``values`` and ``items`` are written down at once: the operator may go on to change them."""
    return CapturedState(
        snapshot.keyed, msgspec.json.encode(dict(snapshot.values)), msgspec.json.encode(snapshot.items)
    )
