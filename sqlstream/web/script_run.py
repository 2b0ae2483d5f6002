"""Running an uploaded script on the JobManager itself, or planning it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sqlstream.columnar.batch import Batch
from sqlstream.config.configuration import Configuration
from sqlstream.deploy.job_manager_client import JobManagerClient
from sqlstream.deploy.job_outcome import job_overview
from sqlstream.deploy.target import DeploymentTarget, JobClient, JobOverview
from sqlstream.errors import ClusterError, ConfigError, PlanError, SqlStreamError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.runtime.jobmanager.views import TaskView
from sqlstream.session.session import Session
from sqlstream.session.statements.queries import plan_inserts
from sqlstream.sql.script import ParsedStatement, iter_statements
from sqlstream.sql.statements import Insert, Query, StatementSet
from sqlstream.state.checkpoint_files import dispose_savepoint
from sqlstream.web.run_settings import RunSettings


def run_script(job_manager: JobManager, text: str, settings: RunSettings) -> list[str]:
    """Execute every statement of ``text`` in order; the ids of the jobs that it started. SqlStreamError when it cannot
    be run to its end: jobs that it started before go on, and the error names them."""
    statements = _checked(text)
    target = _JobManagerTarget(job_manager, settings.job_id)
    with Session(settings.over(job_manager.configuration), make_target=lambda _: target) as session:
        try:
            for parsed in statements:
                session.execute(parsed, text)
        except SqlStreamError as error:
            if not target.submitted:
                raise
            started = ", ".join(target.submitted)
            raise ClusterError(f"{error}\nThe script has started {started} before, which goes on.") from error
    if not target.submitted:
        raise PlanError("The script starts no job.", hint="It needs an INSERT, or a statement set.")
    return target.submitted


def plan_script(configuration: Configuration, text: str, settings: RunSettings) -> JobGraph:
    """The first job of ``text``, without running it; statements before it are executed, as its plan needs them.
    SqlStreamError when there is no such job, or a statement is wrong."""
    statements = _checked(text)
    with Session(settings.over(configuration), make_target=lambda _: _NoTarget()) as session:
        for parsed in statements:
            match parsed.statement:
                case Insert():
                    return plan_inserts(session, (parsed.statement,))
                case StatementSet():
                    return plan_inserts(session, parsed.statement.inserts)
            session.execute(parsed, text)
    raise PlanError("The script has no job to plan.", hint="It needs an INSERT, or a statement set.")


def _checked(text: str) -> list[ParsedStatement]:
    """Before any of them is executed, all are found to be statements that can be."""
    statements = list(iter_statements(text))
    for parsed in statements:
        if isinstance(parsed.statement, Query):
            raise PlanError(
                "A SELECT cannot be run here: nobody would read its rows",
                position=parsed.position,
                source=text,
                hint="INSERT INTO a table, or run the script with the SQL client.",
            )
    return statements


class _ScriptJob(JobManagerClient):
    def fetch(self, task: TaskView) -> Iterator[Batch]:
        raise ClusterError(f"Nobody reads the rows of job {self.job_id}.")


class _JobManagerTarget(DeploymentTarget):
    """The JobManager of this process. With ``job_id`` there may be one job, which gets that id."""

    def __init__(self, job_manager: JobManager, job_id: str | None) -> None:
        self._job_manager = job_manager
        self._job_id = job_id
        self.submitted: list[str] = []

    def submit(self, graph: JobGraph) -> JobClient:
        if self._job_id is not None:
            if self.submitted:
                raise ConfigError("The script has more than one job: none but the first can have the given jobId.")
            graph = msgspec.structs.replace(graph, job_id=self._job_id)
        self._job_manager.submit(graph)
        self.submitted.append(graph.job_id)
        return _ScriptJob(self._job_manager, graph)

    def jobs(self) -> list[JobOverview]:
        return [job_overview(view) for view in self._job_manager.jobs()]

    def job(self, job_id: str) -> JobClient:
        return _ScriptJob(self._job_manager, self._job_manager.job(job_id).graph)

    def dispose_savepoint(self, path: str) -> None:
        dispose_savepoint(path)


class _NoTarget(DeploymentTarget):
    """For planning: nothing is run, and there is nothing to look at."""

    def submit(self, graph: JobGraph) -> JobClient:
        raise ClusterError(f"Job '{graph.name}' would run while the script is being planned.")

    def jobs(self) -> list[JobOverview]:
        return []

    def job(self, job_id: str) -> JobClient:
        raise ClusterError(f"There is no job {job_id} while a script is being planned.")

    def dispose_savepoint(self, path: str) -> None:
        raise ClusterError("Savepoints stay while a script is being planned.")
