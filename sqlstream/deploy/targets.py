"""Where jobs can be sent, by the name that ``execution.target`` has for it."""

from __future__ import annotations

from collections.abc import Callable

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import TARGET
from sqlstream.deploy.target import DeploymentTarget
from sqlstream.errors import ConfigError


def _local(configuration: Configuration) -> DeploymentTarget:
    from sqlstream.deploy.local import LocalTarget

    return LocalTarget(configuration)


def _remote(configuration: Configuration) -> DeploymentTarget:
    from sqlstream.deploy.remote import RemoteTarget

    return RemoteTarget(configuration)


def _local_per_job(configuration: Configuration) -> DeploymentTarget:
    from sqlstream.deploy.local_per_job import LocalPerJobTarget

    return LocalPerJobTarget(configuration)


TARGETS: dict[str, Callable[[Configuration], DeploymentTarget]] = {
    "local": _local,
    "remote": _remote,
    "local-per-job": _local_per_job,
}


def deployment_target(configuration: Configuration) -> DeploymentTarget:
    """The target that ``execution.target`` names; ConfigError when there is none of that name."""
    name = configuration.option(TARGET)
    if name not in TARGETS:
        raise ConfigError(f"Unknown '{TARGET.key}': '{name}'.", hint=f"Available: {', '.join(TARGETS)}.")
    return TARGETS[name](configuration)
