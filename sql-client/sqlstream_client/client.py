"""The client's ways of working: embedded or at a gateway; ``-i``, then ``-e``, ``-f``, standard input or the prompt."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from sqlstream.errors import VERBOSE_VARIABLE
from sqlstream_client.executor import Executor
from sqlstream_client.runner import Origin, StatementRunner
from sqlstream_client.scripts import read_script


@dataclass(frozen=True)
class Work:
    """What the client is to do: run ``init``, then ``text`` and ``file``, or without either what is typed, which
    ``history`` keeps."""

    init: Path | None = None
    file: Path | None = None
    text: str | None = None
    history: Path | None = None


def wants_color(stream: TextIO) -> bool:
    """Whether ``stream`` is a terminal, and neither ``NO_COLOR`` nor a dumb one."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_verbose() -> bool:
    """Whether errors are to show where in sqlstream they came from, wherever they are told."""
    return bool(os.environ.get(VERBOSE_VARIABLE))


def run_embedded(options: Mapping[str, str], work: Work) -> int:
    """Work with a session in this process; the exit code."""
    from sqlstream.session.session import Session
    from sqlstream_client.session_executor import SessionExecutor

    with closing(SessionExecutor(Session(options))) as executor:
        return _run(executor, work)


def run_at_gateway(endpoint: str, properties: dict[str, str], work: Work) -> int:
    """Work with a session at the SQL gateway ``endpoint``, opened with ``properties``; the exit code. OperationalError
    when it cannot be reached."""
    from sqlstream_client.gateway_executor import GatewayExecutor

    with closing(GatewayExecutor(endpoint, properties)) as executor:
        return _run(executor, work)


def _run(executor: Executor, work: Work) -> int:
    interactive = work.text is None and work.file is None and sys.stdin.isatty()
    runner = _interactive_runner(executor) if interactive else _script_runner(executor)
    if work.init is not None and not runner.run(
        read_script(work.init), Origin(str(work.init), quiet=True, within=(work.init.resolve(),))
    ):
        return 1
    if runner.has_quit:
        return 0
    if interactive:
        from sqlstream_client.prompt import HISTORY_FILE, run_interactively

        run_interactively(executor, runner, work.history or HISTORY_FILE)
        return 0
    for script, origin in _scripts(work):
        if not runner.run(script, origin):
            runner.background.warn_of_ending()
            return 1
        if runner.has_quit:
            break
    return 0 if not executor.ends_jobs_on_close or runner.background.wait() else 1


def _interactive_runner(executor: Executor) -> StatementRunner:
    from sqlstream_client.result_view import RESULT_VIEWS

    views = RESULT_VIEWS if sys.stdout.isatty() and os.environ.get("TERM") != "dumb" else None
    return StatementRunner(executor, sys.stdout, color=wants_color(sys.stdout), verbose=is_verbose(), views=views)


def _script_runner(executor: Executor) -> StatementRunner:
    return StatementRunner(executor, sys.stdout, errors=sys.stderr, color=wants_color(sys.stdout), verbose=is_verbose())


def _scripts(work: Work) -> Iterator[tuple[str, Origin]]:
    """What is to be run without a prompt, each read when its turn comes."""
    if work.text is not None:
        yield work.text, Origin("-e")
    if work.file is not None:
        yield read_script(work.file), Origin(str(work.file), echo=True, within=(work.file.resolve(),))
    if work.text is None and work.file is None:
        yield sys.stdin.read(), Origin("standard input")
