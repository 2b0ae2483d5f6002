"""``sqlstream jobmanager``: the control plane as a process, with REST API and web page."""

from __future__ import annotations

import typer

from sqlstream.cli.settings import Dynamic, parse_dynamic

KIND = "jobmanager"

app = typer.Typer(help="Start, stop and check a JobManager.", no_args_is_help=True)


@app.command("start")
def start(dynamic: Dynamic = None) -> None:
    """Start a JobManager in the background."""
    from sqlstream.deploy import daemon

    typer.echo(daemon.start(KIND, parse_dynamic(dynamic)).wait())


@app.command("start-foreground")
def start_foreground(dynamic: Dynamic = None) -> None:
    """Be a JobManager until Ctrl-C or SIGTERM.

    Its jobs end with it, unless jobmanager.storage is set: then the next one that is started with it goes on with them.
    """
    from sqlstream.config.loader import load_configuration
    from sqlstream.deploy.daemon import announce
    from sqlstream.deploy.foreground import Termination, log_to_stderr
    from sqlstream.web.job_manager_process import JobManagerProcess

    log_to_stderr()
    termination = Termination()
    process = JobManagerProcess(load_configuration(parse_dynamic(dynamic)))
    announce(f"JobManager: REST API and web page at {process.rest_url}, TaskManagers at {process.control_address}")
    termination.wait()
    process.close()


@app.command("status")
def status(dynamic: Dynamic = None) -> None:
    """Whether the JobManager at rest.address answers; exit code 1 when not."""
    from sqlstream.cli.process_status import jobmanager_status
    from sqlstream.config.loader import load_configuration

    typer.echo(jobmanager_status(load_configuration(parse_dynamic(dynamic))))


@app.command("stop")
def stop() -> None:
    """Stop the JobManager started last on this machine."""
    from sqlstream.cli.stopping import stop_last

    stop_last(KIND)
