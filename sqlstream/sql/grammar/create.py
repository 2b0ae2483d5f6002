"""CREATE statements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from sqlstream.errors import PlanError
from sqlstream.spi.catalog import Column, PhysicalColumn
from sqlstream.sql import statements as s
from sqlstream.sql.cursor import Cursor
from sqlstream.sql.grammar.columns import TableElements, physical_columns, table_elements
from sqlstream.sql.positions import position_of
from sqlstream.types.logical import with_nullability


@dataclass(frozen=True)
class Modifiers:
    """The words between CREATE and the kind of object."""

    or_replace: bool = False
    temporary: bool = False
    system: bool = False

    @property
    def function_scope(self) -> s.FunctionScope:
        if self.system:
            return s.FunctionScope.TEMPORARY_SYSTEM
        return s.FunctionScope.TEMPORARY if self.temporary else s.FunctionScope.CATALOG


Create = Callable[[Cursor, Modifiers], s.Statement]


def create(cursor: Cursor) -> s.Statement:
    """The rest of a statement after CREATE."""
    or_replace = cursor.accept("OR", "REPLACE")
    modifiers_at = cursor.token
    temporary = cursor.accept("TEMPORARY")
    system = temporary and cursor.accept("SYSTEM")
    modifiers = Modifiers(or_replace, temporary, system)
    kinds = {word: build for word, (build, allowed) in _KINDS.items() if all(m in allowed for m in _given(modifiers))}
    if not any(cursor.peek(word) for word in kinds) and any(cursor.peek(word) for word in _KINDS):
        given = " ".join(_given(modifiers))
        raise cursor.mistake(f"{cursor.token.text.upper()} cannot be {given}", modifiers_at, f"Leave out {given}.")
    return cursor.choose(kinds)(cursor, modifiers)


def _given(modifiers: Modifiers) -> list[str]:
    words = {"OR REPLACE": modifiers.or_replace, "TEMPORARY": modifiers.temporary, "SYSTEM": modifiers.system}
    return [word for word, given in words.items() if given]


def _if_not_exists(cursor: Cursor) -> bool:
    return cursor.accept("IF", "NOT", "EXISTS")


def _table(cursor: Cursor, modifiers: Modifiers) -> s.Statement:
    if_not_exists = _if_not_exists(cursor)
    path = cursor.path()
    elements = table_elements(cursor) if cursor.peek("(") else TableElements()
    comment = cursor.optional_string("COMMENT")
    if cursor.peek("DISTRIBUTED"):
        raise cursor.mistake("DISTRIBUTED BY is not supported", cursor.token, "Use PARTITIONED BY, or leave it out.")
    partition_keys = cursor.names() if cursor.accept("PARTITIONED", "BY") else ()
    options = cursor.optional_properties()
    like = _like(cursor) if cursor.accept("LIKE") else None
    as_at = cursor.token
    query = cursor.parse_query() if like is None and cursor.accept("AS") else None
    if query is None and elements.names:
        raise cursor.mistake(f"Column '{elements.names[0]}' has no type", as_at, "Write its type after its name.")
    if query is not None and elements.names and elements.columns:
        raise cursor.mistake("Columns with and without a type are mixed", as_at, "Give all of them a type, or none.")
    if query is None and modifiers.or_replace:
        raise cursor.mistake("OR REPLACE needs a query", as_at, "Write CREATE OR REPLACE TABLE ... AS SELECT ...")
    return s.CreateTable(
        path=path,
        columns=_with_key_not_null(cursor, elements, inherits=like is not None or query is not None),
        watermark=elements.watermark,
        primary_key=elements.primary_key,
        partition_keys=partition_keys,
        options=options,
        comment=comment,
        like=like,
        query=query,
        column_order=tuple(elements.names),
        temporary=modifiers.temporary,
        if_not_exists=if_not_exists,
        or_replace=modifiers.or_replace,
    )


def _with_key_not_null(cursor: Cursor, elements: TableElements, inherits: bool) -> tuple[Column, ...]:
    """The columns, those of the primary key NOT NULL; SqlError for a key column that is none."""
    physical = {column.name for column in elements.columns if isinstance(column, PhysicalColumn)}
    missing = [name for name in elements.primary_key if name not in physical]
    if missing and not inherits:
        raise cursor.mistake(
            f"PRIMARY KEY column '{missing[0]}' is not a physical column of the table",
            elements.key_token or cursor.token,
            f"Physical columns: {', '.join(sorted(physical)) or 'none'}.",
        )
    return tuple(
        PhysicalColumn(column.name, with_nullability(column.type, False), column.comment)
        if isinstance(column, PhysicalColumn) and column.name in elements.primary_key
        else column
        for column in elements.columns
    )


def _like(cursor: Cursor) -> s.LikeClause:
    path = cursor.path()
    rules: list[tuple[s.LikeStrategy, s.LikeFeature]] = []
    if cursor.accept("("):
        while not cursor.accept(")"):
            strategy = cursor.choose({strategy.value: strategy for strategy in s.LikeStrategy})
            rules.append((strategy, cursor.choose({feature.value: feature for feature in s.LikeFeature})))
    return s.LikeClause(path, tuple(rules))


def _view(cursor: Cursor, modifiers: Modifiers) -> s.Statement:
    if_not_exists = _if_not_exists(cursor)
    path = cursor.path()
    names = cursor.names() if cursor.peek("(") else ()
    comment = cursor.optional_string("COMMENT")
    cursor.expect("AS")
    query, text = cursor.query_with_text()
    _check_column_count(cursor, names, query)
    return s.CreateView(path, query, text, names, comment, modifiers.temporary, if_not_exists, modifiers.or_replace)


def _check_column_count(cursor: Cursor, names: tuple[str, ...], query: exp.Expression) -> None:
    """SqlError when the query visibly has another number of columns than the view."""
    columns = query.expressions if isinstance(query, exp.Select) else []
    if names and columns and not any(column.is_star for column in columns) and len(columns) != len(names):
        raise PlanError(
            f"The view's column list has length {len(names)}, its query returns {len(columns)}",
            position=position_of(columns[min(len(names), len(columns) - 1)]),
            source=cursor.sql,
            hint="Name as many columns as the query returns.",
        )


def _database(cursor: Cursor, modifiers: Modifiers) -> s.Statement:
    if_not_exists = _if_not_exists(cursor)
    path = cursor.path()
    comment = cursor.optional_string("COMMENT")
    return s.CreateDatabase(path, cursor.optional_properties(), comment, if_not_exists)


def _catalog(cursor: Cursor, modifiers: Modifiers) -> s.Statement:
    if_not_exists = _if_not_exists(cursor)
    name = cursor.name()
    comment = cursor.optional_string("COMMENT")
    return s.CreateCatalog(name, cursor.optional_properties(), comment, if_not_exists)


_LANGUAGES = {word: word for word in ("PYTHON", "JAVA", "SCALA")}


def class_and_language(cursor: Cursor) -> tuple[str, str]:
    """``AS 'class' [LANGUAGE PYTHON]``."""
    cursor.expect("AS")
    class_name = cursor.string()
    return class_name, cursor.choose(_LANGUAGES) if cursor.accept("LANGUAGE") else "PYTHON"


def _function(cursor: Cursor, modifiers: Modifiers) -> s.Statement:
    if_not_exists = _if_not_exists(cursor)
    path = cursor.path()
    class_name, language = class_and_language(cursor)
    resources: tuple[str, ...] = ()
    if cursor.accept("USING"):
        resources = tuple(cursor.listed(lambda: _resource(cursor)))
    options = cursor.optional_properties()
    return s.CreateFunction(path, class_name, language, resources, options, modifiers.function_scope, if_not_exists)


def _resource(cursor: Cursor) -> str:
    cursor.choose({"JAR": None, "FILE": None})
    return cursor.string()


def _model(cursor: Cursor, modifiers: Modifiers) -> s.Statement:
    if_not_exists = _if_not_exists(cursor)
    path = cursor.path()
    inputs = physical_columns(cursor) if cursor.accept("INPUT") else ()
    outputs = physical_columns(cursor) if cursor.accept("OUTPUT") else ()
    comment = cursor.optional_string("COMMENT")
    options = cursor.optional_properties()
    return s.CreateModel(path, inputs, outputs, options, comment, modifiers.temporary, if_not_exists)


_KINDS: dict[str, tuple[Create, tuple[str, ...]]] = {
    "TABLE": (_table, ("OR REPLACE", "TEMPORARY")),
    "VIEW": (_view, ("OR REPLACE", "TEMPORARY")),
    "DATABASE": (_database, ()),
    "CATALOG": (_catalog, ()),
    "FUNCTION": (_function, ("TEMPORARY", "SYSTEM")),
    "MODEL": (_model, ("TEMPORARY",)),
}
"""Kind of object -> its reader, and the words allowed before it."""
