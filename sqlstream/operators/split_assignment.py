"""Which subtask reads which split, on a first run, after a restore, and as new splits turn up."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlstream.spi.connector import Source, SourceSplit, StartedSplit
from sqlstream.state.snapshot import OperatorSnapshot

_SEEN = "seen"


@dataclass(frozen=True)
class PendingSplit:
    """A split to read from ``position`` on (None: its beginning). ``ordinal`` is its place in the reading order."""

    split: SourceSplit
    ordinal: int
    position: Any | None = None

    @property
    def started(self) -> StartedSplit:
        return StartedSplit(self.split, self.position)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.split.id,
            "description": dict(self.split.description),
            "ordinal": self.ordinal,
            "position": self.position,
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> PendingSplit:
        return PendingSplit(SourceSplit(value["id"], value["description"]), value["ordinal"], value["position"])


def joined(source: Source, splits: Sequence[PendingSplit]) -> list[PendingSplit]:
    """``splits`` as one subtask of ``source`` reads them."""
    together = source.joined([pending.started for pending in splits])
    return [
        PendingSplit(each.split, pending.ordinal, each.position)
        for each, pending in zip(together, splits, strict=False)
    ]


def parted(source: Source, pending: PendingSplit) -> list[PendingSplit]:
    """``pending`` as it can be dealt out."""
    return [PendingSplit(each.split, pending.ordinal, each.position) for each in source.parted(pending.started)]


class SplitAssignment:
    """The splits of one subtask of ``parallelism``.

    All subtasks list the same splits and take theirs without talking to each other: a source that says all its splits
    at once deals them out in turn; one that discovers them over time goes by a hash of the split's id, so that a
    split keeps its subtask whatever else appears.
    """

    def __init__(self, subtask: int, parallelism: int, discovers: bool) -> None:
        self._subtask = subtask
        self._parallelism = parallelism
        self._discovers = discovers
        self._seen: dict[str, None] = {}

    def take_new(self, splits: Sequence[SourceSplit]) -> list[PendingSplit]:
        """Those of ``splits`` that are this subtask's and were not taken before, in reading order."""
        fresh = [PendingSplit(s, i) for i, s in enumerate(splits) if s.id not in self._seen]
        self._seen.update((pending.split.id, None) for pending in fresh)
        return self._own(fresh)

    def take_restored(self, snapshots: Iterable[OperatorSnapshot]) -> list[PendingSplit]:
        """What was not finished, dealt out already, in reading order. What was finished stays finished."""
        unfinished: list[PendingSplit] = []
        for snapshot in snapshots:
            unfinished.extend(map(PendingSplit.from_json, snapshot.items))
            self._seen.update(dict.fromkeys(snapshot.values.get(_SEEN, ())))
        return sorted(unfinished, key=lambda pending: (pending.ordinal, pending.split.id))

    def known(self) -> dict[str, Any]:
        """For a snapshot: which splits were found before, as far as this subtask must remember. Together, the subtasks
        remember all of them."""
        if not self._discovers:
            return {}
        return {_SEEN: [split_id for split_id in self._seen if self._owner(split_id) == self._subtask]}

    def _own(self, splits: Sequence[PendingSplit]) -> list[PendingSplit]:
        if self._discovers:
            return [pending for pending in splits if self._owner(pending.split.id) == self._subtask]
        return list(splits[self._subtask :: self._parallelism])

    def _owner(self, split_id: str) -> int:
        return zlib.crc32(split_id.encode()) % self._parallelism
