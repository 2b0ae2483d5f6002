"""What generated tables promise: bounds, ends, pace, and the same rows again from any position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from connector_tables import drain, read_all, schema, source, through_json
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.spi.connector import Source, StartedSplit
from sqlstream_connectors.datagen.generators import RandomInteger
from sqlstream_connectors.datagen.random_words import WordStream
from sqlstream_connectors.datagen.source import GeneratedSource, Pace, rows_a_second

FAST = {"rows-per-second": 10_000_000}


def test_sequences_count_and_end_the_table() -> None:
    of = schema(a="INT", b="STRING", c="DECIMAL(5, 1)", d="DOUBLE", e="BYTES")
    options: dict[str, Any] = dict(FAST)
    for name in of.names:
        options |= {f"fields.{name}.kind": "sequence", f"fields.{name}.start": 3, f"fields.{name}.end": 9}
    table = source("datagen", of, options | {"fields.a.end": 5})
    assert table.bounded
    assert read_all(table) == [(n, str(n), Decimal(n), float(n), str(n).encode()) for n in (3, 4, 5)]


def test_rows_do_not_depend_on_parallelism() -> None:
    of = schema(a="INT", b="STRING", c="ARRAY<BIGINT>", d="ROW<x DOUBLE>", e="DECIMAL(30, 2)")
    table = source("datagen", of, FAST | {"number-of-rows": 50, "fields.b.var-len": "true", "fields.a.null-rate": 0.3})
    alone = Counter(map(str, read_all(table)))
    assert Counter(map(str, read_all(table, parallelism=3))) == alone
    assert len(alone) == 50


def test_another_seed_gives_other_rows() -> None:
    of = schema(a="BIGINT")
    tables = [source("datagen", of, FAST | {"number-of-rows": 20, "seed": seed}) for seed in (0, 0, 1)]
    first, same, other = (read_all(table) for table in tables)
    assert first == same
    assert not set(first) & set(other)


@settings(deadline=None)
@given(st.data())
def test_generating_goes_on_exactly_where_it_stopped(data: st.DataObject) -> None:
    of = schema(a="BIGINT", b="STRING")
    table = source("datagen", of, FAST | {"number-of-rows": 30, "fields.b.length": 3})
    (split,) = table.splits(1)
    reader = table.reader(split, None)
    before: list[tuple[Any, ...]] = []
    for _ in range(data.draw(st.integers(0, 4))):
        read = reader.read(data.draw(st.integers(1, 9)), 1.0)
        before.extend(values for _, values in read.to_rows()) if read is not None else None
    assert before + drain(table.reader(split, reader.position())) == read_all(table)


def _go_on(table: Source, started: Sequence[StartedSplit], parallelism: int) -> list[list[StartedSplit]]:
    """The splits of each subtask when those of the earlier ones are dealt out again."""
    parts = [part for each in started for part in table.parted(StartedSplit(each.split, through_json(each.position)))]
    return [list(table.joined(parts[subtask::parallelism])) for subtask in range(parallelism)]


@settings(deadline=None)
@given(st.data())
def test_rows_come_in_order_and_once_when_the_parallelism_changes(data: st.DataObject) -> None:
    options = FAST | {"fields.n.kind": "sequence", "fields.n.start": 0, "fields.n.end": 99}
    table = source("datagen", schema(n="BIGINT"), options)
    parallelism = data.draw(st.integers(1, 5))
    subtasks = [[StartedSplit(split, None)] for split in table.splits(parallelism)]
    found: list[int] = []
    for _ in range(3):
        started: list[StartedSplit] = []
        for splits in subtasks:
            assert len(splits) <= 1
            for each in splits:
                reader = table.reader(each.split, each.position)
                read = reader.read(data.draw(st.integers(1, 30)), 1.0)
                numbers = [] if read is None else [n for _, (n,) in read.to_rows()]
                assert numbers == sorted(numbers)
                found += numbers
                started.append(StartedSplit(each.split, reader.position()))
        subtasks = _go_on(table, started, data.draw(st.integers(1, 5)))
    for splits in subtasks:
        for each in splits:
            rest = [n for (n,) in drain(table.reader(each.split, each.position), 7)]
            assert rest == sorted(rest)
            found += rest
    assert sorted(found) == list(range(100))


def test_the_pace_is_kept_when_one_subtask_reads_what_several_did() -> None:
    now = [0.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    generator = RandomInteger(WordStream(0, "a"), 0, 9, schema(a="INT").to_arrow().field(0).type)
    pacing = rows_a_second(1000, clock=lambda: now[0], wait=wait)
    table = GeneratedSource(schema(a="INT"), lambda rows: [generator(rows)], None, pacing)
    started = [StartedSplit(split, None) for split in table.splits(4)]
    for parallelism in (4, 2, 1):
        now[0], rows = 0.0, 0
        readers = [
            table.reader(each.split, each.position) for splits in _go_on(table, started, parallelism) for each in splits
        ]
        while now[0] < 10.0:
            for reader in readers:
                read = reader.read(500, 0.1)
                assert read is not None
                rows += read.num_rows
        assert abs(rows - 10_000) <= 200


@pytest.mark.parametrize(
    ("type_", "options", "low", "high"),
    [
        ("TINYINT", {}, -128, 127),
        ("INT", {"min": -3, "max": 4}, -3, 4),
        ("BIGINT", {"min": -(2**63), "max": -(2**63) + 5}, -(2**63), -(2**63) + 5),
        ("DOUBLE", {"min": -1.5, "max": 1.5}, -1.5, 1.5),
        ("DECIMAL(4, 2)", {"min": "1.25", "max": "1.50"}, Decimal("1.25"), Decimal("1.50")),
        ("DECIMAL(38, 2)", {"min": "1e30"}, Decimal("1e30"), Decimal("1e36")),
    ],
)
def test_random_numbers_keep_their_bounds(type_: str, options: dict[str, Any], low: Any, high: Any) -> None:
    named = {f"fields.v.{key}": value for key, value in options.items()}
    values = [v for (v,) in read_all(source("datagen", schema(v=type_), FAST | {"number-of-rows": 2000} | named))]
    assert all(low <= v <= high for v in values)
    if isinstance(low, int):
        assert len(set(values)) == min(high - low + 1, len(set(values)))
        assert high - low > 2000 or set(values) == set(range(low, high + 1))


def test_texts_have_their_length() -> None:
    of = schema(a="STRING", b="CHAR(5)", c="VARCHAR(7)", d="BYTES", e="STRING")
    options = {"fields.e.var-len": "true", "fields.e.length": 20, "fields.d.length": 9, "number-of-rows": 200}
    rows = read_all(source("datagen", of, FAST | options))
    assert {tuple(map(len, row[:4])) for row in rows} == {(100, 5, 7, 9)}
    assert {len(row[4]) for row in rows} == set(range(1, 21))


def test_null_rate() -> None:
    options = FAST | {"number-of-rows": 4000, "fields.v.null-rate": 0.25}
    values = [v for (v,) in read_all(source("datagen", schema(v="INT"), options))]
    assert 900 < values.count(None) < 1100


def test_collections_and_times_are_generated() -> None:
    of = schema(m="MAP<INT, STRING>", u="MULTISET<STRING>", r="ROW<x INT>", d="DATE", t="TIME(0)", z="TIMESTAMP_LTZ(3)",
                y="INTERVAL YEAR TO MONTH", i="INTERVAL DAY TO SECOND", b="BOOLEAN", f="FLOAT")  # fmt: skip
    options = {"number-of-rows": 3, "fields.m.length": 2, "fields.r.x.min": 5, "fields.r.x.max": 5}
    for row in read_all(source("datagen", of, FAST | options)):
        assert len(row[0]) == 2
        assert row[2] == {"x": 5}
        assert None not in row


def test_timestamps_are_now_or_up_to_max_past_before() -> None:
    import pyarrow as pa

    from sqlstream_connectors.datagen.generators import CurrentTime

    now = 1_700_000_000_000
    made = CurrentTime(WordStream(0, "t"), 1000, pa.timestamp("ms"), lambda: now * 1_000_000)
    values = made(np.arange(500, dtype=np.int64)).cast(pa.int64()).to_pylist()
    assert now - 1000 <= min(values) < max(values) <= now


def test_only_wanted_columns_are_made_and_sequences_still_end_the_table() -> None:
    whole = schema(a="INT", b="STRING")
    options = FAST | {"fields.a.kind": "sequence", "fields.a.start": 1, "fields.a.end": 4}
    assert len(read_all(source("datagen", schema(b="STRING"), options, table_schema=whole))) == 4


def test_without_an_end_the_table_is_unbounded() -> None:
    assert not source("datagen", schema(a="INT"), {}).bounded


def test_rows_come_at_their_pace() -> None:
    now = [0.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    generator = RandomInteger(WordStream(0, "a"), 0, 9, schema(a="INT").to_arrow().field(0).type)
    pacing = rows_a_second(1000, clock=lambda: now[0], wait=wait)
    table = GeneratedSource(schema(a="INT"), lambda rows: [generator(rows)], None, pacing)
    reader = table.reader(table.splits(1)[0], None)
    rows = 0
    while now[0] < 10.0:
        read = reader.read(500, 0.1)
        assert read is not None
        rows += read.num_rows
    assert abs(rows - 10_000) <= 60


def test_a_slow_reader_is_owed_a_second_at_most() -> None:
    now = [0.0]
    pace = Pace(100, lambda: now[0], lambda seconds: None)
    now[0] = 60.0
    assert pace.take(10_000, 0.0) == 100


@pytest.mark.parametrize(
    ("type_", "options", "message"),
    [
        ("INT", {"fields.v.kind": "series"}, "Invalid value 'series'"),
        ("INT", {"fields.v.kind": "sequence"}, "needs 'start' and 'end'"),
        ("INT", {"fields.v.kind": "sequence", "fields.v.start": 2, "fields.v.end": 1}, "before the start"),
        ("TINYINT", {"fields.v.kind": "sequence", "fields.v.start": 2, "fields.v.end": 200}, "out of the range"),
        ("BOOLEAN", {"fields.v.kind": "sequence", "fields.v.start": 0, "fields.v.end": 1}, "no sequence of type"),
        ("INT", {"fields.v.min": "x"}, "Invalid value 'x' for option 'fields.v.min'"),
        ("INT", {"fields.v.min": 5, "fields.v.max": 4}, "smaller than 'min'"),
        ("TINYINT", {"fields.v.max": 400}, "out of the range of TINYINT"),
        ("CHAR(3)", {"fields.v.length": 4}, "longer than"),
        ("STRING", {"fields.v.length": 0}, "positive"),
        ("INT", {"fields.v.null-rate": 2}, "from 0 to 1"),
        ("INT", {"rows-per-second": 0}, "Invalid value '0'"),
        ("INT", {"row-per-second": 1}, "Did you mean 'rows-per-second'"),
    ],
)
def test_wrong_options_are_refused(type_: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        source("datagen", schema(v=type_), options)


def test_it_is_no_sink() -> None:
    from connector_tables import sink

    with pytest.raises(ConnectorError, match="'datagen' cannot be used as a sink"):
        sink("datagen", schema(v="INT"), {})
