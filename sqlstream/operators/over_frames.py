"""From a frame to the rows it is, for every row."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar import array_values as av
from sqlstream.columnar.array_values import Int64s, Mask
from sqlstream.kernels.over_frames import distance_float64, distance_int64
from sqlstream.operators.over_rows import OrderedRows
from sqlstream.plan.physical import FrameUnit, OverFrame

_MS_PER_DAY = 86_400_000
_UNITS_PER_MS = {"ms": 1, "us": 1_000, "ns": 1_000_000}
_EXACT_DIGITS = 18


@dataclass(frozen=True)
class Frames:
    """The frame of each row, by place: the rows from ``starts`` to ``ends`` (excluded), within its partition."""

    starts: Int64s
    ends: Int64s


@dataclass(frozen=True)
class Distances:
    """Order keys by place, as numbers that ascend within a partition. ``odd`` ones are no numbers. An offset of 1 in a
    frame is ``scale`` of these numbers."""

    values: Int64s | npt.NDArray[np.float64]
    odd: Mask
    scale: Fraction = Fraction(1)


def frames_of(rows: OrderedRows, frame: OverFrame, distances: Distances | None) -> Frames:
    """``distances`` are needed for RANGE frames with offsets."""
    return Frames(
        rows.partitions.first if frame.start is None else _bound(rows, frame.unit, frame.start, distances, True),
        rows.partitions.end if frame.end is None else _bound(rows, frame.unit, frame.end, distances, False),
    )


def has_distance(frame: OverFrame) -> bool:
    """Whether a bound is so far from the row in its order key."""
    return frame.unit is FrameUnit.RANGE and any(bound not in (None, 0) for bound in (frame.start, frame.end))


def distances_of(column: pa.Array, descending: bool) -> Distances:
    """Those of a numeric or temporal order key. Decimals of more than 18 digits are taken as doubles."""
    type_ = column.type
    nulls = av.null_mask(column)
    odd = np.zeros(len(column), np.bool_) if nulls is None else nulls
    wide = pa.types.is_decimal(type_) and type_.precision > _EXACT_DIGITS
    if pa.types.is_floating(type_) or wide:
        numbers = av.float64_values(column)
        return Distances(-numbers if descending else numbers, odd | np.isnan(numbers))
    integers = av.decimal_words(column)[1] if pa.types.is_decimal(type_) else av.int64_values(column)
    return Distances(~integers if descending else integers, odd, _scale(type_))


def _scale(type_: pa.DataType) -> Fraction:
    if pa.types.is_decimal(type_):
        return Fraction(10**type_.scale)
    if pa.types.is_date32(type_):
        return Fraction(1, _MS_PER_DAY)
    if pa.types.is_timestamp(type_) or pa.types.is_time(type_):
        return Fraction(_UNITS_PER_MS[type_.unit])
    return Fraction(1)


def _bound(
    rows: OrderedRows, unit: FrameUnit, offset: int | str, distances: Distances | None, is_start: bool
) -> Int64s:
    if unit is FrameUnit.ROWS:
        places = np.arange(len(rows)) + (int(offset) if is_start else int(offset) + 1)
        bounds: Int64s = np.clip(places, rows.partitions.first, rows.partitions.end)
        return bounds
    if offset == 0:
        return rows.peers.first if is_start else rows.peers.end
    assert distances is not None
    out = np.empty(len(rows), np.int64)
    spans = (rows.partitions.first, rows.partitions.end, rows.peers.first, rows.peers.end)
    odd, distance = distances.odd.view(np.uint8), Fraction(offset) * distances.scale
    if distances.values.dtype == np.float64:
        distance_float64(distances.values, odd, *spans, float(distance), is_start, out)
    else:
        # Keys are whole numbers: a bound between two of them is at the one that the frame includes.
        whole = ceil(distance) if is_start else floor(distance)
        distance_int64(distances.values, odd, *spans, whole, is_start, out)
    return out
