"""Everything a page shows runs, and prints what the page says it prints.

A page is a session: its SQL and Python blocks run in order, in a directory of their own. A text block directly after
one is its output. Files are shown in blocks marked ``<!-- file: NAME -->``. Blocks marked ``<!-- not run: WHY -->`` are
only parsed.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sqlstream.sql.script import parse_script
from sqlstream_client.embedded_executor import EmbeddedExecutor
from sqlstream_client.gateway_executor import GatewayExecutor
from sqlstream_client.runner import PROMPT, Origin, StatementRunner
from tests.docs.markdown_pages import PAGES, Block, blocks

_TIME = re.compile(r" \(\d+\.\d+ seconds\)")
_JOB_ID = re.compile(r"\b[0-9a-f]{32}\b")
_ENTRY = re.compile(rf"^{PROMPT}(?P<statement>.*?;)\n(?P<output>.*?)(?=^{PROMPT}|\Z)", re.MULTILINE | re.DOTALL)


def comparable(text: str) -> str:
    """``text`` without what differs from run to run."""
    return _JOB_ID.sub("<job id>", _TIME.sub("", text)).strip()


class Page:
    """Runs the blocks of one page."""

    def __init__(self, executor: GatewayExecutor) -> None:
        self._out = io.StringIO()
        self._runner = StatementRunner(executor, self._out)
        self._names: dict[str, Any] = {}

    def run(self, block: Block) -> None:
        if block.file is not None:
            path = Path(block.file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "sql":
            self._run_sql(block)
        elif block.language == "python":
            self._run_python(block)
        elif block.language == "console":
            for entry in _ENTRY.finditer(block.text):
                assert comparable(self._output_of(entry["statement"])[1]) == comparable(entry["output"])

    def _run_sql(self, block: Block) -> None:
        if block.not_run:
            parse_script(block.text)
            return
        succeeded, printed = self._output_of(block.text)
        if block.output is None:
            assert succeeded, printed
        else:
            assert comparable(printed) == comparable(block.output)

    def _run_python(self, block: Block) -> None:
        code = compile(block.text, "page", "exec")
        if block.not_run:
            return
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, self._names)
        if block.output is not None:
            assert comparable(printed.getvalue()) == comparable(block.output)

    def _output_of(self, statements: str) -> tuple[bool, str]:
        """Whether they succeeded, and what they and the jobs they started printed."""
        self._out.seek(0)
        self._out.truncate()
        with contextlib.redirect_stdout(self._out):
            succeeded = self._runner.run(statements, Origin(quiet=True)) and self._runner.background.wait()
        return succeeded, self._out.getvalue()


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.chdir(tmp_path)
    with contextlib.closing(EmbeddedExecutor({"table.local-time-zone": "UTC"})) as executor:
        yield Page(executor)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_examples_of_a_page_run_and_print_what_it_says(page: Page, path: Path) -> None:
    for block in blocks(path):
        try:
            page.run(block)
        except Exception as error:
            error.add_note(f"in the {block.language} block at {path.name}:{block.line}")
            raise
