"""``sqlstream run`` and ``info``: a SQL script file as a job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sqlstream.cli.settings import Dynamic, effective_options

Script = Annotated[Path, typer.Argument(metavar="SCRIPT.sql", help="The script: statements separated by semicolons.")]


def run(
    script: Script,
    target: Annotated[
        str | None, typer.Option("-t", "--target", help="Where the job runs: local (in this process) or remote.")
    ] = None,
    detached: Annotated[
        bool, typer.Option("-d", "--detached", help="Do not wait for the jobs to end (remote only).")
    ] = False,
    parallelism: Annotated[
        int | None, typer.Option("-p", "--parallelism", min=1, help="Subtasks of each operator.")
    ] = None,
    savepoint: Annotated[
        str | None,
        typer.Option(
            "-s",
            "--fromSavepoint",
            metavar="PATH",
            help="Start from this savepoint, or checkpoint that was retained: a path or URI.",
        ),
    ] = None,
    allow_non_restored_state: Annotated[
        bool,
        typer.Option(
            "-n",
            "--allowNonRestoredState",
            help="Start all the same when the savepoint has state that no operator of the script takes; it is dropped.",
        ),
    ] = False,
    dynamic: Dynamic = None,
) -> None:
    """Run every statement of SCRIPT.sql in order and, unless -d, wait for the jobs it starts."""
    from sqlstream.cli.script_runner import run_script

    options = effective_options(dynamic)
    if target is not None:
        options["execution.target"] = target
    if parallelism is not None:
        options["parallelism.default"] = str(parallelism)
    if savepoint is not None:
        options["execution.state-recovery.path"] = savepoint
    if allow_non_restored_state:
        options["execution.state-recovery.ignore-unclaimed-state"] = "true"
    raise typer.Exit(run_script(options, script, detached, sys.stdout))


def info(script: Script, dynamic: Dynamic = None) -> None:
    """Show how the INSERT and SELECT statements of SCRIPT.sql would run, without running them."""
    from sqlstream.cli.script_runner import explain_script

    explain_script(effective_options(dynamic), script, sys.stdout)
