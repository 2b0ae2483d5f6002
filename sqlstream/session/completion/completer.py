"""What fits at a place in SQL text: keywords by context, names from the catalogs, options and their values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from sqlstream.functions.registry import lookup
from sqlstream.session.completion.candidate import Candidate, matching
from sqlstream.session.completion.expected_words import A_NAME, A_TYPE, expected_words
from sqlstream.session.completion.named_tables import NamedTable, aliases, named_tables
from sqlstream.session.completion.names import Path, SqlNames
from sqlstream.session.completion.option_words import option_candidates
from sqlstream.session.completion.query_clauses import (
    CASE_WORDS,
    CLAUSES,
    OPERANDS,
    QUERY_WORDS,
    awaits_operand,
    clause_at_end,
)
from sqlstream.session.completion.statement_context import StatementContext, statement_context
from sqlstream.sql.identifiers import quote, quote_if_needed

_BARE_FUNCTIONS = frozenset({"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"})
"""Functions that are called without parentheses."""
_TYPES = (
    "ARRAY", "BIGINT", "BINARY", "BOOLEAN", "BYTES", "CHAR", "DATE", "DECIMAL", "DOUBLE", "FLOAT", "INT", "INTERVAL",
    "MAP", "MULTISET", "ROW", "SMALLINT", "STRING", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ", "TINYINT", "VARBINARY",
    "VARCHAR",
)  # fmt: skip
_BARE_KINDS = frozenset({"keyword", "function", "type"})
"""What is never quoted."""
_KEYWORDS = re.compile("[A-Z_ ]+")
_LISTS_OF_DATABASES = frozenset({"TABLES", "VIEWS", "FUNCTIONS", "MODELS"})


def complete(text: str, position: int, names: SqlNames, commands: Iterable[str] = ()) -> list[Candidate]:
    """What fits at ``position`` of ``text``, the most likely first. ``commands`` may begin a statement too."""
    context = statement_context(text, position)
    if context is None:
        return []
    if context.quote == "'":
        before = text[context.statement_start : context.start - 1]
        return list(matching(option_candidates(before, context.start, names), context.typed))
    if context.quote == "`":
        return list(_quoted(_Offer(context, names).names_alone(), context))
    offer = _Offer(context, names)
    return list(matching(_in_case(offer.candidates(commands), context.typed), context.typed))


def _in_case(candidates: Iterable[Candidate], typed: str) -> Iterator[Candidate]:
    """Keywords and functions in the case one types in."""
    lower = bool(typed) and typed.islower()
    for found in candidates:
        changeable = lower and found.kind in _BARE_KINDS
        yield Candidate(found.text.lower(), found.start, found.kind, found.detail) if changeable else found


def _quoted(candidates: Iterable[Candidate], context: StatementContext) -> Iterator[Candidate]:
    """Names in back-ticks, the one that was opened included."""
    for found in matching((c for c in candidates if c.kind not in _BARE_KINDS), context.typed):
        yield Candidate(quote(found.text), context.start - 1, found.kind, found.detail)


class _Offer:
    """What fits at one place."""

    def __init__(self, context: StatementContext, names: SqlNames) -> None:
        self._context = context
        self._names = names
        self._tables = named_tables((*context.before, *context.after))

    def candidates(self, commands: Iterable[str]) -> Iterator[Candidate]:
        for found in self._found(commands):
            text = found.text if found.kind in _BARE_KINDS else quote_if_needed(found.text)
            yield Candidate(text, found.start, found.kind, found.detail)

    def names_alone(self) -> Iterator[Candidate]:
        """The same names, as they are."""
        return self._found(())

    def _found(self, commands: Iterable[str]) -> Iterator[Candidate]:
        if self._context.qualifier:
            yield from self._below(self._context.qualifier)
        elif not self._context.before:
            yield from self._made("keyword", (*expected_words("", ()), *commands))
        elif self._in_query():
            yield from self._query()
        else:
            yield from self._statement()

    def _in_query(self) -> bool:
        words = self._context.words
        if words[0] in ("SHOW", "DESCRIBE", "DESC", "DROP", "ALTER"):
            return False
        return bool(QUERY_WORDS.intersection(words)) or words[0] == "WITH"

    def _query(self) -> Iterator[Candidate]:
        tokens = self._context.before
        name = clause_at_end(tokens)
        if name is None:
            return
        clause = CLAUSES[name]
        if not awaits_operand(tokens, name):
            left_out = () if "CASE" in self._context.words else CASE_WORDS
            yield from self._made("keyword", (word for word in clause.follows if word not in left_out))
            return
        if clause.tables:
            yield from self._relations()
        elif tokens[-1].text.upper() != "AS":
            read = [table for table in self._tables if table.is_read]
            yield from self._columns(read)
            yield from self._made("alias", aliases(read))
            yield from self._functions()
        yield from self._made("keyword", clause.starts)

    def _statement(self) -> Iterator[Candidate]:
        words = self._context.words
        expected = expected_words(self._context.text, self._context.before)
        if A_NAME in expected or words[-1] in ("INTO", "OVERWRITE", "(", ","):
            yield from self._named(words)
        if A_TYPE in expected:
            yield from self._made("type", _TYPES)
        yield from self._made("keyword", filter(_KEYWORDS.fullmatch, expected))

    def _named(self, words: tuple[str, ...]) -> Iterator[Candidate]:
        """Names of the kind that the words before ask for."""
        last = words[-1]
        if words[0] == "CREATE" and last not in ("LIKE", "("):
            return
        if self._tables and last in ("(", ",", "DROP", "MODIFY", "RENAME", "COLUMN"):
            yield from self._columns(self._tables)
        elif words[0] == "SHOW" and last in ("FROM", "IN") and words[1] in _LISTS_OF_DATABASES:
            yield from self._databases()
        else:
            yield from _KINDS.get(last, _Offer._relations)(self)

    def _below(self, qualifier: Path) -> Iterator[Candidate]:
        """What may stand behind ``qualifier`` and a dot."""
        if len(qualifier) == 1:
            yield from self._columns(table for table in self._tables if qualifier[0] in aliases([table]))
            if qualifier[0] in self._names.catalogs():
                yield from self._made("database", self._names.databases(qualifier[0]))
        if len(qualifier) <= 2:
            yield from self._made("table", self._names.relations(qualifier))

    def _relations(self) -> Iterator[Candidate]:
        yield from self._made("table", self._names.relations())
        yield from self._databases()

    def _databases(self) -> Iterator[Candidate]:
        yield from self._made("database", self._names.databases())
        yield from self._catalogs()

    def _catalogs(self) -> Iterator[Candidate]:
        yield from self._made("catalog", self._names.catalogs())

    def _columns(self, tables: Iterable[NamedTable]) -> Iterator[Candidate]:
        for path in dict.fromkeys(table.path for table in tables):
            for column in self._names.columns(path):
                yield Candidate(column.name, self._context.start, "column", column.type)

    def _functions(self) -> Iterator[Candidate]:
        if not self._context.typed:
            return
        followed = self._context.text[self._context.start + len(self._context.typed) :].startswith("(")
        for name in self._names.functions():
            if name in OPERANDS:
                continue
            known = lookup(name)
            signatures = ", ".join(known.signatures) if known else ""
            bare = followed or name in _BARE_FUNCTIONS
            yield Candidate(name if bare else f"{name}(", self._context.start, "function", signatures)

    def _made(self, kind: str, texts: Iterable[str]) -> Iterator[Candidate]:
        for text in texts:
            yield Candidate(text, self._context.start, kind)


_KINDS: dict[str, Callable[[_Offer], Iterator[Candidate]]] = {
    "CATALOG": _Offer._catalogs,
    "USE": _Offer._databases,
    "DATABASE": _Offer._databases,
    "FUNCTION": _Offer._functions,
}
"""The word before a name -> which names are offered; those of tables for any other."""
