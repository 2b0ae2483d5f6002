"""The client's three ways of working: ``-e``, ``-f`` and the prompt."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from sqlstream.errors import SqlStreamError
from sqlstream.session.session import Session
from sqlstream_client.runner import StatementRunner


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


def run_client(options: Mapping[str, str], init: Path | None, file: Path | None, text: str | None) -> int:
    """Run ``init``, then ``text`` or ``file`` or the prompt; the exit code."""
    with Session(options) as session:
        runner = StatementRunner(session, sys.stdout, color=sys.stdout.isatty())
        if init is not None and not runner.run(read_script(init)):
            return 1
        if text is None and file is None:
            if not sys.stdin.isatty():
                text = sys.stdin.read()
            else:
                from sqlstream_client.prompt import run_interactively

                run_interactively(session)
                return 0
        if text is not None and not runner.run(text):
            return 1
        if file is not None and not runner.run(read_script(file)):
            return 1
        if session.ends_jobs_on_close and not runner.wait_for_jobs():
            return 1
    return 0
