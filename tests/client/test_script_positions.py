"""Places in a statement become places in the script it is from."""

from __future__ import annotations

from sqlstream.sql.splitting import statement_spans
from sqlstream_client.gateway_executor import as_single_statement
from sqlstream_client.script_positions import ScriptPositions

SCRIPT = "SET 'a' = 'b';\n-- why\nSET 'c' = 'd'; SELECT nme\n  FROM  flights;\n"


def positions(script: str = SCRIPT, number: int = 2) -> ScriptPositions:
    """Of one of the statements of ``script``."""
    span = list(statement_spans(script))[number]
    return ScriptPositions(script, span, as_single_statement(script[span.start : span.end]))


def test_a_place_on_the_statements_first_line_is_shown_on_the_scripts() -> None:
    message = "Column 'nme' not found. (line 1, column 8)\n  SELECT nme\n         ^^^\nDid you mean 'name'?"
    assert positions().placed(message) == (
        "Column 'nme' not found. (line 3, column 23)\n"
        "  SET 'c' = 'd'; SELECT nme\n"
        "                        ^^^\n"
        "Did you mean 'name'?"
    )


def test_a_place_on_a_later_line_has_what_follows_the_statement() -> None:
    message = "Object 'flights' not found. (line 2, column 9)\n    FROM  flights\n          ^^^^^^^"
    assert positions().placed(message) == (
        "Object 'flights' not found. (line 4, column 9)\n    FROM  flights;\n          ^^^^^^^"
    )


def test_a_place_in_another_text_stays_what_it_is() -> None:
    message = "Column 'x' not found. (line 1, column 8)\n  SELECT x FROM y\n         ^"
    assert positions().placed(message) == message


def test_what_flink_names_is_pointed_at() -> None:
    message = "SQL validation failed. From line 2, column 9 to line 2, column 15: Object 'flights' not found"
    assert positions().placed(message) == (
        "SQL validation failed. From line 4, column 9 to line 4, column 15: Object 'flights' not found\n"
        "    FROM  flights;\n"
        "          ^^^^^^^"
    )
    assert positions().placed('Encountered "nme" at line 1, column 8.') == (
        "Encountered \"nme\" at line 3, column 23.\n  SET 'c' = 'd'; SELECT nme\n                        ^"
    )


def test_a_statement_set_is_sent_in_other_words_and_pointed_at_in_its_own() -> None:
    script = "BEGIN STATEMENT SET; INSERT INTO nope SELECT 1; END;"
    message = "From line 1, column 41 to line 1, column 44: Object 'nope' not found"
    assert positions(script, 0).placed(message).endswith(f"  {script}\n  {' ' * 33}^^^^")


def test_other_messages_and_places_that_are_none_are_left_alone() -> None:
    for message in ("No place at all.", "Job failed at line 9, column 1.", "line 1, column 99"):
        assert positions().placed(message) == message
