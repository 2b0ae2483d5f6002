"""What a schedule ends with when one of the invariants does not hold."""

from __future__ import annotations


class Violation(Exception):  # noqa: N818
    """``invariant`` is one of those listed in the package's docstring."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant = invariant
