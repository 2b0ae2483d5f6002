"""``sqlstream sql-gateway``: Flink's SQL Gateway REST API as a process."""

from __future__ import annotations

import typer

from sqlstream.cli.settings import Dynamic, parse_dynamic

KIND = "sql-gateway"

app = typer.Typer(help="Start, stop and check a SQL gateway.", no_args_is_help=True)


@app.command("start")
def start(dynamic: Dynamic = None) -> None:
    """Start a SQL gateway in the background."""
    from sqlstream.deploy import daemon

    typer.echo(daemon.start(KIND, parse_dynamic(dynamic)).wait())


@app.command("start-foreground")
def start_foreground(dynamic: Dynamic = None) -> None:
    """Be a SQL gateway until Ctrl-C or SIGTERM.

    Jobs run in this process and end with it; -D execution.target=remote runs them on the cluster at
    rest.address:rest.port, where they go on.
    """
    from sqlstream.config.loader import load_configuration
    from sqlstream.deploy.daemon import announce
    from sqlstream.deploy.foreground import Termination, log_to_stderr
    from sqlstream.gateway.server import SqlGateway
    from sqlstream.gateway.warm_up import warm_up

    log_to_stderr()
    termination = Termination()
    gateway = SqlGateway(load_configuration(parse_dynamic(dynamic)))
    warm_up()
    announce(f"SQL gateway: REST API at {gateway.url}, described at {gateway.url}/docs")
    termination.wait()
    gateway.close()


@app.command("status")
def status(dynamic: Dynamic = None) -> None:
    """Whether the SQL gateway at sql-gateway.endpoint.rest.address answers; exit code 1 when not."""
    from sqlstream.cli.process_status import gateway_status
    from sqlstream.config.loader import load_configuration

    typer.echo(gateway_status(load_configuration(parse_dynamic(dynamic))))


@app.command("stop")
def stop() -> None:
    """Stop the SQL gateway started last on this machine."""
    from sqlstream.cli.stopping import stop_last

    stop_last(KIND)
