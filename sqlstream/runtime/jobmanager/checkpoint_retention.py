"""Completed checkpoints in their one order: which to restore from, and which nobody needs any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlstream.config.options import CheckpointRetention
from sqlstream.runtime.deployment import JobStatus
from sqlstream.runtime.jobmanager.checkpoint_settings import CheckpointSettings
from sqlstream.runtime.jobmanager.messages import DiscardCheckpoint, ForgetJob
from sqlstream.state.handles import CompletedCheckpoint, SnapshotKind

_DISCARDED_AT = {
    CheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS: {JobStatus.FINISHED, JobStatus.CANCELED, JobStatus.FAILED},
    CheckpointRetention.DELETE_ON_CANCELLATION: {JobStatus.FINISHED, JobStatus.CANCELED},
    CheckpointRetention.RETAIN_ON_CANCELLATION: {JobStatus.FINISHED},
}
"""The ends of a job that its checkpoints do not outlive."""


class RetainedCheckpoints:
    """Of one job. ``restored`` are those an earlier JobManager left, oldest first; ``start`` is the snapshot the job
    began with, which counts until the first checkpoint and is never discarded. Savepoints are only forgotten."""

    def __init__(
        self,
        job_id: str,
        settings: CheckpointSettings,
        restored: Sequence[CompletedCheckpoint],
        start: CompletedCheckpoint | None,
    ) -> None:
        self._job_id = job_id
        self._settings = settings
        self._start = start
        self._completed = sorted(restored, key=lambda checkpoint: checkpoint.id)
        self._obsolete: list[CompletedCheckpoint] = []

    @property
    def latest(self) -> CompletedCheckpoint | None:
        return self._completed[-1] if self._completed else self._start

    @property
    def highest_id(self) -> int:
        """0 when there is none."""
        known = (*self._completed, *self._obsolete, *(() if self._start is None else (self._start,)))
        return max((checkpoint.id for checkpoint in known), default=0)

    def add(self, checkpoint: CompletedCheckpoint) -> Iterator[DiscardCheckpoint]:
        """``checkpoint`` is the latest; those it replaces go."""
        self._completed.append(checkpoint)
        self._start = None
        self._retain()
        for obsolete in self._obsolete:
            yield DiscardCheckpoint(self._job_id, obsolete, tuple(self._completed))
        self._obsolete = []

    def unreadable(self, checkpoint_id: int) -> bool:
        """Never to be restored from again; its files stay until a newer checkpoint replaces it. False if unknown."""
        if self._start is not None and self._start.id == checkpoint_id and not self._completed:
            self._start = None
            return True
        found = [checkpoint for checkpoint in self._completed if checkpoint.id == checkpoint_id]
        self._completed = [checkpoint for checkpoint in self._completed if checkpoint.id != checkpoint_id]
        self._obsolete.extend(found)
        return bool(found)

    def end(self, status: JobStatus) -> ForgetJob:
        """The job has ended: what is kept of it is for its user to restore from."""
        outlive = status not in _DISCARDED_AT[self._settings.retention]
        discarded = (*_own(self._obsolete), *(() if outlive else _own(self._completed)))
        retained = tuple(checkpoint for checkpoint in self._completed if checkpoint not in discarded)
        return ForgetJob(self._job_id, status, discarded, retained)

    def _retain(self) -> None:
        """No more than num-retained, among which savepoints do not count, and nothing older than these."""
        own = _own(self._completed)
        if not own:
            return
        oldest = own[-self._settings.num_retained :][0]
        self._obsolete.extend(checkpoint for checkpoint in self._completed if checkpoint.id < oldest.id)
        self._completed = [checkpoint for checkpoint in self._completed if checkpoint.id >= oldest.id]


def _own(checkpoints: Sequence[CompletedCheckpoint]) -> list[CompletedCheckpoint]:
    return [checkpoint for checkpoint in checkpoints if checkpoint.metadata.kind is SnapshotKind.CHECKPOINT]
