"""``sqlstream standalone-job``: the JobManager of one application, as a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sqlstream.cli.completion import complete_script
from sqlstream.cli.flink_options import FlinkCommand
from sqlstream.cli.run import (
    AllowNonRestoredState,
    ClaimMode,
    FromSavepoint,
    Parallelism,
    RestoreMode,
    parallelism_options,
    recovery_options,
)
from sqlstream.cli.settings import Dynamic, effective_options

if TYPE_CHECKING:
    from sqlstream.deploy.cluster_deployment import ClusterDeployment

app = typer.Typer(help="Start and stop a JobManager that runs one script, and ends with it.", no_args_is_help=True)

_Script = Annotated[
    str | None,
    typer.Argument(
        metavar="[SCRIPT.sql]",
        help="The script; without one the JobManager waits for one job, which ends it.",
        autocompletion=complete_script,
    ),
]
_TaskManagers = Annotated[
    bool,
    typer.Option(
        "--with-taskmanagers",
        help="Start the TaskManagers too, as processes on this machine, as many as the jobs need.",
    ),
]


@app.command("start", cls=FlinkCommand)
def start(
    script: _Script = None,
    parallelism: Parallelism = None,
    savepoint: FromSavepoint = None,
    allow_non_restored_state: AllowNonRestoredState = False,
    claim_mode: ClaimMode = RestoreMode.NO_CLAIM,
    with_task_managers: _TaskManagers = False,
    dynamic: Dynamic = None,
) -> None:
    """Start the JobManager in the background; its log tells what the statements gave."""
    from sqlstream.deploy.own_cluster_process import start_own_cluster

    deployment = _deployment(script, parallelism, savepoint, allow_non_restored_state, with_task_managers, dynamic)
    cluster = start_own_cluster(deployment)
    typer.echo(_announcement(cluster.address.cluster_id, cluster.address.rest_url))


@app.command("start-foreground", cls=FlinkCommand)
def start_foreground(
    script: _Script = None,
    parallelism: Parallelism = None,
    savepoint: FromSavepoint = None,
    allow_non_restored_state: AllowNonRestoredState = False,
    claim_mode: ClaimMode = RestoreMode.NO_CLAIM,
    with_task_managers: _TaskManagers = False,
    dynamic: Dynamic = None,
) -> None:
    """Be the JobManager until the script and its jobs have ended, or until Ctrl-C or SIGTERM.

    TaskManagers find it at jobmanager.rpc.port, as any other. The exit code is 1 when the application failed.
    """
    from sqlstream.application.own_cluster import run_own_cluster
    from sqlstream.deploy.daemon import announce

    deployment = _deployment(script, parallelism, savepoint, allow_non_restored_state, with_task_managers, dynamic)
    status = run_own_cluster(deployment, lambda address: announce(_announcement(address.cluster_id, address.rest_url)))
    raise typer.Exit(status.exit_code)


@app.command("stop")
def stop() -> None:
    """Stop the JobManager of an application or a job that was started last on this machine, and what it runs."""
    from sqlstream.cli.stopping import stop_last
    from sqlstream.deploy.own_cluster_process import KIND

    stop_last(KIND)


def _deployment(
    script: str | None,
    parallelism: int | None,
    savepoint: str | None,
    allow_non_restored_state: bool,
    with_task_managers: bool,
    dynamic: list[str] | None,
) -> ClusterDeployment:
    from sqlstream.config.options import CLUSTER_ID
    from sqlstream.deploy.cluster_deployment import ClusterDeployment, Script, cluster_id
    from sqlstream_client.scripts import read_script

    options = {
        **effective_options(dynamic),
        **parallelism_options(parallelism),
        **recovery_options(savepoint, allow_non_restored_state),
    }
    return ClusterDeployment(
        cluster_id(options.get(CLUSTER_ID.key)),
        options,
        None if script is None else Script(script, read_script(script)),
        with_task_managers,
    )


def _announcement(cluster: str, rest_url: str) -> str:
    return f"Application cluster {cluster}: REST API and web page at {rest_url}"
