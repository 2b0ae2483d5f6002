"""Functions that make text from text. Positions and lengths count characters (code points), from 1."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import is_ascii
from sqlstream.errors import DataError
from sqlstream.functions.constant_arguments import per_constant
from sqlstream.functions.registry import Argument, EvaluationContext, NullRule
from sqlstream.functions.signature import CHARACTER, INTEGER, ResultRule, always, same_as, scalar, signature, word
from sqlstream.types import logical as t

_DIGIT_THEN_CAPITAL = "[0-9][A-Z]"
_WORD = re.compile("[A-Za-z0-9]+")


def varying(*indices: int) -> ResultRule:
    """VARCHAR as long as the arguments ``indices`` together."""

    def rule(arguments: Sequence[Argument]) -> t.LogicalType:
        return t.VarCharType(length=_total_length([arguments[i] for i in indices]), nullable=False)

    return rule


def _total_length(arguments: Sequence[Argument]) -> int:
    lengths = (argument.type.length for argument in arguments if isinstance(argument.type, t.CHARACTER_TYPES))
    return min(t.MAX_LENGTH, max(1, sum(lengths)))


def _concatenated(arguments: Sequence[Argument]) -> t.LogicalType:
    length = _total_length(arguments)
    if all(isinstance(argument.type, t.CharType) for argument in arguments):
        return t.CharType(length=length, nullable=False)
    return t.VarCharType(length=length, nullable=False)


@scalar(
    "||",
    signature(CHARACTER, CHARACTER, returns=_concatenated),
    doc="Joins two texts.",
    can_fail=False,
    examples={"'a' || 'b'": "ab"},
)
def concatenation(a: pa.Array, b: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.binary_join_element_wise(a, b, "")


@scalar(
    "CONCAT",
    signature(CHARACTER, returns=t.STRING, repeated=1),
    doc="Joins texts; NULL if any is NULL.",
    can_fail=False,
    examples={"CONCAT('a', 'b', 'c')": "abc"},
)
def concat(*args: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(*args[:-1], "")


@scalar(
    "CONCAT_WS",
    signature(CHARACTER, CHARACTER, returns=always(t.STRING), repeated=1),
    doc="Joins texts with a separator, leaving NULLs out.",
    can_fail=False,
    examples={"CONCAT_WS('-', 'a', CAST(NULL AS STRING), 'c')": "a-c"},
    nulls=NullRule.CUSTOM,
)
def concat_ws(separator: pa.Array, *rest: pa.Array) -> pa.Array:
    joined = pc.binary_join_element_wise(*rest[:-1], pc.fill_null(separator, ""), null_handling="skip")
    return pc.if_else(separator.is_valid(), joined, pa.scalar(None, pa.string()))


@scalar(
    "UPPER",
    signature(CHARACTER, returns=same_as(0)),
    doc="In capitals.",
    can_fail=False,
    examples={"UPPER('abc')": "ABC"},
)
def upper(text: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.ascii_upper(text) if is_ascii(text) else pc.utf8_upper(pc.replace_substring(text, "ß", "SS"))


@scalar(
    "LOWER",
    signature(CHARACTER, returns=same_as(0)),
    doc="In small letters.",
    can_fail=False,
    examples={"LOWER('ABC')": "abc"},
)
def lower(text: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.ascii_lower(text) if is_ascii(text) else pc.utf8_lower(text)


@scalar(
    "INITCAP",
    signature(CHARACTER, returns=same_as(0)),
    doc="Each word with a capital first letter; words are letters (of ASCII) and digits.",
    examples={"INITCAP('hello wORLD')": "Hello World"},
)
def initcap(text: pa.Array, context: EvaluationContext) -> pa.Array:
    title = pc.ascii_title(text)
    differs = pc.fill_null(pc.match_substring_regex(title, _DIGIT_THEN_CAPITAL), False)
    if not pc.any(differs).as_py():
        return title
    exact = [_WORD.sub(lambda match: match[0].capitalize(), value) for value in text.filter(differs).to_pylist()]
    return pc.replace_with_mask(title, differs, pa.array(exact, pa.string()))


_TRIMS = {"BOTH": pc.utf8_trim, "LEADING": pc.utf8_ltrim, "TRAILING": pc.utf8_rtrim}


@scalar(
    "TRIM",
    signature(CHARACTER, returns=varying(0), implementation=lambda text, _: pc.utf8_trim(text, " ")),
    signature(word("BOTH | LEADING | TRAILING", *_TRIMS), CHARACTER, CHARACTER, returns=varying(2)),
    doc="Without blanks, or the given characters, at both ends or one.",
    examples={"TRIM(LEADING 'x' FROM 'xxaxx')": "axx"},
)
@per_constant(column=2)
def trim(text: pa.Array, side: str, characters: str) -> pa.Array:
    return _TRIMS[side.upper()](text, characters)


def _declare_trim(name: str, side: str, doc: str, returns_text_type: bool) -> None:
    returns = varying(0) if returns_text_type else t.STRING
    sides = _TRIMS[side]

    def plain(text: pa.Array, context: EvaluationContext) -> pa.Array:
        return sides(text, " ")

    @per_constant()
    def with_characters(text: pa.Array, characters: str) -> pa.Array:
        return sides(text, characters)

    scalar(
        name,
        signature(CHARACTER, returns=returns, implementation=plain),
        signature(CHARACTER, CHARACTER, returns=returns),
        doc=doc,
    )(with_characters)


_declare_trim("BTRIM", "BOTH", "Without blanks, or any of the given characters, at both ends.", False)
_declare_trim("LTRIM", "LEADING", "Without blanks, or any of the given characters, at the start.", True)
_declare_trim("RTRIM", "TRAILING", "Without blanks, or any of the given characters, at the end.", True)


def _padding(text: pa.Array, length: int, pad: str) -> pa.Array:
    """What each text lacks to ``length`` characters."""
    lengths = pc.fill_null(pc.utf8_length(text), 0).to_numpy(zero_copy_only=False)
    missing, rows = np.unique(np.maximum(length - lengths, 0), return_inverse=True)
    pads = [(pad * (count // len(pad) + 1))[:count] for count in missing.tolist()]
    return pa.array(pads, pa.string()).take(pa.array(rows))


def _declare_pad(name: str, left: bool, example: dict[str, str | None]) -> None:
    side = "left" if left else "right"

    @scalar(
        name,
        signature(CHARACTER, INTEGER, CHARACTER, returns=always(t.STRING)),
        doc=f"Cut, or padded on the {side}, to a length; NULL for a negative length or an empty padding.",
        examples=example,
    )
    @per_constant()
    def padded(text: pa.Array, length: int, pad: str) -> pa.Array:
        if length < 0 or not pad:
            return pa.nulls(len(text), pa.string())
        cut = pc.utf8_slice_codeunits(text, 0, length)
        padding = _padding(text, length, pad)
        return pc.binary_join_element_wise(*((padding, cut) if left else (cut, padding)), "")


_declare_pad("LPAD", True, {"LPAD('hi', 5, 'ab')": "abahi"})
_declare_pad("RPAD", False, {"RPAD('hi', 5, 'ab')": "hiaba"})


def _nullable_varying(arguments: Sequence[Argument]) -> t.LogicalType:
    return t.VarCharType(length=_total_length(arguments[:1]))


@scalar(
    "SUBSTRING",
    signature(CHARACTER, INTEGER, INTEGER, optional=1, returns=_nullable_varying),
    doc="From a position on, all or so many characters; a negative position counts from the end.",
    aliases=("SUBSTR",),
    examples={"SUBSTRING('abcdef', 2, 3)": "bcd", "SUBSTRING('abcdef', -3, 2)": "de"},
)
@per_constant()
def substring(text: pa.Array, start: int, length: int | None = None) -> pa.Array:
    if length is not None and length < 0:
        return pa.nulls(len(text), pa.string())
    if start >= 0:
        first = max(start, 1) - 1
        return pc.utf8_slice_codeunits(text, first, None if length is None else first + length)
    stop = None if length is None or start + length >= 0 else start + length
    inside = pc.greater_equal(pc.utf8_length(text), -start)
    return pc.if_else(inside, pc.utf8_slice_codeunits(text, start, stop), "")


@scalar(
    "LEFT",
    signature(CHARACTER, INTEGER, returns=_nullable_varying),
    doc="So many characters from the start.",
    examples={"LEFT('abcdef', 2)": "ab"},
)
@per_constant()
def left(text: pa.Array, length: int) -> pa.Array:
    return pc.utf8_slice_codeunits(text, 0, max(length, 0))


@scalar(
    "RIGHT",
    signature(CHARACTER, INTEGER, returns=_nullable_varying),
    doc="So many characters from the end.",
    examples={"RIGHT('abcdef', 2)": "ef"},
)
@per_constant()
def right(text: pa.Array, length: int) -> pa.Array:
    return pc.utf8_slice_codeunits(text, -length) if length > 0 else pc.utf8_slice_codeunits(text, 0, 0)


@scalar(
    "REPLACE",
    signature(CHARACTER, CHARACTER, CHARACTER, returns=t.STRING),
    doc="With every occurrence of the second text replaced by the third.",
    examples={"REPLACE('hello world', 'world', 'flink')": "hello flink"},
)
@per_constant()
def replace(text: pa.Array, search: str, replacement: str) -> pa.Array:
    if not search:
        return pc.replace_substring_regex(text, "", replacement.replace("\\", r"\\"))
    return pc.replace_substring(text, search, replacement)


@scalar("REVERSE", signature(CHARACTER, returns=always(t.STRING)), doc="Backwards.", examples={"REVERSE('abc')": "cba"})
def reverse(text: pa.Array, context: EvaluationContext) -> pa.Array:
    return pc.utf8_reverse(text)


@scalar(
    "REPEAT",
    signature(CHARACTER, INTEGER, returns=t.STRING),
    doc="So many times in a row.",
    examples={"REPEAT('ab', 3)": "ababab"},
)
def repeat(text: pa.Array, times: pa.Array, context: EvaluationContext) -> pa.Array:
    try:
        return pc.binary_repeat(text, pc.max_element_wise(times, 0, skip_nulls=False))
    except pa.lib.ArrowCapacityError:
        raise DataError("REPEAT makes more than 2 GB of text in one batch.", hint="Repeat fewer times.") from None


@scalar(
    "OVERLAY",
    signature(CHARACTER, CHARACTER, INTEGER, INTEGER, optional=1, returns=varying(0, 1)),
    doc="With a part, from a position and of a length, replaced by the second text.",
    examples={"OVERLAY('xxxxxtest' PLACING 'xxxx' FROM 6)": "xxxxxxxxx"},
)
@per_constant()
def overlay(text: pa.Array, replacement: str, start: int, length: int | None = None) -> pa.Array:
    if start < 1:
        return text
    stop = start - 1 + max(len(replacement) if length is None else length, 0)
    inside = pc.greater_equal(pc.utf8_length(text), start)
    return pc.if_else(inside, pc.utf8_replace_slice(text, start - 1, stop, replacement), text)
