"""Evaluating bound expressions over record batches.

An :class:`ExpressionProgram` is compiled once and run on many batches. Sub-expressions that occur twice are computed
once a batch, constants once for good. Where SQL promises that a branch is not evaluated (CASE, COALESCE, AND, ...) and
the branch could fail, it is computed only for the rows that reach it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.functions.registry import EvaluationContext, NullRule
from sqlstream.plan.evaluation_environment import EvaluationEnvironment
from sqlstream.plan.expression_traits import is_constant, is_deterministic, scalar_function, walk
from sqlstream.plan.expressions import Call, Cast, Expression, InputRef, Literal
from sqlstream.plan.frame import Frame, FrameStep
from sqlstream.plan.lazy_branches import lazy_call
from sqlstream.plan.literals import literal_array
from sqlstream.types.arrow import to_arrow
from sqlstream.types.cast import cast_array
from sqlstream.types.logical import with_nullability

__all__ = [
    "EvaluationEnvironment",
    "ExpressionProgram",
    "compile_expression",
    "evaluate",
    "evaluate_constant",
]


class ExpressionProgram:
    """Expressions compiled together.

    Raises PlanError for a function that does not exist or a literal that is no value of its type.
    """

    def __init__(self, expressions: Sequence[Expression]) -> None:
        compiler = _Compiler(expressions)
        self.steps = tuple(compiler.compile(expression) for expression in expressions)
        """One function of a frame for each expression; a frame must be used with one program only."""

    def run(self, frame: Frame) -> list[pa.Array]:
        """One array an expression, of exactly its Arrow type and the frame's length. Raises DataError."""
        return [step(frame) for step in self.steps]


def compile_expression(expression: Expression) -> Callable[[pa.RecordBatch, EvaluationEnvironment], pa.Array]:
    """``expression`` as a function of a batch, to be called many times. Errors are those of ExpressionProgram."""
    program = ExpressionProgram([expression])

    def run(data: pa.RecordBatch, environment: EvaluationEnvironment) -> pa.Array:
        return program.run(Frame.of(data, environment))[0]

    return run


def evaluate(expression: Expression, data: pa.RecordBatch, environment: EvaluationEnvironment) -> pa.Array:
    """``expression`` for every row of ``data``: an array of exactly the Arrow type of ``expression.type``.

    Raises DataError for a value that cannot be computed, PlanError for an expression that cannot run.
    """
    return compile_expression(expression)(data, environment)


def evaluate_constant(expression: Expression, environment: EvaluationEnvironment) -> pa.Scalar:
    """The value of an expression without input columns. Errors are those of :func:`evaluate`."""
    return ExpressionProgram([expression]).run(Frame.single_row(environment))[0][0]


class _Constant:
    """The value of a step that needs no row, kept as an array as long as the longest batch seen."""

    def __init__(self, step: FrameStep) -> None:
        self._step = step
        self._repeated: pa.Array | None = None
        self._time_zone: str | None = None

    def __call__(self, frame: Frame) -> pa.Array:
        if self._repeated is None or self._time_zone != frame.environment.time_zone:
            self._time_zone = frame.environment.time_zone
            self._repeated = self._step(Frame.single_row(frame.environment))
        if len(self._repeated) < frame.num_rows:
            self._repeated = _repeat(self._repeated, frame.num_rows)
        return self._repeated.slice(0, frame.num_rows)


def _repeat(array: pa.Array, num_rows: int) -> pa.Array:
    value = array[0]
    return pa.repeat(value, num_rows) if value.is_valid else pa.nulls(num_rows, array.type)


class _Compiler:
    """Turns expressions into steps, sharing those that are equal."""

    def __init__(self, expressions: Sequence[Expression]) -> None:
        self._occurrences = Counter(_identity(node) for root in expressions for node in walk(root))
        self._steps: dict[bytes, FrameStep] = {}

    def compile(self, expression: Expression) -> FrameStep:
        if isinstance(expression, InputRef):
            return _input_step(expression)
        identity = _identity(expression)
        shareable = is_deterministic(expression)
        if shareable and identity in self._steps:
            return self._steps[identity]
        step = self._build(expression)
        if is_constant(expression):
            step = _Constant(step)
        elif shareable and self._occurrences[identity] > 1:
            step = _shared(len(self._steps), step)
        if shareable:
            self._steps[identity] = step
        return step

    def _build(self, expression: Expression) -> FrameStep:
        if isinstance(expression, Literal):
            value = literal_array(expression)
            return lambda frame: value
        if isinstance(expression, Cast):
            return self._cast(expression)
        assert isinstance(expression, Call)
        arguments = [self.compile(argument) for argument in expression.args]
        return lazy_call(expression, arguments) or _eager_call(expression, arguments)

    def _cast(self, cast: Cast) -> FrameStep:
        operand = self.compile(cast.operand)
        source, target, safe = cast.operand.type, cast.type, cast.safe
        if with_nullability(source, True) == with_nullability(target, True):
            return operand
        return lambda frame: cast_array(
            operand(frame), source, target, safe=safe, time_zone=frame.environment.time_zone
        )


def _identity(expression: Expression) -> bytes:
    """Equal for equal expressions only; unlike ``==`` it tells 0.0 from -0.0."""
    return msgspec.msgpack.encode(expression)


def _input_step(reference: InputRef) -> FrameStep:
    index = reference.index
    return lambda frame: frame.column(index)


def _shared(key: int, step: FrameStep) -> FrameStep:
    return lambda frame: frame.once(key, step)


def _eager_call(call: Call, arguments: Sequence[FrameStep]) -> FrameStep:
    """All arguments for all rows, then the registry's implementation."""
    function = scalar_function(call.function)
    implementation = function.implementation
    propagates_nulls = function.nulls is NullRule.PROPAGATE
    result_type = to_arrow(call.type)
    argument_types = tuple(argument.type for argument in call.args)
    constants = frozenset(i for i, argument in enumerate(call.args) if is_constant(argument))

    def step(frame: Frame) -> pa.Array:
        environment = frame.environment
        context = EvaluationContext(
            num_rows=frame.num_rows,
            argument_types=argument_types,
            result_type=call.type,
            now=environment.now,
            time_zone=environment.time_zone,
            configuration=environment.configuration,
            constants=constants,
        )
        values = [argument(frame) for argument in arguments]
        result = _conform(implementation(*values, context), result_type)
        return _null_where_any_is(values, result) if propagates_nulls else result

    return step


def _conform(result: Any, type_: pa.DataType) -> pa.Array:
    """An implementation may leave the last step, an unchunked array of the exact type, to its caller."""
    array = result.combine_chunks() if isinstance(result, pa.ChunkedArray) else result
    return array if array.type == type_ else array.cast(type_)


def _null_where_any_is(arguments: Sequence[pa.Array], result: pa.Array) -> pa.Array:
    valid = None
    for argument in arguments:
        if argument.null_count:
            present = argument.is_valid()
            valid = present if valid is None else pc.and_(valid, present)
    if valid is None or not pc.any(pc.and_not(result.is_valid(), valid)).as_py():
        return result
    return pc.if_else(valid, result, pa.scalar(None, result.type))
