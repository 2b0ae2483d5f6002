"""Deploying a script from the command line, and waiting for the end of its application."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import typer

from sqlstream.cli.machine_output import print_json
from sqlstream.config.configuration import Configuration
from sqlstream.config.options import ATTACHED, SHUTDOWN_ON_ATTACHED_EXIT
from sqlstream.deploy.application_targets import ApplicationCluster, deploy_script
from sqlstream.deploy.cluster_deployment import Script
from sqlstream_client.scripts import read_script


def deploy_application(options: Mapping[str, str], chosen: Mapping[str, str], script: str | Path, as_json: bool) -> int:
    """Start the cluster that ``execution.target`` names for ``script``, a path or URI; the exit code.

    With ``execution.attached`` what the script prints is shown until the application has ended. ``as_json`` puts one
    document about the cluster on stdout, then, and all else on stderr. ``chosen`` are those of the ``options`` that
    were given for this very script.
    """
    configuration = Configuration(options)
    waits = configuration.option(ATTACHED)
    shown = sys.stderr if as_json else sys.stdout
    shown.flush()
    read = Script(str(script), read_script(script))
    cluster = deploy_script(configuration, chosen, read, shown.fileno() if waits else None)
    if waits or not as_json:
        typer.echo(f"Cluster ID: {cluster.address.cluster_id}", err=waits)
        typer.echo(f"Watch it: {cluster.address.rest_url}, log {cluster.log}", err=waits)
    code = _wait(cluster, configuration.option(SHUTDOWN_ON_ATTACHED_EXIT)) if waits else None
    if as_json:
        address = {"cluster-id": cluster.address.cluster_id, "rest-url": cluster.address.rest_url}
        print_json({**address, "log": str(cluster.log), **({} if code is None else {"exit-code": code})})
    return code or 0


def _wait(cluster: ApplicationCluster, ends_with_me: bool) -> int:
    try:
        return cluster.wait()
    except KeyboardInterrupt:
        if not ends_with_me:
            typer.echo("The application goes on.", err=True)
            raise
        cluster.terminate()
        return cluster.wait() or 130
