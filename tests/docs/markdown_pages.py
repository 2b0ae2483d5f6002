"""The fenced blocks of a documentation page, and what the page says about each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_FENCE = re.compile(r"^```(\w*)$")
_NOT_RUN = re.compile(r"^<!-- not run: (.+) -->$")
_FILE = re.compile(r"^<!-- file: (\S+) -->$")


@dataclass(frozen=True)
class Block:
    """``line`` is where the block's text begins. ``file`` is the file whose content the block shows, ``not_run`` why
    it cannot be run, and ``output`` the text block that directly follows."""

    language: str
    text: str
    line: int
    file: str | None = None
    not_run: str | None = None
    output: str | None = None


def blocks(page: Path) -> list[Block]:
    """The blocks of ``page`` in order; a text block that is another's output comes with that."""
    found: list[Block] = []
    file = not_run = None
    directly_after = False
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), start=1))
    for number, line in lines:
        if comment := _NOT_RUN.match(line):
            not_run = comment[1]
        elif comment := _FILE.match(line):
            file = comment[1]
        elif fence := _FENCE.match(line):
            text = _body(lines)
            block = Block(fence[1], text, number + 1, file, not_run)
            if block.language == "text" and directly_after:
                found[-1] = replace(found[-1], output=text)
            else:
                found.append(block)
            file, not_run, directly_after = None, None, True
        elif line.strip():
            directly_after = False
    return found


def _body(lines: Iterator[tuple[int, str]]) -> str:
    text = ""
    for _, line in lines:
        if line == "```":
            return text
        text += f"{line}\n"
    raise ValueError("a block is not closed")
