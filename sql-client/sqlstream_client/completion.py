"""Completion at the prompt: keywords, and the names the session knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from sqlstream.errors import SqlStreamError
from sqlstream.functions.registry import function_names
from sqlstream.session.options import settable_options
from sqlstream.session.session import Session
from sqlstream.sql.identifiers import quote_if_needed
from sqlstream.sql.keywords import KEYWORDS
from sqlstream_client.table_option_completion import table_option_words

_WORD = re.compile(r"[\w`]*$")
_QUALIFIER = re.compile(r"[\w`]\.[\w`]*$")
_OPTION = re.compile(r"\b(?:SET|RESET)\s+'([^']*)$", re.IGNORECASE)
_NAME = re.compile(r"\w+")


class SqlCompleter(Completer):
    """Offers options inside SET '...' and WITH (...), else names before keywords; keywords come in the case one
    types in. After a dot come tables and columns alone."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        before = document.text_before_cursor
        if option := _OPTION.search(before):
            yield from _matches(settable_options(), option[1], "option")
            return
        if (offered := table_option_words(before)) is not None:
            yield from _matches(offered.words, offered.typed, offered.kind)
            return
        found = _WORD.search(before)
        word = found[0] if found else ""
        yield from _matches(map(quote_if_needed, self._relations()), word, "table")
        yield from _matches(map(quote_if_needed, self._columns(document.text)), word, "column")
        if word and not _QUALIFIER.search(before):
            lower = word.islower()
            names = [name for name in function_names() if name[0].isalpha()]
            keywords = sorted({*KEYWORDS} - {*names})
            yield from _matches((n.lower() if lower else n for n in names), word, "function")
            yield from _matches((k.lower() if lower else k for k in keywords), word, "keyword")

    def _relations(self) -> list[str]:
        manager = self._session.catalogs
        return [*manager.relation_names(), *manager.existing_database(*manager.database_path(())).databases()]

    def _columns(self, text: str) -> list[str]:
        """Columns of every table that is named anywhere in the statement."""
        named = set(_NAME.findall(text)) & set(self._session.catalogs.relation_names())
        columns: set[str] = set()
        for name in named:
            try:
                columns.update(self._session.schema_of((name,)).names)
            except SqlStreamError:
                continue
        return sorted(columns)


def _matches(candidates: Iterable[str], word: str, kind: str) -> Iterator[Completion]:
    prefix = word.lower()
    for candidate in candidates:
        if candidate.lower().startswith(prefix):
            yield Completion(candidate, start_position=-len(word), display_meta=kind)
