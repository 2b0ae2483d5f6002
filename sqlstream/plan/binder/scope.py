"""What names mean in a query: the columns of its FROM clause and the relations they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlstream.errors import Position, SqlError
from sqlstream.plan.binder.suggestions import did_you_mean
from sqlstream.plan.expressions import InputRef
from sqlstream.types.schema import Schema


class UnknownNameError(SqlError):
    """Nothing in sight goes by a name; it may yet be one of a query further out."""


class UnknownColumnError(UnknownNameError):
    """No column in sight is called ``name``."""

    def __init__(self, name: str, position: Position | None, hint: str | None) -> None:
        super().__init__(f"Column '{name}' not found in any table.", position=position, hint=hint)
        self.name = name


@dataclass(frozen=True)
class Relation:
    """A table of the FROM clause: ``path`` is its qualified name (or its alias alone), then the columns it has."""

    path: tuple[str, ...]
    columns: range

    def is_called(self, qualifier: Sequence[str]) -> bool:
        return bool(qualifier) and self.path[-len(qualifier) :] == tuple(qualifier)


@dataclass(frozen=True)
class Scope:
    """``schema`` is the row that expressions are bound over. ``star`` is what ``*`` stands for; ``hidden`` are columns
    that only a qualified name reaches, since USING or NATURAL merged them with another."""

    schema: Schema
    relations: tuple[Relation, ...]
    star: tuple[int, ...]
    hidden: frozenset[int] = frozenset()

    @staticmethod
    def of(schema: Schema, path: tuple[str, ...] = ()) -> Scope:
        """One relation alone."""
        columns = range(len(schema))
        return Scope(schema, (Relation(path, columns),), tuple(columns))

    def joined(self, other: Scope) -> Scope:
        """This scope's columns, then the other's."""
        width = len(self.schema)
        moved = tuple(Relation(r.path, range(r.columns.start + width, r.columns.stop + width)) for r in other.relations)
        return Scope(
            Schema((*self.schema, *other.schema)),
            self.relations + moved,
            self.star + tuple(i + width for i in other.star),
            self.hidden | {i + width for i in other.hidden},
        )

    def merged(self, kept: Sequence[int], pairs: Sequence[tuple[int, int]]) -> Scope:
        """After USING: each (left, right) pair of columns is one, called by its name and leading ``*``: ``kept``."""
        gone = {column for pair in pairs for column in pair} - set(kept)
        rest = [i for i in self.star if i not in gone and i not in kept]
        return Scope(self.schema, self.relations, (*kept, *rest), self.hidden | gone)

    def ref(self, index: int) -> InputRef:
        return InputRef(index, self.schema[index].type)

    def named(self, name: str) -> list[int]:
        """The columns that the plain name ``name`` may mean."""
        return [i for i in range(len(self.schema)) if self.schema[i].name == name and i not in self.hidden]

    def resolve(self, parts: Sequence[str], position: Position | None) -> tuple[InputRef, Sequence[str]]:
        """The column that a dotted name means, and the fields of it that are left over.

        Raises UnknownNameError where no relation and no column is called so, SqlError for other mistakes.
        """
        for length in range(min(3, len(parts) - 1), 0, -1):
            relation = self.relation(parts[:length])
            if relation is not None:
                return self._column_of(relation, parts, length, position), parts[length + 1 :]
        matches = self.named(parts[0])
        if len(matches) > 1:
            owners = [".".join((*r.path[-1:], parts[0])) for r in self.relations if set(r.columns) & set(matches)]
            raise SqlError(
                f"Column '{parts[0]}' is ambiguous.", position=position, hint=f"Write {' or '.join(owners)}."
            )
        if not matches:
            raise unknown_name(parts, position, [self])
        return self.ref(matches[0]), parts[1:]

    def relation(self, qualifier: Sequence[str]) -> Relation | None:
        """The first relation that goes by ``qualifier``."""
        return next((r for r in self.relations if r.is_called(qualifier)), None)

    def _column_of(self, relation: Relation, parts: Sequence[str], length: int, position: Position | None) -> InputRef:
        name = parts[length]
        for i in relation.columns:
            if self.schema[i].name == name:
                return self.ref(i)
        raise SqlError(
            f"Column '{name}' not found in table '{'.'.join(parts[:length])}'.",
            position=position,
            hint=did_you_mean(name, self.names(relation.columns), "Columns"),
        )

    def names(self, columns: Iterable[int]) -> list[str]:
        """What ``columns`` may be called without a qualifier."""
        return [self.schema[i].name for i in columns if i not in self.hidden]


def unknown_name(parts: Sequence[str], position: Position | None, scopes: Sequence[Scope]) -> UnknownNameError:
    """The error that a dotted name means nothing in ``scopes``, the innermost first."""
    if len(parts) > 1:
        tables = [relation.path[-1] for scope in scopes for relation in scope.relations if relation.path]
        return UnknownNameError(
            f"Table '{parts[0]}' not found.", position=position, hint=did_you_mean(parts[0], tables, "Tables")
        )
    names = [name for scope in scopes for name in scope.names(range(len(scope.schema)))]
    return UnknownColumnError(parts[0], position, did_you_mean(parts[0], names, "Columns"))


def unique_names(names: Iterable[str]) -> list[str]:
    """Output column names made unique as Calcite does: the second ``k`` is ``k0``, the third ``k1``."""
    taken: set[str] = set()
    result = []
    for name in names:
        unique, attempt = name, 0
        while unique in taken:
            unique, attempt = f"{name}{attempt}", attempt + 1
        taken.add(unique)
        result.append(unique)
    return result
