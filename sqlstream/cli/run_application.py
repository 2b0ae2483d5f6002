"""``sqlstream run-application``: a script on a cluster of its own, where it is planned too."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from sqlstream.cli.completion import complete_application_target, complete_script
from sqlstream.cli.machine_output import AsJson, print_json
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

if TYPE_CHECKING:
    from sqlstream.deploy.own_cluster_process import OwnClusterProcess


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
    from sqlstream.config.configuration import Configuration
    from sqlstream.config.options import ATTACHED, SHUTDOWN_ON_ATTACHED_EXIT, TARGET
    from sqlstream.deploy.application_targets import deploy_script
    from sqlstream.deploy.cluster_deployment import Script
    from sqlstream_client.scripts import read_script

    if attached and detached:
        raise typer.BadParameter("-a waits and -d does not: leave one out.")
    options = {
        **effective_options(dynamic),
        **parallelism_options(parallelism),
        **recovery_options(savepoint, allow_non_restored_state),
    }
    if target is not None:
        options[TARGET.key] = target
    if shutdown_on_exit:
        options[SHUTDOWN_ON_ATTACHED_EXIT.key] = "true"
    if attached or detached:
        options[ATTACHED.key] = str(attached).lower()
    configuration = Configuration(options)
    waits = configuration.option(ATTACHED)
    sys.stdout.flush()
    cluster = deploy_script(
        configuration,
        parse_dynamic(dynamic),
        Script(script, read_script(script)),
        (sys.stderr if as_json else sys.stdout).fileno() if waits else None,
    )
    if waits or not as_json:
        typer.echo(f"Cluster ID: {cluster.address.cluster_id}", err=waits)
        typer.echo(f"Watch it: {cluster.address.rest_url}, log {cluster.log}", err=waits)
    code = _wait(cluster, configuration.option(SHUTDOWN_ON_ATTACHED_EXIT)) if waits else None
    if as_json:
        address = {"cluster-id": cluster.address.cluster_id, "rest-url": cluster.address.rest_url}
        print_json({**address, "log": str(cluster.log), **({} if code is None else {"exit-code": code})})
    raise typer.Exit(code or 0)


def _wait(cluster: OwnClusterProcess, ends_with_me: bool) -> int:
    try:
        return cluster.wait()
    except KeyboardInterrupt:
        if not ends_with_me:
            typer.echo("The application goes on.", err=True)
            raise
        cluster.terminate()
        return cluster.wait() or 130
