"""Options given to one table in one query: ``t /*+ OPTIONS('key' = 'value') */``."""

from __future__ import annotations

from sqlglot import exp

from sqlstream.errors import SqlError
from sqlstream.sql.positions import position_of


def table_options(table: exp.Table) -> dict[str, str]:
    """The options of the OPTIONS hint after ``table``; empty without one.

    SqlError for any other hint, or one that is not a list of 'key' = 'value'.
    """
    options: dict[str, str] = {}
    for hint in table.args.get("hints") or []:
        if hint.name.upper() != "OPTIONS":
            raise SqlError(
                f"Unknown table hint {hint.name}",
                position=position_of(hint),
                hint="A table takes the hint /*+ OPTIONS('key' = 'value') */.",
            )
        for pair in hint.expressions:
            if not (isinstance(pair, exp.EQ) and pair.left.is_string and pair.right.is_string):
                raise SqlError(
                    "An option is written 'key' = 'value'", position=position_of(pair), hint="Quote both sides."
                )
            options[pair.left.name] = pair.right.name
    return options
