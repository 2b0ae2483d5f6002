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


CLUSTER_TARGETS = ("remote",)
"""The targets whose jobs are known to others than the process that submitted them."""


def known_target(name: str | None) -> str | None:
    """For ``-t`` of a verb that submits jobs: BadParameter when there is no such target."""
    from sqlstream.deploy.targets import target_names

    if name is not None and name not in target_names():
        raise typer.BadParameter(f"'{name}' is not one of {', '.join(map(repr, target_names()))}.")
    return name


def _reachable_target(name: str | None) -> str | None:
    if name is not None and name not in CLUSTER_TARGETS:
        raise typer.BadParameter(
            f"jobs of the target '{name}' are not asked about so: there is {', '.join(CLUSTER_TARGETS)}. "
            "A cluster of an application's or a job's own is named with -m HOST:PORT."
        )
    return name


ClusterTarget = Annotated[
    str | None,
    typer.Option(
        "-t",
        "--target",
        metavar="TARGET",
        help="The kind of cluster; remote is the one at rest.address, and what is meant without -t.",
        autocompletion=complete_cluster_target,
        callback=_reachable_target,
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


def cluster(jobmanager: str | None, dynamic: list[str] | None) -> RemoteTarget:
    """The cluster that a verb is about."""
    from sqlstream.config.loader import load_configuration
    from sqlstream.deploy.remote import RemoteTarget

    return RemoteTarget(load_configuration({**parse_dynamic(dynamic), **address_options(jobmanager)}))
