"""The few syntax nodes of the Flink dialect that sqlglot has none for."""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp


class TableArgument(exp.Expression):
    """A table passed to a table function: ``TABLE t``, ``TABLE t PARTITION BY k``, or a sub-query in parentheses.

    ``this`` is an exp.Table or exp.Subquery, ``partition_by`` a list of expressions, ``order`` an exp.Order.
    """

    arg_types: ClassVar = {"this": True, "partition_by": False, "order": False}


class TemporalLiteral(exp.Expression, exp.Condition):
    """``DATE '..'``, ``TIME '..'`` or ``TIMESTAMP '..'``; ``kind`` is that word and ``this`` the text, checked."""

    arg_types: ClassVar = {"this": True, "kind": True}

    @property
    def kind(self) -> str:
        return str(self.args["kind"])

    @property
    def fraction_digits(self) -> int:
        """How many digits follow the second: the precision of the literal's type."""
        _, point, fraction = str(self.this).partition(".")
        return len(fraction) if point else 0


class PatternVariable(exp.Expression):
    """One variable of a PATTERN and how many rows it takes: ``low`` to ``high``, -1 for any number."""

    arg_types: ClassVar = {"this": True, "low": True, "high": True, "reluctant": True}


class SkipTo(exp.Expression):
    """AFTER MATCH SKIP ``kind``; ``this`` is the variable of TO FIRST and TO LAST."""

    arg_types: ClassVar = {"kind": True, "this": False}


class MatchedTable(exp.Expression):
    """``this MATCH_RECOGNIZE (...)``. ``pattern`` is a list of :class:`PatternVariable`, ``define`` of aliased
    conditions, ``measures`` of exp.MatchRecognizeMeasure."""

    arg_types: ClassVar = {
        "this": True,
        "partition_by": False,
        "order": False,
        "measures": False,
        "all_rows": False,
        "skip": False,
        "pattern": True,
        "within": False,
        "define": True,
        "alias": False,
        "joins": False,
    }
