"""The client's ways of working: embedded, or at a gateway; ``-i``, then ``-e``, ``-f``, standard input or a prompt."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sqlstream.errors import VERBOSE_VARIABLE, ConfigError
from sqlstream.session.client_options import VERBOSE
from sqlstream_client.application import deploy_application, deploys_applications
from sqlstream_client.messages import Messages
from sqlstream_client.runner import Origin, StatementRunner
from sqlstream_client.scripts import identity, read_script

if TYPE_CHECKING:
    from sqlstream_client.gateway_executor import GatewayExecutor


@dataclass(frozen=True)
class Work:
    """What the client is to do: run ``init``, then ``text`` and ``file``, or without either what is typed, which
    ``history`` keeps. ``init`` and ``file`` are paths or URIs; ``chosen`` are the options given for this very
    work, which a script that is deployed gets."""

    init: str | None = None
    file: str | None = None
    text: str | None = None
    history: Path | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)


def wants_color(stream: TextIO) -> bool:
    """Whether ``stream`` is a terminal, and neither ``NO_COLOR`` nor a dumb one."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_verbose() -> bool:
    """Whether errors are to show where in sqlstream they came from, wherever they are told."""
    return bool(os.environ.get(VERBOSE_VARIABLE))


def open_embedded(options: Mapping[str, str], session_name: str | None = None) -> GatewayExecutor:
    """A session with ``options`` at a gateway in this process."""
    from sqlstream_client.embedded_executor import EmbeddedExecutor

    return EmbeddedExecutor(_told(options), session_name)


def open_at_gateway(endpoint: str, properties: Mapping[str, str], session_name: str | None = None) -> GatewayExecutor:
    """A session at the SQL gateway ``endpoint``, opened with ``properties``. OperationalError when it cannot be
    reached."""
    from sqlstream_client.remote_gateway import remote_executor

    return remote_executor(endpoint, _told(properties), session_name)


def _told(options: Mapping[str, str]) -> Mapping[str, str]:
    """``options``, and that errors are to be told with where they came from if the environment says so."""
    return {**options, VERBOSE.key: "true"} if is_verbose() else options


def run(executor: GatewayExecutor, work: Work) -> int:
    """Do ``work``, and close the session; the exit code."""
    with closing(executor):
        return _run(executor, work)


def _run(executor: GatewayExecutor, work: Work) -> int:
    if deploys_applications(executor.configuration):
        return _deploy(executor, work)
    interactive = work.text is None and work.file is None and sys.stdin.isatty()
    runner = _interactive_runner(executor) if interactive else _script_runner(executor)
    if work.init is not None and not runner.run(
        read_script(work.init), Origin(work.init, quiet=True, within=(identity(work.init),))
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


def _deploy(executor: GatewayExecutor, work: Work) -> int:
    if work.init is not None:
        raise ConfigError("A script that is deployed has no -i.", hint="Put its statements into the script itself.")
    cluster = deploy_application(executor, work.file, work.text, work.chosen)
    Messages(sys.stdout, color=wants_color(sys.stdout)).say(
        "INFO", f"The script has been deployed in application mode.\nCluster ID: {cluster}"
    )
    return 0


def _interactive_runner(executor: GatewayExecutor) -> StatementRunner:
    from sqlstream_client.result_view import RESULT_VIEWS

    views = RESULT_VIEWS if sys.stdout.isatty() and os.environ.get("TERM") != "dumb" else None
    return StatementRunner(executor, sys.stdout, color=wants_color(sys.stdout), verbose=is_verbose(), views=views)


def _script_runner(executor: GatewayExecutor) -> StatementRunner:
    return StatementRunner(executor, sys.stdout, errors=sys.stderr, color=wants_color(sys.stdout), verbose=is_verbose())


def _scripts(work: Work) -> Iterator[tuple[str, Origin]]:
    """What is to be run without a prompt, each read when its turn comes."""
    if work.text is not None:
        yield work.text, Origin("-e")
    if work.file is not None:
        yield read_script(work.file), Origin(work.file, echo=True, within=(identity(work.file),))
    if work.text is None and work.file is None:
        yield sys.stdin.read(), Origin("standard input")
