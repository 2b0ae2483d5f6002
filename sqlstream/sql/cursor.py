"""A walk over one statement's tokens: what the grammar of statements is written in.

A word that was asked for and not found is remembered, so that an error can say what would have been right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar, cast

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from sqlstream.errors import Position, SqlError
from sqlstream.sql.data_types import logical_type
from sqlstream.sql.parser import FlinkParser, SyntaxProblem
from sqlstream.types.logical import LogicalType

T = TypeVar("T")

_NAMES = {TokenType.VAR, TokenType.IDENTIFIER, TokenType.FIRST, TokenType.NEXT, TokenType.JSON, TokenType.ORDINALITY}


class Cursor(FlinkParser):
    """Stands before a token; every method that succeeds moves past what it read, or raises."""

    def __init__(self, source: str, tokens: list[Token]) -> None:
        super().__init__()
        self.load(source, tokens)
        self._wanted: list[str] = []
        self._wanted_at = 0

    # --- words -------------------------------------------------------------------------------------------------------

    def accept(self, *words: str) -> bool:
        """Whether the next tokens are ``words`` (upper-case, unquoted); they are read if so."""
        if self._match_text_seq(*words):
            return True
        if self._wanted_at != self._index:
            self._wanted, self._wanted_at = [], self._index
        self._wanted.append(" ".join(words))
        return False

    def expect(self, *words: str) -> None:
        """Read ``words``."""
        if not self.accept(*words):
            self.fail()

    def choose(self, table: dict[str, T]) -> T:
        """Read one of the word sequences that are the keys of ``table``; its value. Longer keys must come first."""
        for words, value in table.items():
            if self.accept(*words.split()):
                return value
        return self.fail()

    def peek(self, *words: str) -> bool:
        """Whether ``words`` come next; nothing is read."""
        return self._match_text_seq(*words, advance=False)

    def at_end(self) -> bool:
        return not self._curr

    def at_name(self) -> bool:
        return self._curr.token_type in _NAMES

    def expect_end(self) -> None:
        if self._curr:
            self.fail()

    def fail(self, *expected: str) -> NoReturn:
        """A syntax error at the current token; ``expected`` is added to the words already asked for here."""
        raise SyntaxProblem((*self.asked_for, *expected), self._curr or None)

    @property
    def asked_for(self) -> tuple[str, ...]:
        """The words that were asked for at the current token and not found."""
        return tuple(self._wanted) if self._wanted_at == self._index else ()

    def mistake(self, message: str, token: Token, hint: str | None = None) -> SqlError:
        """The error of a statement that reads well and yet makes no sense, at ``token``."""
        position = Position(token.line, token.col, token.end - token.start + 1)
        return SqlError(message, position=position, source=self.sql, hint=hint)

    @property
    def token(self) -> Token:
        """The next token, or at the end the last one."""
        return self._curr or self._prev

    # --- parts -------------------------------------------------------------------------------------------------------

    def name(self) -> str:
        """An unqualified name."""
        if self._curr.token_type not in _NAMES:
            self.fail("a name")
        self._advance()
        return self._prev.text

    def identifier(self) -> exp.Identifier:
        """A name as a node that knows its place."""
        text = self.name()
        quoted = self._prev.token_type is TokenType.IDENTIFIER
        return exp.Identifier(this=text, quoted=quoted).update_positions(self._prev)

    def path(self) -> tuple[str, ...]:
        """A name of one to three parts."""
        start = self.token
        parts = [self.name()]
        while self._match(TokenType.DOT):
            parts.append(self.name())
        if len(parts) > 3:
            raise self.mistake(
                f"'{'.'.join(parts)}' has {len(parts)} parts", start, "A full name is catalog.database.object."
            )
        return tuple(parts)

    def table(self) -> exp.Table:
        """A table's name as a node, with its hints."""
        parts = [self.identifier()]
        while len(parts) < 3 and self.accept("."):
            parts.append(self.identifier())
        table = exp.Table(**dict(zip(("this", "db", "catalog"), reversed(parts), strict=False)))
        hints = self.parse_hints()
        if hints:
            table.set("hints", hints)
        return table

    def string(self) -> str:
        """The content of a string literal."""
        if self._curr.token_type is not TokenType.STRING:
            self.fail("a string in single quotes")
        self._advance()
        return self._prev.text

    def optional_string(self, *words: str) -> str | None:
        """The string after ``words``, as in COMMENT 'text'; None when they do not come next."""
        return self.string() if self.accept(*words) else None

    def listed(self, item: Callable[[], T]) -> list[T]:
        """``item, item, ...``"""
        items = [item()]
        while self.accept(","):
            items.append(item())
        return items

    def in_parentheses(self, item: Callable[[], T]) -> list[T]:
        """``( item, item, ... )``"""
        self.expect("(")
        items = self.listed(item)
        self.expect(")")
        return items

    def names(self) -> tuple[str, ...]:
        """``( name, ... )``"""
        return tuple(self.in_parentheses(self.name))

    def properties(self) -> dict[str, str]:
        """``( 'key' = 'value', ... )``; SqlError for a key given twice."""
        options: dict[str, str] = {}

        def option() -> None:
            token = self.token
            key = self.string()
            self.expect("=")
            value = self.string()
            if key in options:
                raise self.mistake(f"Option '{key}' is given twice", token, "Keep one of them.")
            options[key] = value

        self.in_parentheses(option)
        return options

    def optional_properties(self) -> dict[str, str]:
        """The options after WITH, if it comes next."""
        return self.properties() if self.accept("WITH") else {}

    def keys(self) -> tuple[str, ...]:
        """``( 'key', ... )``"""
        return tuple(self.in_parentheses(self.string))

    def type(self) -> LogicalType:
        """A data type."""
        node = self._parse_types()
        if node is None:
            self.fail("a data type")
        return logical_type(cast(exp.DataType, node))

    def expression_text(self) -> str:
        """An expression, checked, as exactly the text it was written in."""
        return self._text_of(self.parse_expression)[1]

    def query_with_text(self) -> tuple[exp.Expression, str]:
        """A query and exactly the text it was written in."""
        return self._text_of(self.parse_query)

    def _text_of(self, read: Callable[[], exp.Expression]) -> tuple[exp.Expression, str]:
        start = self.token.start
        node = read()
        return node, self.sql[start : self._prev.end + 1]

    def partition(self) -> tuple[tuple[str, exp.Expression], ...]:
        """``( name = literal, ... )``"""

        def value() -> tuple[str, exp.Expression]:
            name = self.name()
            self.expect("=")
            return name, self.parse_expression()

        return tuple(self.in_parentheses(value))
