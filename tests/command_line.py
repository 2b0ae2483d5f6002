"""Running the ``sqlstream`` command in the tests' own process."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from sqlstream.cli.main import main


@dataclass(frozen=True)
class Outcome:
    """The exit code, and what was printed where."""

    code: int
    out: str
    errors: str

    @property
    def told(self) -> str:
        """The errors without the frames around them and the lines they are broken into."""
        return " ".join(line.strip("│ ") for line in self.errors.splitlines())


Command = Callable[..., Outcome]


def command_in(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """A function that runs ``sqlstream ARGUMENTS``."""

    def command(*arguments: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["sqlstream", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as leaving:
            main()
        captured = capsys.readouterr()
        return Outcome(int(leaving.value.code or 0), captured.out, captured.err)

    return command
