"""Where jobs can be sent, by the name that ``execution.target`` has for it. A new target is a new row."""

from __future__ import annotations

from collections.abc import Callable

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import TARGET
from sqlstream.deploy.application_targets import APPLICATION_TARGETS
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


def target_names() -> tuple[str, ...]:
    """Those that take single jobs, and those that take whole scripts."""
    return (*TARGETS, *APPLICATION_TARGETS)


def deployment_target(configuration: Configuration) -> DeploymentTarget:
    """The target that ``execution.target`` names; ConfigError when there is none of that name."""
    name = configuration.option(TARGET)
    if name in APPLICATION_TARGETS:
        raise ConfigError(
            f"'{TARGET.key}' = '{name}' takes whole scripts, not single statements.",
            hint="Deploy one with 'sqlstream run-application', or through the SQL gateway's 'scripts'.",
        )
    if name not in TARGETS:
        raise ConfigError(f"Unknown '{TARGET.key}': '{name}'.", hint=f"Available: {', '.join(target_names())}.")
    return TARGETS[name](configuration)
