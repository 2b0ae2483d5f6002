"""What the registry promises about every function, and what a wrong call is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sqlstream
from sqlstream.errors import SqlError
from sqlstream.functions.registry import Argument, ScalarFunction, SignatureError, function_names, lookup
from sqlstream.session.session import Session
from sqlstream.types.parse import parse_type
from sqlstream.types.text import format_array

SCALARS = sorted(
    {f.name: f for f in map(lookup, function_names()) if isinstance(f, ScalarFunction)}.values(), key=lambda f: f.name
)
EXAMPLES = [example for function in SCALARS for example in function.examples]


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with sqlstream.connect({"execution.runtime-mode": "batch", "table.local-time-zone": "UTC"}) as session:
        yield session


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.sql for example in EXAMPLES])
def test_the_example_of_a_function_is_true(session: Session, example: object) -> None:
    result = session.sql(f"SELECT {example.sql} AS c")  # type: ignore[attr-defined]
    (text,) = format_array(result.to_arrow().column(0).combine_chunks(), result.schema[0].type, "UTC")
    assert text == example.value  # type: ignore[attr-defined]


@pytest.mark.parametrize("function", SCALARS, ids=[function.name for function in SCALARS])
def test_a_function_is_documented_by_its_signatures_and_one_line(function: ScalarFunction) -> None:
    assert function.signatures
    assert function.doc.endswith(".")
    assert "\n" not in function.doc


def _resolve(name: str, *types: str) -> str:
    function = lookup(name)
    assert function is not None
    return str(function.resolve([Argument(parse_type(type_)) for type_ in types]).result)


def test_a_name_is_found_in_any_case() -> None:
    assert lookup("upper") is lookup("UPPER")
    assert lookup("substr") is lookup("SUBSTRING")
    assert lookup("no_such_function") is None


def test_a_result_is_nullable_when_an_argument_is() -> None:
    assert _resolve("UPPER", "STRING NOT NULL") == "STRING NOT NULL"
    assert _resolve("UPPER", "STRING") == "STRING"
    assert _resolve("+", "INT NOT NULL", "BIGINT") == "BIGINT"
    assert _resolve("COALESCE", "INT", "INT NOT NULL") == "INT NOT NULL"
    assert _resolve("IS_NULL", "INT") == "BOOLEAN NOT NULL"


def test_arguments_are_cast_to_what_the_function_takes() -> None:
    function = lookup("COALESCE")
    assert function is not None
    resolution = function.resolve([Argument(parse_type("INT")), Argument(parse_type("DECIMAL(5, 2) NOT NULL"))])
    assert list(map(str, resolution.arguments)) == ["DECIMAL(12, 2)", "DECIMAL(12, 2) NOT NULL"]


def test_wrong_arguments_are_answered_with_the_signatures() -> None:
    with pytest.raises(SignatureError) as caught:
        _resolve("SUBSTRING", "INT", "STRING")
    assert str(caught.value).splitlines() == [
        "Invalid arguments for SUBSTRING: (INT, STRING).",
        "Expected SUBSTRING(<CHARACTER>, <INTEGER> [, <INTEGER>]).",
    ]


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("UPPER", ()),
        ("UPPER", ("STRING", "STRING")),
        ("MAP", ("STRING", "INT", "STRING")),
        ("+", ("STRING", "INT")),
        ("=", ("STRING", "INT")),
        ("<", ("ARRAY<INT>", "ARRAY<INT>")),
        ("CASE", ("INT", "INT", "INT")),
        ("CASE", ("BOOLEAN", "INT", "STRING")),
        ("ITEM", ("MAP<STRING, INT>", "INT")),
        ("GREATEST", ("INT", "STRING")),
    ],
)
def test_calls_that_fit_no_signature_are_refused(name: str, types: tuple[str, ...]) -> None:
    with pytest.raises(SignatureError):
        _resolve(name, *types)


def test_a_wrong_call_in_sql_is_pointed_at(session: Session) -> None:
    with pytest.raises(SqlError) as caught:
        session.sql("SELECT UPPER(1)")
    assert "Invalid arguments for UPPER: (INT). (line 1, column 8)" in str(caught.value)
    assert "Expected UPPER(<CHARACTER>)." in str(caught.value)
