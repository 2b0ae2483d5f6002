"""PERCENTILE, variances and standard deviations."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.functions.aggregate.count_and_sum import average_type
from sqlstream.functions.aggregate.declaration import aggregate
from sqlstream.functions.registry import Argument
from sqlstream.functions.signature import INTEGER, NUMERIC, Parameter, always, signature
from sqlstream.types import logical as t


def _fraction(argument: Argument) -> t.LogicalType | None:
    if isinstance(argument.type, t.NUMERIC_TYPES):
        return t.DoubleType(nullable=False)
    return None


def _fractions(argument: Argument) -> t.LogicalType | None:
    if isinstance(argument.type, t.ArrayType) and isinstance(argument.type.element, t.NUMERIC_TYPES):
        return t.ArrayType(element=t.DoubleType(nullable=False), nullable=False)
    return None


def _declare_variances() -> None:
    forms: Sequence[tuple[str, tuple[str, ...], str, str]] = (
        ("VAR_POP", (), "population_variance", "The population variance"),
        ("VAR_SAMP", ("VARIANCE",), "sample_variance", "The sample variance, NULL for fewer than two values"),
        ("STDDEV_POP", (), "population_deviation", "The population standard deviation"),
        (
            "STDDEV_SAMP",
            ("STDDEV",),
            "sample_deviation",
            "The sample standard deviation, NULL for fewer than two values",
        ),
    )
    for name, aliases, accumulator, doc in forms:
        aggregate(
            name,
            signature(NUMERIC, returns=average_type),
            accumulator=f"moments:{accumulator}",
            doc=f"{doc}, in the argument's own type.",
            aliases=aliases,
        )


aggregate(
    "PERCENTILE",
    signature(NUMERIC, Parameter("<FRACTION>", _fraction), INTEGER, optional=1, returns=always(t.DOUBLE)),
    signature(
        NUMERIC,
        Parameter("<ARRAY OF FRACTIONS>", _fractions),
        INTEGER,
        optional=1,
        returns=always(t.ArrayType(element=t.DOUBLE)),
    ),
    accumulator="percentile:PercentileAccumulator",
    doc="The exact percentile at a fraction between 0 and 1 (or at each of an array of them), interpolated linearly; "
    "the third argument says how often each value counts.",
)
_declare_variances()
