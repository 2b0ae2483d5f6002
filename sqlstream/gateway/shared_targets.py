"""Where the jobs of all sessions run: on one embedded cluster, or one connection to a JobManager."""

from __future__ import annotations

from threading import Lock

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import REST_ADDRESS, REST_PORT, TARGET
from sqlstream.deploy.target import DeploymentTarget, JobClient, JobOverview
from sqlstream.deploy.targets import deployment_target
from sqlstream.plan.jobgraph import JobGraph


class SharedTargets:
    """``configuration`` is the gateway's own. A session that asks for another JobManager connects to it by itself."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._lock = Lock()
        self._target: DeploymentTarget | None = None
        self._local: DeploymentTarget | None = None

    def target(self, configuration: Configuration) -> DeploymentTarget:
        """What ``configuration``, a session's, asks for. ConfigError when there is no such target."""
        if configuration.option(TARGET) == "local":
            with self._lock:
                if self._local is None:
                    self._local = deployment_target(self._configuration.with_({TARGET.key: "local"}))
                return _Lent(self._local)
        if _place(configuration) == _place(self._configuration):
            with self._lock:
                if self._target is None:
                    self._target = deployment_target(self._configuration)
                return _Lent(self._target)
        return deployment_target(configuration)

    def close(self) -> None:
        """End the embedded jobs, and give up the connection."""
        with self._lock:
            for target in (self._local, self._target):
                if target is not None:
                    target.close()
            self._local = self._target = None


def _place(configuration: Configuration) -> tuple[str, str, int]:
    return configuration.option(TARGET), configuration.option(REST_ADDRESS), configuration.option(REST_PORT)


class _Lent(DeploymentTarget):
    """Outlives the session that it is lent to."""

    def __init__(self, owned: DeploymentTarget) -> None:
        self._owned = owned

    def submit(self, graph: JobGraph) -> JobClient:
        return self._owned.submit(graph)

    def jobs(self) -> list[JobOverview]:
        return self._owned.jobs()

    def job(self, job_id: str) -> JobClient:
        return self._owned.job(job_id)

    def dispose_savepoint(self, path: str) -> None:
        self._owned.dispose_savepoint(path)
