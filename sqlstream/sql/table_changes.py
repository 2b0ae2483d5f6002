"""What one ALTER TABLE may change: each change is a small value, applied in the order written."""

from __future__ import annotations

from dataclasses import dataclass

from sqlstream.spi.catalog import Column, WatermarkDefinition


@dataclass(frozen=True)
class ColumnPlace:
    """Where an added or modified column goes: ``after`` names its left neighbour, None means FIRST."""

    after: str | None


@dataclass(frozen=True)
class AddColumn:
    """``place`` None appends."""

    column: Column
    place: ColumnPlace | None = None


@dataclass(frozen=True)
class ModifyColumn:
    column: Column
    place: ColumnPlace | None = None


@dataclass(frozen=True)
class RenameColumn:
    old: str
    new: str


@dataclass(frozen=True)
class DropColumns:
    names: tuple[str, ...]


@dataclass(frozen=True)
class AddPrimaryKey:
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ModifyPrimaryKey:
    columns: tuple[str, ...]


@dataclass(frozen=True)
class DropPrimaryKey:
    pass


@dataclass(frozen=True)
class AddWatermark:
    watermark: WatermarkDefinition


@dataclass(frozen=True)
class ModifyWatermark:
    watermark: WatermarkDefinition


@dataclass(frozen=True)
class DropWatermark:
    pass


@dataclass(frozen=True)
class SetOptions:
    options: dict[str, str]


@dataclass(frozen=True)
class ResetOptions:
    keys: tuple[str, ...]


TableChange = (
    AddColumn
    | ModifyColumn
    | RenameColumn
    | DropColumns
    | AddPrimaryKey
    | ModifyPrimaryKey
    | DropPrimaryKey
    | AddWatermark
    | ModifyWatermark
    | DropWatermark
    | SetOptions
    | ResetOptions
)
