"""The rows of a SELECT between its collect sink and the client that reads them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

from sqlstream.columnar.batch import Batch
from sqlstream.errors import ClusterError
from sqlstream.runtime.exchange.activity import Activity, ActivityClock
from sqlstream.runtime.exchange.cancellation import Cancellation
from sqlstream.types.schema import Schema


class ResultQueue:
    """Bounded: a slow reader slows the job. One writer, one reader; iterate it to read.

    Iteration ends with the result; it raises ClusterError when the job failed, was canceled or was released before.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._changed = threading.Condition()
        self._batches: deque[Batch] = deque()
        self._schema: Schema | None = None
        self._ended = False
        self._error: str | None = None

    def begin(self, schema: Schema) -> None:
        """The collect sink is there and will put rows of ``schema``."""
        with self._changed:
            self._schema = schema
            self._changed.notify_all()

    @property
    def begun(self) -> bool:
        return self._schema is not None

    def schema(self, timeout: float) -> Schema:
        """Waits for the collect sink; ClusterError when none is there within ``timeout`` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._schema is not None or self._ended, timeout)
            if self._schema is None:
                raise ClusterError(self._error or "The job has no result here.")
            return self._schema

    def put(self, batch: Batch, cancellation: Cancellation) -> None:
        """Waits for room. Raises TaskCanceledError; ``cancellation`` must have been told to call :meth:`wake`."""
        with self._changed:
            while len(self._batches) >= self._capacity and not self._ended:
                cancellation.check()
                self._changed.wait()
            if self._ended:
                cancellation.check()
                return
            self._batches.append(batch)
            self._changed.notify_all()

    @property
    def full(self) -> bool:
        return len(self._batches) >= self._capacity

    def wake(self) -> None:
        """Let a blocked :meth:`put` look at its cancellation."""
        with self._changed:
            self._changed.notify_all()

    def finish(self) -> None:
        """The result is complete."""
        self._end(None)

    def fail(self, error: str) -> None:
        """The result will never be complete; readers get ``error`` after what is there already."""
        self._end(error)

    def get(self, timeout: float | None = None) -> Batch | None:
        """The next batch; None at the end, or after ``timeout`` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._batches or self._ended, timeout)
            if self._batches:
                batch = self._batches.popleft()
                self._changed.notify_all()
                return batch
            if self._error is not None:
                raise ClusterError(self._error)
            return None

    def __iter__(self) -> Iterator[Batch]:
        while (batch := self.get()) is not None:
            yield batch

    def _end(self, error: str | None) -> None:
        with self._changed:
            if not self._ended:
                self._ended, self._error = True, error
            self._changed.notify_all()


class ResultWriter:
    """A collect sink's end of the queue: what the operator finds as ``services["results"]``."""

    def __init__(self, queue: ResultQueue, cancellation: Cancellation, activity: ActivityClock) -> None:
        self._queue = queue
        self._cancellation = cancellation
        self._activity = activity
        cancellation.on_cancel(queue.wake)

    def put(self, batch: Batch) -> None:
        """Blocks while the queue is full, until the reader takes a batch or the subtask is canceled."""
        if not self._queue.full:
            self._queue.put(batch, self._cancellation)
            return
        with self._activity.during(Activity.BACKPRESSURED):
            self._queue.put(batch, self._cancellation)
