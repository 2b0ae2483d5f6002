"""TO_CHANGELOG: what each row does, as a column of it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.operators.base import Operator, implements
from sqlstream.plan.physical import ToChangelog


@implements(ToChangelog)
class ToChangelogOperator(Operator):
    """Stateless. Rows whose kind has no code are dropped."""

    def __init__(self, node: ToChangelog) -> None:
        self._schema = node.schema.to_arrow()
        self._codes = pa.array(node.codes, pa.string())
        self._coded = np.array([code is not None for code in node.codes])

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        kinds = np.zeros(batch.num_rows, np.int8) if batch.kinds is None else batch.kinds
        coded = self._coded[kinds]
        if not coded.all():
            batch, kinds = batch.filter(coded), kinds[coded]
        if not batch.num_rows:
            return []
        columns = [self._codes.take(pa.array(kinds)), *batch.data.columns]
        return [Batch(build_record_batch(columns, self._schema, batch.num_rows))]
