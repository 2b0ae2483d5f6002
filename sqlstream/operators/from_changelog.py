"""FROM_CHANGELOG: what a column says that each row does, done."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.errors import DataError
from sqlstream.operators.base import Operator, implements
from sqlstream.plan.physical import FromChangelog


@implements(FromChangelog)
class FromChangelogOperator(Operator):
    """Stateless. DataError for a code that is NULL or means nothing."""

    def __init__(self, node: FromChangelog) -> None:
        self._node = node
        self._schema = node.schema.to_arrow()
        self._codes = pa.array([code for code, _ in node.kinds], pa.string())
        self._kinds = np.array([kind for _, kind in node.kinds], np.int8)

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        codes = batch.column(self._node.op)
        if codes.null_count:
            raise DataError(
                "Received NULL op code. Every changelog row must carry an operation code.",
                hint="Filter such rows in a sub-query.",
            )
        which = pc.index_in(codes, self._codes)
        if which.null_count:
            unknown = codes.filter(which.is_null())[0].as_py()
            raise DataError(
                f"Received invalid op code '{unknown}'. Defined op codes are: [{', '.join(self._codes.to_pylist())}].",
                hint="Map it in op_mapping, or filter such rows in a sub-query.",
            )
        kinds = self._kinds[which.to_numpy()]
        columns = [column for i, column in enumerate(batch.data.columns) if i != self._node.op]
        data = build_record_batch(columns, self._schema, batch.num_rows)
        return [Batch(data, kinds if kinds.any() else None)]
