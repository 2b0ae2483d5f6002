"""The formats of Canal, Maxwell and GoldenGate: changes are read as changes, bad ones named, and metadata told."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from connector_tables import schema
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.config.configuration import Configuration
from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.spi.format import RowLayout
from sqlstream.spi.plugins import load_plugin
from sqlstream.types.schema import Field, Schema
from sqlstream_connectors.formats.cdc.format import CdcFormat

ADD, UB, UA, D = RowKind
FRUIT = schema(id="INT", k="STRING", v="DECIMAL(10, 2)")
Change = tuple[RowKind, tuple[Any, ...]]


def format_of(name: str) -> CdcFormat:
    found: CdcFormat = load_plugin("formats", name)
    return found


def read(name: str, text: str, layout: RowLayout | None = None, **options: str) -> list[Change]:
    given = Configuration({key.replace("_", "-").replace("--", "."): value for key, value in options.items()})
    decoder = format_of(name).file_decoder(
        io.BytesIO(text.encode()), "f.json", None, layout or RowLayout.whole(FRUIT), given
    )
    rows: list[Change] = []
    while (batch := decoder.read(2)) is not None:
        rows.extend(batch.to_rows())
    return rows


def with_metadata(name: str, **columns: str) -> RowLayout:
    """The columns of FRUIT, and a column for each metadata key."""
    types = format_of(name).metadata()
    fields = [Field(column, types[key]) for column, key in columns.items()]
    every = Schema((*FRUIT, *fields))
    return RowLayout(every, tuple(range(len(every))), columns)


def test_canal_tells_of_several_rows_in_a_record_each_with_its_own_old() -> None:
    text = (
        '{"data":[{"id":"1","k":"pear","v":"1.5"},{"id":"2","k":null,"v":"2"},{"id":"3","k":"fig","v":null}],'
        '"old":[{"v":"1"},{"k":"plum"},{"v":"7","k":null}],"type":"UPDATE"}\n'
        '{"data":[{"id":1},{"id":2}],"type":"DELETE"}\n'
    )
    assert read("canal-json", text) == [
        (UB, (1, "pear", Decimal("1.00"))),
        (UA, (1, "pear", Decimal("1.50"))),
        (UB, (2, "plum", Decimal("2.00"))),
        (UA, (2, None, Decimal("2.00"))),
        (UB, (3, None, Decimal("7.00"))),
        (UA, (3, "fig", None)),
        (D, (1, None, None)),
        (D, (2, None, None)),
    ]


def test_an_old_may_say_that_a_column_was_null() -> None:
    text = '{"type":"update","data":{"id":1,"k":"pear","v":null},"old":{"k":null,"v":3}}\n'
    assert read("maxwell-json", text) == [(UB, (1, None, Decimal("3.00"))), (UA, (1, "pear", None))]


@pytest.mark.parametrize("quoted", [False, True])
def test_numbers_may_stand_in_quotes(quoted: bool) -> None:
    number = '"7"' if quoted else "7"
    text = f'{{"type":"insert","data":{{"id":{number},"k":"a","v":{number}}}}}\n' * 3
    assert read("maxwell-json", text) == [(ADD, (7, "a", Decimal("7.00")))] * 3


BAD = [
    ("canal-json", '{"data":[{"id":1}]}', "expected a change with 'data' and 'type', found no 'type'"),
    ("canal-json", '{"data":[{"id":1}],"type":"TRUNCATE"}', "unknown operation 'TRUNCATE'; expected one of INSERT"),
    ("canal-json", '{"data":null,"type":"INSERT"}', "the operation 'INSERT' needs 'data'"),
    ("canal-json", '{"data":[{"id":1}],"type":"UPDATE"}', "'UPDATE' needs 'old'.*binlog_row_image"),
    ("canal-json", '{"data":[{"id":1},{"id":2}],"old":[{"k":"x"}],"type":"UPDATE"}', "'UPDATE' needs 'old'"),
    ("canal-json", '{"data":{"id":1},"type":"INSERT"}', "column 'data': cannot read"),
    ("maxwell-json", '{"type":"insert"}', "the operation 'insert' needs 'data'"),
    ("maxwell-json", '{"type":"update","data":{"id":1}}', "'update' needs 'old'"),
    ("maxwell-json", '{"type":"bootstrap-start","data":{}}', "unknown operation 'bootstrap-start'"),
    ("ogg-json", '{"after":{"id":1},"op_type":"U"}', "'U' needs 'before'.* SUPPLEMENTAL LOG"),
    ("ogg-json", '{"before":{"id":1},"op_type":"I"}', "'I' needs 'after', which is missing"),
    ("ogg-json", '{"after":{"id":1},"op_type":"T"}', "unknown operation 'T'; expected one of I, U, D"),
    ("ogg-json", "nonsense", "not valid JSON"),
]
GOOD = {
    "canal-json": '{"data":[{"id":8}],"type":"INSERT"}',
    "maxwell-json": '{"data":{"id":8},"type":"insert"}',
    "ogg-json": '{"after":{"id":8},"op_type":"I"}',
}


@pytest.mark.parametrize(("name", "line", "message"), BAD)
def test_a_bad_change_is_named_or_skipped(name: str, line: str, message: str) -> None:
    text = f"{GOOD[name]}\n{line}\n{GOOD[name]}\n"
    with pytest.raises(ConnectorError, match=rf"^f\.json, line 2.*{message}") as raised:
        read(name, text)
    assert f"'{name}.ignore-parse-errors' = 'true'" in str(raised.value.hint)
    assert read(name, text, ignore_parse_errors="true") == [(ADD, (8, None, None))] * 2


def test_only_the_wanted_databases_and_tables_of_canal_are_read() -> None:
    text = "".join(
        f'{{"data":[{{"id":{i}}}],"database":"{database}","table":"{table}","type":"{type_}"}}\n'
        for i, (database, table, type_) in enumerate(
            [("shop", "a", "INSERT"), ("shop2", "a", "INSERT"), ("shop", "b", "INSERT"), ("other", "a", "QUERY")]
        )
    )
    assert [row[0] for _, row in read("canal-json", text, database__include="shop")] == [0, 2]
    assert [row[0] for _, row in read("canal-json", text, database__include="shop.?", table__include="a|c")] == [0, 1]
    with pytest.raises(ConfigError, match=r"table\.include"):
        read("canal-json", text, table__include="(")


def test_metadata_of_canal() -> None:
    layout = with_metadata(
        "canal-json", d="database", t="table", s="sql-type", p="pk-names", at="ingestion-timestamp", e="event-timestamp"
    )
    text = (
        '{"data":[{"id":"1"}],"database":"shop","table":"fruit","sqlType":{"id":4},"pkNames":["id"],'
        '"ts":1589373515477,"es":1589373515000,"type":"INSERT"}\n{"data":[{"id":"2"}],"type":"DELETE"}\n'
    )
    at = datetime(2020, 5, 13, 12, 38, 35, 477000, UTC)
    assert read("canal-json", text, layout) == [
        (ADD, (1, None, None, "shop", "fruit", [("id", 4)], ["id"], at, at.replace(microsecond=0))),
        (D, (2, None, None, *[None] * 6)),
    ]


def test_metadata_of_maxwell_counts_seconds() -> None:
    layout = with_metadata("maxwell-json", at="ingestion-timestamp", p="primary-key-columns")
    text = '{"data":{"id":1},"old":{},"type":"update","ts":1589373515,"primary_key_columns":["id","k"]}\n'
    more = (datetime(2020, 5, 13, 12, 38, 35, tzinfo=UTC), ["id", "k"])
    assert read("maxwell-json", text, layout) == [(UB, (1, None, None, *more)), (UA, (1, None, None, *more))]


def test_metadata_of_golden_gate() -> None:
    layout = with_metadata("ogg-json", t="table", at="op_ts", now="current_ts", o="op_type", p="primary_keys", s="pos")
    text = (
        '{"before":{"id":1},"table":"S.F","op_ts":"2020-05-13 15:40:06.000001",'
        '"current_ts":"2020-05-13T15:40:07.000000","op_type":"D","primary_keys":["id"],"pos":"0143"}\n'
    )
    at, now = datetime(2020, 5, 13, 15, 40, 6, 1, UTC), datetime(2020, 5, 13, 15, 40, 7, tzinfo=UTC)
    assert read("ogg-json", text, layout) == [(D, (1, None, None, "S.F", at, now, "D", ["id"], "0143"))]


@pytest.mark.parametrize("in_payload", [False, True])
def test_metadata_of_debezium(in_payload: bool) -> None:
    change = (
        '{"after":{"id":1},"source":{"version":"1.1","db":"shop","schema":"public","table":"fruit","ts_ms":1000},'
        '"op":"r","ts_ms":2000}'
    )
    text = f'{{"schema":{{"type":"struct"}},"payload":{change}}}\n' if in_payload else f"{change}\n"
    included = str(in_payload).lower()
    keys = {"i": "ingestion-timestamp", "s": "source.timestamp", "d": "source.database", "t": "source.table"}
    moments = tuple(datetime.fromtimestamp(seconds, UTC) for seconds in (2, 1))
    layout = with_metadata("debezium-json", **keys, c="source.schema")
    row = (1, None, None, *moments, "shop", "fruit")
    assert read("debezium-json", text, layout, schema_include=included) == [(ADD, (*row, "public"))]
    layout = with_metadata("debezium-json", **keys, p="source.properties", schema="schema")
    ((_, found),) = read("debezium-json", text, layout, schema_include=included)
    assert found[: len(row)] == row
    assert dict(found[-2])["ts_ms"] == "1000"
    assert found[-1] == ('{"type":"struct"}' if in_payload else None)


def test_metadata_comes_in_any_place_and_alone() -> None:
    types = format_of("canal-json").metadata()
    columns = Schema((*FRUIT, Field("d", types["database"])))
    layout = RowLayout(columns, (3, 0), {"d": "database"})
    text = '{"data":[{"id":"1"},{"id":"2"}],"database":"shop","type":"INSERT"}\n'
    assert read("canal-json", text, layout) == [(ADD, ("shop", 1)), (ADD, ("shop", 2))]
    assert read("canal-json", text, RowLayout(columns, (3,), {"d": "database"})) == [(ADD, ("shop",))] * 2


def test_messages_are_changes_and_a_tombstone_is_none() -> None:
    decoder = format_of("ogg-json").message_decoder(RowLayout.whole(FRUIT), Configuration({}))
    batch: Batch = decoder.decode([GOOD["ogg-json"].encode(), b"", GOOD["ogg-json"].encode()])
    assert [kind for kind, _ in batch.to_rows()] == [ADD, ADD]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["INSERT", "UPDATE", "DELETE", "CREATE", "?"]),
        st.lists(
            st.tuples(st.integers(0, 9), st.sampled_from([None, "a"]), st.sampled_from([..., None, "b"])), max_size=3
        ),
    ),
    max_size=6,
)


def _line(type_: str, rows: list[tuple[int, Any, Any]]) -> str:
    data = [{"id": id_, "k": k, "v": None} for id_, k, _ in rows]
    old = [{} if was is ... else {"k": was} for _, _, was in rows]
    return json.dumps({"data": data, "old": old if type_ == "UPDATE" else None, "type": type_})


def _expected(type_: str, rows: list[tuple[int, Any, Any]]) -> list[Change]:
    changes: list[Change] = []
    for id_, k, was in rows:
        row, before = (id_, k, None), (id_, k if was is ... else was, None)
        told: Mapping[str, list[Change]] = {
            "INSERT": [(ADD, row)],
            "UPDATE": [(UB, before), (UA, row)],
            "DELETE": [(D, row)],
        }
        changes += told.get(type_, [])
    return changes


@settings(deadline=None)
@given(ROWS, st.integers(1, 50), st.data())
def test_canal_is_read_alike_however_it_is_cut_and_resumed(
    records: list[tuple[str, list[Any]]], block: int, data: st.DataObject
) -> None:
    text = "\n".join(_line(*record) for record in records)
    options = Configuration({"ignore-parse-errors": "true"})
    expected = [change for record in records for change in _expected(*record)]

    def decoder(position: Any) -> Any:
        opened = format_of("canal-json").file_decoder(
            io.BytesIO(text.encode()), "f", position, RowLayout.whole(FRUIT), options
        )
        opened._block_size = block
        return opened

    first, rows = decoder(None), []
    for _ in range(data.draw(st.integers(0, 4))):
        batch = first.read(data.draw(st.integers(1, 3)))
        rows += [] if batch is None else batch.to_rows()
    rest = decoder(first.position())
    while (batch := rest.read(2)) is not None:
        rows += batch.to_rows()
    assert rows == expected
