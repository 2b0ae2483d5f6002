"""Real functions, computed in DOUBLE: powers, logarithms, trigonometry, constants. One table row each."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.functions.registry import EvaluationContext
from sqlstream.functions.signature import DOUBLE, INTEGER, scalar, signature
from sqlstream.types import logical as t

_UNARY: tuple[tuple[str, Callable[[pa.Array], pa.Array], str], ...] = (
    ("SQRT", pc.sqrt, "The square root."),
    ("EXP", pc.exp, "e to a power."),
    ("LN", pc.ln, "The natural logarithm."),
    ("LOG10", pc.log10, "The logarithm to base 10."),
    ("LOG2", lambda value: pc.divide(pc.ln(value), math.log(2)), "The logarithm to base 2."),
    ("SIN", pc.sin, "The sine of an angle in radians."),
    ("COS", pc.cos, "The cosine of an angle in radians."),
    ("TAN", pc.tan, "The tangent of an angle in radians."),
    ("COT", lambda value: pc.divide(1.0, pc.tan(value)), "The cotangent of an angle in radians."),
    ("ASIN", pc.asin, "The arc sine."),
    ("ACOS", pc.acos, "The arc cosine."),
    ("ATAN", pc.atan, "The arc tangent."),
    ("SINH", pc.sinh, "The hyperbolic sine."),
    ("COSH", pc.cosh, "The hyperbolic cosine."),
    ("TANH", pc.tanh, "The hyperbolic tangent."),
    ("DEGREES", lambda value: pc.multiply(value, 180.0 / math.pi), "Radians as degrees."),
    ("RADIANS", lambda value: pc.multiply(pc.divide(value, 180.0), math.pi), "Degrees as radians."),
)


def _declare_unary(name: str, compute: Callable[[pa.Array], pa.Array], doc: str) -> None:
    @scalar(name, signature(DOUBLE, returns=t.DOUBLE), doc=doc)
    def unary(value: pa.Array, context: EvaluationContext) -> pa.Array:
        return compute(value)


for _row in _UNARY:
    _declare_unary(*_row)


@scalar(
    "POWER",
    signature(DOUBLE, DOUBLE, returns=t.DOUBLE),
    doc="The first to the power of the second.",
    examples={"POWER(2, 10)": "1024.0"},
)
def power(base: pa.Array, exponent: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.power(base, exponent)


@scalar(
    "LOG",
    signature(DOUBLE, returns=t.DOUBLE, implementation=lambda value, _: pc.ln(value)),
    signature(DOUBLE, DOUBLE, returns=t.DOUBLE),
    doc="The natural logarithm, or the logarithm of the second to the base of the first.",
    examples={"LOG(2, 8)": "3.0"},
)
def log(base: pa.Array, value: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.divide(pc.ln(value), pc.ln(base))


@scalar("ATAN2", signature(DOUBLE, DOUBLE, returns=t.DOUBLE), doc="The angle of the point (second, first).")
def atan2(y: pa.Array, x: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.atan2(y, x)


def _declare_constant(name: str, value: float, doc: str) -> None:
    @scalar(name, signature(returns=t.DOUBLE), doc=doc, examples={f"{name}()": str(value)})
    def constant(context: EvaluationContext) -> pa.Array:
        return pa.array(np.full(context.num_rows, value))


_declare_constant("PI", math.pi, "The ratio of a circle's circumference to its diameter.")
_declare_constant("E", math.e, "The base of the natural logarithm.")


@scalar("BIN", signature(INTEGER, returns=t.STRING), doc="An integer in base 2.", examples={"BIN(4)": "100"})
def binary(value: pa.Array, context: EvaluationContext) -> pa.Array:
    texts = (None if number is None else f"{number & 0xFFFFFFFFFFFFFFFF:b}" for number in value.to_pylist())
    return pa.array(texts, pa.string())
