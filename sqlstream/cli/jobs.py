"""``sqlstream list`` and ``sqlstream cancel``: the jobs of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from sqlstream.cli.settings import Dynamic, parse_dynamic

if TYPE_CHECKING:
    from sqlstream.deploy.target import JobOverview

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id, as 'sqlstream list' shows it.")]

_WIDTH = 62


def list_jobs(
    running: Annotated[bool, typer.Option("-r", "--running", help="Show only running jobs.")] = False,
    scheduled: Annotated[bool, typer.Option("-s", "--scheduled", help="Show only jobs not running yet.")] = False,
    everything: Annotated[bool, typer.Option("-a", "--all", help="Show ended jobs too.")] = False,
    dynamic: Dynamic = None,
) -> None:
    """List the jobs of the cluster at rest.address, the oldest first."""
    from sqlstream.config.loader import load_configuration
    from sqlstream.deploy.remote import RemoteTarget
    from sqlstream.runtime.deployment import JobStatus

    waiting = (JobStatus.INITIALIZING, JobStatus.CREATED)
    target = RemoteTarget(load_configuration(parse_dynamic(dynamic)))
    jobs = sorted(target.jobs(), key=lambda job: job.start_time)
    both = everything or running == scheduled
    sections: list[tuple[bool, str, str, Callable[[JobStatus], bool]]] = [
        (
            running or both,
            "Running/Restarting Jobs",
            "No running jobs.",
            lambda s: not s.is_terminal and s not in waiting,
        ),
        (scheduled or both, "Scheduled/Initializing Jobs", "No scheduled jobs.", lambda s: s in waiting),
        (everything, "Terminated Jobs", "No terminated jobs.", lambda s: s.is_terminal),
    ]
    for wanted, title, nothing, belongs in sections:
        if wanted:
            _print_section(title, nothing, [job for job in jobs if belongs(job.status)])


def cancel(job_id: JobId, dynamic: Dynamic = None) -> None:
    """Cancel a job of the cluster at rest.address, and wait until it has ended. To go on with it later: 'stop'."""
    from sqlstream.config.loader import load_configuration
    from sqlstream.deploy.remote import RemoteTarget

    job = RemoteTarget(load_configuration(parse_dynamic(dynamic))).job(job_id)
    typer.echo(f"Cancelling job {job_id}.")
    job.cancel()
    status = job.wait()
    typer.echo(f"Job {job_id} is {status.value}.")


def _print_section(title: str, nothing: str, jobs: Sequence[JobOverview]) -> None:
    if not jobs:
        typer.echo(nothing)
        return
    typer.echo(f" {title} ".center(_WIDTH, "-"))
    for job in jobs:
        started = datetime.fromtimestamp(job.start_time / 1000).strftime("%d.%m.%Y %H:%M:%S")
        typer.echo(f"{started} : {job.job_id} : {job.name} ({job.status.value})")
    typer.echo("-" * _WIDTH)
