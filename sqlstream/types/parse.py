"""Reading a type from SQL text: the inverse of ``str(type)``, and every spelling Flink's parser accepts besides.

Source: Flink documentation, "Data Types" (list of data types and their declarations).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from sqlstream.errors import Position, SqlError
from sqlstream.types import logical as t

_TOKEN = re.compile(r"\s*(?:(?P<word>[A-Za-z_]\w*)|`(?P<quoted>(?:[^`]|``)*)`|(?P<number>\d+)|(?P<mark>[<>(),]))")

_SYNONYMS = {
    "INTEGER": "INT",
    "DEC": "DECIMAL",
    "NUMERIC": "DECIMAL",
    "REAL": "FLOAT",
    "CHARACTER": "CHAR",
    "TIMESTAMP_WITHOUT_TIME_ZONE": "TIMESTAMP",
    "TIMESTAMP_WITH_LOCAL_TIME_ZONE": "TIMESTAMP_LTZ",
}
_PLAIN: dict[str, Callable[[], t.LogicalType]] = {
    "NULL": t.NullType,
    "BOOLEAN": t.BooleanType,
    "TINYINT": t.TinyIntType,
    "SMALLINT": t.SmallIntType,
    "INT": t.IntType,
    "BIGINT": t.BigIntType,
    "FLOAT": t.FloatType,
    "DATE": t.DateType,
    "STRING": t.VarCharType,
    "BYTES": t.VarBinaryType,
}
_LENGTHS: dict[str, Callable[[int], t.LogicalType]] = {
    "CHAR": lambda n: t.CharType(length=n),
    "VARCHAR": lambda n: t.VarCharType(length=n),
    "BINARY": lambda n: t.BinaryType(length=n),
    "VARBINARY": lambda n: t.VarBinaryType(length=n),
}
_PRECISIONS: dict[str, tuple[int, Callable[[int], t.LogicalType]]] = {
    "TIME": (0, lambda p: t.TimeType(precision=p)),
    "TIMESTAMP": (6, lambda p: t.TimestampType(precision=p)),
    "TIMESTAMP_LTZ": (6, lambda p: t.LocalZonedTimestampType(precision=p)),
}
_INTERVALS: dict[str, Callable[[], t.LogicalType]] = {
    **dict.fromkeys(("YEAR", "MONTH"), t.YearMonthIntervalType),
    **dict.fromkeys(("DAY", "HOUR", "MINUTE", "SECOND"), t.DayTimeIntervalType),
}
TYPE_NAMES = sorted(
    {*_SYNONYMS, *_PLAIN, *_LENGTHS, *_PRECISIONS, "DECIMAL", "DOUBLE", "INTERVAL", "ARRAY", "MAP", "MULTISET", "ROW"}
)


def parse_type(text: str) -> t.LogicalType:
    """The type that ``text`` declares, e.g. ``ARRAY<ROW<a INT, b STRING NOT NULL>>``.

    SqlError, pointing into ``text``, when it declares none or one that is out of range.
    """
    parser = _Parser(text)
    type_ = parser.type()
    parser.end()
    return type_


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    offset: int


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[_Token] = []
        self._tokens = self._tokenize()
        self._next = 0

    def _tokenize(self) -> list[_Token]:
        tokens, offset, end = [], 0, len(self._text.rstrip())
        while offset < end:
            match = _TOKEN.match(self._text, offset)
            if match is None or match.lastgroup is None:
                self._fail("Unexpected character in a type", offset)
            kind = match.lastgroup
            content = match[kind].replace("``", "`") if kind == "quoted" else match[kind]
            tokens.append(_Token(kind, content, match.start(kind)))
            offset = match.end()
        return tokens

    def type(self) -> t.LogicalType:
        type_ = self._unqualified()
        while self._word("ARRAY", "MULTISET"):
            keyword = self._take().text.upper()
            type_ = t.ArrayType(element=type_) if keyword == "ARRAY" else t.MultisetType(element=type_)
            type_ = self._nullability(type_)
        return type_

    def end(self) -> None:
        if self._next < len(self._tokens):
            token = self._tokens[self._next]
            self._fail(f"Unexpected '{token.text}' after a type", token.offset)

    def _unqualified(self) -> t.LogicalType:
        token = self._take("word")
        word = token.text.upper()
        name = _SYNONYMS.get(word, word)
        if name in _PLAIN:
            return self._nullability(_PLAIN[name]())
        if name in _LENGTHS:
            return self._nullability(self._with_length(name))
        if name in _PRECISIONS:
            return self._nullability(self._datetime(name))
        composite: dict[str, Callable[[], t.LogicalType]] = {
            "DOUBLE": self._double,
            "DECIMAL": self._decimal,
            "INTERVAL": self._interval,
            "ARRAY": lambda: t.ArrayType(element=self._bracketed()),
            "MULTISET": lambda: t.MultisetType(element=self._bracketed()),
            "MAP": self._map,
            "ROW": self._row,
        }
        if name not in composite:
            close = difflib.get_close_matches(word, TYPE_NAMES, n=1)
            hint = f"Did you mean {close[0]}?" if close else f"Known types: {', '.join(TYPE_NAMES)}."
            self._fail(f"Unknown type '{token.text}'", token.offset, hint)
        return self._nullability(composite[name]())

    def _nullability(self, type_: t.LogicalType) -> t.LogicalType:
        if self._word("NOT"):
            self._take()
            self._expect("NULL")
            return t.with_nullability(type_, False)
        if self._word("NULL"):
            self._take()
        return type_

    def _with_length(self, name: str) -> t.LogicalType:
        if name in ("CHAR", "BINARY") and self._word("VARYING"):
            self._take()
            name = f"VAR{name}"
        lengths = self._numbers(1)
        length = lengths[0] if lengths else 1
        if not 1 <= length <= t.MAX_LENGTH:
            self._fail(f"The length of a {name} must be between 1 and {t.MAX_LENGTH}", self._previous().offset)
        return _LENGTHS[name](length)

    def _datetime(self, name: str) -> t.LogicalType:
        default, build = _PRECISIONS[name]
        numbers = self._numbers(1)
        precision = numbers[0] if numbers else default
        if precision > 9:
            self._fail(f"The precision of a {name} must be between 0 and 9", self._previous().offset)
        if self._word("WITHOUT"):
            self._expect("WITHOUT", "TIME", "ZONE")
        elif name == "TIMESTAMP" and self._word("WITH"):
            self._expect("WITH", "LOCAL", "TIME", "ZONE")
            build = _PRECISIONS["TIMESTAMP_LTZ"][1]
        return build(precision)

    def _double(self) -> t.LogicalType:
        if self._word("PRECISION"):
            self._take()
        return t.DoubleType()

    def _decimal(self) -> t.LogicalType:
        numbers = self._numbers(2)
        precision = numbers[0] if numbers else 10
        scale = numbers[1] if len(numbers) > 1 else 0
        if not 1 <= precision <= t.MAX_DECIMAL_PRECISION or not 0 <= scale <= precision:
            self._fail("A DECIMAL(p, s) needs 1 <= p <= 38 and 0 <= s <= p", self._previous().offset)
        return t.DecimalType(precision=precision, scale=scale)

    def _interval(self) -> t.LogicalType:
        units = [self._interval_unit()]
        if self._word("TO"):
            self._take()
            units.append(self._interval_unit())
        kinds = {_INTERVALS[unit] for unit in units}
        if len(kinds) > 1:
            self._fail("An interval is either of years and months, or of days to seconds", self._previous().offset)
        return kinds.pop()()

    def _interval_unit(self) -> str:
        token = self._take("word")
        if token.text.upper() not in _INTERVALS:
            self._fail(f"Unknown interval unit '{token.text}'", token.offset, f"Expected {', '.join(_INTERVALS)}.")
        self._numbers(1)
        return token.text.upper()

    def _bracketed(self) -> t.LogicalType:
        self._expect("<")
        element = self.type()
        self._expect(">")
        return element

    def _map(self) -> t.LogicalType:
        self._expect("<")
        key = self.type()
        self._expect(",")
        value = self.type()
        self._expect(">")
        return t.MapType(key=key, value=value)

    def _row(self) -> t.LogicalType:
        close = ")" if self._mark("(") else ">"
        self._expect("(" if close == ")" else "<")
        fields: list[t.RowField] = []
        while not self._mark(close):
            if fields:
                self._expect(",")
            name = self._take("word", "quoted").text
            fields.append(t.RowField(name, self.type()))
        self._expect(close)
        return t.RowType(fields=tuple(fields))

    def _numbers(self, most: int) -> list[int]:
        """``(n)`` or ``(n, m)`` if it follows."""
        if not self._mark("("):
            return []
        self._take()
        numbers = [int(self._take("number").text)]
        while len(numbers) < most and self._mark(","):
            self._take()
            numbers.append(int(self._take("number").text))
        self._expect(")")
        return numbers

    def _peek(self, kind: str, texts: tuple[str, ...]) -> bool:
        if self._next >= len(self._tokens):
            return False
        token = self._tokens[self._next]
        return token.kind == kind and token.text.upper() in texts

    def _word(self, *words: str) -> bool:
        return self._peek("word", words)

    def _mark(self, *marks: str) -> bool:
        return self._peek("mark", marks)

    def _take(self, *kinds: str) -> _Token:
        if self._next >= len(self._tokens):
            self._fail("The type is incomplete", len(self._text.rstrip()))
        token = self._tokens[self._next]
        if kinds and token.kind not in kinds:
            self._fail(f"Unexpected '{token.text}' in a type", token.offset)
        self._next += 1
        return token

    def _expect(self, *texts: str) -> None:
        for text in texts:
            token = self._take()
            if token.kind == "quoted" or token.text.upper() != text:
                self._fail(f"Expected {text} but found '{token.text}' in a type", token.offset)

    def _previous(self) -> _Token:
        return self._tokens[self._next - 1]

    def _fail(self, message: str, offset: int, hint: str | None = None) -> NoReturn:
        line = self._text.count("\n", 0, offset) + 1
        column = offset - (self._text.rfind("\n", 0, offset) + 1) + 1
        length = next((len(token.text) for token in self._tokens if token.offset == offset), 1)
        raise SqlError(f"{message}.", position=Position(line, column, length), source=self._text, hint=hint)
