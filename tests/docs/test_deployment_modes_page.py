"""The page about deployment modes: its script runs as it says in each of them, and its tables name what there is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from own_cluster import Place, place

from sqlstream.application.status import ApplicationStatus
from sqlstream.deploy.targets import target_names
from tests.docs.markdown_pages import ROOT, blocks

PAGE = ROOT / "docs" / "deployment-modes.md"
_JOB_ID = re.compile(r"\b[0-9a-f]{32}\b")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.chdir(tmp_path)
    (script,) = (block for block in blocks(PAGE) if block.file)
    Path(str(script.file)).write_text(script.text)
    logs = tmp_path / "logs"
    logs.mkdir()
    with place(logs) as opened:
        yield opened


def command(begin: str) -> tuple[list[str], str | None]:
    """The words of the page's one command that begins so, and its output."""
    (block,) = (block for block in blocks(PAGE) if block.language == "shell" and block.text.startswith(begin))
    return shlex.split(block.text.splitlines()[0])[1:], block.output


def totals(directory: Path) -> list[str]:
    return sorted(line for file in directory.glob("part-*") for line in file.read_text().split())


def test_the_script_prints_what_the_page_says(here: Place, tmp_path: Path) -> None:
    arguments, output = command("sqlstream run-application -t local-application -a")
    ran = here.sqlstream(*arguments)
    assert ran.returncode == 0, ran.stderr
    assert output is not None
    assert _JOB_ID.sub("<job>", ran.stdout) == _JOB_ID.sub("<job>", output)
    assert totals(tmp_path / "totals") == ["cake,4", "tea,8"]


def test_the_script_runs_with_each_job_on_a_cluster_of_its_own(here: Place, tmp_path: Path) -> None:
    arguments, _ = command("sqlstream run -t local-per-job")
    ran = here.sqlstream(*arguments)
    assert ran.returncode == 0, ran.stderr
    assert totals(tmp_path / "totals") == ["cake,4", "tea,8"]


def test_the_tables_name_every_target_and_every_outcome() -> None:
    text = PAGE.read_text()
    named = re.search(r"^\| `execution\.target`, `-t` \|(.*)$", text, re.MULTILINE)
    assert named
    assert re.findall(r"`([\w-]+)`", named[1]) == list(target_names())
    outcomes = re.findall(r"\| `([A-Z]+)` \| (\d) \|$", text, re.MULTILINE)
    assert {status: int(code) for status, code in outcomes} == {s.value: s.exit_code for s in ApplicationStatus}
