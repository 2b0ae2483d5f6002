"""What the client itself says, between the results: information, warnings, errors."""

from __future__ import annotations

import traceback
from typing import TextIO

from sqlstream.dbapi.exceptions import Error

_CODES = {"INFO": "34;1", "WARN": "33;1", "ERROR": "31;1"}


class Messages:
    """Writes to ``out``, and errors to ``errors`` (the same if not given). ``color`` marks messages as Flink's client
    does."""

    def __init__(self, out: TextIO, errors: TextIO | None = None, *, color: bool = False) -> None:
        self.out = out
        self._errors = errors or out
        self._color = color

    def show(self, text: str) -> None:
        """Print ``text`` as it is."""
        self.out.write(f"{text}\n")
        self.out.flush()

    def say(self, level: str, message: str) -> None:
        """Print a message marked with its level."""
        text = f"[{level}] {message}"
        stream = self._errors if level == "ERROR" else self.out
        self.out.flush()
        stream.write(f"\x1b[{_CODES[level]}m{text}\x1b[0m\n" if self._color else f"{text}\n")
        stream.flush()

    def done(self, success: str) -> None:
        """Say what succeeded, and leave a line free."""
        self.say("INFO", success)
        self.show("")

    def error(self, message: str, error: Exception, *, verbose: bool) -> None:
        """Say what went wrong; with ``verbose`` also where: in the gateway if that has told, else here."""
        told = error.trace if isinstance(error, Error) else None
        trace = told or "".join(traceback.format_exception(error)).rstrip()
        self.say("ERROR", f"{message}\n{trace}" if verbose else message)

    def clear(self) -> None:
        """Empty the screen, where there is one."""
        if self.out.isatty():
            self.out.write("\x1b[2J\x1b[H")
            self.out.flush()
