"""Names as SQL: always in backticks, so that no keyword needs to be known here."""

from __future__ import annotations

from typing import Any

from sqlalchemy.sql.compiler import IdentifierPreparer


class SqlstreamIdentifierPreparer(IdentifierPreparer):
    """A schema is a database, or ``catalog.database``."""

    def __init__(
        self,
        dialect: Any,
        initial_quote: str = "`",
        final_quote: str | None = None,
        escape_quote: str = "`",
        quote_case_sensitive_collations: bool = True,
        omit_schema: bool = False,
    ) -> None:
        super().__init__(
            dialect, initial_quote, final_quote, escape_quote, quote_case_sensitive_collations, omit_schema
        )

    def _requires_quotes(self, value: str) -> bool:
        return True

    def quote_schema(self, schema: str, force: Any = None) -> str:
        return ".".join(self.quote(part) for part in schema.split(".", 1))
