"""SQL types that SQLAlchemy does not know, or knows without their parameters, and how reflection finds them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import types as sa
from sqlalchemy.sql.sqltypes import _AbstractInterval
from sqlalchemy.sql.type_api import NativeForEmulated

from sqlstream.types import logical as t

Engine = sa.TypeEngine[Any]

_MOST_SINGLE_PRECISION = 24
"""Binary digits of the 4-byte FLOAT."""


class TINYINT(sa.Integer):
    """An integer of one byte. Parameters are cast to it: a literal is an INT, which is not written to smaller ones."""

    __visit_name__ = "TINYINT"
    render_bind_cast = True


class SMALLINT(sa.SMALLINT):
    """An integer of two bytes, to which parameters are cast as to :class:`TINYINT`."""

    render_bind_cast = True


class FLOAT(sa.FLOAT[Any]):
    """A DOUBLE, or where that precision is enough a FLOAT of four bytes, to which parameters are cast."""

    @property
    def is_single(self) -> bool:
        return self.precision is not None and self.precision <= _MOST_SINGLE_PRECISION

    @property
    def render_bind_cast(self) -> bool:  # type: ignore[override]
        return self.is_single


class TIME(sa.TIME):
    """A time of day; the engine keeps milliseconds."""

    def __init__(self, precision: int | None = None) -> None:
        super().__init__(timezone=False)
        self.precision = precision


class TIMESTAMP(sa.TIMESTAMP):
    """TIMESTAMP(p), or with ``timezone`` TIMESTAMP_LTZ(p)."""

    def __init__(self, timezone: bool = False, precision: int | None = None) -> None:
        super().__init__(timezone=timezone)
        self.precision = precision


class INTERVAL(NativeForEmulated, _AbstractInterval):
    """INTERVAL DAY TO SECOND: a timedelta."""

    __visit_name__ = "INTERVAL"
    native = True

    @property
    def python_type(self) -> type[dt.timedelta]:
        return dt.timedelta

    @property
    def _type_affinity(self) -> type[sa.Interval]:
        return sa.Interval

    @classmethod
    def adapt_emulated_to_native(cls, impl: Any, **kw: Any) -> INTERVAL:
        return cls()


class YearMonthInterval(sa.UserDefinedType[int]):
    """INTERVAL YEAR TO MONTH: a number of months."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "INTERVAL YEAR TO MONTH"


class MAP(sa.UserDefinedType[dict[Any, Any]]):
    """MAP<key, value>: a dict."""

    __visit_name__ = "MAP"
    cache_ok = True

    def __init__(self, key_type: Engine, value_type: Engine) -> None:
        self.key_type = key_type
        self.value_type = value_type


class MULTISET(sa.UserDefinedType[dict[Any, int]]):
    """MULTISET<element>: a dict from each element to how often it occurs."""

    __visit_name__ = "MULTISET"
    cache_ok = True

    def __init__(self, item_type: Engine) -> None:
        self.item_type = item_type


class ROW(sa.UserDefinedType[dict[str, Any]]):
    """ROW<name type, ...>: a dict."""

    __visit_name__ = "ROW"
    cache_ok = True

    def __init__(self, *fields: tuple[str, Engine]) -> None:
        self.fields = fields


def sqlalchemy_type(type_: t.LogicalType) -> Engine:
    """The SQLAlchemy type of a column of ``type_``."""
    return _TYPES[type(type_)](type_)


def _length(type_: t.VarCharType | t.VarBinaryType) -> int | None:
    return None if type_.length == t.MAX_LENGTH else type_.length


_TYPES: dict[type, Callable[[Any], Engine]] = {
    t.NullType: lambda _: sa.NullType(),
    t.BooleanType: lambda _: sa.BOOLEAN(),
    t.TinyIntType: lambda _: TINYINT(),
    t.SmallIntType: lambda _: SMALLINT(),
    t.IntType: lambda _: sa.INTEGER(),
    t.BigIntType: lambda _: sa.BIGINT(),
    t.FloatType: lambda _: FLOAT(_MOST_SINGLE_PRECISION),
    t.DoubleType: lambda _: sa.DOUBLE(),
    t.DecimalType: lambda d: sa.DECIMAL(d.precision, d.scale),
    t.CharType: lambda c: sa.CHAR(c.length),
    t.VarCharType: lambda c: sa.VARCHAR(_length(c)),
    t.BinaryType: lambda b: sa.BINARY(b.length),
    t.VarBinaryType: lambda b: sa.VARBINARY(_length(b)),
    t.DateType: lambda _: sa.DATE(),
    t.TimeType: lambda m: TIME(m.precision),
    t.TimestampType: lambda m: TIMESTAMP(False, m.precision),
    t.LocalZonedTimestampType: lambda m: TIMESTAMP(True, m.precision),
    t.YearMonthIntervalType: lambda _: YearMonthInterval(),
    t.DayTimeIntervalType: lambda _: INTERVAL(),
    t.ArrayType: lambda a: sa.ARRAY(sqlalchemy_type(a.element)),
    t.MultisetType: lambda m: MULTISET(sqlalchemy_type(m.element)),
    t.MapType: lambda m: MAP(sqlalchemy_type(m.key), sqlalchemy_type(m.value)),
    t.RowType: lambda r: ROW(*((field.name, sqlalchemy_type(field.type)) for field in r.fields)),
}
