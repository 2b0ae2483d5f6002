"""Functions over whole columns: NULLs in them, arguments that differ from row to row, slices, wide characters."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlstream.errors import DataError
from sqlstream.functions.constant_arguments import constant_of
from sqlstream.functions.date_patterns import format_timestamps, parse_timestamps
from sqlstream.functions.json_paths import MISSING, find, parse_path
from sqlstream.functions.list_elements import compacted, element_at
from tests.functions.call import call

_TEXT = st.text("añ😀b ", max_size=6)


def _substring(text: str, start: int, length: int) -> str | None:
    if length < 0:
        return None
    first = start - 1 if start > 0 else len(text) + start if start < 0 else 0
    return "" if first < 0 else text[first : first + length]


@given(st.lists(st.tuples(_TEXT, st.integers(-7, 7), st.integers(-1, 7)), min_size=1, max_size=5))
def test_substring_counts_characters_with_another_position_in_every_row(rows: list[tuple[str, int, int]]) -> None:
    texts, starts, lengths = (list(column) for column in zip(*rows, strict=True))
    expected = [_substring(*row) for row in rows]
    assert call("SUBSTRING", ("STRING", texts), ("INT", starts), ("INT", lengths)) == expected


@given(st.lists(st.tuples(_TEXT, st.text("ab", min_size=1, max_size=2)), min_size=1, max_size=5))
def test_position_counts_characters(rows: list[tuple[str, str]]) -> None:
    texts, needles = (list(column) for column in zip(*rows, strict=True))
    expected = [text.find(needle) + 1 for text, needle in rows]
    assert call("POSITION", ("STRING", needles), ("STRING", texts)) == expected
    assert call("INSTR", ("STRING", texts), ("STRING", needles)) == expected


@given(_TEXT, st.integers(0, 9), st.text("xyñ", min_size=1, max_size=3))
def test_padding_fills_to_the_length_or_cuts(text: str, length: int, pad: str) -> None:
    missing = (pad * length)[: max(length - len(text), 0)]
    assert call("LPAD", ("STRING", [text]), ("INT", [length]), ("STRING", [pad])) == [missing + text[:length]]
    assert call("RPAD", ("STRING", [text]), ("INT", [length]), ("STRING", [pad])) == [text[:length] + missing]


def test_a_null_argument_makes_a_null_row_and_leaves_the_others_alone() -> None:
    text = ("STRING", ["aa", None, "cc"])
    assert call("REPLACE", text, ("STRING", ["a", "b", None]), ("STRING", ["x", "y", "z"])) == ["xx", None, None]
    assert call("REPEAT", text, ("INT", [2, 1, None])) == ["aaaa", None, None]
    assert call("LIKE", text, ("STRING", ["a_", "%", "c"])) == [True, None, False]
    assert call("ASCII", text) == [97, None, 99]


def test_patterns_beyond_re2_still_work() -> None:
    assert call("REGEXP", ("STRING", ["foobar", "foobaz", None]), ("STRING", ["foo(?=bar)"] * 3)) == [True, False, None]
    assert call("REGEXP_EXTRACT", ("STRING", ["aa-b"]), ("STRING", [r"(a)\1"]), ("INT", [0])) == ["aa"]
    with pytest.raises(DataError, match="Invalid regular expression"):
        call("REGEXP", ("STRING", ["a"]), ("STRING", ["("]))


def test_groups_are_counted_as_in_java() -> None:
    pattern = r"(?:x)?([(])(b[)c]*)(\d)"
    for group, expected in enumerate(["(bc)1", "(", "bc)", "1"]):
        assert call("REGEXP_EXTRACT", ("STRING", ["a(bc)1"]), ("STRING", [pattern]), ("INT", [group])) == [expected]


_DOUBLES = st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 5))


@given(_DOUBLES, st.integers(-3, 5))
def test_doubles_round_as_the_decimals_they_print_as(value: float, digits: int) -> None:
    exact, step = Decimal(repr(value)), Decimal(1).scaleb(-digits)
    rounded, cut = (float(exact.quantize(step, rounding=mode)) for mode in (ROUND_HALF_UP, ROUND_DOWN))
    assert call("ROUND", ("DOUBLE", [value]), ("INT", [digits])) == [rounded]
    assert call("TRUNCATE", ("DOUBLE", [value]), ("INT", [digits])) == [cut]


def test_items_are_found_in_slices_and_among_nulls() -> None:
    lists = pa.array([[9], [1, 2], None, [], [3]], pa.list_(pa.int32())).slice(1)
    assert element_at(lists, 0).to_pylist() == [1, None, None, 3]
    assert compacted(lists).values.to_pylist() == [1, 2, 3]
    maps = ("MAP<STRING, INT>", [[("a", 1), ("b", 2)], None, [], [("b", 3)]])
    assert call("ITEM", maps, ("STRING", ["b", "b", "b", "a"])) == [2, None, None, None]
    arrays = ("ARRAY<INT>", [[1, 2], None, [None], [3]])
    assert call("ITEM", arrays, ("INT", [2, 1, 1, 0])) == [2, None, None, None]
    assert call("ARRAY_CONTAINS", arrays, ("INT", [2, 1, None, 1])) == [True, None, True, False]
    assert call("CARDINALITY", arrays) == [2, None, 1, 1]


def test_element_of_many_is_an_error() -> None:
    assert call("ELEMENT", ("ARRAY<INT>", [[1], [], None])) == [1, None, None]
    with pytest.raises(DataError, match="more than one element"):
        call("ELEMENT", ("ARRAY<INT>", [[1, 2]]))


def test_a_constant_column_is_recognised() -> None:
    assert constant_of(pa.array(["a", "a"])) == (True, "a")
    assert constant_of(pa.array(["a", "b"]))[0] is False
    assert constant_of(pa.array(["a", None]))[0] is False
    assert constant_of(pa.array([None, None], pa.string())) == (True, None)


@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)))
@pytest.mark.parametrize(
    "pattern",
    [
        "yyyy-MM-dd HH:mm:ss.SSSSSS",
        "d.M.yyyy h:mm:ss a SSSSSS",
        "yyyyDDDHHmmssSSSSSS",
        "EEEE, dd MMMM yyyy kk:mm:ss.SSSSSS",
        "MMM d yyyy K:m:s,SSSSSSa",
    ],
)
def test_a_timestamp_reads_back_by_the_pattern_that_wrote_it(pattern: str, moment: dt.datetime) -> None:
    written = format_timestamps(pa.array([moment, None], pa.timestamp("us")), pattern)
    assert parse_timestamps(written, pattern).to_pylist() == [moment, None]


def test_what_a_pattern_lacks_is_the_epochs() -> None:
    assert parse_timestamps(pa.array(["12:30", "x"]), "HH:mm").to_pylist() == [dt.datetime(1970, 1, 1, 12, 30), None]
    assert parse_timestamps(pa.array(["24"]), "yy").to_pylist() == [dt.datetime(2024, 1, 1)]


@pytest.mark.parametrize("pattern", ["yyyy-bb", "'open"])
def test_a_wrong_pattern_is_an_error(pattern: str) -> None:
    with pytest.raises(DataError, match="date pattern"):
        format_timestamps(pa.array([dt.datetime(2024, 1, 1)], pa.timestamp("us")), pattern)


def test_json_paths() -> None:
    document = '{"a": [{"b c": 1.50}, null], "d": "x"}'
    assert find(document, parse_path("lax $.a[0]['b c']")) == "1.50"
    assert find(document, parse_path("$")) == {"a": [{"b c": "1.50"}, None], "d": "x"}
    assert find(document, parse_path("$.a[1]")) is None
    assert find(document, parse_path("$.a[7]")) is MISSING
    assert find("not json", parse_path("$.a")) is MISSING
    with pytest.raises(DataError, match="Invalid JSON path"):
        parse_path("a.b")


def test_current_time_is_that_of_the_batch() -> None:
    from sqlstream.functions.registry import EvaluationContext, ScalarFunction, lookup

    def now(name: str) -> object:
        function = lookup(name)
        assert isinstance(function, ScalarFunction)
        context = EvaluationContext(
            2, (), function.resolve([]).result, now=1_720_000_000_123, time_zone="Europe/Berlin"
        )
        first, second = function.implementation(context).to_pylist()
        assert first == second
        return first

    assert now("CURRENT_TIMESTAMP") == dt.datetime(2024, 7, 3, 9, 46, 40, 123_000, tzinfo=dt.UTC)
    assert now("LOCALTIMESTAMP") == dt.datetime(2024, 7, 3, 11, 46, 40, 123_000)
    assert now("CURRENT_DATE") == dt.date(2024, 7, 3)
    assert now("LOCALTIME") == dt.time(11, 46, 40)


def test_time_fields_are_those_of_the_sessions_clock() -> None:
    evening = ("TIMESTAMP_LTZ(3)", [dt.datetime(2024, 12, 31, 23, 30, tzinfo=dt.UTC), None])
    assert call("YEAR", evening, time_zone="Europe/Berlin") == [2025, None]
    assert call("FLOOR", evening, ("STRING", ["DAY", "DAY"]), time_zone="Europe/Berlin") == [
        dt.datetime(2024, 12, 31, 23, tzinfo=dt.UTC),
        None,
    ]
