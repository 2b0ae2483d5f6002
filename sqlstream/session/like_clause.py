"""CREATE TABLE ... LIKE: what the new table takes from the old one.

Source: Flink documentation, "CREATE Statements", LIKE. Features not mentioned are INCLUDING, options OVERWRITING.
"""

from __future__ import annotations

from typing import TypeVar

from sqlstream.errors import CatalogError
from sqlstream.spi.catalog import CatalogTable, ComputedColumn, MetadataColumn
from sqlstream.sql.statements import LikeClause, LikeFeature, LikeStrategy

T = TypeVar("T")

_COLUMN_FEATURE: dict[type, LikeFeature] = {ComputedColumn: LikeFeature.GENERATED, MetadataColumn: LikeFeature.METADATA}


def merged_like(source: CatalogTable, table: CatalogTable, like: LikeClause) -> CatalogTable:
    """``table`` with everything ``like`` says it takes from ``source``. CatalogError where INCLUDING clashes."""
    strategies = dict.fromkeys(LikeFeature, LikeStrategy.INCLUDING) | {LikeFeature.OPTIONS: LikeStrategy.OVERWRITING}
    for strategy, mentioned in sorted(like.rules, key=lambda rule: rule[1] is not LikeFeature.ALL):
        if mentioned is LikeFeature.ALL:
            strategies = dict.fromkeys(LikeFeature, strategy)
        else:
            strategies[mentioned] = strategy

    def included(feature: LikeFeature) -> bool:
        return strategies[feature] is not LikeStrategy.EXCLUDING

    def clash(feature: LikeFeature, what: str) -> None:
        if strategies[feature] is LikeStrategy.INCLUDING:
            raise CatalogError(
                f"Both tables define {what}.", hint=f"Write OVERWRITING {feature.value} or EXCLUDING {feature.value}."
            )

    own = {column.name: column for column in table.columns}
    columns = []
    for column in source.columns:
        feature = _COLUMN_FEATURE.get(type(column))
        if feature is not None and not included(feature):
            continue
        if column.name in own:
            if feature is None:
                raise CatalogError(f"Column '{column.name}' exists in the base table already.")
            clash(feature, f"column '{column.name}'")
        columns.append(own.pop(column.name, column))

    options = dict(source.options) if included(LikeFeature.OPTIONS) else {}
    for key in options.keys() & table.options.keys():
        clash(LikeFeature.OPTIONS, f"option '{key}'")

    def one(feature: LikeFeature, what: str, inherited: T, mine: T) -> T:
        if not included(feature) or not inherited:
            return mine
        if mine:
            clash(feature, what)
            return mine
        return inherited

    return CatalogTable(
        columns=(*columns, *own.values()),
        options={**options, **table.options},
        watermark=one(LikeFeature.WATERMARKS, "a watermark", source.watermark, table.watermark),
        primary_key=one(LikeFeature.CONSTRAINTS, "a primary key", source.primary_key, table.primary_key),
        partition_keys=one(LikeFeature.PARTITIONS, "partitions", source.partition_keys, table.partition_keys),
        comment=table.comment or source.comment,
    )
