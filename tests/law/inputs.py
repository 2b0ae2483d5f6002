"""Random rows, and random ways to cut them into files and batches."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

_START = datetime(2024, 1, 1)
_KEYS = ["a", "b", "c", "d", "e", None]
_DISORDER_SECONDS = 20

Row = tuple[object, ...]


def event_rows(seed: int, count: int = 400) -> list[Row]:
    """(id, k, v, x, ts): NULLs everywhere but in id and ts; ts at most 20 s out of order."""
    random_ = random.Random(seed)
    times = sorted(random_.uniform(0, 120) for _ in range(count))
    rows: list[Row] = []
    for number, seconds in enumerate(times):
        late = seconds - random_.uniform(0, _DISORDER_SECONDS - 1)
        rows.append(
            (
                number,
                random_.choice(_KEYS),
                random_.choice([None, *range(10)]),
                random_.choice([None, 0.5, -1.25, 3.0, 1e6, -0.125]),
                _START + timedelta(milliseconds=int(late * 1000)),
            )
        )
    return rows


DIMENSIONS: list[Row] = [("a", 1), ("b", 2), ("b", 7), ("c", None), ("z", 9), (None, 4)]


@dataclass(frozen=True)
class Cut:
    """How one run is cut: files, batch size, parallelism, mini-batch."""

    files: tuple[int, ...]
    """Rows of each file."""
    batch_size: int
    parallelism: int
    mini_batch: bool

    @staticmethod
    def random(seed: int, rows: int) -> Cut:
        random_ = random.Random(seed)
        bounds = sorted(random_.sample(range(1, rows), random_.choice([0, 1, 2, 5])))
        sizes = [end - start for start, end in zip([0, *bounds], [*bounds, rows], strict=True)]
        return Cut(
            tuple(sizes), random_.choice([1, 3, 17, 100, 32_768]), random_.choice([1, 2, 3, 4]), random_.random() < 0.3
        )


def write_rows(rows: list[Row], files: tuple[int, ...], folder: Path) -> None:
    """CSV files named in the order of ``rows``; NULL is the empty field."""
    folder.mkdir(parents=True)
    start = 0
    for number, size in enumerate(files):
        lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows[start : start + size]]
        (folder / f"part-{number:03}.csv").write_text("\n".join(lines) + "\n")
        start += size
