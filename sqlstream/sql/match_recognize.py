"""Reading ``MATCH_RECOGNIZE (...)``: the grammar of ISO/IEC 19075-5 as far as Flink has it."""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from sqlstream.sql.nodes import MatchedTable, PatternVariable, SkipTo

UNBOUNDED = -1
"""The greatest number of rows of a variable without one."""

_QUANTIFIERS = {TokenType.STAR: (0, UNBOUNDED), TokenType.PLUS: (1, UNBOUNDED), TokenType.PLACEHOLDER: (0, 1)}
_REFUSED_IN_PATTERNS = {
    "|": "Alternation (A | B)",
    "(": "A group in parentheses",
    "^": "The anchor ^",
    "$": "The anchor $",
    "{": "An exclusion {- A -}",
    "PERMUTE": "PERMUTE",
}


def read_match_recognize(parser: Any, table: exp.Expression) -> MatchedTable:
    """The clause after ``table``; the parser stands behind the word MATCH_RECOGNIZE."""
    _open(parser)
    node = MatchedTable(this=table)
    node.set("partition_by", parser._parse_partition_by())
    node.set("order", parser._parse_order())
    if parser._match_text_seq("MEASURES"):
        node.set("measures", parser._parse_csv(lambda: _measure(parser)))
    if parser._match_text_seq("ALL", "ROWS", "PER", "MATCH"):
        node.set("all_rows", parser.expression(exp.Var(this="ALL ROWS PER MATCH"), parser._prev))
    elif parser._match_text_seq("ONE") and not parser._match_text_seq("ROW", "PER", "MATCH"):
        parser.fail("ROW PER MATCH")
    if parser._match_text_seq("AFTER"):
        node.set("skip", _skip(parser))
    if not parser._match_text_seq("PATTERN"):
        parser.fail("PATTERN")
    node.set("pattern", _pattern(parser))
    if parser._match_text_seq("WITHIN"):
        node.set("within", parser._parse_interval())
    if not parser._match_text_seq("DEFINE"):
        parser.fail("DEFINE")
    node.set("define", parser._parse_csv(lambda: _definition(parser)))
    _close(parser)
    node.set("alias", parser._parse_table_alias())
    return node


def _open(parser: Any) -> None:
    if not parser._match(TokenType.L_PAREN):
        parser.fail("(")


def _close(parser: Any) -> None:
    if not parser._match(TokenType.R_PAREN):
        parser.fail(")")


def _name(parser: Any, what: str) -> exp.Identifier:
    name: exp.Identifier | None = parser._parse_id_var(any_token=False)
    if name is None:
        parser.fail(what)
        raise AssertionError
    return name


def _measure(parser: Any) -> exp.MatchRecognizeMeasure:
    frame = parser._prev.text.upper() if parser._match_texts(("FINAL", "RUNNING")) else None
    value = parser._parse_disjunction()
    if value is None:
        parser.fail("an expression")
    if not parser._match(TokenType.ALIAS):
        parser.fail("AS and the name of the measure")
    named = exp.Alias(this=value, alias=_name(parser, "a name after AS"))
    return exp.MatchRecognizeMeasure(this=named, window_frame=frame)


def _skip(parser: Any) -> SkipTo:
    if not parser._match_text_seq("MATCH", "SKIP"):
        parser.fail("MATCH SKIP")
    if parser._match_text_seq("PAST"):
        if not parser._match_text_seq("LAST", "ROW"):
            parser.fail("LAST ROW")
        return SkipTo(kind="PAST LAST ROW")
    if not parser._match_text_seq("TO"):
        parser.fail("PAST LAST ROW", "TO")
    if parser._match_text_seq("NEXT", "ROW"):
        return SkipTo(kind="TO NEXT ROW")
    if parser._match_text_seq("FIRST"):
        return SkipTo(kind="TO FIRST", this=_name(parser, "a pattern variable"))
    parser._match_text_seq("LAST")
    return SkipTo(kind="TO LAST", this=_name(parser, "a pattern variable"))


def _pattern(parser: Any) -> list[PatternVariable]:
    _open(parser)
    variables = []
    while not parser._match(TokenType.R_PAREN):
        refused = _REFUSED_IN_PATTERNS.get(parser._curr.text.upper()) if parser._curr else None
        if refused is not None:
            raise parser.error_at(
                f"{refused} is not supported in PATTERN.", parser._curr, "Write variables one after the other: A B+ C."
            )
        variables.append(_variable(parser))
    return variables


def _variable(parser: Any) -> PatternVariable:
    start = parser._curr
    name = _name(parser, "a pattern variable")
    low, high = 1, 1
    for token, bounds in _QUANTIFIERS.items():
        if parser._match(token):
            low, high = bounds
            break
    else:
        if parser._match(TokenType.L_BRACE):
            low, high = _repetitions(parser)
    reluctant = bool(parser._match(TokenType.PLACEHOLDER))
    variable: PatternVariable = parser.expression(
        PatternVariable(this=name, low=low, high=high, reluctant=reluctant), start
    )
    return variable


def _repetitions(parser: Any) -> tuple[int, int]:
    """``{n}``, ``{n,}``, ``{n,m}`` or ``{,m}``; the brace is read."""
    low = _number(parser)
    if parser._match(TokenType.COMMA):
        high = _number(parser)
        if low is None and high is None:
            parser.fail("a number")
        bounds = (low or 0, UNBOUNDED if high is None else high)
    else:
        if low is None:
            parser.fail("a number")
        bounds = (low or 0, low or 0)
    if not parser._match(TokenType.R_BRACE):
        parser.fail("}")
    return bounds


def _number(parser: Any) -> int | None:
    return int(parser._prev.text) if parser._match(TokenType.NUMBER) else None


def _definition(parser: Any) -> exp.Alias:
    name = _name(parser, "a pattern variable")
    if not parser._match(TokenType.ALIAS):
        parser.fail("AS")
    condition = parser._parse_disjunction()
    if condition is None:
        parser.fail("a condition")
    return exp.Alias(this=condition, alias=name)
