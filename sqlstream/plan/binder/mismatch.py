"""What to say, and to write instead, when an operator does not take the types of its operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlstream.types import logical as t
from sqlstream.types.coercion import can_cast


@dataclass(frozen=True)
class Operand:
    """An operand as written, and its type."""

    text: str
    type: t.LogicalType


@dataclass(frozen=True)
class Mismatch:
    """One line that says what is wrong, one that says what to write."""

    message: str
    hint: str


def operator_mismatch(name: str, operands: Sequence[Operand]) -> Mismatch | None:
    """The explanation for operator ``name`` (its name in the registry); None for a function, which has signatures."""
    explain = _EXPLANATIONS.get(name)
    return None if explain is None else explain(name, operands)


def _comparison(name: str, operands: Sequence[Operand]) -> Mismatch:
    first = operands[0]
    other = next((operand for operand in operands[1:] if not _alike(first.type, operand.type)), operands[1])
    if name in _ORDERINGS and _alike(first.type, other.type):
        return Mismatch(
            f"Values of type {first.type.summary} have no order.", "Compare them with = or <>, or compare their parts."
        )
    casts = [_cast(a, b.type) for a, b in ((first, other), (other, first)) if can_cast(a.type, b.type)]
    hint = f"Write {', or '.join(casts)}." if casts else "Compare each with a value of its own type."
    return Mismatch(f"Cannot compare {first.type.summary} with {other.type.summary}.", hint)


def _alike(a: t.LogicalType, b: t.LogicalType) -> bool:
    return type(a) is type(b) or all(isinstance(type_, t.CHARACTER_TYPES) for type_ in (a, b))


def _cast(operand: Operand, target: t.LogicalType) -> str:
    type_ = t.STRING if isinstance(target, t.CHARACTER_TYPES) else target
    return f"CAST({operand.text} AS {type_.summary})"


def _arithmetic(name: str, operands: Sequence[Operand]) -> Mismatch:
    a, b = operands
    message = f"Operator {name} does not take {a.type.summary} and {b.type.summary}."
    moments = [operand for operand in operands if isinstance(operand.type, t.DATETIME_TYPES)]
    texts = [operand for operand in operands if isinstance(operand.type, t.CHARACTER_TYPES)]
    if moments and name in ("+", "-"):
        return Mismatch(message, f"Write an interval: {moments[0].text} {name} INTERVAL '1' DAY.")
    if texts:
        numbers = [operand.type for operand in operands if isinstance(operand.type, t.NUMERIC_TYPES)]
        hint = f"Write {', '.join(_cast(text, numbers[0] if numbers else t.DOUBLE) for text in texts)}"
        return Mismatch(message, f"{hint}; texts are joined with ||." if name == "+" else f"{hint}.")
    return Mismatch(message, "It takes numbers, and dates and times with intervals.")


def _logical(name: str, operands: Sequence[Operand]) -> Mismatch:
    culprit = next(operand for operand in operands if not isinstance(operand.type, t.BooleanType | t.NullType))
    hint = f"Write {culprit.text} <> 0." if isinstance(culprit.type, t.NUMERIC_TYPES) else "Compare it with something."
    words = name.replace("_", " ")
    return Mismatch(f"{words} takes conditions, not values of type {culprit.type.summary}.", hint)


def _negation(name: str, operands: Sequence[Operand]) -> Mismatch:
    operand = operands[0]
    cast = isinstance(operand.type, t.CHARACTER_TYPES)
    hint = f"Write -{_cast(operand, t.DOUBLE)}." if cast else "Only numbers and intervals have a negative."
    return Mismatch(f"Cannot negate a value of type {operand.type.summary}.", hint)


def _texts(name: str, operands: Sequence[Operand]) -> Mismatch:
    culprits = [operand for operand in operands if not isinstance(operand.type, t.CHARACTER_TYPES)]
    words = name.replace("_", " ")
    return Mismatch(
        f"{words} takes texts, not values of type {culprits[0].type.summary}.",
        f"Write {', '.join(_cast(culprit, t.STRING) for culprit in culprits)}.",
    )


def _element(name: str, operands: Sequence[Operand]) -> Mismatch:
    whole, key = operands
    if isinstance(whole.type, t.ArrayType):
        message = f"An element of an array is named by its number, from 1, not by {key.type.summary}."
        return Mismatch(message, f"Write {whole.text}[1].")
    if isinstance(whole.type, t.MapType):
        message = f"The keys of {whole.text} are of type {whole.type.key.summary}, not {key.type.summary}."
        return Mismatch(message, f"Write {whole.text}[{_cast(key, whole.type.key)}].")
    field = isinstance(whole.type, t.RowType) and bool(whole.type.fields)
    hint = f"Write {whole.text}.{_first_field(whole.type)}." if field else "Only arrays and maps have elements."
    return Mismatch(f"A value of type {whole.type.summary} has no elements.", hint)


def _first_field(type_: t.LogicalType) -> str:
    assert isinstance(type_, t.RowType)
    return type_.fields[0].name


_ORDERINGS = frozenset({"<", "<=", ">", ">="})
_EXPLANATIONS: dict[str, Callable[[str, Sequence[Operand]], Mismatch]] = {
    **dict.fromkeys(("=", "<>", *_ORDERINGS, "IN", "IS_DISTINCT_FROM", "IS_NOT_DISTINCT_FROM"), _comparison),
    **dict.fromkeys(("+", "-", "*", "/", "%"), _arithmetic),
    **dict.fromkeys(("AND", "OR", "NOT", "IS_TRUE", "IS_FALSE", "IS_NOT_TRUE", "IS_NOT_FALSE"), _logical),
    **dict.fromkeys(("||", "LIKE", "SIMILAR_TO"), _texts),
    "UNARY_MINUS": _negation,
    "ITEM": _element,
}
