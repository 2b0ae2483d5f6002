"""The expression and query grammar of Flink, as sqlglot's parser with other tables and a few other methods.

Function calls are left as they are written (see :mod:`sqlstream.sql.dialect` for the nodes a reader meets).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any, ClassVar, NoReturn, Self, TypeVar, cast

from sqlglot import exp, parser
from sqlglot.errors import ErrorLevel, ParseError
from sqlglot.tokenizer_core import Token, TokenType

from sqlstream.errors import Position, SqlError
from sqlstream.sql import special_calls
from sqlstream.sql.data_types import read_type
from sqlstream.sql.literals import temporal_literal, unicode_text
from sqlstream.sql.match_recognize import read_match_recognize
from sqlstream.sql.nodes import TableArgument
from sqlstream.sql.tokenizer import LineIndex, tokenize
from sqlstream.sql.units import INTERVAL_UNITS, interval_units

T = TypeVar("T")

_NAME_TOKENS = {
    TokenType.VAR,
    TokenType.IDENTIFIER,
    TokenType.FIRST,
    TokenType.NEXT,
    TokenType.JSON,
    TokenType.ORDINALITY,
}
_NILADIC_FUNCTIONS = (
    TokenType.CURRENT_DATE,
    TokenType.CURRENT_TIME,
    TokenType.CURRENT_TIMESTAMP,
    TokenType.LOCALTIME,
    TokenType.LOCALTIMESTAMP,
)
_FUNCTION_TOKENS = {
    *_NAME_TOKENS,
    *_NILADIC_FUNCTIONS,
    TokenType.ALL,
    TokenType.ANY,
    TokenType.EXISTS,
    TokenType.LEFT,
    TokenType.RIGHT,
    TokenType.ROW,
    TokenType.SOME,
    TokenType.TABLE,
    TokenType.UNNEST,
}
_EXPECTED = (
    (re.compile(r"Expect(?:ing|ed) (\W|[A-Z]+)(?: after .*)?\Z"), r"\1"),
    (re.compile(r"Expected table name"), "a table name"),
    (re.compile(r"Required keyword"), "an expression"),
)
"""sqlglot's messages, and what they say would have been right."""
_TRUTH_VALUES = frozenset({TokenType.NULL, TokenType.TRUE, TokenType.FALSE, TokenType.UNKNOWN})
_CONSTRUCTORS = frozenset({"ARRAY", "MAP"})
_TEMPORAL_KINDS = frozenset({"DATE", "TIME", "TIMESTAMP"})


class SyntaxProblem(ParseError):  # noqa: N818 - an event inside this package, not an error a user meets
    """What does not parse: the token (None at the end), and what would have been right there, if known."""

    def __init__(self, expected: tuple[str, ...], token: Token | None) -> None:
        super().__init__(f"Expected {' or '.join(expected)}")
        self.expected = expected
        self.token = token


def _niladic(token_type: TokenType) -> Callable[[], exp.Expression]:
    return lambda: exp.Anonymous(this=token_type.name, expressions=[])


def _keyword_literal(build: Callable[[], exp.Expression]) -> Callable[[Any, Token], exp.Expression]:
    return lambda self, token: self.expression(build(), token)


def _lacks_condition(join: exp.Join) -> bool:
    needed = join.args.get("kind") != "CROSS" and not isinstance(join.this, exp.Lateral | exp.Unnest)
    return needed and not any(join.args.get(key) for key in ("on", "using", "method"))


class FlinkParser(parser.Parser):
    """Reads expressions and queries; statements are read by :mod:`sqlstream.sql.grammar` on top of it."""

    FUNCTIONS: ClassVar = {}
    NO_PAREN_FUNCTIONS: ClassVar = {token: _niladic(token) for token in _NILADIC_FUNCTIONS}
    NO_PAREN_FUNCTION_PARSERS: ClassVar = {"CASE": lambda self: self._parse_case()}
    FUNCTION_PARSERS: ClassVar = special_calls.PARSERS
    FUNC_TOKENS: ClassVar = _FUNCTION_TOKENS
    STATEMENT_PARSERS: ClassVar = {}
    ID_VAR_TOKENS: ClassVar = _NAME_TOKENS
    TABLE_ALIAS_TOKENS: ClassVar = _NAME_TOKENS
    ALIAS_TOKENS: ClassVar = _NAME_TOKENS
    WINDOW_ALIAS_TOKENS: ClassVar = _NAME_TOKENS
    COLON_PLACEHOLDER_TOKENS: ClassVar = set()
    PLACEHOLDER_PARSERS: ClassVar = {}
    BRACKETS: ClassVar = frozenset({TokenType.L_BRACKET})
    ARRAY_CONSTRUCTORS: ClassVar = {}
    COLUMN_OPERATORS: ClassVar = {TokenType.DOT: None}
    CAST_COLUMN_OPERATORS: ClassVar = set()
    BITWISE: ClassVar = {}
    TERM: ClassVar = {TokenType.PLUS: exp.Add, TokenType.DASH: exp.Sub}
    FACTOR: ClassVar = {
        TokenType.STAR: exp.Mul,
        TokenType.SLASH: exp.Div,
        TokenType.MOD: exp.Mod,
        TokenType.DPIPE: exp.DPipe,
    }
    EQUALITY: ClassVar = {TokenType.EQ: exp.EQ, TokenType.NEQ: exp.NEQ}
    ASSIGNMENT: ClassVar = {}
    JOIN_METHODS: ClassVar = {TokenType.NATURAL}
    JOIN_KINDS: ClassVar = {TokenType.INNER, TokenType.OUTER, TokenType.CROSS}
    UNARY_PARSERS: ClassVar = {
        token: parser.Parser.UNARY_PARSERS[token] for token in (TokenType.PLUS, TokenType.NOT, TokenType.DASH)
    }
    RANGE_PARSERS: ClassVar = {
        token: parser.Parser.RANGE_PARSERS[token]
        for token in (TokenType.BETWEEN, TokenType.IN, TokenType.IS, TokenType.LIKE, TokenType.SIMILAR_TO)
    }
    QUERY_MODIFIER_PARSERS: ClassVar = {
        token: parser.Parser.QUERY_MODIFIER_PARSERS[token]
        for token in (
            TokenType.WHERE,
            TokenType.GROUP_BY,
            TokenType.HAVING,
            TokenType.QUALIFY,
            TokenType.WINDOW,
            TokenType.ORDER_BY,
            TokenType.LIMIT,
            TokenType.FETCH,
            TokenType.OFFSET,
        )
    }
    QUERY_MODIFIER_TOKENS: ClassVar = set(QUERY_MODIFIER_PARSERS)
    PRIMARY_PARSERS: ClassVar = {
        TokenType.STRING: parser.Parser.PRIMARY_PARSERS[TokenType.STRING],
        TokenType.NATIONAL_STRING: parser.Parser.PRIMARY_PARSERS[TokenType.STRING],
        TokenType.UNICODE_STRING: lambda self, token: self._parse_unicode_string(token),
        TokenType.NUMBER: parser.Parser.PRIMARY_PARSERS[TokenType.NUMBER],
        TokenType.HEX_STRING: parser.Parser.PRIMARY_PARSERS[TokenType.HEX_STRING],
        TokenType.NULL: _keyword_literal(exp.Null),
        TokenType.TRUE: _keyword_literal(lambda: exp.Boolean(this=True)),
        TokenType.FALSE: _keyword_literal(lambda: exp.Boolean(this=False)),
        TokenType.UNKNOWN: _keyword_literal(exp.Null),
        TokenType.STAR: lambda self, token: self.expression(exp.Star(), token),
    }
    VERSION_PHRASES: ClassVar = {("FOR", "SYSTEM_TIME"): "SYSTEM_TIME"}
    HISTORICAL_DATA_PREFIX: ClassVar = set()
    TABLE_INDEX_HINT_TOKENS: ClassVar = set()
    RESERVED_TOKENS: ClassVar = {
        token for token in TokenType if token not in _NAME_TOKENS and token is not TokenType.SENTINEL
    }
    IS_PREDICATE_PRECEDENCE = parser.IsPredicatePrecedence.LOW
    SUPPORTS_TABLE_QUERY = True
    OPTIONAL_ALIAS_TOKEN_CTE = False
    VALUES_FOLLOWED_BY_PAREN = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"dialect": "flink", **options, "error_level": ErrorLevel.IMMEDIATE})
        self._table_hints: list[exp.Expr] | None = None

    def load(self, source: str, tokens: list[Token]) -> Self:
        """Stand before the first of ``tokens``, which were cut from the script ``source``."""
        self.reset()
        self.sql = source
        self._tokens = tokens
        self._tokens_size = len(tokens)
        self._index = -1
        self._advance()
        return self

    # --- errors ------------------------------------------------------------------------------------------------------

    def raise_error(self, message: str, token: Any = None) -> NoReturn:
        expected = next((match.expand(text) for pattern, text in _EXPECTED if (match := pattern.match(message))), None)
        at = self._curr if token is None or token is self._prev else token
        raise SyntaxProblem((expected,) if expected else (), at or None)

    def fail(self, *expected: str) -> NoReturn:
        """A syntax error at the current token, where ``expected`` would have been right."""
        raise SyntaxProblem(expected, self._curr or None)

    def error_at(self, message: str, token: Token, hint: str | None = None) -> SqlError:
        """An error at ``token`` that is more than a wrong word."""
        position = Position(token.line, token.col, token.end - token.start + 1)
        return SqlError(message, position=position, source=self.sql, hint=hint)

    # --- queries -----------------------------------------------------------------------------------------------------

    def parse_query(self) -> exp.Expression:
        """SELECT, VALUES, TABLE t, WITH, or a parenthesised query, with set operations, ORDER BY and LIMIT."""
        query = self._parse_select(nested=True, parse_subquery_alias=False)
        if query is None:
            self.fail("a query (SELECT, VALUES or WITH)")
        return cast(exp.Expression, self._parse_query_modifiers(self._parse_set_operations(query)))

    def _parse_cte(self) -> Any:
        cte = super()._parse_cte()
        if cte is None or not isinstance(cte.this, exp.Query):
            raise SyntaxProblem(("a query in parentheses after AS",), self._prev)
        return cte

    def _parse_projections(self) -> tuple[list[exp.Expr], list[exp.Expr] | None]:
        projections = self._parse_expressions()
        if not projections:
            self.fail("an expression to select")
        return projections, None

    def _parse_from(self, joins: bool = False, skip_from_token: bool = False, consume_pipe: bool = False) -> Any:
        if consume_pipe:  # a query that begins with FROM
            return None
        return super()._parse_from(joins=joins, skip_from_token=skip_from_token, consume_pipe=consume_pipe)

    def _parse_into(self) -> None:
        return None

    def _parse_join(self, *args: Any, **kwargs: Any) -> Any:
        listed = self._curr.token_type is TokenType.COMMA
        join = super()._parse_join(*args, **kwargs)
        if listed:
            if join is None:
                self._parse_table()
                self.fail("a table after the comma")
            return join
        if join is not None and self._prev.token_type is TokenType.ON:
            self.fail("a condition after ON")
        if join is not None and _lacks_condition(join):
            self.fail("ON", "USING")
        return join

    def _parse_alias(self, this: Any, explicit: bool = False) -> Any:
        self._check_name_after_as()
        return super()._parse_alias(this, explicit)

    def _parse_table_alias(self, alias_tokens: Any = None) -> Any:
        self._check_name_after_as()
        return super()._parse_table_alias(alias_tokens)

    def _check_name_after_as(self) -> None:
        allowed = (*_NAME_TOKENS, TokenType.L_PAREN)
        if self._curr.token_type is TokenType.ALIAS and self._next.token_type not in allowed:
            self._advance()
            self.fail("a name after AS")

    def _parse_group(self, skip_group_by_token: bool = False) -> exp.Group | None:
        group = super()._parse_group(skip_group_by_token)
        if group is not None and not any(group.args.values()):
            self.fail("an expression after GROUP BY")
        return group

    def _parse_cube_or_rollup(self, with_prefix: bool = False) -> Any:
        """As sqlglot's, but keys may be conditions."""
        for token, kind in ((TokenType.CUBE, exp.Cube), (TokenType.ROLLUP, exp.Rollup)):
            if self._match(token):
                return self.expression(kind(expressions=self._parse_wrapped_csv(self._parse_disjunction)))
        return None

    def _parse_grouping_set(self) -> Any:
        return self._parse_grouping_sets() or self._parse_cube_or_rollup() or self._parse_disjunction()

    def _parse_order(self, this: Any = None, skip_order_token: bool = False) -> Any:
        order = super()._parse_order(this, skip_order_token)
        if isinstance(order, exp.Order) and not order.expressions:
            self.fail("an expression after ORDER BY")
        return order

    def _parse_table(self, schema: bool = False, joins: bool = False, *args: Any, **kwargs: Any) -> Any:
        table: Any = super()._parse_table(schema, joins, *args, **kwargs)
        while table is not None and self._match(TokenType.MATCH_RECOGNIZE):
            table = read_match_recognize(self, table)
            for join in self._parse_joins() if joins else ():
                table.append("joins", join)
        return table

    def _parse_table_parts(
        self, schema: bool = False, is_db_reference: bool = False, wildcard: bool = False, fast: bool = False
    ) -> Any:
        table = super()._parse_table_parts(schema=schema, is_db_reference=is_db_reference, wildcard=wildcard, fast=fast)
        self._table_hints = None
        if table is not None and self._match(TokenType.HINT, advance=False):
            self._table_hints = self.parse_hints()
            table.set("hints", self._table_hints)
        return table

    def _parse_table_hints(self) -> list[exp.Expr] | None:
        hints, self._table_hints = self._table_hints, None
        return hints

    def parse_hints(self) -> list[exp.Expr]:
        """The calls inside ``/*+ ... */`` at the current token, e.g. ``OPTIONS('k' = 'v')``; empty if there is none."""
        if not self._match(TokenType.HINT):
            return []
        start = self._prev.start + len("/*+")
        end = self.sql.index("*/", start)
        inner = FlinkParser().load(self.sql, tokenize(self.sql, start, end, LineIndex(self.sql)))
        hints = inner._parse_csv(inner._parse_function)
        if inner._curr:
            inner.fail("a hint such as OPTIONS('key' = 'value')")
        return hints

    def _parse_hint(self) -> exp.Hint | None:
        hints = self.parse_hints()
        return exp.Hint(expressions=hints) if hints else None

    def _parse_derived_table_values(self, allow_value_synonym: bool = False) -> Any:
        # A parenthesised VALUES may go on (UNION ALL ...), so it is left to the sub-query grammar.
        if self._match(TokenType.L_PAREN, advance=False):
            return None
        return super()._parse_derived_table_values()

    def _parse_csv(self, parse_method: Callable[[], T | None], sep: TokenType = TokenType.COMMA) -> list[T]:
        def item() -> T | None:
            result = parse_method()
            if result is None and self._prev.token_type is sep:
                self.fail("an expression after the comma")
            return result

        return super()._parse_csv(item, sep)

    # --- expressions -------------------------------------------------------------------------------------------------

    def parse_expression(self) -> exp.Expression:
        """One expression, without an alias."""
        expression = self._parse_disjunction()
        if expression is None:
            self.fail("an expression")
        return cast(exp.Expression, expression)

    def _parse_type(self, parse_interval: bool = True, fallback_to_identifier: bool = False) -> Any:
        token = self._curr
        if token.token_type is TokenType.VAR:
            word, following = token.text.upper(), self._next.token_type
            if following is TokenType.STRING and word in _TEMPORAL_KINDS:
                return self._parse_temporal_literal(word)
            if following is TokenType.L_BRACKET and word in _CONSTRUCTORS:
                return self._parse_constructor(word)
        return self._parse_interval() or self._parse_atom() or self._parse_column()

    def _parse_temporal_literal(self, kind: str) -> exp.Expression:
        start, text = self._curr, self._next
        self._advance(2)
        literal = temporal_literal(kind, text.text)
        if isinstance(literal, str):
            raise self.error_at(f"'{text.text}' is not a {kind}", text, literal)
        return self.expression(literal, start)

    def _parse_constructor(self, name: str) -> Any:
        token = self._curr
        self._advance(2)
        empty = self._match(TokenType.R_BRACKET, advance=False)
        values = [] if empty else self._parse_csv(self._parse_disjunction)
        if not self._match(TokenType.R_BRACKET):
            self.fail("]")
        return self._parse_column_ops(self.expression(exp.Anonymous(this=name, expressions=values), token))

    def _parse_unicode_string(self, token: Token) -> exp.Expression:
        escape = self._parse_string() if self._match_text_seq("UESCAPE") else None
        text = unicode_text(token.text, escape.name if escape else "\\")
        if text is None:
            raise self.error_at("Malformed Unicode escape", token, r"Write U&'\0041', four hexadecimal digits.")
        return self.expression(exp.Literal.string(text), token)

    def _parse_primary(self) -> Any:
        primary = super()._parse_primary()
        if isinstance(primary, exp.Concat):
            parts = primary.expressions
            self._check_continuation(len(parts))
            return exp.Literal.string("".join(part.name for part in parts)).update_positions(parts[0])
        return primary

    def _check_continuation(self, count: int) -> None:
        """A string may go on in another one, but only on a later line."""
        parts = self._tokens[self._index - count : self._index]
        for part, following in pairwise(parts):
            if part.line == following.line:
                raise SyntaxProblem((), following)

    def _parse_interval(self, require_interval: bool = True, parse_function_unit: bool = True) -> Any:
        token = self._curr
        if not self._match(TokenType.INTERVAL):
            return None
        sign = "-" if self._match(TokenType.DASH) else ""
        self._match(TokenType.PLUS)
        value: Any
        if self._match_set((TokenType.STRING, TokenType.NUMBER)):
            value = exp.Literal.string(sign + self._prev.text).update_positions(self._prev)
        else:
            value = self._parse_paren() or self._parse_column()
            if value is None or sign:
                self.fail("a quoted value after INTERVAL, as in INTERVAL '10' MINUTE")
        unit: exp.Expression = self._interval_unit()
        if self._match_text_seq("TO"):
            unit = exp.IntervalSpan(this=unit, expression=self._interval_unit())
        interval = self.expression(exp.Interval(this=value, unit=unit), token)
        if interval_units(interval) is None:
            raise self.error_at("An interval's units go from the larger to the smaller", token)
        return interval

    def _interval_unit(self) -> exp.Var:
        unit = INTERVAL_UNITS.get(self._curr.text.upper()) if self._curr else None
        if unit is None:
            self.fail("an interval unit (YEAR, MONTH, DAY, HOUR, MINUTE or SECOND)")
        self._advance()
        if self._match(TokenType.L_PAREN):
            self._parse_csv(self._parse_number)
            self._match_r_paren()
        return exp.Var(this=unit)

    def _parse_function_call(self, *args: Any, **kwargs: Any) -> Any:
        token = self._curr
        call = super()._parse_function_call(*args, **kwargs)
        if call is None:
            return None
        if token.token_type is TokenType.TABLE and isinstance(call, exp.Anonymous):
            if len(call.expressions) != 1:
                raise SyntaxProblem(("one table function in TABLE(...)",), token)
            return call.expressions[0].pop()
        return call if "start" in call.meta else call.update_positions(token)

    def _parse_function_args(self, alias: bool = False) -> list[exp.Expr]:
        if self._match(TokenType.R_PAREN, advance=False):
            return []
        return self._parse_csv(self._parse_lambda)

    def _parse_lambda(self, alias: bool = False) -> Any:
        if self._next.token_type is TokenType.FARROW:
            token = self._curr
            self._advance(2)
            name = exp.Var(this=token.text).update_positions(token)
            return self.expression(exp.Kwarg(this=name, expression=self._parse_argument()), token)
        return self._parse_argument()

    def _parse_argument(self) -> Any:
        if self._curr.token_type is TokenType.TABLE:
            return self._parse_table_argument()
        return super()._parse_lambda()

    def _parse_table_argument(self) -> exp.Expression:
        token = self._curr
        self._advance()
        table = self._parse_select(nested=True, parse_subquery_alias=False) or self._parse_table_parts()
        partition_by = self._parse_one_or_list(self._parse_disjunction) if self._match(TokenType.PARTITION_BY) else None
        order = None
        if self._match(TokenType.ORDER_BY):
            order = self.expression(exp.Order(expressions=self._parse_one_or_list(self._parse_ordered)))
        node = TableArgument(this=table, partition_by=partition_by, order=order)
        return self.expression(node, token)

    def _parse_one_or_list(self, parse: Callable[[], Any]) -> list[Any]:
        """Something, or several in parentheses: a comma after it belongs to the arguments of the call."""
        if self._match(TokenType.L_PAREN, advance=False):
            parsed: list[Any] = self._parse_wrapped_csv(parse)
            return parsed
        return [parse()]

    def _parse_between(self, this: Any) -> Any:
        symmetric = self._match_text_seq("SYMMETRIC") or None
        self._match_text_seq("ASYMMETRIC")
        low = self._parse_bitwise()
        if not self._match(TokenType.AND):
            self.fail("AND between the bounds of BETWEEN")
        high = self._parse_bitwise()
        return self.expression(exp.Between(this=this, low=low, high=high, symmetric=symmetric))

    def _parse_in(self, this: Any, alias: bool = False) -> exp.In:
        if not self._match(TokenType.L_PAREN, advance=False):
            self.fail("( after IN")
        return super()._parse_in(this, alias)

    def _parse_is_rhs(self, distinct: bool = False) -> Any:
        if distinct:
            return self._parse_bitwise()
        if not self._match_set(_TRUTH_VALUES, advance=False):
            self.fail("[NOT] NULL, TRUE, FALSE, UNKNOWN, JSON or DISTINCT FROM after IS")
        return self._parse_primary()

    def _negate_range(self, this: Any = None) -> Any:
        return self.expression(exp.Not(this=this)) if this else this

    # --- types -------------------------------------------------------------------------------------------------------

    def _parse_types(self, *args: Any, **kwargs: Any) -> Any:
        return read_type(self)
