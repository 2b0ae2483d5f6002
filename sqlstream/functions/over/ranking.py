"""ROW_NUMBER, RANK, DENSE_RANK, PERCENT_RANK, CUME_DIST and NTILE."""

from __future__ import annotations

from sqlstream.functions.over.declaration import over_function
from sqlstream.functions.signature import INTEGER, always, signature
from sqlstream.types import logical as t

_NUMBER = always(t.BigIntType(nullable=False))
_SHARE = always(t.DoubleType(nullable=False))

over_function("ROW_NUMBER", signature(returns=_NUMBER), doc="The number of the row in its partition, from 1.")
over_function(
    "RANK", signature(returns=_NUMBER), doc="One more than the number of rows before the first equal one: 1, 1, 3."
)
over_function(
    "DENSE_RANK",
    signature(returns=_NUMBER),
    doc="One more than the number of different values before: 1, 1, 2.",
)
over_function(
    "PERCENT_RANK",
    signature(returns=_SHARE),
    doc="(RANK - 1) / (rows of the partition - 1); 0 in a partition of one row.",
    looks_ahead=True,
)
over_function(
    "CUME_DIST",
    signature(returns=_SHARE),
    doc="The share of the partition's rows that come before the row or are equal to it.",
    looks_ahead=True,
)
over_function(
    "NTILE",
    signature(INTEGER, returns=_NUMBER),
    doc="The bucket of the row, from 1, when the partition is cut into that many as even as possible.",
    constants=(0,),
    ordered=False,
    looks_ahead=True,
)
