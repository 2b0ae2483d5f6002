"""What a job has read, written and left out, over all its subtasks."""

from __future__ import annotations

from dataclasses import dataclass

from sqlstream.deploy.target import JobProgress


@dataclass(frozen=True)
class JobTotals:
    """Rows over all subtasks of a job. ``late`` came after the watermark had closed their window, ``skipped`` could not
    be read and were to be ignored."""

    read: int
    written: int
    late: int
    skipped: int

    @staticmethod
    def of(progress: JobProgress) -> JobTotals:
        tasks = [task for _, _, subtasks in progress.vertices for task in subtasks]

        def total(counter: str) -> int:
            return sum(task.counters.get(counter, 0) for task in tasks)

        return JobTotals(
            read=total("numRecordsIn"),
            written=total("numRecordsOut"),
            late=total("numLateRecordsDropped"),
            skipped=total("numRecordsSkipped"),
        )

    @property
    def left_out(self) -> str | None:
        """What the result does without, in words; None when that is nothing."""
        parts = [f"late rows {self.late:,}"] if self.late else []
        if self.skipped:
            parts.append(f"rows skipped {self.skipped:,}")
        return ", ".join(parts) or None

    def __str__(self) -> str:
        parts = [f"rows read {self.read:,}", f"rows written {self.written:,}", f"late rows {self.late:,}"]
        if self.skipped:
            parts.append(f"rows skipped {self.skipped:,}")
        return ", ".join(parts)
