"""What there is to say about the state of one operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class StateDescription:
    """``unbounded``: nothing ever removes it while input keeps coming."""

    keeps: str
    dropped: str
    unbounded: bool


def keyed_by(keys: Sequence[int], names: Sequence[str]) -> str:
    """``keyed by a, b``."""
    return "keyed by " + ", ".join(names[key] for key in keys) if keys else "not keyed: one group in one subtask"
