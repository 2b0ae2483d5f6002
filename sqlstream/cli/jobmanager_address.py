"""``-m HOST:PORT`` and ``-t TARGET``: which JobManager a verb asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sqlstream.cli.completion import complete_cluster_target
from sqlstream.cli.settings import parse_dynamic
from sqlstream.errors import ConfigError

if TYPE_CHECKING:
    from sqlstream.deploy.remote import RemoteTarget

JobManagerAddress = Annotated[
    str | None,
    typer.Option(
        "-m",
        "--jobmanager",
        metavar="HOST:PORT",
        help="The JobManager's REST API, in place of rest.address and rest.port.",
    ),
]


def known_target(name: str | None) -> str | None:
    """For ``-t``: BadParameter when there is no such target."""
    if name is not None:
        from sqlstream.deploy.targets import TARGETS

        if name not in TARGETS:
            raise typer.BadParameter(f"'{name}' is not one of {', '.join(map(repr, TARGETS))}.")
    return name


ClusterTarget = Annotated[
    str | None,
    typer.Option(
        "-t",
        "--target",
        metavar="TARGET",
        help="The kind of cluster; remote is the one at rest.address, and what is meant without -t.",
        autocompletion=complete_cluster_target,
        callback=known_target,
    ),
]

_LARGEST_PORT = 65_535


def address_options(jobmanager: str | None) -> dict[str, str]:
    """The options that ``-m`` stands for; ConfigError when it is not HOST:PORT. An IPv6 address is in brackets."""
    if jobmanager is None:
        return {}
    host, _, port = jobmanager.rpartition(":")
    bare = host.startswith("[") == host.endswith("]") and (":" not in host or host.startswith("["))
    if not (host and bare and "/" not in host and port.isdecimal() and 0 < int(port) <= _LARGEST_PORT):
        raise ConfigError(f"'-m {jobmanager}' is no address.", hint="Write -m HOST:PORT, such as -m localhost:8081.")
    return {"rest.address": host, "rest.port": port}


def cluster(jobmanager: str | None, target: str | None, dynamic: list[str] | None) -> RemoteTarget:
    """The cluster that a verb is about. ConfigError for a target whose jobs no other process can reach."""
    from sqlstream.config.loader import load_configuration
    from sqlstream.deploy.remote import RemoteTarget
    from sqlstream.deploy.targets import deployment_target

    configuration = load_configuration({**parse_dynamic(dynamic), **address_options(jobmanager)})
    if target is None:
        return RemoteTarget(configuration)
    named = deployment_target(configuration.with_({"execution.target": target}))
    if not isinstance(named, RemoteTarget):
        raise ConfigError(
            f"Jobs of the target '{target}' are known only to the process that runs them.",
            hint="There Ctrl-C cancels them. For jobs of a cluster write -t remote, or leave -t out.",
        )
    return named
