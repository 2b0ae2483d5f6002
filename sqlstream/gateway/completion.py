"""What may be meant at a place in a statement: names the session knows, functions and keywords."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sqlstream.errors import SqlStreamError
from sqlstream.functions.registry import function_names
from sqlstream.session.options import settable_options
from sqlstream.session.session import Session
from sqlstream.sql.identifiers import quote_if_needed
from sqlstream.sql.keywords import KEYWORDS

_OPTION = re.compile(r"\b(?:SET|RESET)\s+'([^']*)$", re.IGNORECASE)
_PATH = re.compile(r"(?P<qualifier>(?:(?:\w+|`[^`]*`)\.)*)(?P<word>\w*|`[^`]*)$")
_AFTER_RELATION_WORD = re.compile(r"\b(?:FROM|JOIN|INTO|TABLE|VIEW|DESCRIBE|DESC|OVERWRITE)\s+$", re.IGNORECASE)
_NAME = re.compile(r"`([^`]*)`|(\w+)")


def complete(session: Session, statement: str, position: int) -> list[str]:
    """The words that may stand where the one before ``position`` (in characters) begins. None twice; a statement that
    makes no sense so far has none."""
    before = statement[:position]
    if option := _OPTION.search(before):
        return _starting_with(option[1], settable_options())
    found = _PATH.search(before)
    assert found is not None
    word = found["word"].strip("`")
    if found["qualifier"]:
        return _starting_with(word, _members(session, _parts(found["qualifier"])))
    if _AFTER_RELATION_WORD.search(before[: found.start()]):
        return _starting_with(word, map(quote_if_needed, _relations(session)))
    if not word:
        return _starting_with(word, map(quote_if_needed, _columns(session, statement)))
    names = map(quote_if_needed, [*_columns(session, statement), *_relations(session)])
    words = sorted({*KEYWORDS, *(name for name in function_names() if name[0].isalpha())})
    return _starting_with(word, [*names, *words])


def _relations(session: Session) -> list[str]:
    manager = session.catalogs
    databases = manager.existing_database(manager.current_catalog, manager.current_database).databases()
    return [*manager.relation_names(), *databases, *manager.catalogs()]


def _members(session: Session, qualifier: tuple[str, ...]) -> Iterator[str]:
    """Of a catalog its databases, of a database its tables, of a table its columns."""
    manager = session.catalogs
    try:
        if len(qualifier) == 1 and qualifier[0] in manager.catalogs():
            yield from map(quote_if_needed, manager.catalog(qualifier[0]).databases())
        if len(qualifier) <= 2:
            yield from map(quote_if_needed, manager.relations_of(*manager.database_path(qualifier)))
    except SqlStreamError:
        pass
    yield from map(quote_if_needed, _columns_of(session, qualifier))


def _columns(session: Session, statement: str) -> list[str]:
    """Columns of every table that is named anywhere in the statement."""
    named = {quoted or plain for quoted, plain in _NAME.findall(statement)} & set(session.catalogs.relation_names())
    return sorted({column for name in named for column in _columns_of(session, (name,))})


def _columns_of(session: Session, path: tuple[str, ...]) -> list[str]:
    try:
        return session.schema_of(path).names
    except SqlStreamError:
        return []


def _parts(qualifier: str) -> tuple[str, ...]:
    return tuple(quoted or plain for quoted, plain in _NAME.findall(qualifier))


def _starting_with(prefix: str, candidates: Iterable[str]) -> list[str]:
    lower = prefix.lower()
    return list(dict.fromkeys(c for c in candidates if c.strip("`").lower().startswith(lower)))
