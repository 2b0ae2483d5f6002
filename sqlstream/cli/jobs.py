"""``sqlstream list`` and ``sqlstream cancel``: the jobs of a cluster."""

from __future__ import annotations

import itertools
import re
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sqlstream.cli.completion import complete_job
from sqlstream.cli.flink_options import FlinkCommand
from sqlstream.cli.jobmanager_address import ClusterTarget, JobManagerAddress, cluster
from sqlstream.cli.machine_output import AsJson, print_json
from sqlstream.cli.settings import Dynamic

if TYPE_CHECKING:
    from sqlstream.deploy.target import JobOverview


def checked_job_id(text: str | None) -> str | None:
    """For ``JOB``: BadParameter when it is no id."""
    if text is not None and re.fullmatch("[0-9a-fA-F]{32}", text) is None:
        raise typer.BadParameter(f"'{text}' is no id of a job: 32 hexadecimal digits, as 'sqlstream list' shows them.")
    return text and text.lower()


_JOB_ARGUMENT = typer.Argument(
    metavar="JOB",
    help="The job's id, as 'sqlstream list' shows it.",
    autocompletion=complete_job,
    callback=checked_job_id,
)
JobId = Annotated[str, _JOB_ARGUMENT]
OptionalJobId = Annotated[str | None, _JOB_ARGUMENT]

_SAVEPOINT_NAMES = ("-s", "--withSavepoint")
_NO_DIRECTORY = ""


class CancelCommand(FlinkCommand):
    """``-s`` may be given without its directory."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        completed = []
        for word, following in itertools.zip_longest(args, args[1:], fillvalue="-"):
            completed.append(word)
            if word in _SAVEPOINT_NAMES and following.startswith("-"):
                completed.append(_NO_DIRECTORY)
        return super().parse_args(ctx, completed)


def list_jobs(
    running: Annotated[bool, typer.Option("-r", "--running", help="Show only running jobs.")] = False,
    scheduled: Annotated[bool, typer.Option("-s", "--scheduled", help="Show only jobs not running yet.")] = False,
    everything: Annotated[bool, typer.Option("-a", "--all", help="Show ended jobs too.")] = False,
    as_json: AsJson = False,
    jobmanager: JobManagerAddress = None,
    target: ClusterTarget = None,
    dynamic: Dynamic = None,
) -> None:
    """List the jobs of a cluster, the oldest first; without options those that have not ended."""
    from sqlstream.runtime.deployment import JobStatus

    waiting = (JobStatus.INITIALIZING, JobStatus.CREATED)
    jobs = sorted(cluster(jobmanager, dynamic).jobs(), key=lambda job: job.start_time)
    both = everything or running == scheduled
    sections = [
        (
            running or both,
            "Running/Restarting Jobs",
            "No running jobs.",
            [job for job in jobs if not job.status.is_terminal and job.status not in waiting],
        ),
        (
            scheduled or both,
            "Scheduled/Initializing Jobs",
            "No scheduled jobs.",
            [job for job in jobs if job.status in waiting],
        ),
        (everything, "Terminated Jobs", "No terminated jobs.", [job for job in jobs if job.status.is_terminal]),
    ]
    now = int(time.time() * 1000)
    if as_json:
        shown = [job for wanted, _, _, section in sections if wanted for job in section]
        print_json({"jobs": [_entry(job, now) for job in sorted(shown, key=jobs.index)]})
        return
    from sqlstream.cli.job_table import print_jobs

    for wanted, title, nothing, section in sections:
        if wanted and section:
            print_jobs(title, section, now)
        elif wanted:
            typer.echo(nothing)


def cancel(
    job_id: OptionalJobId = None,
    savepoint_directory: Annotated[
        str | None,
        typer.Option(
            *_SAVEPOINT_NAMES,
            metavar="[DIRECTORY]",
            help="Flink has given it up for 'stop', which this is: take a savepoint first, in DIRECTORY or in "
            "execution.checkpointing.savepoint-dir. The job ends FINISHED.",
        ),
    ] = None,
    as_json: AsJson = False,
    jobmanager: JobManagerAddress = None,
    target: ClusterTarget = None,
    dynamic: Dynamic = None,
) -> None:
    """Cancel a job, and wait until it has ended. To go on with it later: 'stop'."""
    if job_id is None and savepoint_directory:  # '-s JOB': what follows is the job where nothing else is
        job_id, savepoint_directory = checked_job_id(savepoint_directory), _NO_DIRECTORY
    if job_id is None:
        raise typer.BadParameter("Name the job.", param_hint="JOB")
    job = cluster(jobmanager, dynamic).job(job_id)
    document: dict[str, Any] = {"jid": job_id}
    if savepoint_directory is not None:
        typer.echo("'cancel -s' is what 'stop' is for: sqlstream stop [-p DIRECTORY] JOB.", err=True)
        document["savepoint"] = job.stop(savepoint_directory or None)
    else:
        if not as_json:
            typer.echo(f"Cancelling job {job_id}.")
        job.cancel()
    document["state"] = job.wait().value
    if as_json:
        print_json(document)
        return
    if savepoint_directory is not None:
        typer.echo(f"Savepoint completed. Path: {document['savepoint']}")
    typer.echo(f"Job {job_id} is {document['state']}.")


def _entry(job: JobOverview, now: int) -> dict[str, Any]:
    """As in ``GET /jobs/overview``: times in ms since the epoch, an end that is not there yet -1."""
    from sqlstream.cli.job_table import duration

    return {
        "jid": job.job_id,
        "name": job.name,
        "state": job.status.value,
        "start-time": job.start_time,
        "end-time": -1 if job.end_time is None else job.end_time,
        "duration": duration(job, now),
    }
