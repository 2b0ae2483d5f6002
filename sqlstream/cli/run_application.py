"""``sqlstream run-application``: a script on a cluster of its own, where it is planned too."""

from __future__ import annotations

from typing import Annotated

import typer

from sqlstream.cli.completion import complete_application_target, complete_script
from sqlstream.cli.machine_output import AsJson
from sqlstream.cli.run import (
    AllowNonRestoredState,
    ClaimMode,
    FromSavepoint,
    Parallelism,
    RestoreMode,
    parallelism_options,
    recovery_options,
)
from sqlstream.cli.settings import Dynamic, effective_options, parse_dynamic


def run_application(
    script: Annotated[
        str,
        typer.Argument(metavar="SCRIPT.sql", help="The script: a path, or a URI.", autocompletion=complete_script),
    ],
    target: Annotated[
        str | None,
        typer.Option(
            "-t",
            "--target",
            metavar="TARGET",
            help="Where the cluster is started: local-application, on this machine.",
            autocompletion=complete_application_target,
        ),
    ] = None,
    parallelism: Parallelism = None,
    savepoint: FromSavepoint = None,
    allow_non_restored_state: AllowNonRestoredState = False,
    claim_mode: ClaimMode = RestoreMode.NO_CLAIM,
    attached: Annotated[
        bool,
        typer.Option("-a", "--attached", help="Wait for the end of the application, and show what it prints."),
    ] = False,
    detached: Annotated[
        bool,
        typer.Option("-d", "--detached", help="Do not wait; as without -a, unless execution.attached is set."),
    ] = False,
    shutdown_on_exit: Annotated[
        bool,
        typer.Option(
            "-sae",
            "--shutdownOnAttachedExit",
            help="With -a: Ctrl-C ends the application; else it goes on.",
        ),
    ] = False,
    as_json: AsJson = False,
    dynamic: Dynamic = None,
) -> None:
    """Start a cluster that runs every statement of SCRIPT.sql in order, and ends with its jobs.

    The script is planned by the cluster's JobManager. It fails with its first
    statement or job that fails, and ends when one of its jobs is cancelled. The
    exit code of -a is 1 when the application failed. With --json the cluster is
    told on stdout, at the end with -a, and what the script prints is on stderr.
    """
    from sqlstream.cli.application_deployment import deploy_application

    if attached and detached:
        raise typer.BadParameter("-a waits and -d does not: leave one out.")
    options = {
        **effective_options(dynamic),
        **({} if target is None else {"execution.target": target}),
        **parallelism_options(parallelism),
        **recovery_options(savepoint, allow_non_restored_state),
        **({"execution.shutdown-on-attached-exit": "true"} if shutdown_on_exit else {}),
        **({"execution.attached": str(attached).lower()} if attached or detached else {}),
    }
    raise typer.Exit(deploy_application(options, parse_dynamic(dynamic), script, as_json))
