"""What an application prints, and to whom."""

from __future__ import annotations

import io
import os

import pytest

from sqlstream.application.script_output import SurvivingOutput, excerpt, masked_statement


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("SET 'my.password' = 'tiger'", "SET 'my.password' = '******'"),
        (
            "CREATE TABLE t (a INT) WITH ('connector'='jdbc', 'PASSWORD' =\n 'it''s', 'url' = 'x')",
            "CREATE TABLE t (a INT) WITH ('connector'='jdbc', 'PASSWORD' =\n '******', 'url' = 'x')",
        ),
        ("SELECT * FROM t WHERE name = 'password'", "SELECT * FROM t WHERE name = 'password'"),
        ("SELECT 'a' = 'b', 'secret' = 'x'", "SELECT 'a' = 'b', 'secret' = '******'"),
    ],
)
def test_the_values_of_secrets_are_masked(statement: str, shown: str) -> None:
    assert masked_statement(statement) == shown


def test_an_error_quotes_the_beginning_of_a_statement_on_one_line() -> None:
    assert excerpt("SELECT\n  1,\n\t2") == "SELECT 1, 2"
    assert excerpt("SELECT " + "x" * 300) == "SELECT " + "x" * 193 + "..."
    assert "tiger" not in excerpt("SET 'token' =\n'tiger'")


def test_output_that_nobody_reads_any_more_is_no_error() -> None:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")  # to close it would fail: that is what this is about
    output = SurvivingOutput(stream)
    output.write("read\n")
    output.flush()
    assert os.read(reading, 100) == b"read\n"
    os.close(reading)
    for _ in range(3):
        output.write("not read\n")
        output.flush()
    closed = io.StringIO()
    closed.close()
    SurvivingOutput(closed).write("nor this\n")
    os.close(writing)
