"""What the csv format promises: every value comes back, bad lines are named or counted, positions are exact."""

from __future__ import annotations

import io
import string
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from connector_tables import batch, drain, read_all, schema, sink, source, write_all
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.spi.format import FileDecoder, RowLayout
from sqlstream.types.schema import Schema
from sqlstream_connectors.formats.block_decoder import BlockFileDecoder
from sqlstream_connectors.formats.csv import CsvFormat
from sqlstream_connectors.formats.csv.block_parser import CsvBlockParser
from sqlstream_connectors.formats.csv.dialect import CsvDialect

AB = schema(a="INT", b="STRING")


def _decoder(
    text: str | bytes, of: Schema, options: Mapping[str, str] | None = None, position: Any = None, block: int = 1 << 20
) -> FileDecoder:
    data = text.encode() if isinstance(text, str) else text
    parser = CsvBlockParser(RowLayout.whole(of), CsvDialect.of(Configuration(options or {})), "f.csv")
    return BlockFileDecoder(io.BytesIO(data), "f.csv", position, parser, block)


def _rows(decoder: FileDecoder, max_rows: int = 1000) -> list[tuple[Any, ...]]:
    rows = []
    while (read := decoder.read(max_rows)) is not None:
        rows.extend(values for _, values in read.to_rows())
    return rows


def read(text: str | bytes, of: Schema = AB, **options: str) -> list[tuple[Any, ...]]:
    named = {key.replace("_", "-"): value for key, value in options.items()}
    return _rows(_decoder(text, of, named))


def written(of: Schema, *rows: tuple[Any, ...], **options: str) -> str:
    file = io.BytesIO()
    named = Configuration({key.replace("_", "-"): value for key, value in options.items()})
    encoder = CsvFormat().file_encoder(file, of, named)
    encoder.write(batch(of, *rows))
    encoder.finish()
    return file.getvalue().decode()


def test_every_type_is_read() -> None:
    of = schema(
        i="TINYINT", n="BIGINT", f="FLOAT", d="DOUBLE", m="DECIMAL(6, 2)", t="BOOLEAN", s="CHAR(3)", y="BYTES",
        a="DATE", c="TIME(0)", ts="TIMESTAMP(3)", tz="TIMESTAMP_LTZ(3)", mo="INTERVAL YEAR TO MONTH",
        ar="ARRAY<INT>", ro="ROW<x INT, y STRING>",
    )  # fmt: skip
    line = (
        '7,-9,1.5,1e3,12.50,true,abc,AQL/,2024-02-29,10:11:12,2024-02-29 01:02:03.004,"2024-02-29 01:02:03Z",14,1;2,5;q'
    )
    (row,) = read(line, of)
    assert row[:13] == (
        7, -9, 1.5, 1000.0, Decimal("12.50"), True, "abc", b"\x01\x02\xff", date(2024, 2, 29), time(10, 11, 12),
        datetime(2024, 2, 29, 1, 2, 3, 4000), row[11], 14,
    )  # fmt: skip
    assert row[11].isoformat() == "2024-02-29T01:02:03+00:00"
    assert row[13:] == ([1, 2], {"x": 5, "y": "q"})


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("INT", " 12 ", 12),
        ("INT", "+12", 12),
        ("DECIMAL(5, 2)", "1.235", Decimal("1.24")),
        ("DECIMAL(3, 2)", "123", None),
        ("BOOLEAN", "TRUE", True),
        ("DOUBLE", "NaN", "nan"),
        ("DOUBLE", "-Infinity", float("-inf")),
        ("TIMESTAMP(3)", "2013-01-01T10:00:00Z", datetime(2013, 1, 1, 10)),
        ("TIMESTAMP(3)", "2013-01-01T10:00:00.250Z", datetime(2013, 1, 1, 10, 0, 0, 250_000)),
        ("TIMESTAMP(3)", "2013-01-01 10:00:00.123456", datetime(2013, 1, 1, 10, 0, 0, 123_000)),
        ("TIMESTAMP(3)", "1969-12-31 23:59:59.9999", datetime(1969, 12, 31, 23, 59, 59, 999_000)),
    ],
)
def test_values_that_need_a_closer_look(type_: str, text: str, value: Any) -> None:
    ((found,),) = read(f"{text}\n", schema(a=type_))
    assert str(found) == str(value)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("INT", "x"),
        ("INT", ""),
        ("INT", "1.0"),
        ("TINYINT", "128"),
        ("INT", "1_000"),
        ("DOUBLE", "1,5"),
        ("DECIMAL(5, 2)", "NaN"),
        ("BOOLEAN", "yes"),
        ("DATE", "2023-02-29"),
        ("TIME(0)", "25:00:00"),
        ("TIMESTAMP(3)", "2023-01-01T10:00:00+02:00"),
        ("TIMESTAMP_LTZ(3)", "2023-01-01 10:00:00"),
        ("BYTES", "*"),
        ("ARRAY<INT>", "1;x"),
        ("ROW<`x` INT, `y` INT>", "1"),
    ],
)
def test_what_is_no_value_is_refused_with_file_line_and_column(type_: str, text: str) -> None:
    with pytest.raises(ConnectorError, match=r"^f\.csv, line 2, column 'a': cannot read '") as raised:
        read(f'"",1\n"{text}",1\n', schema(a=type_, b="INT"), null_literal="") if text else read(
            f"1,1\n{text},1\n", schema(a=type_, b="INT")
        )
    assert type_ in str(raised.value)


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [("1,a\n2\n", 2, 1), ("1,a\n2,b,c\n", 2, 3), ('1,"a\nb"\n2,c,\n', 3, 3), ("1,a\r\n\r\n2\r\n", 3, 1)],
)
def test_a_wrong_number_of_columns_names_the_line(text: str, line: int, found: int) -> None:
    with pytest.raises(ConnectorError, match=rf"^f\.csv, line {line}: expected 2 columns, found {found}\."):
        read(text)


def test_the_first_bad_line_is_the_one_named() -> None:
    with pytest.raises(ConnectorError, match="line 1, column 'a'"):
        read("x,a\n2\n")


def test_a_quote_that_never_closes_is_named() -> None:
    with pytest.raises(ConnectorError, match="line 2: a quoted value has no closing quote"):
        read('1,a\n2,"b\n3,c\n')


def test_bad_lines_are_skipped_and_counted() -> None:
    text = "1,a\nx,b\n3\n4,d,e\n\n5,f\n6,\xff\n"
    decoder = _decoder(text.encode("latin-1"), AB, {"ignore-parse-errors": "true"})
    assert _rows(decoder) == [(1, "a"), (5, "f")]
    assert decoder.skipped == 4


def test_null_literals() -> None:
    assert read("1,\n2,NULL\n") == [(1, ""), (2, "NULL")]
    assert read(",\n2,x\n", null_literal="") == [(None, None), (2, "x")]
    assert read("NULL,NULL\n", null_literal="NULL") == [(None, None)]


def test_dialects() -> None:
    assert read("1|'a|''b'\n", field_delimiter="|", quote_character="'") == [(1, "a|'b")]
    assert read('1\t"a\n', field_delimiter="\\t", disable_quote_character="true") == [(1, '"a')]
    assert read("# 1,2,3\n1,#a\n#x", allow_comments="true") == [(1, "#a")]
    assert read('1,a\\,b\n2,"c\\"d"\n', escape_character="\\") == [(1, "a,b"), (2, 'c"d')]
    assert read("x,y\n1,a\n", skip_header_line="true") == [(1, "a")]
    assert read('"x\ny",z', skip_header_line="true") == []
    assert read("\ufeff1,a\n") == [(1, "a")]
    assert read('1,5" pipe\r\n2,b') == [(1, '5" pipe'), (2, "b")]
    assert read("1|2", schema(a="ARRAY<INT>"), array_element_delimiter="|") == [([1, 2],)]
    assert read("a\n\nb\n", schema(a="STRING")) == [("a",), ("",), ("b",)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"field-delimiter": ";;"}, "csv.field-delimiter"),
        ({"disable-quote-character": "true", "quote-character": "'"}, "cannot be set"),
        ({"field-delimiter": '"'}, "must differ"),
    ],
)
def test_contradicting_options_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        CsvFormat().validate(AB, Configuration(options))


def test_types_that_csv_cannot_hold_are_refused() -> None:
    with pytest.raises(ConnectorError, match="cannot hold the type MAP<STRING, INT>"):
        CsvFormat().validate(schema(m="MAP<STRING, INT>"), Configuration())


def test_values_are_written_as_flink_writes_them() -> None:
    of = schema(d="DOUBLE", m="DECIMAL(20, 10)", ts="TIMESTAMP(3)", s="STRING", y="BYTES", ar="ARRAY<INT>")
    row = (1e10, Decimal("0.00000001"), datetime(2020, 1, 1, 10, 0, 0, 120_000), 'a,"b', b"\x01\x02\xff", [1, 2])
    assert written(of, row) == '1.0E10,1E-8,2020-01-01 10:00:00.12,"a,""b",AQL/,1;2\n'
    assert written(of, (2.0, Decimal(5), datetime(2020, 1, 1), "", None, None)) == "2.0,5,2020-01-01 00:00:00,,,\n"
    plain = written(schema(m="DECIMAL(20, 10)"), row[1:2], write_bigdecimal_in_scientific_notation="false")
    assert plain == "0.00000001\n"
    assert written(AB, (None, "x"), null_literal="NULL") == "NULL,x\n"
    with pytest.raises(ConnectorError, match="'b' has a value with a delimiter"):
        written(AB, (1, "a,b"), disable_quote_character="true")


TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('",\n\r;#\\'), max_size=8)
DIALECTS = st.sampled_from(
    [{}, {"field-delimiter": ";"}, {"escape-character": "\\"}, {"quote-character": "'", "allow-comments": "true"}]
)
ROWS = st.lists(st.tuples(st.none() | st.integers(-(2**31), 2**31 - 1), st.none() | TEXT, TEXT), max_size=12)


@settings(deadline=None)
@given(ROWS, DIALECTS, st.integers(1, 40), st.integers(1, 5))
def test_rows_come_back_however_the_file_is_cut(
    rows: list[tuple[Any, ...]], dialect: dict[str, str], block: int, max_rows: int
) -> None:
    of = schema(a="INT", b="STRING", c="STRING")
    options = {**dialect, "null-literal": "~N~"}
    rows = [row for row in rows if "~N~" not in row]
    text = written(of, *rows, **{key.replace("-", "_"): value for key, value in options.items()})
    assert _rows(_decoder(text, of, options, block=block), max_rows) == rows


@settings(deadline=None)
@given(st.lists(st.sampled_from(["1,a", 'x,"', "2", "", '3,"b\n,c"', "#", "4,d,e", "5,\\,f"]), max_size=10), st.data())
def test_reading_goes_on_exactly_where_it_stopped(lines: list[str], data: st.DataObject) -> None:
    options = {"ignore-parse-errors": "true", "allow-comments": "true", "escape-character": "\\"}
    text = "\n".join(lines)
    expected = _rows(_decoder(text, AB, options))
    decoder = _decoder(text, AB, options, block=data.draw(st.integers(1, 30)))
    rows: list[tuple[Any, ...]] = []
    for _ in range(data.draw(st.integers(0, 4))):
        read = decoder.read(data.draw(st.integers(1, 3)))
        rows.extend(values for _, values in read.to_rows()) if read is not None else None
    resumed = _decoder(text, AB, options, position=decoder.position(), block=data.draw(st.integers(1, 30)))
    assert rows + _rows(resumed) == expected


def test_only_the_wanted_columns_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1,a,x\n2,b,y\n")
    table = schema(a="INT", b="STRING", c="INT")
    wanted = schema(b="STRING", a="INT")
    of = source("filesystem", wanted, {"path": tmp_path, "format": "csv"}, table_schema=table)
    assert read_all(of) == [("a", 1), ("b", 2)]


def test_large_files_are_read_in_blocks(tmp_path: Path) -> None:
    of = schema(n="BIGINT", s="STRING")
    rows = [(i, string.ascii_letters * 3) for i in range(40_000)]
    write_all(sink("filesystem", of, {"path": tmp_path, "format": "csv"}), batch(of, *rows))
    table = source("filesystem", of, {"path": tmp_path, "format": "csv"})
    reader = table.reader(table.splits(1)[0], None)
    assert drain(reader, 7_001) == rows


def test_messages_are_rows() -> None:
    decoder = CsvFormat().message_decoder(RowLayout.whole(AB), Configuration({"ignore-parse-errors": "true"}))
    assert [row for _, row in decoder.decode([b"1,a\n", b'2,"b\nc"', b"x", b""]).to_rows()] == [(1, "a"), (2, "b\nc")]
    assert decoder.skipped == 1
    encoder = CsvFormat().message_encoder(AB, Configuration())
    assert encoder.encode(batch(AB, (1, "a"), (2, 'b"'))) == [b"1,a", b'2,"b"""']
