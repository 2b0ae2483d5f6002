"""The client's ways of working: ``-i``, then ``-e``, ``-f``, standard input or the prompt."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from sqlstream.errors import VERBOSE_VARIABLE, SqlStreamError
from sqlstream.session.session import Session
from sqlstream_client.runner import Origin, StatementRunner


def read_script(path: Path) -> str:
    """The text of a SQL file; SqlStreamError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SqlStreamError(f"Cannot read '{path}': {error.strerror}.", hint="Check the path of the script.") from None
    except UnicodeDecodeError as error:
        raise SqlStreamError(
            f"'{path}' is not a text file in UTF-8: byte {error.start} is invalid.", hint="Save the script as UTF-8."
        ) from None


def wants_color(stream: TextIO) -> bool:
    """Whether ``stream`` is a terminal, and neither ``NO_COLOR`` nor a dumb one."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _scripts(text: str | None, file: Path | None) -> Iterator[tuple[str, Origin]]:
    """What is to be run without a prompt, each read when its turn comes."""
    if text is not None:
        yield text, Origin("-e")
    if file is not None:
        yield read_script(file), Origin(str(file), echo=True)
    if text is None and file is None:
        yield sys.stdin.read(), Origin("standard input")


def run_client(options: Mapping[str, str], init: Path | None, file: Path | None, text: str | None) -> int:
    """Run ``init``, then ``text`` and ``file`` or, without either, the prompt; the exit code."""
    interactive = text is None and file is None and sys.stdin.isatty()
    with Session(options) as session:
        runner = StatementRunner(
            session,
            sys.stdout,
            errors=sys.stdout if interactive else sys.stderr,
            color=wants_color(sys.stdout),
            verbose=bool(os.environ.get(VERBOSE_VARIABLE)),
        )
        if init is not None and not runner.run(read_script(init), Origin(str(init), quiet=True)):
            return 1
        if interactive:
            from sqlstream_client.prompt import run_interactively

            run_interactively(session, runner)
            return 0
        for script, origin in _scripts(text, file):
            if not runner.run(script, origin):
                runner.warn_of_ending_jobs()
                return 1
        return 0 if not session.ends_jobs_on_close or runner.wait_for_jobs() else 1
