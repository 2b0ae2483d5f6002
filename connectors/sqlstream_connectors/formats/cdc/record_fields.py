"""Which JSON fields of a record are read, each once, and where the wanted ones are among what was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Union

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.types.logical import LogicalType, RowField, RowType
from sqlstream.types.schema import Field, Schema

_Node = Union[LogicalType, dict[str, "_Node"]]


@dataclass(frozen=True, slots=True)
class Location:
    """Column ``column`` of what is read, then these fields of nested rows."""

    column: int
    path: tuple[str, ...]

    def of(self, data: pa.RecordBatch) -> pa.Array:
        """The values there; NULL where a row on the way is."""
        array = data.column(self.column)
        return array if not self.path else pc.struct_field(array, [*self.path])


@dataclass
class RecordFields:
    """Fields that are wanted of a record. One that is wanted as a whole and in parts too is read twice."""

    _trees: list[dict[str, _Node]] = field(default_factory=list)
    _places: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)

    def add(self, path: tuple[str, ...], type_: LogicalType) -> int:
        """Want the field at ``path``, as ``type_``; the number of what was added."""
        number = next((n for n, tree in enumerate(self._trees) if _fits(tree, path, type_)), len(self._trees))
        if number == len(self._trees):
            self._trees.append({})
        node = self._trees[number]
        for name in path[:-1]:
            below = node.setdefault(name, {})
            assert isinstance(below, dict)
            node = below
        node[path[-1]] = type_
        self._places.append((number, path))
        return len(self._places) - 1

    def schema(self) -> Schema:
        """What is to be read."""
        return Schema(tuple(Field(name, _type(node)) for tree in self._trees for name, node in tree.items()))

    def locations(self) -> Sequence[Location]:
        """Where each of what was added is in the :meth:`schema`."""
        columns = [(number, name) for number, tree in enumerate(self._trees) for name in tree]
        return [Location(columns.index((number, path[0])), path[1:]) for number, path in self._places]


def _fits(tree: dict[str, _Node], path: tuple[str, ...], type_: LogicalType) -> bool:
    """Whether the field is not in the tree, or is there as it is wanted."""
    node: _Node | None = tree
    for name in path:
        if not isinstance(node, dict):
            return False
        node = node.get(name)
        if node is None:
            return True
    return node == type_


def _type(node: _Node) -> LogicalType:
    if isinstance(node, dict):
        return RowType(fields=tuple(RowField(name, _type(below)) for name, below in node.items()))
    return node
