"""CASE, COALESCE, IF, AND and OR where a branch could fail: each branch sees only the rows that reach it.

Where no branch can fail, there is nothing to guard, and the plain vectorised function is faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.batch import Rows
from sqlstream.plan.expression_traits import may_fail
from sqlstream.plan.expressions import Call
from sqlstream.plan.frame import Frame, FrameStep
from sqlstream.types.arrow import to_arrow


class _Pieces:
    """A result put together from branches that each cover some rows."""

    def __init__(self, type_: pa.DataType, frame: Frame) -> None:
        self._type = type_
        self._num_rows = frame.num_rows
        self._rows: list[Rows] = []
        self._values: list[pa.Array] = []

    def add(self, rows: Rows, values: pa.Array) -> None:
        if len(rows):
            self._rows.append(rows)
            self._values.append(values if values.type == self._type else values.cast(self._type))

    def assemble(self) -> pa.Array:
        if len(self._values) == 1:
            return self._values[0]
        if not self._values:
            return pa.nulls(0, self._type)
        order = np.empty(self._num_rows, dtype=np.int64)
        order[np.concatenate(self._rows)] = np.arange(self._num_rows)
        return pa.concat_arrays(self._values).take(pa.array(order))


def _case(type_: pa.DataType, arguments: Sequence[FrameStep]) -> FrameStep:
    """Condition, value, condition, value, ..., default."""
    branches = list(zip(arguments[:-1:2], arguments[1::2], strict=True))
    default = arguments[-1]

    def step(frame: Frame) -> pa.Array:
        pieces = _Pieces(type_, frame)
        rest, rows = frame, np.arange(frame.num_rows)
        for condition, value in branches:
            if not rest.num_rows:
                break
            hit = pc.fill_null(condition(rest), False)
            if hit.true_count:
                pieces.add(rows[_numpy_mask(hit)], value(rest.where(hit)))
            missed = pc.invert(hit)
            rest, rows = rest.where(missed), rows[_numpy_mask(missed)]
        if rest.num_rows:
            pieces.add(rows, default(rest))
        return pieces.assemble()

    return step


def _coalesce(type_: pa.DataType, arguments: Sequence[FrameStep]) -> FrameStep:
    def step(frame: Frame) -> pa.Array:
        pieces = _Pieces(type_, frame)
        rest, rows = frame, np.arange(frame.num_rows)
        for argument in arguments:
            if not rest.num_rows:
                break
            values = argument(rest)
            present = values.is_valid()
            pieces.add(rows[_numpy_mask(present)], values.filter(present))
            missing = pc.invert(present)
            rest, rows = rest.where(missing), rows[_numpy_mask(missing)]
        pieces.add(rows, pa.nulls(len(rows), type_))
        return pieces.assemble()

    return step


def _and(type_: pa.DataType, arguments: Sequence[FrameStep]) -> FrameStep:
    return _until_decided(type_, arguments, decisive=False, combine=pc.and_kleene)


def _or(type_: pa.DataType, arguments: Sequence[FrameStep]) -> FrameStep:
    return _until_decided(type_, arguments, decisive=True, combine=pc.or_kleene)


def _until_decided(
    type_: pa.DataType,
    arguments: Sequence[FrameStep],
    decisive: bool,
    combine: Callable[[pa.Array, pa.Array], pa.Array],
) -> FrameStep:
    """Left to right; a row leaves as soon as its value is ``decisive``."""

    def step(frame: Frame) -> pa.Array:
        result = arguments[0](frame).cast(type_)
        for argument in arguments[1:]:
            open_rows = pc.fill_null(pc.not_equal(result, decisive), True)
            inner = frame.where(open_rows)
            if not inner.num_rows:
                break
            operand = argument(inner).cast(type_)
            if inner is frame:
                result = combine(result, operand)
            else:
                result = pc.replace_with_mask(result, open_rows, combine(result.filter(open_rows), operand))
        return result

    return step


_SPECIAL_FORMS: dict[str, Callable[[pa.DataType, Sequence[FrameStep]], FrameStep]] = {
    "CASE": _case,
    "IF": _case,
    "COALESCE": _coalesce,
    "IFNULL": _coalesce,
    "AND": _and,
    "OR": _or,
}


def lazy_call(call: Call, arguments: Sequence[FrameStep]) -> FrameStep | None:
    """The step of a call whose later arguments must be guarded; None if it is none, or none of them can fail."""
    build = _SPECIAL_FORMS.get(call.function)
    if build is None or not any(may_fail(argument) for argument in call.args[1:]):
        return None
    return build(to_arrow(call.type), arguments)


def _numpy_mask(mask: pa.BooleanArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    values: np.ndarray[tuple[int], np.dtype[np.bool_]] = mask.to_numpy(zero_copy_only=False)
    return values
