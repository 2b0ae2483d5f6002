"""What print and blackhole promise."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from connector_tables import batch, schema, sink

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.errors import ConfigError, ConnectorError
from sqlstream.spi.connector import ChangelogMode, DeliveryGuarantee, WriterContext

AB = schema(a="INT", b="STRING")


@pytest.mark.parametrize(
    ("identifier", "parallelism", "prefix"), [(None, 1, ""), ("p", 1, "p> "), (None, 2, "2> "), ("p", 2, "p:2> ")]
)
def test_the_line_tells_identifier_and_subtask(
    capsys: pytest.CaptureFixture[str], identifier: str | None, parallelism: int, prefix: str
) -> None:
    options = {} if identifier is None else {"print-identifier": identifier}
    sink("print", AB, options).writer(WriterContext(parallelism - 1, parallelism)).write(batch(AB, (1, "a"), (2, None)))
    assert capsys.readouterr().out == f"{prefix}+I[1, a]\n{prefix}+I[2, null]\n"


def test_changes_are_printed_with_their_kind(capsys: pytest.CaptureFixture[str]) -> None:
    target = sink("print", AB, {"standard-error": "true"})
    assert target.changelog_mode is ChangelogMode.ALL
    rows = batch(AB, (1, "a"), (1, "a"), (1, "b"), (1, "b"))
    target.writer(WriterContext()).write(Batch(rows.data, np.array(list(RowKind), dtype=np.int8)))
    assert capsys.readouterr().err == "+I[1, a]\n-U[1, a]\n+U[1, b]\n-D[1, b]\n"


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        ("DOUBLE", 1e10, "1.0E10"),
        ("FLOAT", 2.0, "2.0"),
        ("DECIMAL(20, 10)", Decimal("0.00000001"), "1.00E-8"),
        ("BOOLEAN", True, "true"),
        ("TIMESTAMP(3)", datetime(2020, 1, 1), "2020-01-01T00:00"),
        ("TIMESTAMP(3)", datetime(2020, 1, 1, 1, 2, 3), "2020-01-01T01:02:03"),
        ("TIMESTAMP(6)", datetime(2020, 1, 1, 0, 0, 0, 120_000), "2020-01-01T00:00:00.120"),
        ("TIMESTAMP(6)", datetime(2020, 1, 1, 0, 0, 0, 1_200), "2020-01-01T00:00:00.001200"),
        ("TIMESTAMP_LTZ(3)", datetime.fromisoformat("2020-01-01T10:00:00.120+00:00"), "2020-01-01T10:00:00.120Z"),
        ("TIMESTAMP_LTZ(3)", datetime.fromisoformat("2020-01-01T10:00:00+00:00"), "2020-01-01T10:00:00Z"),
        ("DATE", date(2020, 1, 1), "2020-01-01"),
        ("TIME(0)", time(10, 0), "10:00"),
        ("TIME(0)", time(10, 10, 10), "10:10:10"),
        ("BYTES", b"\x01\x02\xff", "[1, 2, -1]"),
        ("ARRAY<INT>", [1, None], "[1, null]"),
        ("ROW<x INT, y STRING>", {"x": 1, "y": "z"}, "+I[1, z]"),
        ("MAP<STRING, INT>", [("k", 1)], "{k=1}"),
        ("INTERVAL YEAR TO MONTH", 14, "14"),
        ("INTERVAL DAY TO SECOND", timedelta(seconds=1), "1000"),
    ],
)
def test_values_look_as_in_java(capsys: pytest.CaptureFixture[str], type_: str, value: Any, text: str) -> None:
    of = schema(v=type_)
    sink("print", of, {}).writer(WriterContext()).write(batch(of, (value,)))
    assert capsys.readouterr().out == f"+I[{text}]\n"


def test_blackhole_takes_all_changes_that_say_something() -> None:
    target = sink("blackhole", AB, {})
    assert target.changelog_mode is ChangelogMode.WITHOUT_UPDATE_BEFORE
    writer = target.writer(WriterContext())
    writer.write(batch(AB, (1, "a")))
    writer.flush()
    writer.close()
    with pytest.raises(ConfigError, match="Unknown option 'path'"):
        sink("blackhole", AB, {"path": "x"})


@pytest.mark.parametrize("connector", ["print", "blackhole"])
def test_sinks_cannot_be_overwritten(connector: str) -> None:
    with pytest.raises(ConnectorError, match="INSERT OVERWRITE"):
        sink(connector, AB, {}).prepare(True, {})


def test_a_restarted_job_may_print_a_row_twice_and_does_not_keep_one_twice() -> None:
    assert sink("print", AB, {}).delivery_guarantee is DeliveryGuarantee.AT_LEAST_ONCE
    assert sink("blackhole", AB, {}).delivery_guarantee is DeliveryGuarantee.EXACTLY_ONCE
