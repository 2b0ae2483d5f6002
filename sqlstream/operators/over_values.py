"""What window functions give for rows whose whole partitions, or all that their frames reach, are at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.columnar.row_format import is_single_word, value_words
from sqlstream.functions.accumulators.accumulator import AggregateRows
from sqlstream.kernels.over_frames import extremes
from sqlstream.operators.over_frames import Frames
from sqlstream.operators.over_rows import OrderedRows
from sqlstream.plan.aggregate_state import make_accumulator
from sqlstream.plan.expressions import AggregateCall
from sqlstream.types.arrow import to_arrow
from sqlstream.types.schema import Schema

_PORTION = 1 << 18
"""Rows of frames that are laid out at once."""


def over_value(call: AggregateCall, rows: OrderedRows, frames: Frames, input: Schema) -> pa.Array:
    """The value of ``call`` for each row, by place. ``input`` is the schema of the rows."""
    evaluate = _FUNCTIONS.get(call.function)
    if evaluate is not None:
        values = evaluate(call, rows)
    elif call.function in _CHOICES and not call.distinct:
        values = _chosen(call, rows, frames)
    else:
        values = _aggregated(call, rows, frames, input)
    return values.cast(to_arrow(call.type))


# --- ranks ---


def _row_number(call: AggregateCall, rows: OrderedRows) -> pa.Array:
    return pa.array(np.arange(len(rows)) - rows.partitions.first + 1)


def _rank(call: AggregateCall, rows: OrderedRows) -> pa.Array:
    return pa.array(rows.peers.first - rows.partitions.first + 1)


def _dense_rank(call: AggregateCall, rows: OrderedRows) -> pa.Array:
    peers = rows.peers.of_row
    return pa.array(peers - peers[rows.partitions.first] + 1)


def _percent_rank(call: AggregateCall, rows: OrderedRows) -> pa.Array:
    before = rows.peers.first - rows.partitions.first
    return pa.array(before / np.maximum(rows.partitions.end - rows.partitions.first - 1, 1))


def _cume_dist(call: AggregateCall, rows: OrderedRows) -> pa.Array:
    spans = rows.partitions
    return pa.array((rows.peers.end - spans.first) / (spans.end - spans.first))


def _ntile(call: AggregateCall, rows: OrderedRows) -> pa.Array:
    buckets = call.constants[0]
    spans = rows.partitions
    size, place = spans.end - spans.first, np.arange(len(rows)) - spans.first
    least, larger = size // buckets, size % buckets
    in_larger = larger * (least + 1)
    bucket = np.where(place < in_larger, place // (least + 1), larger + (place - in_larger) // np.maximum(least, 1))
    return pa.array(bucket + 1)


# --- values of other rows ---


def _lag(call: AggregateCall, rows: OrderedRows) -> pa.Array:
    return _shifted(call, rows, -_offset(call))


def _lead(call: AggregateCall, rows: OrderedRows) -> pa.Array:
    return _shifted(call, rows, _offset(call))


def _offset(call: AggregateCall) -> int:
    return call.constants[0] if call.constants else 1


def _shifted(call: AggregateCall, rows: OrderedRows, offset: int) -> pa.Array:
    column = rows.column(call.args[0])
    places = np.arange(len(rows))
    if call.ignore_nulls and offset:
        target = _shifted_among(np.asarray(column.is_valid()), rows, offset)
    else:
        target = places + offset
        target = np.where((target >= rows.partitions.first) & (target < rows.partitions.end), target, -1)
    if len(call.args) == 1:
        return _taken(column, target)
    candidates = pa.concat_arrays([column, rows.column(call.args[1])])
    return candidates.take(pa.array(np.where(target >= 0, target, len(rows) + places)))


def _shifted_among(valid: Mask, rows: OrderedRows, offset: int) -> Int64s:
    """The row that is ``offset`` ``valid`` ones away; -1 where there is none in the partition."""
    counted = np.concatenate(([0], np.cumsum(valid)))
    places = np.arange(len(rows))
    number = counted[places] + offset if offset < 0 else counted[places + 1] + offset - 1
    inside = (number >= counted[rows.partitions.first]) & (number < counted[rows.partitions.end])
    found = np.flatnonzero(valid)
    target = np.full(len(rows), -1, np.int64)
    target[inside] = found[number[inside]]
    return target


def _taken(column: pa.Array, places: Int64s) -> pa.Array:
    """The values at ``places``, NULL at -1."""
    return column.take(pa.array(np.maximum(places, 0), mask=places < 0))


# --- aggregates that are one of the frame's values ---


def _first(column: pa.Array, valid: Mask, rows: OrderedRows, frames: Frames) -> Int64s:
    following = np.append(np.where(valid, np.arange(len(valid)), len(valid)), len(valid))
    following = np.minimum.accumulate(following[::-1])[::-1]
    place = following[frames.starts]
    return np.where(place < frames.ends, place, -1)


def _last(column: pa.Array, valid: Mask, rows: OrderedRows, frames: Frames) -> Int64s:
    preceding = np.concatenate(([-1], np.maximum.accumulate(np.where(valid, np.arange(len(valid)), -1))))
    place = preceding[frames.ends]
    return np.where(place >= frames.starts, place, -1)


def _least(column: pa.Array, valid: Mask, rows: OrderedRows, frames: Frames) -> Int64s:
    return _extreme(column, valid, rows, frames, False)


def _greatest(column: pa.Array, valid: Mask, rows: OrderedRows, frames: Frames) -> Int64s:
    return _extreme(column, valid, rows, frames, True)


def _extreme(column: pa.Array, valid: Mask, rows: OrderedRows, frames: Frames, greatest: bool) -> Int64s:
    if is_single_word(column.type):
        words = value_words(column)
    else:
        words = np.asarray(pc.rank(column, tiebreaker="dense")).astype(np.int64)
    out = np.empty(len(rows), np.int64)
    extremes(words, valid.view(np.uint8), rows.partitions.first, frames.starts, frames.ends, greatest, out)
    return out


_CHOICES: dict[str, Callable[[pa.Array, Mask, OrderedRows, Frames], Int64s]] = {
    "FIRST_VALUE": _first,
    "LAST_VALUE": _last,
    "MIN": _least,
    "MAX": _greatest,
}
"""Which row's value it is, of those that are ``valid``; -1 where there is none."""


def _chosen(call: AggregateCall, rows: OrderedRows, frames: Frames) -> pa.Array:
    column = rows.column(call.args[0])
    valid = np.asarray(column.is_valid())
    if call.filter is not None:
        valid = valid & _passed(call.filter, rows)
    return _taken(column, _CHOICES[call.function](column, valid, rows, frames))


def _passed(filter: int, rows: OrderedRows) -> Mask:
    passed: Mask = np.asarray(rows.column(filter).fill_null(False))
    return passed


# --- all other aggregates ---


def _aggregated(call: AggregateCall, rows: OrderedRows, frames: Frames, input: Schema) -> pa.Array:
    """By an accumulator: of each partition as a whole, as frames move, or of each frame anew."""
    arguments = tuple(rows.column(column) for column in call.args)
    weights = np.ones(len(rows), np.int8)
    if call.filter is not None:
        weights = _passed(call.filter, rows).astype(np.int8)
    spans = rows.partitions
    if (frames.starts == spans.first).all() and (frames.ends == spans.end).all():
        accumulator = make_accumulator(call, input, False)
        accumulator.reserve(int(spans.of_row[-1]) + 1)
        accumulator.update(AggregateRows(spans.of_row, arguments, weights))
        return accumulator.value(np.arange(int(spans.of_row[-1]) + 1)).take(pa.array(spans.of_row))
    all_rows = AggregateRows(spans.of_row, arguments, weights)
    retracting = bool((frames.starts != spans.first).any())
    if make_accumulator(call, input, retracting).runs_cheaply and not (retracting and _absorbing(arguments)):
        return _moving(call, all_rows, rows, frames, input, retracting)
    return pa.concat_arrays(list(_anew(call, all_rows, frames, input)))


def _absorbing(arguments: Sequence[pa.Array]) -> bool:
    """Whether a value, once added to a sum, cannot be taken back: infinity or NaN."""
    floats = [argument for argument in arguments if pa.types.is_floating(argument.type)]
    return any(not pc.all(pc.is_finite(column), min_count=0).as_py() for column in floats)


def _moving(
    call: AggregateCall, all_rows: AggregateRows, rows: OrderedRows, frames: Frames, input: Schema, retracting: bool
) -> pa.Array:
    """From one row's frame to the next, what comes in is added, what goes out is taken back."""
    spans = rows.partitions
    is_first = np.arange(len(rows)) == spans.first
    ends_before, starts_before = (
        np.where(is_first, spans.first, np.concatenate(([0], bounds[:-1]))) for bounds in (frames.ends, frames.starts)
    )
    lengths = np.column_stack((frames.ends - ends_before, frames.starts - starts_before)).reshape(-1)
    lows = np.column_stack((ends_before, starts_before)).reshape(-1)
    changes = _laid_out(lows, lengths)
    adds = np.repeat(np.tile(np.array([1, -1], np.int8), len(rows)), lengths)
    changed = all_rows.take(changes)
    accumulator = make_accumulator(call, input, retracting)
    accumulator.reserve(int(spans.of_row[-1]) + 2)
    empty = accumulator.value(spans.of_row[-1:] + 1)
    running = accumulator.running(changed.with_weights(changed.weights * adds))
    changes_until = np.cumsum(lengths)[1::2]
    before_partition = np.concatenate(([0], changes_until))[spans.first]
    latest = np.where(changes_until > before_partition, changes_until - 1, len(changes))
    return pa.concat_arrays([running, empty.cast(running.type)]).take(pa.array(latest))


def _laid_out(lows: Int64s, lengths: Int64s) -> Int64s:
    """The numbers from ``lows[i]`` on, ``lengths[i]`` of them, for each i in turn."""
    before = np.cumsum(lengths) - lengths
    numbers: Int64s = np.repeat(lows - before, lengths) + np.arange(int(lengths.sum()))
    return numbers


def _anew(call: AggregateCall, all_rows: AggregateRows, frames: Frames, input: Schema) -> Iterator[pa.Array]:
    """Each row as a group of its own, that has the rows of its frame."""
    lengths = frames.ends - frames.starts
    until = np.cumsum(lengths)
    first = 0
    while first < len(lengths):
        before = int(until[first - 1]) if first else 0
        last = max(int(np.searchsorted(until, before + _PORTION, side="right")), first + 1)
        numbers = _laid_out(frames.starts[first:last], lengths[first:last])
        groups = np.repeat(np.arange(last - first), lengths[first:last])
        members = all_rows.take(numbers)
        accumulator = make_accumulator(call, input, False)
        accumulator.reserve(last - first)
        accumulator.update(AggregateRows(groups, members.arguments, members.weights))
        yield accumulator.value(np.arange(last - first))
        first = last


_FUNCTIONS: dict[str, Callable[[AggregateCall, OrderedRows], pa.Array]] = {
    "ROW_NUMBER": _row_number,
    "RANK": _rank,
    "DENSE_RANK": _dense_rank,
    "PERCENT_RANK": _percent_rank,
    "CUME_DIST": _cume_dist,
    "NTILE": _ntile,
    "LAG": _lag,
    "LEAD": _lead,
}
