"""Calls with a syntax of their own (``EXTRACT(DAY FROM ts)``), read into ordinary calls with keyword arguments.

Each becomes exp.Anonymous with its SQL name; a keyword argument (a time unit, BOTH, ...) is an exp.Var. CAST and
TRY_CAST alone keep nodes of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from sqlstream.sql.units import TIME_UNITS

Build = Callable[[Any], exp.Expression]


def _call(name: str, *args: exp.Expression | None) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[arg for arg in args if arg is not None])


def _unit(parser: Any) -> exp.Var:
    token = parser._curr
    unit = TIME_UNITS.get(token.text.upper()) if token else None
    if unit is None:
        parser.fail("a time unit such as DAY or SECOND")
    parser._advance()
    return exp.Var(this=unit).update_positions(token)


def _require(parser: Any, *words: str) -> None:
    if not parser._match_text_seq(*words):
        parser.fail(" ".join(words))


def _cast(node: type[exp.Cast]) -> Build:
    def parse(parser: Any) -> exp.Expression:
        operand = parser.parse_expression()
        _require(parser, "AS")
        type_ = parser._parse_types()
        if type_ is None:
            parser.fail("a type after AS")
        return parser.expression(node(this=operand, to=type_))  # type: ignore[no-any-return]

    return parse


def _extract(parser: Any) -> exp.Expression:
    unit = _unit(parser)
    _require(parser, "FROM")
    return _call("EXTRACT", unit, parser.parse_expression())


def _round_to_unit(name: str) -> Build:
    def parse(parser: Any) -> exp.Expression:
        value = parser.parse_expression()
        return _call(name, value, _unit(parser) if parser._match_text_seq("TO") else None)

    return parse


def _unit_first(name: str) -> Build:
    def parse(parser: Any) -> exp.Expression:
        unit = _unit(parser)
        _require(parser, ",")
        return _call(name, unit, *parser._parse_csv(parser.parse_expression))

    return parse


def _substring(parser: Any) -> exp.Expression:
    text = parser.parse_expression()
    if not parser._match_text_seq("FROM"):
        more = parser._parse_csv(parser.parse_expression) if parser._match(TokenType.COMMA) else []
        return _call("SUBSTRING", text, *more)
    start = parser.parse_expression()
    return _call("SUBSTRING", text, start, parser.parse_expression() if parser._match_text_seq("FOR") else None)


def _trim(parser: Any) -> exp.Expression:
    side = parser._prev.text.upper() if parser._match_texts(("BOTH", "LEADING", "TRAILING")) else None
    characters: exp.Expression = exp.Literal.string(" ")
    if side is None or not parser._match_text_seq("FROM", advance=False):
        characters = parser.parse_expression()
    if parser._match_text_seq("FROM"):
        return _call("TRIM", exp.Var(this=side or "BOTH"), characters, parser.parse_expression())
    if side is not None:
        parser.fail("FROM")
    return _call("TRIM", characters)


def _position(parser: Any) -> exp.Expression:
    needle = parser._parse_bitwise()
    _require(parser, "IN")
    haystack = parser.parse_expression()
    return _call("POSITION", needle, haystack, parser.parse_expression() if parser._match_text_seq("FROM") else None)


def _overlay(parser: Any) -> exp.Expression:
    text = parser.parse_expression()
    if parser._match(TokenType.COMMA):
        return _call("OVERLAY", text, *parser._parse_csv(parser.parse_expression))
    _require(parser, "PLACING")
    replacement = parser.parse_expression()
    _require(parser, "FROM")
    start = parser.parse_expression()
    length = parser.parse_expression() if parser._match_text_seq("FOR") else None
    return _call("OVERLAY", text, replacement, start, length)


PARSERS: dict[str, Build] = {
    "CAST": _cast(exp.Cast),
    "TRY_CAST": _cast(exp.TryCast),
    "EXTRACT": _extract,
    "FLOOR": _round_to_unit("FLOOR"),
    "CEIL": _round_to_unit("CEIL"),
    "CEILING": _round_to_unit("CEILING"),
    "TIMESTAMPADD": _unit_first("TIMESTAMPADD"),
    "TIMESTAMPDIFF": _unit_first("TIMESTAMPDIFF"),
    "SUBSTRING": _substring,
    "TRIM": _trim,
    "POSITION": _position,
    "OVERLAY": _overlay,
}
"""How the arguments of each special call are read; the parser stands after the opening parenthesis."""
