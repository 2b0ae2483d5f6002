"""Scripts: many statements, split where Flink splits them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlstream.errors import Position, SqlError
from sqlstream.sql import statements as s
from sqlstream.sql.script import is_complete, iter_statements, parse_script
from sqlstream.sql.splitting import statement_spans


def texts(source: str) -> list[str]:
    return [source[span.start : span.end] for span in statement_spans(source)]


def test_statements_come_with_their_text_and_place() -> None:
    parsed = parse_script("-- setup; really\nSET 'a' = 'b' ; /* ; */\n\n  SELECT ';' ;;")
    assert [p.text for p in parsed] == ["SET 'a' = 'b'", "SELECT ';'"]
    assert [p.position for p in parsed] == [Position(2, 1), Position(4, 3)]


def test_statements_before_a_mistake_can_run() -> None:
    statements = iter_statements("SET 'a' = 'b'; SELCT 1")
    assert next(statements).statement == s.SetOption("a", "b")
    with pytest.raises(SqlError):
        next(statements)


def test_an_empty_script_has_no_statements() -> None:
    assert parse_script("  -- nothing\n ; /* here */ ;") == []


def test_a_statement_set_is_one_statement() -> None:
    block = "EXECUTE STATEMENT SET\nBEGIN INSERT INTO a SELECT CASE x WHEN 1 THEN ';' END; INSERT INTO b SELECT 1; END"
    assert texts(f"SELECT 1; {block}; SELECT 2") == ["SELECT 1", block, "SELECT 2"]


@pytest.mark.parametrize(
    ("source", "complete"),
    [
        ("", False),
        ("SELECT 1", False),
        ("SELECT 1;", True),
        ("SELECT 1; -- done", True),
        ("SELECT 1; SELECT", False),
        ("SELECT ';", False),
        ("SELECT `;", False),
        ("SELECT 1 /* ;", False),
        ("SELECT 1 -- ;", False),
        ("SELECT 'it''s';", True),
        ("BEGIN STATEMENT SET;", False),
        ("BEGIN STATEMENT SET; INSERT INTO t SELECT 1; END;", True),
        ("EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT CASE WHEN a THEN 1 END;", False),
        ("EXPLAIN STATEMENT SET BEGIN INSERT INTO t SELECT 1; END;", True),
    ],
)
def test_completeness(source: str, complete: bool) -> None:
    assert is_complete(source) is complete


strings = st.text(st.characters(codec="utf-8", exclude_characters="\r")).map(lambda x: "'" + x.replace("'", "''") + "'")
names = st.text(st.characters(codec="utf-8", exclude_characters="\r")).map(lambda x: "`" + x.replace("`", "``") + "`")
comments = st.sampled_from(["-- it's; `x\n", "/* ' ; ` */", "/* -- */"])
words = st.sampled_from(["SELECT", "a", "1", ",", "(", ")", "+", "CASE", "END", "::"])
blanks = st.sampled_from([" ", "\n", "\t"])
pieces = st.one_of(strings, names, words)
statements = st.lists(st.tuples(pieces, st.one_of(blanks, comments)), min_size=1, max_size=8)


@given(st.lists(statements, max_size=5))
def test_joining_statements_with_semicolons_splits_back_into_them(script: list[list[tuple[str, str]]]) -> None:
    bodies = ["".join(piece + " " + gap for piece, gap in statement) for statement in script]
    source = ";".join(bodies) + ";"
    spans = list(statement_spans(source))
    assert len(spans) == len(bodies)
    assert all(span.terminated for span in spans)
    for span, body, statement in zip(spans, bodies, script, strict=True):
        text = source[span.start : span.end]
        assert body.startswith(text) and text.endswith(statement[-1][0])


@given(st.text(alphabet="'`\"-/*;aSELECT \n"))
def test_any_text_splits_without_overlap_and_never_fails(source: str) -> None:
    end = 0
    for span in statement_spans(source):
        assert end <= span.start < span.end <= len(source)
        end = span.end


@given(st.text(alphabet="'`\"-/*;(),.=<>|[]?#:{}aSELECTFROM1 \n", max_size=40))
def test_whatever_is_typed_either_parses_or_is_a_sql_error(source: str) -> None:
    try:
        parse_script(source)
    except SqlError as error:
        assert "Traceback" not in str(error) and "\x1b" not in str(error)
