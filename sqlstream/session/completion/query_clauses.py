"""What may come next in each clause of a query. Source: Flink documentation, "Queries"."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot.tokenizer_core import Token, TokenType

_SET_OPERATIONS = ("UNION", "UNION ALL", "INTERSECT", "EXCEPT")
_LAST = ("ORDER BY", "LIMIT", "OFFSET", "FETCH", *_SET_OPERATIONS)
_AFTER_WHERE = ("GROUP BY", "HAVING", "WINDOW", *_LAST)
_COMPARISONS = ("AND", "OR", "NOT", "IN", "IS", "IS NULL", "IS NOT NULL", "BETWEEN", "LIKE", "SIMILAR TO")
CASE_WORDS = ("WHEN", "THEN", "ELSE", "END")
"""What follows only inside CASE."""
_JOINS = ("JOIN", "INNER JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "FULL OUTER JOIN", "CROSS JOIN")
OPERANDS = (
    "CASE", "CAST", "TRY_CAST", "NOT", "EXISTS", "NULL", "TRUE", "FALSE", "INTERVAL", "DATE", "TIME", "TIMESTAMP",
    "ARRAY", "MAP", "ROW",
)  # fmt: skip
_TABLES = ("LATERAL TABLE", "TABLE", "UNNEST", "VALUES", "SELECT")


@dataclass(frozen=True)
class Clause:
    """``starts`` are the keywords that may come first, where a name is due, ``follows`` those that may come after one.
    ``tables``: the names are those of tables, not of columns and functions."""

    starts: tuple[str, ...] = OPERANDS
    follows: tuple[str, ...] = ()
    tables: bool = False


_TABLE_FOLLOWS = ("AS", *_JOINS, "WHERE", "FOR SYSTEM_TIME AS OF", "MATCH_RECOGNIZE", *_AFTER_WHERE)

CLAUSES: dict[str, Clause] = {
    "SELECT": Clause(
        ("DISTINCT", "ALL", *OPERANDS), ("FROM", "AS", "OVER", "FILTER", *_COMPARISONS, *CASE_WORDS, *_LAST)
    ),
    "FROM": Clause(_TABLES, _TABLE_FOLLOWS, tables=True),
    "JOIN": Clause(_TABLES, ("ON", "USING", *_TABLE_FOLLOWS), tables=True),
    "TABLE": Clause(("TUMBLE", "HOP", "CUMULATE", "SESSION", "TABLE"), ("DESCRIPTOR", "INTERVAL"), tables=True),
    "DESCRIPTOR": Clause(()),
    "ON": Clause(follows=(*_COMPARISONS, *CASE_WORDS, *_JOINS, "WHERE", *_AFTER_WHERE)),
    "WHERE": Clause(follows=(*_COMPARISONS, *CASE_WORDS, *_AFTER_WHERE)),
    "GROUP BY": Clause(("GROUPING SETS", "ROLLUP", "CUBE", *OPERANDS), ("HAVING", "WINDOW", *_LAST)),
    "HAVING": Clause(follows=(*_COMPARISONS, *CASE_WORDS, "WINDOW", *_LAST)),
    "PARTITION BY": Clause(follows=("ORDER BY",)),
    "ORDER BY": Clause(
        follows=("ASC", "DESC", "NULLS FIRST", "NULLS LAST", "LIMIT", "OFFSET", "FETCH", "ROWS", "RANGE")
    ),
    "OVER": Clause(("PARTITION BY", "ORDER BY")),
    "LIMIT": Clause((), ("OFFSET",)),
    "INTO": Clause((), ("SELECT", "VALUES", "WITH", "PARTITION"), tables=True),
    "OVERWRITE": Clause((), ("SELECT", "VALUES", "WITH", "PARTITION"), tables=True),
    "WITH": Clause((), ("AS",)),
    "VALUES": Clause(follows=_SET_OPERATIONS),
    "UNION": Clause(("ALL", "SELECT", "VALUES")),
    "INTERSECT": Clause(("ALL", "SELECT", "VALUES")),
    "EXCEPT": Clause(("ALL", "SELECT", "VALUES")),
}
_OPENERS = (TokenType.L_PAREN, TokenType.L_BRACKET)
_CLOSERS = (TokenType.R_PAREN, TokenType.R_BRACKET)
QUERY_WORDS = frozenset({"SELECT", "VALUES", "FROM"})


def clause_at_end(tokens: tuple[Token, ...]) -> str | None:
    """The clause that whatever comes behind ``tokens`` belongs to; parentheses that are closed again do not count."""
    depth = 0
    for token in reversed(tokens):
        word = " ".join(token.text.upper().split())
        if token.token_type in _CLOSERS:
            depth += 1
        elif token.token_type in _OPENERS:
            depth = max(0, depth - 1)
        elif depth == 0 and word in CLAUSES and token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER):
            return word
    return None


def awaits_operand(tokens: tuple[Token, ...], clause: str) -> bool:
    """Whether a name or value is due behind ``tokens``, rather than what may follow one."""
    last = tokens[-1]
    if last.token_type in (TokenType.STRING, TokenType.NUMBER, TokenType.IDENTIFIER, TokenType.STAR, *_CLOSERS):
        # A star is a column of SELECT * and COUNT(*), or a multiplication of what comes next.
        return last.token_type is TokenType.STAR and len(tokens) > 1 and _ends_operand(tokens[-2])
    word = " ".join(last.text.upper().split())
    return not _ends_operand(last) or (word in CLAUSES and word == clause)


_VALUES = frozenset({"NULL", "TRUE", "FALSE", "UNKNOWN", "END", "ASC", "DESC", "FIRST", "LAST"})
_AWAITING = frozenset({
    "ALL", "AND", "AS", "BETWEEN", "BY", "CASE", "DISTINCT", "ELSE", "ESCAPE", "IN", "INTERVAL", "IS", "LATERAL",
    "LIKE", "NOT", "OFFSET", "OR", "SIMILAR", "THEN", "USING", "WHEN",
})  # fmt: skip


def _ends_operand(token: Token) -> bool:
    if token.token_type in (TokenType.STRING, TokenType.NUMBER, TokenType.IDENTIFIER, *_CLOSERS):
        return True
    word = token.text.upper()
    return word in _VALUES or (word[:1].isalpha() and word not in _AWAITING and word not in CLAUSES)
