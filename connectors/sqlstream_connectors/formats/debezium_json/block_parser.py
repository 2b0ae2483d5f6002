"""A block of Debezium's JSON lines into changes: an update is two rows, what was (-U) and what is (+U)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.batch import RowKind
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.errors import ConnectorError
from sqlstream.spi.format import RowLayout
from sqlstream.types.logical import STRING, LogicalType, RowField, RowType
from sqlstream.types.schema import Field, Schema
from sqlstream_connectors.formats.block_decoder import ParsedBlock
from sqlstream_connectors.formats.debezium_json.options import DebeziumReading
from sqlstream_connectors.formats.json.block_parser import JsonBlockParser, skip_hint
from sqlstream_connectors.formats.line_scan import Lines


@dataclass(frozen=True)
class _Operation:
    """What an ``op`` makes of the two images of a row; None for the one that it has not."""

    before: RowKind | None
    after: RowKind | None


_OPERATIONS = {
    "c": _Operation(None, RowKind.INSERT),
    "r": _Operation(None, RowKind.INSERT),
    "u": _Operation(RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER),
    "d": _Operation(RowKind.DELETE, None),
}
_CODES = pa.array(list(_OPERATIONS), pa.string())
_UNWANTED = -1
_KINDS = np.array(
    [
        [_UNWANTED if kind is None else kind for kind in (operation.before, operation.after)]
        for operation in (*_OPERATIONS.values(), _Operation(None, None))
    ],
    dtype=np.int8,
)
"""For each code of an operation, and for an unknown one: the kinds of its two images."""


class DebeziumBlockParser(JsonBlockParser):
    """Changes of rows of ``schema``, from one source that errors call ``name``."""

    def __init__(self, schema: Schema, reading: DebeziumReading, name: str) -> None:
        super().__init__(RowLayout.whole(_envelope(schema, reading.schema_include)), reading.json, name)
        self._source = name
        self._in_payload = reading.schema_include
        self._ignore_errors = reading.json.ignore_errors
        self._row_schema = schema.to_arrow()

    def rows(self, text: bytes, lines: Lines, first_line: int) -> ParsedBlock:
        block = super().rows(text, lines, first_line)
        before, after, op = self._images(block.data)
        codes = pc.fill_null(pc.index_in(op, _CODES), len(_OPERATIONS)).to_numpy()
        kinds = _KINDS[codes]
        present = np.column_stack([_is_valid(before), _is_valid(after)])
        bad = (codes == len(_OPERATIONS)) | ((kinds != _UNWANTED) & ~present).any(axis=1)
        if bad.any() and not self._ignore_errors:
            row = int(np.argmax(bad))
            raise ConnectorError(
                f"{self._source}, line {block.lines[row]}: {_fault(op[row].as_py(), before[row].is_valid)}",
                hint=skip_hint("debezium-json"),
            )
        kinds[bad] = _UNWANTED
        changes, images = np.nonzero(kinds != _UNWANTED)
        return ParsedBlock(
            self._taken(before, after, changes + images * len(op)),
            block.starts[changes],
            block.lines[changes],
            block.consumed,
            block.next_line,
            block.skipped + int(bad.sum()),
            kinds[changes, images],
        )

    def _images(self, data: pa.RecordBatch) -> list[pa.Array]:
        if not self._in_payload:
            return list(data.columns)
        payload = data.column(0)
        return list(payload.flatten())

    def _taken(self, before: pa.Array, after: pa.Array, rows: npt.NDArray[np.int64]) -> pa.RecordBatch:
        """``rows`` of the rows of ``before`` and then ``after``."""
        images = pa.concat_arrays([before, after]).take(pa.array(rows))
        return build_record_batch(list(images.flatten()), self._row_schema, len(rows))


def _envelope(schema: Schema, in_payload: bool) -> Schema:
    row = RowType(fields=tuple(RowField(field.name, field.type) for field in schema))
    fields: dict[str, LogicalType] = {"before": row, "after": row, "op": STRING}
    if in_payload:
        payload = RowType(fields=tuple(RowField(name, type_) for name, type_ in fields.items()))
        return Schema((Field("payload", payload),))
    return Schema(tuple(Field(name, type_) for name, type_ in fields.items()))


def _is_valid(array: pa.Array) -> npt.NDArray[np.bool_]:
    valid: npt.NDArray[np.bool_] = array.is_valid().to_numpy(zero_copy_only=False)
    return valid


def _fault(op: str | None, has_before: bool) -> str:
    if op is None:
        return "expected a change with 'before', 'after' and 'op', found no 'op'."
    if op not in _OPERATIONS:
        return f"unknown operation '{op}'; expected one of {', '.join(_OPERATIONS)}."
    missing = "before" if _OPERATIONS[op].before is not None and not has_before else "after"
    text = f"the operation '{op}' needs '{missing}', which is missing."
    return f"{text} Does the table have REPLICA IDENTITY FULL?" if missing == "before" else text
