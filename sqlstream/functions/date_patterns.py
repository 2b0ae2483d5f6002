"""Date and time patterns as Java's ``DateTimeFormatter`` has them: ``yyyy-MM-dd HH:mm:ss.SSS``.

A pattern is read once into pieces; each piece knows how to write its field of a whole column and how to find it in
text. Quoted text stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream.columnar.array_values import int64_values, null_mask
from sqlstream.errors import DataError
from sqlstream.types.datetime_text import days_of

_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"]  # fmt: skip
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_HALVES = ["AM", "PM"]
_DAY = 86_400
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_FEW = 64
"""So few timestamps are written one by one."""
_PIECE = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']", re.DOTALL)
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Piece:
    """A run of one pattern letter, or with ``letter`` empty a literal ``text``."""

    letter: str
    text: str

    @property
    def width(self) -> int:
        return len(self.text)


@cache
def _pieces(pattern: str) -> tuple[_Piece, ...]:
    pieces, offset = [], 0
    while offset < len(pattern):
        match = _PIECE.match(pattern, offset)
        if match is None:
            raise DataError(f"Invalid date pattern '{pattern}': a quote is not closed.", hint="Write '' for a quote.")
        if match[1] is not None:
            pieces.append(_Piece("", match[1].replace("''", "'") or "'"))
        elif match[2] is not None:
            if match[2] not in _LETTERS:
                raise DataError(
                    f"Unsupported letter '{match[2]}' in date pattern '{pattern}'.",
                    hint=f"Supported: {' '.join(sorted(_LETTERS))}; quote other text.",
                )
            pieces.append(_Piece(match[2], match[0]))
        else:
            pieces.append(_Piece("", match[0]))
        offset = match.end()
    return tuple(pieces)


def format_timestamps(moment: pa.Array, pattern: str) -> pa.Array:
    """The text of each timestamp (without time zone); DataError for a pattern that is none.

    Each day (hour, ...) is written once, where the pattern shows nothing shorter.
    """
    seconds = _shown_seconds(_pieces(pattern))
    if seconds is None or len(moment) < _FEW:
        return _format_each(moment, pattern)
    length = seconds * _PER_SECOND[moment.type.unit]
    units = np.floor_divide(int64_values(moment), length)
    found = pa.array(units, mask=null_mask(moment)).dictionary_encode()
    starts = pc.multiply(found.dictionary, length).cast(moment.type)
    return _format_each(starts, pattern).take(found.indices)


def _shown_seconds(pieces: tuple[_Piece, ...]) -> int | None:
    """A length such that all moments within it are written alike; None if there is none of a second or more."""
    return min((_LETTERS[piece.letter].seconds for piece in pieces if piece.letter), default=_DAY) or None


def _format_each(moment: pa.Array, pattern: str) -> pa.Array:
    parts = [_written(moment, piece) for piece in _pieces(pattern)]
    present = pc.if_else(moment.is_valid(), "", pa.scalar(None, pa.string()))
    return pc.binary_join_element_wise(present, *parts, "")


def _written(moment: pa.Array, piece: _Piece) -> pa.Array | pa.Scalar:
    if not piece.letter:
        return pa.scalar(piece.text)
    return _LETTERS[piece.letter].write(moment, piece.width)


def _number(field: Callable[[pa.Array], pa.Array]) -> Callable[[pa.Array, int], pa.Array]:
    return lambda moment, width: pc.utf8_lpad(field(moment).cast(pa.string()), width, "0")


def _named(names: list[str], index: Callable[[pa.Array], pa.Array]) -> Callable[[pa.Array, int], pa.Array]:
    def write(moment: pa.Array, width: int) -> pa.Array:
        shown = names if width > 3 else [name[:3] for name in names]
        return pa.array(shown).take(index(moment))

    return write


def _year(moment: pa.Array, width: int) -> pa.Array:
    text = pc.utf8_lpad(pc.year(moment).cast(pa.string()), max(width, 1), "0")
    return pc.utf8_slice_codeunits(text, -2) if width == 2 else text


def _month(moment: pa.Array, width: int) -> pa.Array:
    if width <= 2:
        return _number(pc.month)(moment, width)
    return _named(_MONTHS, lambda column: pc.subtract(pc.month(column), 1))(moment, width)


def _fraction(moment: pa.Array, width: int) -> pa.Array:
    digits = pc.utf8_lpad(_nanos(moment).cast(pa.string()), 9, "0")
    return pc.utf8_rpad(pc.utf8_slice_codeunits(digits, 0, width), width, "0")


def _nanos(moment: pa.Array) -> pa.Array:
    millis = pc.multiply(pc.millisecond(moment), 1_000_000)
    return pc.add(pc.add(millis, pc.multiply(pc.microsecond(moment), 1_000)), pc.nanosecond(moment))


def _clock_hour(moment: pa.Array) -> pa.Array:
    hour = pc.hour(moment)
    half = pc.if_else(pc.greater_equal(hour, 12), pc.subtract(hour, 12), hour)
    return pc.if_else(pc.equal(half, 0), 12, half)


def _half_hour(moment: pa.Array) -> pa.Array:
    hour = pc.hour(moment)
    return pc.if_else(pc.greater_equal(hour, 12), pc.subtract(hour, 12), hour)


def _day_hour(moment: pa.Array) -> pa.Array:
    hour = pc.hour(moment)
    return pc.if_else(pc.equal(hour, 0), 24, hour)


def _digits(width: int) -> str:
    return rf"\d{{{width}}}" if width > 1 else r"\d{1,2}"


def _year_digits(width: int) -> str:
    return r"\d{2}" if width == 2 else rf"\d{{{max(width, 1)},9}}" if width != 4 else r"\d{4}"


def _one_of(names: list[str]) -> Callable[[int], str]:
    return lambda width: "|".join(name if width > 3 else name[:3] for name in names)


@dataclass(frozen=True)
class _Letter:
    write: Callable[[pa.Array, int], pa.Array]
    regex: Callable[[int], str]
    seconds: int = _DAY
    """How long the field stays as it is, at least; 0: less than a second."""


_LETTERS: dict[str, _Letter] = {
    "y": _Letter(_year, _year_digits),
    "u": _Letter(_year, _year_digits),
    "M": _Letter(_month, lambda width: _digits(width) if width <= 2 else _one_of(_MONTHS)(width)),
    "L": _Letter(_month, lambda width: _digits(width) if width <= 2 else _one_of(_MONTHS)(width)),
    "d": _Letter(_number(pc.day), _digits),
    "D": _Letter(_number(pc.day_of_year), lambda width: rf"\d{{{width},3}}"),
    "E": _Letter(_named(_DAYS, pc.day_of_week), _one_of(_DAYS)),
    "a": _Letter(
        lambda moment, width: _named(_HALVES, lambda m: pc.divide(pc.hour(m), 12))(moment, 4), _one_of(_HALVES), 3600
    ),
    "H": _Letter(_number(pc.hour), _digits, 3600),
    "k": _Letter(_number(_day_hour), _digits, 3600),
    "h": _Letter(_number(_clock_hour), _digits, 3600),
    "K": _Letter(_number(_half_hour), _digits, 3600),
    "m": _Letter(_number(pc.minute), _digits, 60),
    "s": _Letter(_number(pc.second), _digits, 1),
    "S": _Letter(_fraction, lambda width: rf"\d{{{width}}}", 0),
    "n": _Letter(_number(_nanos), lambda width: r"\d{1,9}", 0),
    "Q": _Letter(_number(pc.quarter), _digits),
}


def parse_timestamps(text: pa.Array, pattern: str) -> pa.Array:
    """timestamp[us] for texts of the pattern; NULL where the text does not fit it or no such date exists.

    Fields that the pattern lacks are those of 1970-01-01 00:00:00.
    """
    pieces = _pieces(pattern)
    regex = "".join(
        f"(?P<p{i}>{_LETTERS[piece.letter].regex(piece.width)})" if piece.letter else re.escape(piece.text)
        for i, piece in enumerate(pieces)
    )
    matched = pc.extract_regex(text, f"^{regex}$")
    fields = _Matched(matched, pieces)
    return fields.timestamps()


class _Matched:
    def __init__(self, matched: pa.Array, pieces: tuple[_Piece, ...]) -> None:
        self._columns = {
            piece.letter: (pc.struct_field(matched, f"p{i}"), piece.width)
            for i, piece in enumerate(pieces)
            if piece.letter
        }
        self._valid = matched.is_valid().to_numpy(zero_copy_only=False)

    def _number(self, letters: str, absent: int) -> Integers:
        """The field of the first of ``letters`` that the pattern has."""
        for letter in letters:
            if letter in self._columns:
                text = pc.fill_null(self._columns[letter][0], str(absent))
                return np.asarray(text.cast(pa.int64()).to_numpy(zero_copy_only=False))
        return np.full(len(self._valid), absent, np.int64)

    def _name(self, letter: str, names: list[str], shortest: int) -> Integers:
        """The 0-based index of a name; 0 where there is none."""
        column, width = self._columns[letter]
        shown = names if width > shortest else [name[:3] for name in names]
        index = pc.index_in(column, value_set=pa.array(shown))
        return np.asarray(pc.fill_null(index, 0).to_numpy(zero_copy_only=False), dtype=np.int64)

    def _year(self) -> Integers:
        year = self._number("yu", 1970)
        short = any(letter in self._columns and self._columns[letter][1] == 2 for letter in "yu")
        return year + 2000 if short else year

    def _month(self) -> Integers:
        for letter in "ML":
            if letter in self._columns and self._columns[letter][1] > 2:
                return self._name(letter, _MONTHS, 3) + 1
        return self._number("ML", 1)

    def _hour(self) -> Integers:
        afternoon = self._name("a", _HALVES, 0) if "a" in self._columns else np.zeros(len(self._valid), np.int64)
        if "h" in self._columns or "K" in self._columns:
            return self._number("hK", 0) % 12 + 12 * afternoon
        if "k" in self._columns:
            return self._number("k", 24) % 24
        return self._number("H", 0)

    def _nanos(self) -> Integers:
        if "S" in self._columns:
            column, _ = self._columns["S"]
            digits = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.fill_null(column, "0"), 9, "0"), 0, 9)
            return np.asarray(digits.cast(pa.int64()).to_numpy(zero_copy_only=False))
        return self._number("n", 0)

    def timestamps(self) -> pa.Array:
        if "D" in self._columns and not {"M", "L"} & self._columns.keys():
            day_of_year = self._number("D", 1)
            days, exist = days_of(self._year(), np.ones_like(day_of_year), np.ones_like(day_of_year))
            days, exist = days + day_of_year - 1, exist & (day_of_year >= 1) & (day_of_year <= 366)
        else:
            days, exist = days_of(self._year(), self._month(), self._number("d", 1))
        hour, minute, second = self._hour(), self._number("m", 0), self._number("s", 0)
        valid = self._valid & exist & (hour < 24) & (minute < 60) & (second < 60)
        seconds = days * 86_400 + (hour * 60 + minute) * 60 + second
        micros = seconds * 1_000_000 + self._nanos() // 1_000
        return pa.array(micros, mask=~valid).cast(pa.timestamp("us"))
