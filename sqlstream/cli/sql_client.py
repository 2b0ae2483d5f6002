"""``sqlstream sql-client``: the interactive client, or a script."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from sqlstream.cli.completion import complete_script
from sqlstream.cli.quick_start import quick_start
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
    init: Annotated[
        str | None,
        typer.Option(
            "-i", "--init", metavar="FILE", help="A script to run first: a path or URI.", autocompletion=complete_script
        ),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--file",
            metavar="FILE",
            help="Run this script, a path or URI, then leave.",
            autocompletion=complete_script,
        ),
    ] = None,
    execute: Annotated[str | None, typer.Option("-e", "--execute", help="Run this SQL, then leave.")] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            "-hist", "--history", help="The file that keeps what was typed.  [default: ~/.sqlstream-sql-history]"
        ),
    ] = None,
    session: Annotated[
        str | None, typer.Option("-s", "--session", metavar="NAME", help="What the session is called at the gateway.")
    ] = None,
    editing_mode: Annotated[
        EditingKeys | None, typer.Option("--editing-mode", help="Whose keys the prompt understands.  [default: emacs]")
    ] = None,
    dynamic: Dynamic = None,
) -> None:
    """Type SQL, see results: a prompt with history and completion.

    Without -e and -f, statements are read from the prompt, or from standard
    input when that is not a terminal. The exit code is 1 when a statement or an
    embedded job failed. -D execution.target=remote runs jobs on the cluster at
    rest.address:rest.port; with a target that ends in -application the script
    is not run but deployed. 'sql-client gateway --endpoint localhost:8083' works
    with a session at a SQL gateway, sqlstream's or Flink's.
    """
    options = effective_options(dynamic)
    typed = parse_dynamic(dynamic)
    if editing_mode is not None:
        options[_EDITING_MODE] = typed[_EDITING_MODE] = editing_mode.value
    if mode is ClientMode.EMBEDDED and endpoint is not None:
        raise ConfigError("--endpoint is of use in gateway mode only.", hint="Write sqlstream sql-client gateway.")
    if mode is ClientMode.GATEWAY and endpoint is None:
        raise ConfigError("Gateway mode needs to know the gateway.", hint="Add --endpoint http://host:8083.")
    with quick_start():
        from sqlstream_client.client import Work, open_at_gateway, open_embedded, run

        if endpoint is None:
            executor = open_embedded(options, session)
        else:
            properties = {k: v for k, v in options.items() if k in typed or k.startswith(_CLIENT_OPTIONS)}
            executor = open_at_gateway(endpoint, properties, session)
    raise typer.Exit(run(executor, Work(init, file, execute, history, typed)))
