"""What the documentation says about adding a scalar function: one new file, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.docs.markdown_pages import ROOT, Block, blocks

_WITH_THE_FILE = """
import sys
import sqlstream.functions.scalar as scalar
scalar.__path__.append(sys.argv[1])
import sqlstream
from sqlstream.functions.registry import lookup
with sqlstream.connect() as session:
    session.sql(sys.argv[2]).print()
    for example in lookup("VOWELS").examples:
        assert [row[0] for row in session.sql(f"SELECT CAST({example.sql} AS STRING)")] == [example.value]
"""


def _first(language: str) -> Block:
    return next(block for block in blocks(ROOT / "docs" / "extending.md") if block.language == language)


def test_the_file_shown_is_all_it_takes(tmp_path: Path) -> None:
    (tmp_path / "vowels.py").write_text(_first("python").text, encoding="utf-8")
    query = _first("sql")
    done = subprocess.run(
        [sys.executable, "-c", _WITH_THE_FILE, str(tmp_path), query.text], capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == query.output
