"""The commands that pages show exist, with the options shown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from sqlstream.cli.main import app
from tests.docs.markdown_pages import PAGES, ROOT, blocks

SHELLS = ("shell", "console")


def commands(path: Path) -> Iterator[list[str]]:
    """The words of every command in the shell blocks of a page, and in the ``$`` lines of its transcripts."""
    for block in blocks(path):
        if block.language not in SHELLS:
            continue
        for line in block.text.replace("\\\n", " ").splitlines():
            if block.language == "console" and not line.startswith("$ "):
                continue
            for part in line.removeprefix("$ ").split(" | "):
                words = shlex.split(part, comments=True)
                if words:
                    yield words


def check_arguments(words: list[str]) -> None:
    """Raises a usage error when ``sqlstream WORDS`` would."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    command.make_context(command.name, words)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_commands_of_a_page_exist(path: Path) -> None:
    targets = {line.partition(":")[0] for line in (ROOT / "Makefile").read_text().splitlines()}
    for program, *arguments in commands(path):
        if Path(program).name == "sqlstream":
            check_arguments(arguments)
        elif program == "make":
            assert set(arguments) <= targets


@pytest.mark.parametrize("arguments", [["sql-client", "--nope"], ["run"], ["list", "--taskmanagers", "2"]])
def test_the_check_notices_mistakes(arguments: list[str]) -> None:
    with pytest.raises(Exception, match=r"No such option|Missing"):
        check_arguments(arguments)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert not target or (path.parent / target).exists(), f"{path.name} links to {target}"
