"""What window functions give, said slowly: a loop over partitions, rows and frames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from sqlstream.plan.expressions import AggregateCall
from sqlstream.plan.physical import FrameUnit, OverFrame

Row = tuple[Any, ...]


def over_reference(
    rows: Sequence[Row], partition: Sequence[int], order: int | None, frame: OverFrame, calls: Sequence[AggregateCall]
) -> list[Row]:
    """``rows`` in the order they came, each with the values of ``calls``; ordered by column ``order``, ascending."""
    partitions: dict[Row, list[Row]] = defaultdict(list)
    for row in rows:
        partitions[tuple(row[column] for column in partition)].append(row)
    result = []
    for members in partitions.values():
        if order is not None:
            members.sort(key=lambda row: (row[order] is not None, row[order]))
        keys = [None if order is None else row[order] for row in members]
        for place, row in enumerate(members):
            inside = [members[i] for i in _frame(keys, place, frame)]
            values = [_FUNCTIONS.get(call.function, _aggregate)(call, members, keys, place, inside) for call in calls]
            result.append((*row, *values))
    return result


def _frame(keys: list[Any], place: int, frame: OverFrame) -> list[int]:
    if frame.unit is FrameUnit.ROWS:
        low = 0 if frame.start is None else place + int(frame.start)
        high = len(keys) - 1 if frame.end is None else place + int(frame.end)
        return [i for i in range(len(keys)) if low <= i <= high]
    return [i for i in range(len(keys)) if _above(keys, i, place, frame.start) and _below(keys, i, place, frame.end)]


def _above(keys: list[Any], i: int, place: int, start: Any) -> bool:
    if start is None:
        return True
    if keys[i] is None or keys[place] is None:
        return keys[i] is None and keys[place] is None if start else i >= keys.index(keys[place])
    return bool(keys[i] >= keys[place] + int(start))


def _below(keys: list[Any], i: int, place: int, end: Any) -> bool:
    if end is None:
        return True
    if keys[i] is None or keys[place] is None:
        return keys[i] is None
    return bool(keys[i] <= keys[place] + int(end))


def _aggregate(call: AggregateCall, members: list[Row], keys: list[Any], place: int, inside: list[Row]) -> Any:
    if call.filter is not None:
        inside = [row for row in inside if row[call.filter]]
    if not call.args:
        return len(inside)
    values = [row[call.args[0]] for row in inside if row[call.args[0]] is not None]
    if call.distinct:
        values = list(dict.fromkeys(values))
    return _OF_VALUES[call.function](values)


_OF_VALUES: dict[str, Callable[[list[Any]], Any]] = {
    "COUNT": len,
    "SUM": lambda values: sum(values) if values else None,
    "MIN": lambda values: min(values, default=None),
    "MAX": lambda values: max(values, default=None),
    "FIRST_VALUE": lambda values: values[0] if values else None,
    "LAST_VALUE": lambda values: values[-1] if values else None,
    "LISTAGG": lambda values: ",".join(values) if values else None,
}


def _shifted(call: AggregateCall, members: list[Row], place: int, step: int) -> Any:
    candidates = members[place + 1 :] if step > 0 else members[:place][::-1]
    values = [row[call.args[0]] for row in candidates]
    if call.ignore_nulls:
        values = [value for value in values if value is not None]
    offset = call.constants[0] if call.constants else 1
    return values[offset - 1] if offset <= len(values) else None


def _bucket(place: int, size: int, buckets: int) -> int:
    sizes = [size // buckets + (i < size % buckets) for i in range(buckets)]
    return next(i + 1 for i in range(buckets) if place < sum(sizes[: i + 1]))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ROW_NUMBER": lambda call, members, keys, place, inside: place + 1,
    "RANK": lambda call, members, keys, place, inside: keys.index(keys[place]) + 1,
    "DENSE_RANK": lambda call, members, keys, place, inside: len(set(keys[: place + 1])),
    "PERCENT_RANK": lambda call, members, keys, place, inside: keys.index(keys[place]) / max(len(keys) - 1, 1),
    "NTILE": lambda call, members, keys, place, inside: _bucket(place, len(keys), call.constants[0]),
    "LAG": lambda call, members, keys, place, inside: _shifted(call, members, place, -1),
    "LEAD": lambda call, members, keys, place, inside: _shifted(call, members, place, 1),
}
