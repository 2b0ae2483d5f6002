"""``sqlstream sql-client``: the interactive client, or a script."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from sqlstream.cli.settings import Dynamic, effective_options, parse_dynamic
from sqlstream.errors import ConfigError


class ClientMode(Enum):
    """Where the session is: in this process, or at a SQL gateway."""

    EMBEDDED = "embedded"
    GATEWAY = "gateway"


class EditingKeys(Enum):
    EMACS = "emacs"
    VI = "vi"


_CLIENT_OPTIONS = "sql-client."
_EDITING_MODE = "sql-client.editing-mode"


def sql_client(
    mode: Annotated[
        ClientMode, typer.Argument(help="Where statements run: in this process, or at the SQL gateway of --endpoint.")
    ] = ClientMode.EMBEDDED,
    endpoint: Annotated[
        str | None,
        typer.Option("--endpoint", metavar="URL", help="The SQL gateway: http(s)://host:port/path, or host:port."),
    ] = None,
    init: Annotated[Path | None, typer.Option("-i", "--init", help="A script to run first.")] = None,
    file: Annotated[Path | None, typer.Option("-f", "--file", help="Run this script, then leave.")] = None,
    execute: Annotated[str | None, typer.Option("-e", "--execute", help="Run this SQL, then leave.")] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            "-hist", "--history", help="The file that keeps what was typed.  [default: ~/.sqlstream-sql-history]"
        ),
    ] = None,
    editing_mode: Annotated[
        EditingKeys | None, typer.Option("--editing-mode", help="Whose keys the prompt understands.  [default: emacs]")
    ] = None,
    dynamic: Dynamic = None,
) -> None:
    """Type SQL, see results: a prompt with history and completion.

    Without -e and -f, statements are read from the prompt, or from standard input when that is not a terminal. The
    exit code is 1 when a statement or an embedded job failed. -D execution.target=remote runs jobs on the cluster at
    rest.address:rest.port. 'sql-client gateway --endpoint localhost:8083' works with a session at a SQL gateway,
    sqlstream's or Flink's.
    """
    from sqlstream_client.client import Work, run_at_gateway, run_embedded

    work = Work(init, file, execute, history)
    options = effective_options(dynamic)
    typed = parse_dynamic(dynamic)
    if editing_mode is not None:
        options[_EDITING_MODE] = typed[_EDITING_MODE] = editing_mode.value
    if mode is ClientMode.EMBEDDED:
        if endpoint is not None:
            raise ConfigError("--endpoint is of use in gateway mode only.", hint="Write sqlstream sql-client gateway.")
        raise typer.Exit(run_embedded(options, work))
    if endpoint is None:
        raise ConfigError("Gateway mode needs to know the gateway.", hint="Add --endpoint http://host:8083.")
    properties = {key: value for key, value in options.items() if key in typed or key.startswith(_CLIENT_OPTIONS)}
    raise typer.Exit(run_at_gateway(endpoint, properties, work))
