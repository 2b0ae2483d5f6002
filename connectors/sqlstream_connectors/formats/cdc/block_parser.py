"""A block of records of changes into rows: an update is two, what was (-U) and what is (+U)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.columnar.record_batch import build_record_batch
from sqlstream.errors import ConnectorError
from sqlstream.spi.format import RowLayout
from sqlstream.types.logical import STRING, ArrayType, LogicalType, RowField, RowType
from sqlstream_connectors.formats.block_decoder import BlockParser, ParsedBlock
from sqlstream_connectors.formats.cdc.dialect import NO_CHANGE, UPDATE, CdcDialect, Images
from sqlstream_connectors.formats.cdc.images import Records, RowImages, is_valid, row_images
from sqlstream_connectors.formats.cdc.options import CdcReading
from sqlstream_connectors.formats.cdc.record_fields import RecordFields
from sqlstream_connectors.formats.json.block_parser import JsonBlockParser, skip_hint
from sqlstream_connectors.formats.line_scan import Lines, scan_lines

_UNWANTED = -1


class CdcBlockParser(BlockParser):
    """Changes of rows of ``layout``, from one source that errors call ``name``."""

    def __init__(self, dialect: CdcDialect, layout: RowLayout, reading: CdcReading, name: str) -> None:
        self._dialect, self._reading, self._name = dialect, reading, name
        self._schema = layout.schema.to_arrow()
        self._columns = [field.name for field in layout.schema if field.name not in layout.metadata]
        operations = dialect.operations.values()
        self._codes = pa.array(list(dialect.operations), pa.string())
        self._updates = np.array([*(operation == UPDATE for operation in operations), False])
        self._kinds = np.array(
            [
                [_UNWANTED if kind is None else kind for kind in (operation.before, operation.after)]
                for operation in (*operations, NO_CHANGE)
            ],
            dtype=np.int8,
        )
        fields = RecordFields()
        root = ("payload",) if reading.in_payload else ()
        image = _image_type(dialect, layout)
        self._images = [fields.add((*root, field), image) for field in dialect.image_names]
        self._operation = fields.add((*root, dialect.operation), STRING)
        self._include = {fields.add((*root, name), STRING): text for name, text in reading.include.items()}
        keys = {name: dialect.metadata[key] for name, key in layout.metadata.items()}
        self._units = {name: key.unit for name, key in keys.items()}
        self._metadata = {
            name: fields.add(key.path if key.outside else (*root, *key.path), key.read)
            for name, key in keys.items()
            if name in layout.schema.names
        }
        self._locations = fields.locations()
        self._json = JsonBlockParser(RowLayout.whole(fields.schema()), reading.json, name, dialect.image_names)

    def parse(self, text: bytes, line: int, at_end: bool) -> ParsedBlock | None:
        lines = scan_lines(text, at_end)
        return self.rows(text, lines, line) if lines.consumed else None

    def rows(self, text: bytes, lines: Lines, first_line: int) -> ParsedBlock:
        """The changes that the records of ``lines`` tell of, the first of which is line ``first_line``."""
        block = self._json.rows(text, lines, first_line)
        op, first, second = (self._field(n, block.data) for n in (self._operation, *self._images))
        codes = pc.fill_null(pc.index_in(op, self._codes), len(self._codes)).to_numpy()
        records = Records(first, second, self._updates[codes], text, lines, block.lines - first_line)
        images = row_images(self._dialect.images, records)
        kinds = self._kinds[codes][images.record]
        included = self._included(block.data)
        faulty = self._faulty(codes, kinds, images, second) & included
        if faulty.any() and not self._reading.json.ignore_errors:
            record = int(np.argmax(faulty))
            fault = self._fault(op[record].as_py(), first[record].is_valid, second[record].is_valid)
            raise ConnectorError(
                f"{self._name}, line {block.lines[record]}: {fault}", hint=skip_hint(self._dialect.format)
            )
        kinds[(faulty | ~included)[images.record]] = _UNWANTED
        changes, which = np.nonzero(kinds != _UNWANTED)
        record_of = images.record[changes]
        rows = pa.concat_arrays([images.before, images.after]).take(pa.array(changes + which * len(kinds)))
        return ParsedBlock(
            self._output(rows, block.data, record_of),
            block.starts[record_of],
            block.lines[record_of],
            block.consumed,
            block.next_line,
            block.skipped + int(faulty.sum()),
            kinds[changes, which],
        )

    def _field(self, number: int, records: pa.RecordBatch) -> pa.Array:
        return self._locations[number].of(records)

    def _included(self, records: pa.RecordBatch) -> Mask:
        """Which records are of the databases and tables that are wanted."""
        included = np.ones(records.num_rows, np.bool_)
        for number, pattern in self._include.items():
            matches = pc.match_substring_regex(self._field(number, records), f"^(?:{pattern})$")
            included &= pc.fill_null(matches, False).to_numpy(zero_copy_only=False)
        return included

    def _faulty(self, codes: Int64s, kinds: np.ndarray, images: RowImages, second: pa.Array) -> Mask:
        """Which records are of no known operation, or lack an image that theirs needs."""
        faulty: Mask = codes == len(self._codes)
        present = np.column_stack([is_valid(images.before), is_valid(images.after)])
        faulty[images.record[((kinds != _UNWANTED) & ~present).any(axis=1)]] = True
        if self._dialect.images is not Images.BEFORE_AFTER:
            faulty |= ~is_valid(second) & (self._kinds[codes] != _UNWANTED).any(axis=1)
        return faulty

    def _output(self, rows: pa.Array, records: pa.RecordBatch, record_of: Int64s) -> pa.RecordBatch:
        columns = dict(zip(self._columns, rows.flatten(), strict=True))
        for name, number in self._metadata.items():
            values = self._field(number, records).take(pa.array(record_of))
            unit = self._units[name]
            instants = values if unit is None else values.cast(pa.timestamp(unit, "UTC"))
            columns[name] = instants.cast(self._schema.field(name).type)
        return build_record_batch([columns[name] for name in self._schema.names], self._schema, len(rows))

    def _fault(self, op: str | None, has_first: bool, has_second: bool) -> str:
        dialect = self._dialect
        first, second = dialect.image_names
        if op is None:
            images = f"'{first}', '{second}'" if dialect.images is Images.BEFORE_AFTER else f"'{second}'"
            return f"expected a change with {images} and '{dialect.operation}', found no '{dialect.operation}'."
        if op not in dialect.operations:
            return f"unknown operation '{op}'; expected one of {', '.join(dialect.operations)}."
        operation = dialect.operations[op]
        if dialect.images is Images.BEFORE_AFTER:
            needed = (
                (first, operation.before is not None, has_first),
                (second, operation.after is not None, has_second),
            )
        else:
            needed = ((second, True, has_second), (first, operation == UPDATE, has_first))
        missing = next((name for name, needs, has in needed if needs and not has), first)
        text = f"the operation '{op}' needs '{missing}', which is missing."
        return f"{text} {dialect.missing_before}" if missing == first else text


def _image_type(dialect: CdcDialect, layout: RowLayout) -> LogicalType:
    row = RowType(
        fields=tuple(RowField(field.name, field.type) for field in layout.schema if field.name not in layout.metadata)
    )
    return ArrayType(element=row) if dialect.images is Images.LISTS_OF_DATA_OLD else row
