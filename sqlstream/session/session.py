"""A user's session: catalogs, settings, and the statements executed against them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType

import msgspec
from sqlglot import exp

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import REST_ADDRESS, REST_PORT, TARGET
from sqlstream.config.time_zone import local_time_zone
from sqlstream.deploy.target import DeploymentTarget, JobClient
from sqlstream.deploy.targets import deployment_target
from sqlstream.errors import SqlError
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.plan.planner import Planner
from sqlstream.session.catalog_manager import CatalogManager
from sqlstream.session.handlers import handler_of
from sqlstream.session.options import settable_options
from sqlstream.session.result import Result
from sqlstream.session.sink_preparation import prepare_sinks
from sqlstream.spi.catalog import CatalogTable
from sqlstream.sql.script import ParsedStatement, iter_statements
from sqlstream.sql.syntax_errors import too_deep
from sqlstream.state.checkpoint_locations import portable_locations
from sqlstream.types.schema import Schema


class Session:
    """Executes SQL. One thread at a time; close it (or use ``with``) to end the embedded jobs it started.

    >>> with Session() as session:
    ...     session.sql("SELECT 1 + 1 AS two").fetchall()
    [+I(2,)]
    """

    def __init__(
        self,
        options: Mapping[str, str] | None = None,
        *,
        make_target: Callable[[Configuration], DeploymentTarget] = deployment_target,
        on_submit: Callable[[JobClient], None] = lambda _: None,
    ) -> None:
        """``make_target`` finds where jobs run when that is first needed; ``on_submit`` is told of every job as soon as
        it is there, before the session waits for anything of it."""
        self._make_target = make_target
        self._on_submit = on_submit
        self.initial = Configuration(options)
        self.configuration = self.initial
        self.catalogs = CatalogManager()
        self._targets: dict[tuple[str | None, ...], DeploymentTarget] = {}
        self.modules = {"core": True}
        """Loaded modules in resolution order, and whether each is in use."""
        self.jobs: list[JobClient] = []
        """The jobs this session submitted, oldest first."""

    @property
    def planner(self) -> Planner:
        """A planner under the settings as they are now."""
        return Planner(self.catalogs, self.configuration)

    def schema_of(self, path: tuple[str, ...]) -> Schema:
        """The columns of a table or view, computed and metadata ones too. CatalogError when there is none."""
        resolved = self.catalogs.relation(path)
        if resolved is None:
            raise self.catalogs.missing_relation("table", path)
        if isinstance(resolved.relation, CatalogTable):
            return self.planner.table_schema(resolved.relation)
        catalog, database, name = resolved.identifier
        return self.planner.query_schema(exp.select("*").from_(exp.table_(name, database, catalog, quoted=True)))

    @property
    def time_zone(self) -> str:
        return local_time_zone(self.configuration)

    @property
    def target(self) -> DeploymentTarget:
        """Where jobs run under the settings as they are now; made when first needed."""
        key = tuple(self.configuration.get(option.key) for option in (TARGET, REST_ADDRESS, REST_PORT))
        if key not in self._targets:
            self._targets[key] = self._make_target(self.configuration)
        return self._targets[key]

    @property
    def ends_jobs_on_close(self) -> bool:
        """Whether jobs live in this process, and so no longer than it."""
        return self.configuration.option(TARGET) == "local"

    def sql(self, text: str) -> Result:
        """Execute one statement, or several: the last one's result is returned, queries before it are cancelled.

        Raises SqlStreamError.
        """
        last = Result.success()
        for result in self.script(text):
            if last.is_query:
                last.cancel()
            last = result
        return last

    def script(self, text: str) -> Iterator[Result]:
        """Execute a script lazily: each statement when its result is asked for."""
        for parsed in iter_statements(text):
            yield self.execute(parsed, text)

    def execute(self, parsed: ParsedStatement, source: str) -> Result:
        """Execute one statement of the script ``source``, so that errors can show where in it."""
        try:
            return handler_of(parsed.statement)(self, parsed.statement)
        except SqlError as error:
            raise error.with_source(source) from error.__cause__
        except RecursionError:
            raise too_deep().with_source(source) from None

    def submit(self, graph: JobGraph) -> JobClient:
        """Start a planned job on the session's target."""
        graph = msgspec.structs.replace(graph, configuration=portable_locations(graph.configuration))
        job = self.target.earlier_run(graph)
        if job is None:
            prepare_sinks(graph, self.configuration)
            job = self.target.submit(graph)
        self.jobs.append(job)
        self._on_submit(job)
        return job

    def set(self, key: str, value: str) -> None:
        """Change a setting for the statements that follow. ConfigError when the value does not parse."""
        option = settable_options().get(key)
        if option is not None:
            option.parse(value)
        self.configuration = self.configuration.with_({key: value})

    def reset(self, key: str | None = None) -> None:
        """Take one setting, or all of them, back to what the session started with."""
        if key is None:
            self.configuration = self.initial
        elif key in self.initial:
            self.configuration = self.configuration.with_({key: self.initial[key]})
        else:
            self.configuration = self.configuration.without(key)

    def close(self) -> None:
        """Give the target back; on ``local`` this ends the jobs that still run."""
        for target in self._targets.values():
            target.close()
        self._targets.clear()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
