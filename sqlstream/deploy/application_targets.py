"""Where scripts can be deployed in application mode, by the name that ``execution.target`` has for it.

A deployer only starts a cluster that plans and runs the script, and ends with it. A new target is a new row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import TARGET
from sqlstream.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlstream.deploy.cluster_deployment import ClusterAddress, Script


class ApplicationCluster(Protocol):
    """The cluster of one script, wherever it is."""

    @property
    def address(self) -> ClusterAddress: ...

    @property
    def log(self) -> Path:
        """Where it tells what it does, and what the script printed."""
        ...

    def wait(self) -> int:
        """Until it has ended; the exit code, 1 when the application failed."""
        ...

    def terminate(self) -> None:
        """Ask it to end the application, and then itself."""
        ...


Deployer = Callable[[Configuration, Mapping[str, str], "Script", int | None], ApplicationCluster]


def _local_application(
    configuration: Configuration, chosen: Mapping[str, str], script: Script, output: int | None
) -> ApplicationCluster:
    from sqlstream.deploy.cluster_deployment import own_cluster
    from sqlstream.deploy.own_cluster_process import start_own_cluster

    return start_own_cluster(own_cluster(configuration, chosen, script), output=output)


APPLICATION_TARGETS: dict[str, Deployer] = {"local-application": _local_application}


def deploy_script(
    configuration: Configuration, chosen: Mapping[str, str], script: Script, output: int | None = None
) -> ApplicationCluster:
    """Start the cluster that ``execution.target`` names for ``script``; returns once it can be reached.

    ``chosen`` are those of the options in ``configuration`` that were given for this very script. With ``output`` what
    the script prints goes to that file descriptor instead of the cluster's log. ConfigError when the target takes no
    scripts, ClusterError when the cluster does not start.
    """
    name = configuration.option(TARGET)
    if name not in APPLICATION_TARGETS:
        raise ConfigError(
            f"'{TARGET.key}' = '{name}' takes no script in application mode.",
            hint=f"There is: {', '.join(APPLICATION_TARGETS)}.",
        )
    return APPLICATION_TARGETS[name](configuration, chosen, script, output)
