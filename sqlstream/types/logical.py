"""SQL logical types, as Flink names and prints them.

Every type is a frozen, hashable, JSON-serialisable structure; ``str(type)`` is Flink's serialisable summary
("DECIMAL(10, 2) NOT NULL"), and :func:`sqlstream.types.parse.parse_type` reads it back.

Source: Flink documentation, "Data Types".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar, Union

import msgspec

MAX_LENGTH = 2_147_483_647
MAX_DECIMAL_PRECISION = 38


class BaseType(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """What all types share: nullability. ``name`` is the SQL root name, without parameters."""

    nullable: bool = True

    @property
    def name(self) -> str:
        return str(self.__struct_config__.tag)

    @property
    def summary(self) -> str:
        """The type without its nullability, e.g. ``VARCHAR(10)``."""
        return self.name

    def __str__(self) -> str:
        return self.summary if self.nullable else f"{self.summary} NOT NULL"


class NullType(BaseType, frozen=True, tag="NULL"):
    """The type of an untyped NULL literal."""


class BooleanType(BaseType, frozen=True, tag="BOOLEAN"):
    pass


class TinyIntType(BaseType, frozen=True, tag="TINYINT"):
    pass


class SmallIntType(BaseType, frozen=True, tag="SMALLINT"):
    pass


class IntType(BaseType, frozen=True, tag="INT"):
    pass


class BigIntType(BaseType, frozen=True, tag="BIGINT"):
    pass


class FloatType(BaseType, frozen=True, tag="FLOAT"):
    pass


class DoubleType(BaseType, frozen=True, tag="DOUBLE"):
    pass


class DecimalType(BaseType, frozen=True, tag="DECIMAL"):
    precision: int = 10
    scale: int = 0

    @property
    def summary(self) -> str:
        return f"DECIMAL({self.precision}, {self.scale})"


class _LengthType(BaseType, frozen=True):
    length: int = 1

    @property
    def summary(self) -> str:
        return f"{self.name}({self.length})"


class CharType(_LengthType, frozen=True, tag="CHAR"):
    pass


class BinaryType(_LengthType, frozen=True, tag="BINARY"):
    pass


class VarCharType(_LengthType, frozen=True, tag="VARCHAR"):
    length: int = MAX_LENGTH

    @property
    def summary(self) -> str:
        return "STRING" if self.length == MAX_LENGTH else f"VARCHAR({self.length})"


class VarBinaryType(_LengthType, frozen=True, tag="VARBINARY"):
    length: int = MAX_LENGTH

    @property
    def summary(self) -> str:
        return "BYTES" if self.length == MAX_LENGTH else f"VARBINARY({self.length})"


class DateType(BaseType, frozen=True, tag="DATE"):
    pass


class _PrecisionType(BaseType, frozen=True):
    precision: int = 6

    @property
    def summary(self) -> str:
        return f"{self.name}({self.precision})"


class TimeType(_PrecisionType, frozen=True, tag="TIME"):
    precision: int = 0


class TimestampType(_PrecisionType, frozen=True, tag="TIMESTAMP"):
    """TIMESTAMP(p) without time zone: a wall-clock reading."""


class LocalZonedTimestampType(_PrecisionType, frozen=True, tag="TIMESTAMP_LTZ"):
    """TIMESTAMP(p) WITH LOCAL TIME ZONE: an instant, shown in ``table.local-time-zone``."""


class YearMonthIntervalType(BaseType, frozen=True, tag="INTERVAL YEAR TO MONTH"):
    """A count of months."""


class DayTimeIntervalType(BaseType, frozen=True, tag="INTERVAL DAY TO SECOND"):
    """A count of milliseconds."""


class ArrayType(BaseType, frozen=True, tag="ARRAY"):
    element: LogicalType

    @property
    def summary(self) -> str:
        return f"ARRAY<{self.element}>"


class MultisetType(BaseType, frozen=True, tag="MULTISET"):
    """A bag: each element with how often it occurs."""

    element: LogicalType

    @property
    def summary(self) -> str:
        return f"MULTISET<{self.element}>"


class MapType(BaseType, frozen=True, tag="MAP"):
    key: LogicalType
    value: LogicalType

    @property
    def summary(self) -> str:
        return f"MAP<{self.key}, {self.value}>"


class RowField(msgspec.Struct, frozen=True):
    name: str
    type: LogicalType

    def __str__(self) -> str:
        return f"`{self.name}` {self.type}"


class RowType(BaseType, frozen=True, tag="ROW"):
    fields: tuple[RowField, ...] = ()

    @property
    def summary(self) -> str:
        return f"ROW<{', '.join(map(str, self.fields))}>"

    def __iter__(self) -> Iterator[RowField]:
        return iter(self.fields)


LogicalType = Union[
    NullType,
    BooleanType,
    TinyIntType,
    SmallIntType,
    IntType,
    BigIntType,
    FloatType,
    DoubleType,
    DecimalType,
    CharType,
    VarCharType,
    BinaryType,
    VarBinaryType,
    DateType,
    TimeType,
    TimestampType,
    LocalZonedTimestampType,
    YearMonthIntervalType,
    DayTimeIntervalType,
    ArrayType,
    MultisetType,
    MapType,
    RowType,
]

T = TypeVar("T", bound=BaseType)


def with_nullability(type_: T, nullable: bool) -> T:
    """``type_`` with the given nullability."""
    return type_ if type_.nullable == nullable else msgspec.structs.replace(type_, nullable=nullable)


INTEGER_TYPES = (TinyIntType, SmallIntType, IntType, BigIntType)
APPROXIMATE_TYPES = (FloatType, DoubleType)
NUMERIC_TYPES = (*INTEGER_TYPES, *APPROXIMATE_TYPES, DecimalType)
CHARACTER_TYPES = (CharType, VarCharType)
BINARY_TYPES = (BinaryType, VarBinaryType)
TIMESTAMP_TYPES = (TimestampType, LocalZonedTimestampType)
INTERVAL_TYPES = (YearMonthIntervalType, DayTimeIntervalType)
DATETIME_TYPES = (DateType, TimeType, *TIMESTAMP_TYPES)

STRING = VarCharType()
BYTES = VarBinaryType()
BOOLEAN = BooleanType()
INT = IntType()
BIGINT = BigIntType()
DOUBLE = DoubleType()
