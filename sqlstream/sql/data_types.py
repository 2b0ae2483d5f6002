"""Types inside SQL: how far a type reaches among the tokens, and the node that carries it.

The grammar of types itself is :func:`sqlstream.types.parse.parse_type`.
"""

from __future__ import annotations

from typing import cast

from sqlglot import exp

from sqlstream.types.logical import LogicalType

TYPE_SUFFIXES: tuple[tuple[str, ...], ...] = (
    ("PRECISION",),
    ("VARYING",),
    ("WITH", "LOCAL", "TIME", "ZONE"),
    ("WITHOUT", "TIME", "ZONE"),
    ("NOT", "NULL"),
    ("NULL",),
    ("ARRAY",),
    ("MULTISET",),
)
"""Word sequences that may follow a type's name and parameters."""

INTERVAL_SUFFIXES: tuple[tuple[str, ...], ...] = tuple(
    (word,) for word in ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO")
)


def type_node(type_: LogicalType) -> exp.DataType:
    """The syntax node of a resolved type, as it stands in CAST."""
    return exp.DataType(this=exp.DType.USERDEFINED, kind=type_)


def logical_type(node: exp.DataType) -> LogicalType:
    """The resolved type of a node made by the Flink dialect's parser."""
    return cast(LogicalType, node.args["kind"])
