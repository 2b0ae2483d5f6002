"""SELECT, INSERT, statement sets and EXPLAIN: the statements that are planned."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.config.options import PIPELINE_NAME, RUNTIME_MODE, RuntimeMode
from sqlstream.plan.jobgraph import JobGraph
from sqlstream.session.handlers import handles
from sqlstream.session.options import DML_SYNC
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.sql.statements import Explain, Insert, Query, StatementSet


@handles(Query)
def query(session: Session, statement: Query) -> Result:
    name = session.configuration.optional(PIPELINE_NAME) or "collect"
    compiled = session.planner.compile_query(statement.expression, name=name)
    streaming = session.configuration.option(RUNTIME_MODE) is RuntimeMode.STREAMING
    return Result.of_query(compiled.schema, streaming, session.submit(compiled.graph))


@handles(Insert)
def insert(session: Session, statement: Insert) -> Result:
    return run_inserts(session, (statement,))


@handles(StatementSet)
def statement_set(session: Session, statement: StatementSet) -> Result:
    return run_inserts(session, statement.inserts)


def run_inserts(session: Session, inserts: Sequence[Insert]) -> Result:
    """Plan ``inserts`` as one job and start it; with ``table.dml-sync`` also wait for its end."""
    job = session.submit(plan_inserts(session, inserts))
    if session.configuration.option(DML_SYNC):
        job.wait()
    return Result.success(job)


def plan_inserts(session: Session, inserts: Sequence[Insert]) -> JobGraph:
    """The one job that ``inserts`` are."""
    targets = dict.fromkeys(".".join(session.catalogs.qualify(insert.path)) for insert in inserts)
    name = session.configuration.optional(PIPELINE_NAME) or f"insert-into_{','.join(targets)}"
    return session.planner.compile_inserts(inserts, name=name).graph


@handles(Explain)
def explain(session: Session, statement: Explain) -> Result:
    return Result.of_text(session.planner.explain(statement.statement, statement.details))
