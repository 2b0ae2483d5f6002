"""A table after one change of ALTER TABLE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from sqlglot import exp

from sqlstream.errors import CatalogError
from sqlstream.spi.catalog import CatalogTable, Column, ComputedColumn
from sqlstream.sql import table_changes as c
from sqlstream.sql.script import parse_expression


def altered(table: CatalogTable, change: c.TableChange) -> CatalogTable:
    """``table`` with ``change`` applied; CatalogError when it does not fit."""
    return _CHANGES[type(change)](table, change)


def _index(table: CatalogTable, name: str) -> int:
    for index, column in enumerate(table.columns):
        if column.name == name:
            return index
    known = ", ".join(column.name for column in table.columns)
    raise CatalogError(f"Column '{name}' does not exist.", hint=f"The columns are: {known}.")


def _placed(columns: list[Column], column: Column, place: c.ColumnPlace | None, table: CatalogTable) -> CatalogTable:
    if place is None:
        columns.append(column)
    else:
        names = [other.name for other in columns]
        if place.after is not None and place.after not in names:
            raise CatalogError(f"Column '{place.after}' does not exist.", hint=f"The columns are: {', '.join(names)}.")
        columns.insert(0 if place.after is None else names.index(place.after) + 1, column)
    return replace(table, columns=tuple(columns))


def _add_column(table: CatalogTable, change: c.AddColumn) -> CatalogTable:
    if any(column.name == change.column.name for column in table.columns):
        raise CatalogError(f"Column '{change.column.name}' already exists.", hint="Use MODIFY to change it.")
    return _placed(list(table.columns), change.column, change.place, table)


def _modify_column(table: CatalogTable, change: c.ModifyColumn) -> CatalogTable:
    index = _index(table, change.column.name)
    columns = list(table.columns)
    if change.place is None:
        columns[index] = change.column
        return replace(table, columns=tuple(columns))
    del columns[index]
    return _placed(columns, change.column, change.place, table)


def _rename_column(table: CatalogTable, change: c.RenameColumn) -> CatalogTable:
    index = _index(table, change.old)
    if any(column.name == change.new for column in table.columns):
        raise CatalogError(f"Column '{change.new}' already exists.")
    _refuse_if_used(table, change.old)

    def renamed(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(change.new if name == change.old else name for name in names)

    columns = list(table.columns)
    columns[index] = replace(columns[index], name=change.new)
    return replace(
        table,
        columns=tuple(columns),
        primary_key=renamed(table.primary_key),
        partition_keys=renamed(table.partition_keys),
    )


def _drop_columns(table: CatalogTable, change: c.DropColumns) -> CatalogTable:
    for name in change.names:
        index = _index(table, name)
        if name in table.primary_key or name in table.partition_keys:
            raise CatalogError(f"Column '{name}' is part of the table's key.", hint="Drop the key first.")
        _refuse_if_used(table, name)
        table = replace(table, columns=table.columns[:index] + table.columns[index + 1 :])
    return table


def _refuse_if_used(table: CatalogTable, name: str) -> None:
    """A column that a computed column or the watermark is made from may not be renamed or dropped."""
    if table.watermark is not None and table.watermark.column == name:
        raise CatalogError(f"Column '{name}' carries the watermark.", hint="ALTER TABLE ... DROP WATERMARK first.")
    texts = [(f"column '{c.name}'", c.expression) for c in table.columns if isinstance(c, ComputedColumn)]
    if table.watermark is not None:
        texts.append(("the watermark", table.watermark.expression))
    for what, text in texts:
        if name in {column.name for column in parse_expression(text).find_all(exp.Column)}:
            raise CatalogError(f"Column '{name}' is used by {what}: {text}.", hint="Change that first.")


def _add_primary_key(table: CatalogTable, change: c.AddPrimaryKey) -> CatalogTable:
    if table.primary_key:
        raise CatalogError("The table has a primary key already.", hint="Use MODIFY to change it.")
    return _modify_primary_key(table, c.ModifyPrimaryKey(change.columns))


def _modify_primary_key(table: CatalogTable, change: c.ModifyPrimaryKey) -> CatalogTable:
    for name in change.columns:
        _index(table, name)
    return replace(table, primary_key=change.columns)


def _drop_primary_key(table: CatalogTable, change: c.DropPrimaryKey) -> CatalogTable:
    if not table.primary_key:
        raise CatalogError("The table has no primary key.")
    return replace(table, primary_key=())


def _add_watermark(table: CatalogTable, change: c.AddWatermark) -> CatalogTable:
    if table.watermark is not None:
        raise CatalogError("The table has a watermark already.", hint="Use MODIFY to change it.")
    return replace(table, watermark=change.watermark)


def _modify_watermark(table: CatalogTable, change: c.ModifyWatermark) -> CatalogTable:
    if table.watermark is None:
        raise CatalogError("The table has no watermark.", hint="Use ADD to give it one.")
    return replace(table, watermark=change.watermark)


def _drop_watermark(table: CatalogTable, change: c.DropWatermark) -> CatalogTable:
    if table.watermark is None:
        raise CatalogError("The table has no watermark.")
    return replace(table, watermark=None)


def _set_options(table: CatalogTable, change: c.SetOptions) -> CatalogTable:
    return replace(table, options={**table.options, **change.options})


def _reset_options(table: CatalogTable, change: c.ResetOptions) -> CatalogTable:
    if "connector" in change.keys:
        raise CatalogError("A table's 'connector' cannot be reset.", hint="SET it to another one instead.")
    return replace(table, options={k: v for k, v in table.options.items() if k not in change.keys})


_CHANGES: dict[type, Callable[[CatalogTable, Any], CatalogTable]] = {
    c.AddColumn: _add_column,
    c.ModifyColumn: _modify_column,
    c.RenameColumn: _rename_column,
    c.DropColumns: _drop_columns,
    c.AddPrimaryKey: _add_primary_key,
    c.ModifyPrimaryKey: _modify_primary_key,
    c.DropPrimaryKey: _drop_primary_key,
    c.AddWatermark: _add_watermark,
    c.ModifyWatermark: _modify_watermark,
    c.DropWatermark: _drop_watermark,
    c.SetOptions: _set_options,
    c.ResetOptions: _reset_options,
}
