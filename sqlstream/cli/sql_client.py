"""``sqlstream sql-client``: the interactive client, or a script."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sqlstream.cli.settings import Dynamic, effective_options


def sql_client(
    init: Annotated[Path | None, typer.Option("-i", "--init", help="A script to run first.")] = None,
    file: Annotated[Path | None, typer.Option("-f", "--file", help="Run this script, then leave.")] = None,
    execute: Annotated[str | None, typer.Option("-e", "--execute", help="Run this SQL, then leave.")] = None,
    dynamic: Dynamic = None,
) -> None:
    """Type SQL, see results: a prompt with history and completion, embedded in this process by default.

    Without -e and -f, statements are read from the prompt, or from standard input when that is not a terminal. The
    exit code is 1 when a statement or an embedded job failed. -D execution.target=remote runs jobs on the cluster at
    rest.address:rest.port.
    """
    from sqlstream_client.client import run_client

    raise typer.Exit(run_client(effective_options(dynamic), init, file, execute))
