"""Events as rows of the table that the Nexmark queries read: one ROW column for each kind, two of the three NULL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.errors import ConnectorError
from sqlstream.types import logical as t
from sqlstream.types.arrow import to_arrow
from sqlstream.types.parse import parse_type
from sqlstream.types.schema import Field as SchemaField
from sqlstream.types.schema import Schema
from sqlstream_connectors.datagen.random_words import Indices
from sqlstream_connectors.nexmark.auctions import AUCTION_FIELDS, Auctions
from sqlstream_connectors.nexmark.bids import BID_FIELDS, Bids
from sqlstream_connectors.nexmark.fields import EventFields, Field
from sqlstream_connectors.nexmark.people import PERSON_FIELDS, People
from sqlstream_connectors.nexmark.texts import Texts
from sqlstream_connectors.nexmark.workload import EventKind, Events, Workload, locate

_EVENT_TYPE = "event_type"
_TYPES = {
    _EVENT_TYPE: parse_type("INT"),
    "person": parse_type(
        "ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, "
        "`dateTime` TIMESTAMP(3), extra STRING>"
    ),
    "auction": parse_type(
        "ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, "
        "`dateTime` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>"
    ),
    "bid": parse_type(
        "ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, "
        "`dateTime` TIMESTAMP(3), extra STRING>"
    ),
}

EVENT_COLUMNS = Schema(tuple(SchemaField(name, type_) for name, type_ in _TYPES.items()))
"""All that can be read of events."""


@dataclass(frozen=True)
class _Kind:
    kind: EventKind
    make: type[EventFields]
    fields: Mapping[str, Field]


_KINDS = {
    "person": _Kind(EventKind.PERSON, People, PERSON_FIELDS),
    "auction": _Kind(EventKind.AUCTION, Auctions, AUCTION_FIELDS),
    "bid": _Kind(EventKind.BID, Bids, BID_FIELDS),
}
_DATE_TIME = "dateTime"


def check_columns(schema: Schema) -> None:
    """Raises ConnectorError for a column or field that events do not have, or of another type."""
    for column in schema:
        known = _TYPES.get(column.name)
        if known is None:
            raise ConnectorError(
                f"The nexmark connector has no column '{column.name}'.",
                hint=f"Columns: {', '.join(f'{name} {type_.summary}' for name, type_ in _TYPES.items())}.",
            )
        if not _fits(column.type, known):
            raise ConnectorError(
                f"Column '{column.name}' is {column.type.summary}.",
                hint=f"Declare it as {known.summary}.",
            )


def _fits(declared: t.LogicalType, known: t.LogicalType) -> bool:
    """Whether a column may be ``declared`` so: some of the fields will do, and texts may have any length."""
    if isinstance(known, t.RowType):
        types = {field.name: field.type for field in known}
        return isinstance(declared, t.RowType) and all(
            field.name in types and _fits(field.type, types[field.name]) for field in declared
        )
    if isinstance(known, t.CHARACTER_TYPES):
        return isinstance(declared, t.CHARACTER_TYPES)
    return t.with_nullability(declared, True) == known


@dataclass(frozen=True)
class EventColumns:
    """Makes the columns of ``schema`` for events of ``workload``."""

    workload: Workload
    schema: Schema

    def __call__(self, numbers: Indices) -> Sequence[pa.Array]:
        kinds, events = locate(self.workload, numbers)
        return [
            pa.array(kinds) if column.name == _EVENT_TYPE else _row_column(column.name, column.type, kinds, events)
            for column in self.schema
        ]


def _row_column(name: str, type_: t.LogicalType, kinds: npt.NDArray[np.int32], events: Events) -> pa.Array:
    kind = _KINDS[name]
    present = kinds == kind.kind
    validity = pa.py_buffer(np.packbits(present, bitorder="little"))
    struct = to_arrow(type_)
    wanted = [struct.field(i) for i in range(struct.num_fields)]
    rows = np.flatnonzero(present) if any(field.name != _DATE_TIME for field in wanted) else np.zeros(0, np.int64)
    made = kind.make(events.take(rows))
    children = [
        _instants(events.times, field.type)
        if field.name == _DATE_TIME
        else _spread(kind.fields[field.name](made), rows, len(kinds), field.type)
        for field in wanted
    ]
    return pa.Array.from_buffers(struct, len(kinds), [validity], children=children)


def _spread(values: Indices | Texts, rows: Indices, count: int, type_: pa.DataType) -> pa.Array:
    """``values`` at ``rows``; anything elsewhere, where the ROW is NULL."""
    if isinstance(values, Texts):
        return values.spread(rows, count)
    if len(rows) == count:
        return _instants(values, type_)
    full = np.zeros(count, np.int64)
    full[rows] = values
    return _instants(full, type_)


def _instants(values: Indices, type_: pa.DataType) -> pa.Array:
    return pa.Array.from_buffers(type_, len(values), [None, pa.py_buffer(values)])
