"""The planner's door: queries and inserts in, JobGraphs and EXPLAIN texts out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from sqlstream.config.configuration import Configuration
from sqlstream.config.options import (
    AGGREGATE_PHASES,
    DEFAULT_PARALLELISM,
    LOCAL_TIME_ZONE,
    MAX_PARALLELISM,
    MINI_BATCH,
    RUNTIME_MODE,
    RuntimeMode,
)
from sqlstream.config.time_zone import local_time_zone
from sqlstream.errors import ConfigError, PlanError
from sqlstream.plan.binder.insert import bind_insert
from sqlstream.plan.binder.query import CatalogReader, QueryBinder, ResolvedRelation
from sqlstream.plan.binder.tables import TableBinder, table_layout
from sqlstream.plan.changelog import INSERT_ONLY
from sqlstream.plan.evaluation_environment import EvaluationEnvironment
from sqlstream.plan.explain import explain_text, json_text
from sqlstream.plan.jobgraph import JobGraph, JobMode
from sqlstream.plan.jobgraph_builder import build_job_graph
from sqlstream.plan.logical import Collect, LogicalNode, Sink
from sqlstream.plan.optimizer import optimize
from sqlstream.plan.physical_tree import PhysicalNode
from sqlstream.plan.rules.watermark_rounding import round_watermarks
from sqlstream.plan.sink_changelog import check_key, check_sink
from sqlstream.plan.sink_options import materializes
from sqlstream.plan.translate import Translation
from sqlstream.spi.catalog import CatalogTable
from sqlstream.sql.statements import CreateTable, ExplainDetail, Insert, Query, StatementSet
from sqlstream.types.schema import Schema

__all__ = ["BoundQuery", "CatalogReader", "CompiledJob", "Planner", "ResolvedRelation"]


_EXPLAIN_DETAILS = (ExplainDetail.CHANGELOG_MODE, ExplainDetail.JSON_EXECUTION_PLAN)
_DETAIL_NAMES = ", ".join(detail.value for detail in _EXPLAIN_DETAILS)


@dataclass(frozen=True)
class BoundQuery:
    """A query whose every name and type is known."""

    plan: LogicalNode

    @property
    def schema(self) -> Schema:
        return self.plan.schema


@dataclass(frozen=True)
class CompiledJob:
    """A job to submit. ``schema`` is that of its result; ``changelog`` says whether it holds more than insertions."""

    graph: JobGraph
    schema: Schema
    changelog: bool


@dataclass(frozen=True)
class _Plan:
    """One job at each of its stages."""

    logical: list[Sink | Collect]
    physical: list[PhysicalNode]
    graph: JobGraph


class Planner:
    """Plans statements against a session's catalogs, under its settings as of now."""

    def __init__(self, catalog: CatalogReader, configuration: Configuration) -> None:
        self._configuration = configuration.with_({LOCAL_TIME_ZONE.key: local_time_zone(configuration)})
        self._batch = configuration.option(RUNTIME_MODE) is RuntimeMode.BATCH
        self._binder = QueryBinder(catalog, TableBinder(self._configuration))

    def query(self, query: exp.Expression) -> BoundQuery:
        """``query`` bound, for views, CREATE TABLE AS and DESCRIBE. Raises SqlError or PlanError."""
        return BoundQuery(self._binder.bind(query))

    def query_schema(self, query: exp.Expression) -> Schema:
        """The columns of ``query``. Raises SqlError or PlanError."""
        return self.query(query).schema

    def table_schema(self, table: CatalogTable) -> Schema:
        """All columns of ``table``, computed ones and time attributes included. SqlError where it is ill defined."""
        return table_layout(table).schema

    def compile_query(self, query: exp.Expression, *, name: str) -> CompiledJob:
        """The job whose result is collected by the client. Raises SqlStreamError."""
        plan = self._plan([self._collect(query)], name)
        root = plan.physical[0]
        return CompiledJob(plan.graph, root.schema, root.kinds != INSERT_ONLY)

    def compile_inserts(self, inserts: Sequence[Insert], *, name: str) -> CompiledJob:
        """One job that runs all ``inserts``, computing what they share once. Raises SqlStreamError."""
        plan = self._plan([bind_insert(self._binder, insert) for insert in inserts], name)
        return CompiledJob(plan.graph, plan.physical[0].schema, False)

    def explain(
        self, statement: Query | Insert | StatementSet | CreateTable, details: Sequence[ExplainDetail] = ()
    ) -> str:
        """The plan of ``statement`` in words. Raises SqlStreamError as compiling it would."""
        for detail in details:
            if detail not in _EXPLAIN_DETAILS:
                raise PlanError(f"EXPLAIN {detail.value} is not supported.", hint=f"Details: {_DETAIL_NAMES}.")
        plan = self._plan(self._roots(statement), "explain")
        if ExplainDetail.JSON_EXECUTION_PLAN in details:
            return json_text(plan.graph)
        return explain_text(
            plan.logical, plan.physical, plan.graph, changelog_mode=ExplainDetail.CHANGELOG_MODE in details
        )

    def _collect(self, query: exp.Expression) -> Collect:
        return Collect(self._binder.bind(query))

    def _roots(self, statement: Query | Insert | StatementSet | CreateTable) -> list[Sink | Collect]:
        if isinstance(statement, Insert):
            return [bind_insert(self._binder, statement)]
        if isinstance(statement, StatementSet):
            return [bind_insert(self._binder, insert) for insert in statement.inserts]
        query = statement.expression if isinstance(statement, Query) else statement.query
        assert query is not None
        return [self._collect(query)]

    def _plan(self, logical: list[Sink | Collect], name: str) -> _Plan:
        environment = EvaluationEnvironment(self._configuration, self._configuration.option(LOCAL_TIME_ZONE))
        translation = Translation(
            self._parallelism(),
            self._batch,
            per_record=not self._configuration.option(MINI_BATCH),
            configuration=self._configuration,
            phases=self._configuration.option(AGGREGATE_PHASES),
        )
        physical: list[PhysicalNode] = []
        roots = [self._for_its_sink(optimize(root, environment)) for root in logical]
        for optimized in round_watermarks(roots):
            physical.append(translation.translate(optimized))
            if isinstance(optimized, Sink):
                check_sink(optimized, physical[-1])
        graph = build_job_graph(
            physical,
            name=name,
            mode=JobMode.BATCH if self._batch else JobMode.STREAMING,
            max_parallelism=self._configuration.option(MAX_PARALLELISM),
            configuration=self._configuration,
        )
        return _Plan(logical, physical, graph)

    def _for_its_sink(self, root: Sink | Collect) -> Sink | Collect:
        """``root`` with what depends on the changes that the whole plan sends it."""
        if self._batch or not isinstance(root, Sink):
            return root
        check_key(root, self._configuration)
        return dataclasses.replace(root, materialized=materializes(root, self._configuration))

    def _parallelism(self) -> int:
        parallelism = self._configuration.option(DEFAULT_PARALLELISM)
        most = self._configuration.option(MAX_PARALLELISM)
        if not 1 <= parallelism <= most:
            raise ConfigError(
                f"Invalid value '{parallelism}' for option '{DEFAULT_PARALLELISM.key}'.",
                hint=f"Expected 1 to {most} ('{MAX_PARALLELISM.key}').",
            )
        return parallelism
