"""A small language for function signatures, and the decorator that declares a scalar function with them.

A :class:`Signature` is a row of :class:`Parameter`, each of which accepts an argument type (and says what it is
cast to), and a result rule. ``scalar("UPPER", signature(CHARACTER, returns=STRING), doc=...)`` above a vectorised
implementation is a whole declaration: argument checks, implicit casts, nullability, error text and documentation
all follow from it. Of several signatures the first that fits is taken; each may have an implementation of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from sqlstream.functions.registry import (
    Argument,
    EvaluationContext,
    Example,
    NullRule,
    Resolution,
    ScalarFunction,
    SignatureError,
    register,
)
from sqlstream.types import logical as t
from sqlstream.types.coercion import common_type

Types = tuple[t.LogicalType, ...]
Implementation = Callable[..., pa.Array]
ResultRule = Callable[[Sequence[Argument]], t.LogicalType | None]
"""From the arguments, already cast, to the result type, or None if they do not fit after all. Its nullability is what
the result has when no argument is NULL."""
Adapter = Callable[[Types], Types | None]
"""Looks at all arguments together, and says what they are cast to; None if they do not fit."""


@dataclass(frozen=True)
class Parameter:
    """``text`` is how a signature shows it, e.g. ``<NUMERIC>``; ``accept`` gives the type the argument is cast to.

    ``literal`` parameters look at the argument's value, and so can be checked only when a call is resolved.
    """

    text: str
    accept: Callable[[Argument], t.LogicalType | None]
    literal: bool = False


@dataclass(frozen=True)
class Signature:
    """``optional`` trailing parameters may be left out; ``repeated`` trailing ones may come again and again."""

    parameters: tuple[Parameter, ...]
    result: ResultRule
    optional: int = 0
    repeated: int = 0
    adapt: Adapter | None = None
    implementation: Implementation | None = None

    def describe(self, name: str) -> str:
        """The signature as an error message shows it: ``SUBSTRING(<CHARACTER>, <INTEGER> [, <INTEGER>])``."""
        required = len(self.parameters) - self.optional
        text = ", ".join(parameter.text for parameter in self.parameters[:required])
        for parameter in self.parameters[required:]:
            text += f" [, {parameter.text}]" if text else f"[{parameter.text}]"
        return f"{name}({text}{', ...' if self.repeated else ''})"

    def match(self, arguments: Sequence[Argument]) -> tuple[Argument, ...] | None:
        """The arguments with the types they are cast to, or None when they do not fit."""
        parameters = self._parameters_for(len(arguments))
        if parameters is None:
            return None
        accepted = [parameter.accept(argument) for parameter, argument in zip(parameters, arguments, strict=True)]
        types = tuple(type_ for type_ in accepted if type_ is not None)
        if len(types) < len(arguments):
            return None
        adapted = types if self.adapt is None else self.adapt(types)
        if adapted is None:
            return None
        return tuple(
            Argument(t.with_nullability(type_, argument.type.nullable), argument.literal, argument.is_literal)
            for type_, argument in zip(adapted, arguments, strict=True)
        )

    def fits_but_for_common_type(self, arguments: Sequence[Argument]) -> bool:
        """Whether each argument alone would do."""
        parameters = self._parameters_for(len(arguments)) if self.adapt is not None else None
        return parameters is not None and all(
            parameter.accept(argument) is not None for parameter, argument in zip(parameters, arguments, strict=True)
        )

    def takes(self, types: Types) -> bool:
        """Whether this is the signature by which a call, now cast to ``types``, was resolved."""
        parameters = self._parameters_for(len(types))
        if parameters is None or (self.adapt is not None and self.adapt(types) is None):
            return False
        pairs = zip(parameters, types, strict=True)
        return all(parameter.literal or parameter.accept(Argument(type_)) is not None for parameter, type_ in pairs)

    def _parameters_for(self, count: int) -> tuple[Parameter, ...] | None:
        least, most = len(self.parameters) - self.optional, len(self.parameters)
        if least <= count <= most:
            return self.parameters[:count]
        if self.repeated and count > most and (count - most) % self.repeated == 0:
            return self.parameters + self.parameters[-self.repeated :] * ((count - most) // self.repeated)
        return None


def signature(
    *parameters: Parameter,
    returns: t.LogicalType | ResultRule,
    optional: int = 0,
    repeated: int = 0,
    adapt: Adapter | None = None,
    implementation: Implementation | None = None,
) -> Signature:
    """A :class:`Signature`; a plain type in ``returns`` is NOT NULL but for NULL arguments."""
    rule = returns if callable(returns) else always(t.with_nullability(returns, False))
    return Signature(parameters, rule, optional, repeated, adapt, implementation)


def always(type_: t.LogicalType) -> ResultRule:
    """The result is of ``type_``, nullability included."""
    return lambda _: type_


def same_as(index: int) -> ResultRule:
    """The result has the type of argument ``index``."""
    return lambda arguments: t.with_nullability(arguments[index].type, False)


def unified(start: int = 0) -> Adapter:
    """Arguments from ``start`` on are cast to their common type."""

    def adapt(types: Types) -> Types | None:
        common = common_type(types[start:])
        return None if common is None else types[:start] + (common,) * (len(types) - start)

    return adapt


def kind(text: str, *types: type, null_as: t.LogicalType, cast_to: t.LogicalType | None = None) -> Parameter:
    """Accepts the type classes ``types``, as they are or cast to ``cast_to``; an untyped NULL becomes ``null_as``."""

    def accept(argument: Argument) -> t.LogicalType | None:
        if isinstance(argument.type, t.NullType):
            return null_as
        return (cast_to or argument.type) if isinstance(argument.type, types) else None

    return Parameter(f"<{text}>", accept)


def word(text: str, *words: str) -> Parameter:
    """Accepts a literal that is one of ``words``, in any case; with no words, any character literal."""

    def accept(argument: Argument) -> t.LogicalType | None:
        fits = argument.is_literal and isinstance(argument.literal, str)
        return argument.type if fits and (not words or str(argument.literal).upper() in words) else None

    return Parameter(text, accept, literal=True)


BOOLEAN = kind("BOOLEAN", t.BooleanType, null_as=t.BOOLEAN)
CHARACTER = kind("CHARACTER", *t.CHARACTER_TYPES, null_as=t.STRING)
BINARY = kind("BINARY", *t.BINARY_TYPES, null_as=t.BYTES)
INTEGER = kind("INTEGER", *t.INTEGER_TYPES, null_as=t.BIGINT, cast_to=t.BIGINT)
NUMERIC = kind("NUMERIC", *t.NUMERIC_TYPES, null_as=t.INT)
DOUBLE = kind("NUMERIC", *t.NUMERIC_TYPES, null_as=t.DOUBLE, cast_to=t.DOUBLE)
DATE = kind("DATE", t.DateType, null_as=t.DateType())
TIME = kind("TIME", t.TimeType, null_as=t.TimeType())
TIMESTAMP = kind("TIMESTAMP", *t.TIMESTAMP_TYPES, null_as=t.TimestampType(precision=3))
DATETIME = kind("DATETIME", *t.DATETIME_TYPES, null_as=t.TimestampType(precision=3))
INTERVAL = kind("INTERVAL", *t.INTERVAL_TYPES, null_as=t.DayTimeIntervalType())
ARRAY = kind("ARRAY", t.ArrayType, null_as=t.ArrayType(element=t.NullType()))
MAP = kind("MAP", t.MapType, null_as=t.MapType(key=t.STRING, value=t.STRING))
ROW = kind("ROW", t.RowType, null_as=t.RowType())
ANY = Parameter("<VALUE>", lambda argument: argument.type)


def resolver(name: str, signatures: Sequence[Signature], nulls: NullRule) -> Callable[[Sequence[Argument]], Resolution]:
    def resolve(arguments: Sequence[Argument]) -> Resolution:
        for candidate in signatures:
            matched = candidate.match(arguments)
            result = None if matched is None else candidate.result(matched)
            if matched is not None and result is not None:
                if nulls is NullRule.PROPAGATE and any(argument.type.nullable for argument in matched):
                    result = t.with_nullability(result, True)
                return Resolution(tuple(argument.type for argument in matched), result)
        given = ", ".join(argument.type.summary for argument in arguments)
        forms = " or ".join(candidate.describe(name) for candidate in signatures)
        if any(candidate.fits_but_for_common_type(arguments) for candidate in signatures):
            raise SignatureError(
                f"The arguments of {name} have no common type: {given}.", hint="CAST them to one type."
            )
        raise SignatureError(f"Invalid arguments for {name}: ({given}).", hint=f"Expected {forms}.")

    return resolve


def _dispatcher(signatures: Sequence[Signature], fallback: Implementation) -> Implementation:
    if not any(candidate.implementation for candidate in signatures):
        return fallback

    @cache
    def chosen(types: Types) -> Implementation:
        return next(candidate for candidate in signatures if candidate.takes(types)).implementation or fallback

    def implementation(*args: Any) -> pa.Array:
        context: EvaluationContext = args[-1]
        return chosen(context.argument_types)(*args)

    return implementation


def scalar(
    name: str,
    *signatures: Signature,
    doc: str,
    examples: Mapping[str, str | None] | None = None,
    aliases: tuple[str, ...] = (),
    nulls: NullRule = NullRule.PROPAGATE,
    deterministic: bool = True,
    can_fail: bool = True,
) -> Callable[[Implementation], Implementation]:
    """Declare and register the function that the decorated implementation computes.

    The implementation takes one Arrow array an argument, then the EvaluationContext. ``examples`` maps calls to
    their value as printed, None for NULL; the tests run them. ``can_fail=False`` promises that no argument raises
    DataError.
    """

    def declare(implementation: Implementation) -> Implementation:
        register(
            ScalarFunction(
                name=name,
                resolve=resolver(name, signatures, nulls),
                implementation=_dispatcher(signatures, implementation),
                doc=doc,
                signatures=tuple(candidate.describe(name) for candidate in signatures),
                examples=tuple(Example(sql, value) for sql, value in (examples or {}).items()),
                aliases=aliases,
                nulls=nulls,
                deterministic=deterministic,
                can_fail=can_fail,
            )
        )
        return implementation

    return declare
