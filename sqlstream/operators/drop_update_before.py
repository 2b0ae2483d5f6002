"""Leaving out what rows were before an update, where nobody wants to know."""

from __future__ import annotations

from collections.abc import Iterable

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.columnar.elements import Output
from sqlstream.operators.base import Operator, implements
from sqlstream.plan.physical import DropUpdateBefore


@implements(DropUpdateBefore)
class DropUpdateBeforeOperator(Operator):
    """Stateless."""

    def __init__(self, node: DropUpdateBefore) -> None:
        self._node = node

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        if batch.kinds is None:
            return [batch]
        kept = batch.kinds != RowKind.UPDATE_BEFORE
        return [batch if kept.all() else batch.filter(kept)] if kept.any() else []
