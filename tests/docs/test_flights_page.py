"""The page about the demo shows the script as it is."""

from __future__ import annotations

from sqlstream.sql.script import parse_script
from sqlstream.sql.statements import CreateTable, Insert
from tests.docs.markdown_pages import ROOT, blocks


def statements(text: str) -> list[str]:
    """The tables and jobs of a script, without comments and layout."""
    without_comments = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    parsed = parse_script(without_comments)
    return [" ".join(each.text.split()) for each in parsed if isinstance(each.statement, CreateTable | Insert)]


def test_the_page_shows_every_statement_of_the_script() -> None:
    shown = "".join(block.text for block in blocks(ROOT / "docs" / "flights.md") if block.language == "sql")
    assert statements(shown) == statements((ROOT / "examples/flights/flights_daily.sql").read_text(encoding="utf-8"))
