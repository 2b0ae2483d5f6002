"""The table in the outside world that sinks commit to: the place where exactly-once is seen or missed."""

from __future__ import annotations

from sqlstream.state.handles import CompletedCheckpoint
from tests.simulation.jobs import Row, key_of
from tests.simulation.operators import Element
from tests.simulation.storage import Storage
from tests.simulation.violations import Violation


class Table:
    """Committing the same committable again changes nothing."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.rows: dict[Row, Element] = {}
        self.covered: set[str] = set()
        """Committables that a completed checkpoint has."""
        self.committed: dict[str, int] = {}
        """Committable to the checkpoint that covered it first."""
        self.relaxed = False
        """Once a checkpoint that had been committed turned out unreadable, rows may come twice."""
        self.first_covered: dict[str, int] = {}

    def cover(self, checkpoint: CompletedCheckpoint) -> None:
        for id_ in committables(checkpoint):
            self.covered.add(id_)
            self.first_covered.setdefault(id_, checkpoint.id)

    def commit(self, id_: str, *, covered_only: bool) -> None:
        if id_ in self.committed:
            return
        if covered_only and id_ not in self.covered:
            raise Violation("exactly-once", f"{id_} is committed, and no completed checkpoint covers it")
        self.committed[id_] = self.first_covered.get(id_, 0)
        for element in self._storage.prepared[id_]:
            if element[0] in self.rows and not self.relaxed:
                raise Violation("exactly-once", f"row {element[0]} is committed again, with {id_}")
            self.rows[element[0]] = element

    def check(self, expected: set[Row]) -> None:
        """It equals ``expected``."""
        self._compare("exactly-once", self.rows, expected)

    def check_cut(self, expected: set[Row], checkpoint: CompletedCheckpoint, *, may_be_late: bool) -> None:
        """With what ``checkpoint`` covers besides it equals ``expected``; it may be ahead of one that is late."""
        elements = dict(self.rows)
        for id_ in committables(checkpoint):
            if id_ not in self.committed:
                for element in self._storage.prepared[id_]:
                    if element[0] in elements and not self.relaxed and not may_be_late:
                        raise Violation("complete-checkpoints", f"row {element[0]} is covered twice, with {id_}")
                    elements[element[0]] = element
        if may_be_late:
            elements = {row: element for row, element in elements.items() if row in expected}
        self._compare("complete-checkpoints", elements, expected)

    def _compare(self, invariant: str, elements: dict[Row, Element], expected: set[Row]) -> None:
        if missing := expected - elements.keys():
            raise Violation(invariant, f"{len(missing)} rows are missing, {min(missing)} the first")
        if self.relaxed:
            return
        if surplus := elements.keys() - expected:
            raise Violation(invariant, f"{len(surplus)} rows are too many, {min(surplus)} the first")
        counts: dict[int, list[int]] = {}
        for row, count in elements.values():
            if count:
                counts.setdefault(key_of(row), []).append(count)
        for key, numbers in counts.items():
            if sorted(numbers) != list(range(1, len(numbers) + 1)):
                raise Violation(invariant, f"key {key} was counted as {sorted(numbers)}")


def committables(checkpoint: CompletedCheckpoint) -> list[str]:
    return [
        item[1]
        for operator in checkpoint.metadata.operators
        if operator.operator_id.startswith("sink")
        for handle in operator.subtasks
        for item in handle.items
    ]
