"""Columns differ where SQL values do; NULL is like NULL here, because a change from NULL to NULL is none."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from sqlstream.columnar.difference import differs

NAN = float("nan")


@pytest.mark.parametrize(
    ("type_", "left", "right"),
    [
        (pa.int32(), 1, 2),
        (pa.float64(), 1.5, NAN),
        (pa.bool_(), True, False),
        (pa.string(), "a", "b"),
        (pa.decimal128(10, 2), Decimal("1.00"), Decimal("1.01")),
        (pa.timestamp("us"), dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 2)),
        (pa.list_(pa.int32()), [1], [1, None]),
        (pa.map_(pa.string(), pa.int32()), [("a", 1)], [("a", 2)]),
        (pa.struct([("a", pa.string())]), {"a": "x"}, {"a": None}),
    ],
    ids=str,
)
def test_values_and_nulls(type_: pa.DataType, left: Any, right: Any) -> None:
    lefts = pa.array([left, left, None, left, None], type_)
    rights = pa.array([left, right, None, None, right], type_)
    assert differs(lefts, rights).tolist() == [False, True, False, True, True]


def test_nan_is_like_nan_and_the_zeros_are_one() -> None:
    assert differs(pa.array([NAN, 0.0]), pa.array([NAN, -0.0])).tolist() == [False, False]
