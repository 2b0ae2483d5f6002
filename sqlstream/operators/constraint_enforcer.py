"""Holding rows against what a sink declares of its columns."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Output
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.config.options import NOT_NULL_ENFORCER, TYPE_LENGTH_ENFORCER
from sqlstream.errors import DataError
from sqlstream.operators.base import Operator, implements
from sqlstream.plan.physical import ConstraintEnforcer, LengthConstraint
from sqlstream.types.logical import CHARACTER_TYPES

_PADDING = b"\0"


@implements(ConstraintEnforcer)
class ConstraintEnforcerOperator(Operator):
    """Stateless. DataError names the column that a row breaks."""

    def __init__(self, node: ConstraintEnforcer) -> None:
        self._node = node

    def on_batch(self, batch: Batch, input: int = 0) -> Iterable[Output]:
        batch = self._without_nulls(batch)
        for length in self._node.lengths:
            batch = self._of_length(batch, length)
        return [batch] if batch.num_rows else []

    def _without_nulls(self, batch: Batch) -> Batch:
        for column in self._node.not_null:
            if not batch.column(column).null_count:
                continue
            if not self._node.drop_nulls:
                raise DataError(
                    f"Column '{self._node.schema.names[column]}' is NOT NULL, "
                    "however, a null value is being written into it.",
                    hint=f"SET '{NOT_NULL_ENFORCER.key}' = 'DROP' to drop such rows.",
                )
            batch = batch.filter(np.asarray(batch.column(column).is_valid()))
        return batch

    def _of_length(self, batch: Batch, constraint: LengthConstraint) -> Batch:
        values = batch.column(constraint.column)
        is_text = isinstance(self._node.schema[constraint.column].type, CHARACTER_TYPES)
        lengths = pc.fill_null(pc.utf8_length(values) if is_text else pc.binary_length(values), constraint.length)
        broken = np.asarray(lengths) > constraint.length
        if constraint.exact:
            broken |= np.asarray(lengths) < constraint.length
        if not broken.any():
            return batch
        if not self._node.trim_pad:
            raise self._wrong_length(constraint, int(np.asarray(lengths)[broken][0]), is_text)
        fitted = _fitted_text(values, constraint) if is_text else _fitted_bytes(values, constraint)
        columns = [fitted if i == constraint.column else column for i, column in enumerate(batch.data.columns)]
        return batch.with_data(build_record_batch(columns, batch.data.schema, batch.num_rows))

    def _wrong_length(self, constraint: LengthConstraint, length: int, is_text: bool) -> DataError:
        field = self._node.schema[constraint.column]
        what = "string" if is_text else "binary value"
        return DataError(
            f"Column '{field.name}' is {field.type.summary}, however, a {what} of length {length} "
            "is being written into it.",
            hint=f"SET '{TYPE_LENGTH_ENFORCER.key}' = 'TRIM_PAD' to cut and pad values, or 'IGNORE' to take them as "
            "they are.",
        )


def _fitted_text(values: pa.Array, constraint: LengthConstraint) -> pa.Array:
    cut = pc.utf8_slice_codeunits(values, 0, constraint.length)
    return pc.utf8_rpad(cut, constraint.length, " ") if constraint.exact else cut


def _fitted_bytes(values: pa.Array, constraint: LengthConstraint) -> pa.Array:
    cut = pc.binary_slice(values, 0, constraint.length)
    if not constraint.exact:
        return cut
    padding = pa.array([_PADDING * constraint.length], values.type).take(pa.array(np.zeros(len(values), np.int64)))
    return pc.binary_slice(pc.binary_join_element_wise(cut, padding, pa.scalar(b"", values.type)), 0, constraint.length)
