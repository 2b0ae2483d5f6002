"""What the json format promises: every value comes back, bad lines are named or counted, positions are exact."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from connector_tables import batch, schema
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.spi.format import FileDecoder, RowLayout
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.block_decoder import BlockFileDecoder
from sqlstream_connectors.formats.json import JsonFormat
from sqlstream_connectors.formats.json.block_parser import JsonBlockParser
from sqlstream_connectors.formats.json.options import JsonReading

AB = schema(a="INT", b="STRING")


def _decoder(
    text: str, of: Schema, options: Mapping[str, str] | None = None, position: Any = None, block: int = 1 << 20
) -> FileDecoder:
    parser = JsonBlockParser(RowLayout.whole(of), JsonReading.of(Configuration(options or {})), "f.json")
    return BlockFileDecoder(io.BytesIO(text.encode()), "f.json", position, parser, block)


def _rows(decoder: FileDecoder, max_rows: int = 1000) -> list[tuple[Any, ...]]:
    rows = []
    while (read := decoder.read(max_rows)) is not None:
        rows.extend(values for _, values in read.to_rows())
    return rows


def read(text: str, of: Schema = AB, **options: str) -> list[tuple[Any, ...]]:
    return _rows(_decoder(text, of, {key.replace("_", "-"): value for key, value in options.items()}))


def written(of: Schema, *rows: tuple[Any, ...], options: Mapping[str, str] | None = None) -> str:
    file = io.BytesIO()
    encoder = JsonFormat().file_encoder(file, of, Configuration(options or {}))
    encoder.write(batch(of, *rows))
    encoder.finish()
    return file.getvalue().decode()


EVERYTHING = schema(
    i="TINYINT", n="BIGINT", d="DOUBLE", m="DECIMAL(20, 10)", t="BOOLEAN", s="STRING", y="BYTES", a="DATE",
    c="TIME(0)", ts="TIMESTAMP(3)", tz="TIMESTAMP_LTZ(3)", ar="ARRAY<INT>", ro="ROW<x INT, y STRING>",
    ma="MAP<STRING, INT>",
)  # fmt: skip
ROW = (
    7, -9, 1.5, Decimal("12.5000000000"), True, "ä\n", b"\x01\x02\xff", date(2024, 2, 29), time(10, 11, 12),
    datetime(2024, 2, 29, 1, 2, 3, 4000), datetime.fromisoformat("2024-02-29T01:02:03+00:00"), [1, None],
    {"x": 5, "y": None}, [("k", 1)],
)  # fmt: skip


def test_every_type_comes_back_alone_and_together() -> None:
    assert read(written(EVERYTHING, ROW, (None,) * len(ROW)), EVERYTHING) == [ROW, (None,) * len(ROW)]
    for index, field in enumerate(EVERYTHING):
        alone = EVERYTHING.select((index,))
        assert read(written(alone, ROW[index : index + 1]), alone) == [ROW[index : index + 1]], field.name


def test_values_are_written_as_flink_writes_them() -> None:
    of = schema(a="DOUBLE", c="DECIMAL(20, 10)", e="TIMESTAMP_LTZ(3)", j="BYTES", k="ARRAY<INT>", m="MAP<STRING, INT>")
    moment = datetime.fromisoformat("2020-01-01T10:00:00.120+00:00")
    row = (1.5, Decimal("0.00000001"), moment, b"\x01\x02\xff", [1, 2], [("k", 1)])
    assert written(of, row) == ('{"a":1.5,"c":1E-8,"e":"2020-01-01 10:00:00.12Z","j":"AQL/","k":[1,2],"m":{"k":1}}\n')
    plain = {"encode.decimal-as-plain-number": "true", "timestamp-format.standard": "ISO-8601"}
    assert '"c":0.0000000100,"e":"2020-01-01T10:00:00.12Z"' in written(of, row, options=plain)
    assert written(AB, (1, None)) == '{"a":1,"b":null}\n'
    assert written(AB, (1, None), options={"encode.ignore-null-fields": "true"}) == '{"a":1}\n'


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("INT", '"12"', 12),
        ("STRING", "12", "12"),
        ("STRING", "1.50", "1.50"),
        ("STRING", '{"x":[1,true]}', '{"x":[1,true]}'),
        ("BOOLEAN", '"true"', True),
        ("DOUBLE", "3", 3.0),
        ("DECIMAL(5, 2)", "1.235", Decimal("1.24")),
        ("DECIMAL(3, 2)", "123", None),
        ("DECIMAL(20, 2)", "123456789012345678.12", Decimal("123456789012345678.12")),
        ("TIMESTAMP(3)", '"2024-01-01T10:00:00Z"', datetime(2024, 1, 1, 10)),
        ("TIMESTAMP(3)", '"2024-01-01 10:00:00.123456"', datetime(2024, 1, 1, 10, 0, 0, 123_000)),
        ("DATE", '"2024-01-01"', date(2024, 1, 1)),
    ],
)
def test_values_that_need_a_closer_look(type_: str, text: str, value: Any) -> None:
    assert read(f'{{"a":{text}}}\n', schema(a=type_)) == [(value,)]


def test_columns_are_found_by_name() -> None:
    assert read('{"z":[1],"b":"x","a":1}\n{"b":"y"}\n{"a":null}\n') == [(1, "x"), (None, "y"), (None, None)]


def test_a_line_may_be_an_array_of_rows_and_blank_lines_are_none() -> None:
    assert read('[{"a":1},{"a":2}]\n\n{"a":3}\n[]\n', schema(a="INT")) == [(1,), (2,), (3,)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("null", "expected a JSON object"),
        ('{"a":1} null', "not valid JSON"),
        ("{", "not valid JSON"),
        ('{"a":"x"}', r"column 'a': cannot read 'x' as INT"),
        ('{"a":1.5}', r"column 'a': cannot read '1.5' as INT"),
        ('{"a":true}', r"column 'a': cannot read 'true' as INT"),
        ('{"a":3000000000}', r"column 'a': cannot read '3000000000' as INT"),
        ('{"b":"\\ud800"}', "not valid JSON"),
    ],
)
def test_a_bad_line_is_named_or_skipped_and_counted(line: str, message: str) -> None:
    text = f'{{"a":1}}\n\n{line}\n{{"a":2}}\n'
    with pytest.raises(ConnectorError, match=rf"^f\.json, line 3.*{message}"):
        read(text)
    decoder = _decoder(text, AB, {"ignore-parse-errors": "true"})
    assert [row[0] for row in _rows(decoder)] == [1, 2]
    assert decoder.skipped == 1


def test_missing_fields_fail_on_request() -> None:
    assert read('{"a":1,"b":null}', fail_on_missing_field="true") == [(1, None)]
    with pytest.raises(ConnectorError, match="line 1: the field 'b' is missing"):
        read('{"a":1}', fail_on_missing_field="true")
    with pytest.raises(ConfigError, match="cannot both be true"):
        read("", fail_on_missing_field="true", ignore_parse_errors="true")


def test_keys_of_maps_are_texts() -> None:
    of = schema(m="MAP<INT, DECIMAL(3, 1)>", s="MULTISET<STRING>")
    row = ([(7, Decimal("1.5"))], [("x", 2)])
    assert written(of, row) == '{"m":{"7":1.5},"s":{"x":2}}\n'
    assert read(written(of, row), of) == [row]


def test_not_a_number_and_infinity_come_back() -> None:
    of = schema(a="DOUBLE")
    (nan,), (inf,) = read(written(of, (math.nan,), (-math.inf,)), of)
    assert math.isnan(nan)
    assert inf == -math.inf


def test_messages_are_rows() -> None:
    decoder = JsonFormat().message_decoder(RowLayout.whole(AB), Configuration({"ignore-parse-errors": "true"}))
    messages = [b'{"a":1,\n"b":"x"}', b"oops", b'{"a":2}']
    assert [row for _, row in decoder.decode(messages).to_rows()] == [(1, "x"), (2, None)]
    assert decoder.skipped == 1


ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.lists(st.none() | st.booleans(), max_size=3),
        st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
    ),
    max_size=10,
)
COLUMNS = schema(a="BIGINT", b="STRING", c="DOUBLE", d="ARRAY<BOOLEAN>", e="TIMESTAMP(6)")


@settings(deadline=None)
@given(ROWS, st.integers(1, 60), st.integers(1, 5))
def test_rows_come_back_however_the_file_is_cut(rows: list[tuple[Any, ...]], block: int, max_rows: int) -> None:
    assert _rows(_decoder(written(COLUMNS, *rows), COLUMNS, block=block), max_rows) == rows


LINES = ['{"a":1}', '[{"a":2},{"a":3},{"a":4}]', "", '{"a":"x"}', "null", '{"a":5,"b":"ä"}', "[1]"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=8), st.data())
def test_reading_goes_on_exactly_where_it_stopped(lines: list[str], data: st.DataObject) -> None:
    options = {"ignore-parse-errors": "true"}
    text = "\n".join(lines)
    expected = _rows(_decoder(text, AB, options))
    decoder = _decoder(text, AB, options, block=data.draw(st.integers(1, 40)))
    rows: list[tuple[Any, ...]] = []
    for _ in range(data.draw(st.integers(0, 4))):
        read = decoder.read(data.draw(st.integers(1, 3)))
        rows.extend(values for _, values in read.to_rows()) if read is not None else None
    resumed = _decoder(text, AB, options, position=decoder.position(), block=data.draw(st.integers(1, 40)))
    assert rows + _rows(resumed) == expected
