"""SQLAlchemy types as SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import types as sa
from sqlalchemy.sql.compiler import GenericTypeCompiler

from sqlstream.dbapi.connection import quoted
from sqlstream.sqlalchemy import types as own


class SqlstreamTypeCompiler(GenericTypeCompiler):
    """Text and bytes without a length are STRING and BYTES; floats are DOUBLE unless they ask for less."""

    def visit_FLOAT(self, type_: sa.Float[Any], **kw: Any) -> str:
        return "FLOAT" if own.FLOAT(type_.precision).is_single else "DOUBLE"

    def visit_REAL(self, type_: sa.REAL[Any], **kw: Any) -> str:
        return "FLOAT"

    def visit_DOUBLE_PRECISION(self, type_: Any, **kw: Any) -> str:
        return "DOUBLE"

    def visit_NUMERIC(self, type_: sa.Numeric[Any], **kw: Any) -> str:
        return self.visit_DECIMAL(type_, **kw)

    def visit_DECIMAL(self, type_: sa.Numeric[Any], **kw: Any) -> str:
        if type_.precision is None:
            return "DECIMAL(38, 18)"
        return f"DECIMAL({type_.precision}, {type_.scale or 0})"

    def visit_TINYINT(self, type_: own.TINYINT, **kw: Any) -> str:
        return "TINYINT"

    def visit_VARCHAR(self, type_: sa.String, **kw: Any) -> str:
        return f"VARCHAR({type_.length})" if type_.length else "STRING"

    visit_NVARCHAR = visit_VARCHAR

    def visit_CHAR(self, type_: sa.String, **kw: Any) -> str:
        return f"CHAR({type_.length or 1})"

    visit_NCHAR = visit_CHAR

    def visit_TEXT(self, type_: sa.String, **kw: Any) -> str:
        return "STRING"

    visit_CLOB = visit_TEXT
    visit_JSON = visit_TEXT

    def visit_large_binary(self, type_: sa.LargeBinary, **kw: Any) -> str:
        return self.visit_VARBINARY(type_, **kw)

    def visit_VARBINARY(self, type_: Any, **kw: Any) -> str:
        return f"VARBINARY({type_.length})" if type_.length else "BYTES"

    visit_BLOB = visit_VARBINARY

    def visit_BINARY(self, type_: sa.BINARY, **kw: Any) -> str:
        return f"BINARY({type_.length or 1})"

    def visit_TIME(self, type_: sa.Time, **kw: Any) -> str:
        precision = getattr(type_, "precision", None)
        return "TIME(3)" if precision is None else f"TIME({precision})"

    def visit_TIMESTAMP(self, type_: sa.TIMESTAMP, **kw: Any) -> str:
        return self.visit_DATETIME(type_, **kw)

    def visit_DATETIME(self, type_: sa.DateTime, **kw: Any) -> str:
        precision = getattr(type_, "precision", None)
        return f"TIMESTAMP{'_LTZ' if type_.timezone else ''}({6 if precision is None else precision})"

    def visit_INTERVAL(self, type_: sa.Interval, **kw: Any) -> str:
        return "INTERVAL DAY TO SECOND(3)"

    visit_interval = visit_INTERVAL

    def visit_ARRAY(self, type_: sa.ARRAY[Any], **kw: Any) -> str:
        element = self.process(type_.item_type, **kw)
        for _ in range(type_.dimensions or 1):
            element = f"ARRAY<{element}>"
        return element

    def visit_MAP(self, type_: own.MAP, **kw: Any) -> str:
        return f"MAP<{self.process(type_.key_type, **kw)}, {self.process(type_.value_type, **kw)}>"

    def visit_MULTISET(self, type_: own.MULTISET, **kw: Any) -> str:
        return f"MULTISET<{self.process(type_.item_type, **kw)}>"

    def visit_ROW(self, type_: own.ROW, **kw: Any) -> str:
        return f"ROW<{', '.join(f'{quoted(name)} {self.process(field, **kw)}' for name, field in type_.fields)}>"
