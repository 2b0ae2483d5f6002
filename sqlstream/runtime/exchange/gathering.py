"""Small batches bound for one channel wait for each other, for a bounded time."""

from __future__ import annotations

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.concat import concat_batches


class BatchGatherer:
    """Holds fewer than ``target_rows`` rows, no longer than ``timeout`` ms."""

    def __init__(self, target_rows: int, timeout: int) -> None:
        self._target_rows = target_rows
        self._timeout = timeout
        self._held: list[Batch] = []
        self._rows = 0
        self.deadline: int | None = None
        """When (ms) what is held has waited long enough; None while nothing is held."""

    def add(self, batch: Batch, now: int) -> Batch | None:
        """What is to be sent now that ``batch`` has come, if anything."""
        if not self._held:
            self.deadline = now + self._timeout
        self._held.append(batch)
        self._rows += batch.num_rows
        return self.flush() if self._rows >= self._target_rows or self._timeout == 0 else None

    def flush(self) -> Batch | None:
        """All that is held, if anything."""
        if not self._held:
            return None
        gathered = concat_batches(self._held)
        self._held, self._rows, self.deadline = [], 0, None
        return gathered
