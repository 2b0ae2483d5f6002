"""The order of rows, as plans give it and as the state of Top-N wants it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.columnar.order_codes import OrderKey
from sqlstream.errors import PlanError
from sqlstream.kernels import ranked_lists as kernel
from sqlstream.plan.physical import RankType, SortKey
from sqlstream.state.ranked_rows import Ranking
from sqlstream.types.arrow import to_arrow
from sqlstream.types.logical import ArrayType, MapType, MultisetType, RowType
from sqlstream.types.schema import Schema, TimeAttribute

_UNORDERED = (ArrayType, MapType, MultisetType, RowType)
_KINDS = {
    RankType.ROW_NUMBER: kernel.ROW_NUMBER,
    RankType.RANK: kernel.RANK,
    RankType.DENSE_RANK: kernel.DENSE_RANK,
}


def state_ranking(
    input: Schema,
    partition: tuple[int, ...],
    order: Sequence[SortKey],
    type_: RankType = RankType.ROW_NUMBER,
    *,
    newest: bool = False,
) -> Ranking:
    """Processing time orders rows as they come, whatever follows it. PlanError for a type that has no order."""
    keys: list[tuple[int, OrderKey]] = []
    for key in order:
        field = input[key.column]
        if isinstance(field.type, _UNORDERED):
            raise PlanError(f"Cannot order by '{field.name}' of type {field.type.summary}.")
        if field.time is TimeAttribute.PROCTIME:
            newest = key.descending
            break
        code = OrderKey(to_arrow(field.type), key.descending, key.nulls_last, field.type.nullable)
        keys.append((key.column, code))
    return Ranking(partition, tuple(keys), _KINDS[type_], newest)
