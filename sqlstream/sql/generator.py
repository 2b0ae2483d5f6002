"""Syntax nodes back to Flink SQL text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp, generator

from sqlstream.sql.data_types import logical_type
from sqlstream.sql.nodes import TableArgument, TemporalLiteral

Write = Callable[[Any, list[exp.Expression]], str]


def _has_keyword(args: list[exp.Expression], index: int) -> bool:
    return index < len(args) and isinstance(args[index], exp.Var)


def _bracketed(name: str) -> Write:
    return lambda self, args: f"{name}[{', '.join(map(self.sql, args))}]"


def _extract(self: Any, args: list[exp.Expression]) -> str:
    return f"EXTRACT({self.sql(args[0])} FROM {self.sql(args[1])})"


def _round(name: str) -> Write:
    def write(self: Any, args: list[exp.Expression]) -> str:
        unit = f" TO {self.sql(args[1])}" if _has_keyword(args, 1) else ""
        return f"{name}({self.sql(args[0])}{unit})"

    return write


def _trim(self: Any, args: list[exp.Expression]) -> str:
    if not _has_keyword(args, 0):
        return f"TRIM({', '.join(map(self.sql, args))})"
    return f"TRIM({self.sql(args[0])} {self.sql(args[1])} FROM {self.sql(args[2])})"


def _position(self: Any, args: list[exp.Expression]) -> str:
    start = f" FROM {self.sql(args[2])}" if len(args) > 2 else ""
    return f"POSITION({self.sql(args[0])} IN {self.sql(args[1])}{start})"


def _overlay(self: Any, args: list[exp.Expression]) -> str:
    length = f" FOR {self.sql(args[3])}" if len(args) > 3 else ""
    return f"OVERLAY({self.sql(args[0])} PLACING {self.sql(args[1])} FROM {self.sql(args[2])}{length})"


def _niladic(name: str) -> Write:
    return lambda self, args: name


_NILADIC = ("CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP")
_WRITERS: dict[str, Write] = {
    "ARRAY": _bracketed("ARRAY"),
    "MAP": _bracketed("MAP"),
    "EXTRACT": _extract,
    "FLOOR": _round("FLOOR"),
    "CEIL": _round("CEIL"),
    "CEILING": _round("CEILING"),
    "TRIM": _trim,
    "POSITION": _position,
    "OVERLAY": _overlay,
    **{name: _niladic(name) for name in _NILADIC},
}


def _anonymous(self: Any, node: exp.Anonymous) -> str:
    writer = _WRITERS.get(node.this) if isinstance(node.this, str) else None
    if writer is not None:
        return writer(self, node.expressions)
    return f"{self.sql(node, 'this')}({', '.join(map(self.sql, node.expressions))})"


def _table_argument(self: Any, node: TableArgument) -> str:
    partition = _one_or_list(self, "PARTITION BY", node.args.get("partition_by") or [])
    order = node.args.get("order")
    ordering = _one_or_list(self, "ORDER BY", order.expressions if order is not None else [])
    return f"TABLE {self.sql(node, 'this')}{partition}{ordering}"


def _one_or_list(self: Any, words: str, items: list[exp.Expression]) -> str:
    """`` PARTITION BY a`` or `` PARTITION BY (a, b)``; nothing without items."""
    if not items:
        return ""
    text = ", ".join(map(self.sql, items))
    return f" {words} ({text})" if len(items) > 1 else f" {words} {text}"


class FlinkGenerator(generator.Generator):
    """Prints what FlinkParser reads; names keep the quotes they were written with."""

    TRANSFORMS: ClassVar = {
        **generator.Generator.TRANSFORMS,
        exp.Anonymous: _anonymous,
        exp.DataType: lambda self, node: str(logical_type(node)),
        exp.HexString: lambda self, node: f"X'{node.name}'",
        exp.NullSafeEQ: lambda self, node: self.binary(node, "IS NOT DISTINCT FROM"),
        exp.NullSafeNEQ: lambda self, node: self.binary(node, "IS DISTINCT FROM"),
        TableArgument: _table_argument,
        TemporalLiteral: lambda self, node: f"{node.kind} '{node.this}'",
    }
    SUPPORTS_BETWEEN_FLAGS = True

    def table_sql(self, expression: exp.Table, sep: str = " AS ") -> str:
        hints = expression.args.get("hints")
        alias = expression.args.get("alias")
        source = expression.this
        parts = self.sql(source) if isinstance(source, exp.Func) else self.table_parts(expression)
        parts = f"TABLE({parts})" if isinstance(source, exp.Anonymous) else parts
        hint = f" /*+ {', '.join(map(self.sql, hints))} */" if hints else ""
        version = expression.args.get("version")
        version_text = f" {self.sql(version)}" if version else ""
        joins = self.expressions(expression, key="joins", sep="", flat=True)
        return f"{parts}{hint}{version_text}{f'{sep}{self.sql(alias)}' if alias else ''}{joins}"

    def lateral_sql(self, expression: exp.Lateral) -> str:
        source = self.sql(expression, "this")
        source = f"TABLE({source})" if isinstance(expression.this, exp.Anonymous) else source
        alias = self.sql(expression, "alias")
        return f"LATERAL {source}{f' AS {alias}' if alias else ''}"
