"""PEP 249's type objects and constructors.

The type code of a column is its SQL root name (``"DECIMAL"``, ``"TIMESTAMP_LTZ"``); a type object equals all of its
names.
"""

from __future__ import annotations

import datetime as dt
from typing import Any


class TypeObject:
    """Equal to the type codes of a family of types."""

    def __init__(self, *names: str) -> None:
        self.names = frozenset(names)

    def __eq__(self, other: object) -> bool:
        return other in self.names if isinstance(other, str) else self is other

    def __hash__(self) -> int:
        return hash(self.names)

    def __repr__(self) -> str:
        return f"TypeObject({', '.join(sorted(self.names))})"


STRING = TypeObject("CHAR", "VARCHAR")
BINARY = TypeObject("BINARY", "VARBINARY")
NUMBER = TypeObject("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL")
DATETIME = TypeObject("DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ")
ROWID = TypeObject()
"""Equal to nothing: there are no row ids."""

Date = dt.date
Time = dt.time
Timestamp = dt.datetime
DateFromTicks = dt.date.fromtimestamp
TimestampFromTicks = dt.datetime.fromtimestamp


def TimeFromTicks(ticks: float) -> dt.time:  # noqa: N802 (PEP 249's name)
    """The local time of day at ``ticks`` seconds since the epoch."""
    return dt.datetime.fromtimestamp(ticks).time()


def Binary(value: Any) -> bytes:  # noqa: N802 (PEP 249's name)
    """``value``, any object with a buffer, as bytes."""
    return bytes(value)
