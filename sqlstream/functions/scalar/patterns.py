"""LIKE, SIMILAR TO and regular expressions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.errors import DataError
from sqlstream.functions.constant_arguments import per_constant
from sqlstream.functions.list_elements import element_at
from sqlstream.functions.signature import CHARACTER, INTEGER, always, scalar, signature
from sqlstream.types import logical as t

R = TypeVar("R")


def _tokens(pattern: str, escape: str) -> list[tuple[str, bool]]:
    """The pattern's characters, each with whether it stands for itself because it was escaped."""
    if len(escape) > 1:
        raise DataError(f"Invalid escape '{escape}'.", hint="ESCAPE takes one character.")
    tokens, characters = [], iter(pattern)
    for character in characters:
        if escape and character == escape:
            following = next(characters, None)
            if following is None:
                raise DataError(f"The pattern '{pattern}' ends in its escape character.", hint="Double it.")
            tokens.append((following, True))
        else:
            tokens.append((character, False))
    return tokens


def _like_regex(pattern: str, escape: str) -> str:
    wild = {"%": ".*", "_": "."}
    parts = (
        re.escape(character) if escaped else wild.get(character, re.escape(character))
        for character, escaped in _tokens(pattern, escape)
    )
    return f"(?s)^{''.join(parts)}$"


def _similar_regex(pattern: str, escape: str) -> str:
    replaced = {"%": ".*", "_": ".", ".": r"\.", "^": "^", "$": r"\$", "\\": r"\\"}
    parts = (
        re.escape(character) if escaped else replaced.get(character, character)
        for character, escaped in _tokens(pattern, escape)
    )
    return f"(?s)^(?:{''.join(parts)})$"


@scalar(
    "LIKE",
    signature(CHARACTER, CHARACTER, CHARACTER, optional=1, returns=t.BOOLEAN),
    doc="TRUE if the text fits a pattern of % (any characters) and _ (one character).",
    examples={"'abc' LIKE 'a%'": "TRUE", "'a%c' LIKE 'a!%c' ESCAPE '!'": "TRUE"},
)
@per_constant()
def like(text: pa.Array, pattern: str, escape: str = "") -> pa.Array:
    inner = pattern.strip("%")
    if not escape and "%" not in inner and "_" not in inner and inner:
        ends = pattern.startswith("%"), pattern.endswith("%")
        return _SIMPLE_LIKES[ends](text, inner)
    return pc.match_substring_regex(text, _like_regex(pattern, escape))


_SIMPLE_LIKES: dict[tuple[bool, bool], Callable[[pa.Array, str], pa.Array]] = {
    (False, False): pc.equal,
    (False, True): pc.starts_with,
    (True, False): pc.ends_with,
    (True, True): pc.match_substring,
}


@scalar(
    "SIMILAR_TO",
    signature(CHARACTER, CHARACTER, CHARACTER, optional=1, returns=t.BOOLEAN),
    doc="TRUE if the whole text fits an SQL regular expression.",
    examples={"'abc' SIMILAR TO 'a(b|x)c'": "TRUE"},
)
@per_constant()
def similar_to(text: pa.Array, pattern: str, escape: str = "") -> pa.Array:
    regex = _similar_regex(pattern, escape)
    return _with_regex(regex, lambda: pc.match_substring_regex(text, regex), lambda compiled: _found(compiled, text))


def _with_regex(pattern: str, fast: Callable[[], R], thorough: Callable[[re.Pattern[str]], R]) -> R:
    """``fast`` by RE2, which has no look-around and no back-references; patterns with those go to ``thorough``."""
    try:
        return fast()
    except pa.ArrowInvalid:
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise DataError(f"Invalid regular expression '{pattern}': {error}.") from None
        return thorough(compiled)


def _found(pattern: re.Pattern[str], text: pa.Array) -> pa.Array:
    return pa.array([None if v is None else pattern.search(v) is not None for v in text.to_pylist()], pa.bool_())


@scalar(
    "REGEXP",
    signature(CHARACTER, CHARACTER, returns=t.BOOLEAN),
    doc="TRUE if a regular expression is found anywhere in the text.",
    examples={"REGEXP('abc', 'b')": "TRUE"},
)
@per_constant()
def regexp(text: pa.Array, pattern: str) -> pa.Array:
    return _with_regex(
        pattern, lambda: pc.match_substring_regex(text, pattern), lambda compiled: _found(compiled, text)
    )


@scalar(
    "REGEXP_EXTRACT",
    signature(CHARACTER, CHARACTER, INTEGER, optional=1, returns=always(t.STRING)),
    doc="What a regular expression, or its group with this number, matches; NULL if it is not found.",
    examples={"REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)": "bar"},
)
@per_constant()
def regexp_extract(text: pa.Array, pattern: str, group: int = 0) -> pa.Array:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise DataError(f"Invalid regular expression '{pattern}': {error}.") from None
    if not 0 <= group <= groups:
        return pa.nulls(len(text), pa.string())
    named = _named_group(pattern, group)

    def fast() -> pa.Array:
        return pc.struct_field(pc.extract_regex(text, named), "wanted")

    def thorough(compiled: re.Pattern[str]) -> pa.Array:
        matches = (None if value is None else compiled.search(value) for value in text.to_pylist())
        return pa.array([None if match is None else match[group] for match in matches], pa.string())

    return _with_regex(pattern, fast, thorough)


_GROUP = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?!\?)", re.DOTALL)


def _named_group(pattern: str, wanted: int) -> str:
    """``pattern`` with one named group, the wanted one, and no other capturing group, as Arrow needs it."""
    if wanted == 0:
        return f"(?P<wanted>{_GROUP.sub(lambda match: '(?:' if match[0] == '(' else match[0], pattern)})"
    seen = 0

    def rename(match: re.Match[str]) -> str:
        nonlocal seen
        if match[0] != "(":
            return match[0]
        seen += 1
        return "(?P<wanted>" if seen == wanted else "(?:"

    return _GROUP.sub(rename, pattern)


@scalar(
    "REGEXP_REPLACE",
    signature(CHARACTER, CHARACTER, CHARACTER, returns=t.STRING),
    doc="With every match of a regular expression replaced by a text, which is taken as it is.",
    examples={"REGEXP_REPLACE('foobar', 'oo|ar', '')": "fb"},
)
@per_constant()
def regexp_replace(text: pa.Array, pattern: str, replacement: str) -> pa.Array:
    template = replacement.replace("\\", r"\\")

    def thorough(compiled: re.Pattern[str]) -> pa.Array:
        return pa.array([None if v is None else compiled.sub(template, v) for v in text.to_pylist()], pa.string())

    return _with_regex(pattern, lambda: pc.replace_substring_regex(text, pattern, template), thorough)


@scalar(
    "STR_TO_MAP",
    signature(CHARACTER, CHARACTER, CHARACTER, optional=2, returns=always(t.MapType(key=t.STRING, value=t.STRING))),
    doc="A map from text: pairs separated by one regular expression, keys from values by another.",
    examples={"STR_TO_MAP('k1=v1,k2=v2')": "{k1=v1, k2=v2}"},
)
@per_constant()
def str_to_map(text: pa.Array, pairs: str = ",", value: str = "=") -> pa.Array:
    entries = pc.split_pattern_regex(text, pairs)
    sides = pc.split_pattern_regex(entries.values, value, max_splits=1)
    return pa.MapArray.from_arrays(
        entries.offsets, element_at(sides, 0), element_at(sides, 1), mask=text.is_null() if text.null_count else None
    )
