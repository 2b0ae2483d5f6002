"""What a keyed table asks of the state that an operator keeps for each slot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa

from sqlstream.columnar.array_values import Int64s


class SlotState(Protocol):
    """State by slot; an unused or reset slot is empty."""

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        ...

    def reserve(self, slots: int) -> None:
        """Make room for slots 0 to ``slots`` - 1."""
        ...

    def reset(self, slots: Int64s) -> None:
        """Make ``slots`` empty."""
        ...

    def clear(self) -> None:
        """Forget all slots and free their memory."""
        ...

    def snapshot(self, slots: Int64s) -> list[pa.Array]:
        """The state of ``slots`` as columns, one row a slot; always the same number and types of columns."""
        ...

    def restore(self, slots: Int64s, columns: Sequence[pa.Array]) -> None:
        """Put what :meth:`snapshot` gave into distinct, empty ``slots``."""
        ...
