"""The passes that turn a bound plan into the one that is run, in order."""

from __future__ import annotations

from sqlstream.config.options import MINI_BATCH, RUNTIME_MODE, RuntimeMode
from sqlstream.plan.evaluation_environment import EvaluationEnvironment
from sqlstream.plan.logical import Collect, Sink
from sqlstream.plan.rules.constant_folding import fold_constants
from sqlstream.plan.rules.emit_strategy import set_emit_strategies
from sqlstream.plan.rules.field_pruning import prune_fields
from sqlstream.plan.rules.join_keys import extract_join_keys
from sqlstream.plan.rules.limit_pushdown import push_down_limits
from sqlstream.plan.rules.merge_calcs import merge_calcs
from sqlstream.plan.rules.normalize_sources import normalize_sources
from sqlstream.plan.rules.predicate_pushdown import push_down_predicates
from sqlstream.plan.rules.projection_pruning import prune_columns
from sqlstream.plan.rules.rank import form_ranks
from sqlstream.plan.rules.subqueries import join_subqueries
from sqlstream.plan.rules.temporal_join import check_temporal_joins, read_every_version
from sqlstream.plan.rules.time_joins import form_time_joins
from sqlstream.plan.rules.window_aggregate import form_window_aggregates


def optimize(root: Sink | Collect, environment: EvaluationEnvironment) -> Sink | Collect:
    """An equivalent plan without Project and Filter nodes, reading and computing no more than it must."""
    plan = normalize_sources(join_subqueries(root), environment.configuration)
    plan = fold_constants(plan, environment)
    plan = push_down_predicates(plan)
    plan = push_down_limits(plan)
    if environment.configuration.option(RUNTIME_MODE) is RuntimeMode.STREAMING:
        plan = form_time_joins(plan)
    plan = extract_join_keys(plan)
    plan = set_emit_strategies(form_window_aggregates(plan), environment.configuration)
    batch = environment.configuration.option(RUNTIME_MODE) is RuntimeMode.BATCH
    plan = form_ranks(plan, batch=batch, waits=not environment.configuration.option(MINI_BATCH))
    check_temporal_joins(plan)
    plan = read_every_version(plan)
    assert isinstance(plan, Sink | Collect)
    plan = fold_constants(prune_fields(merge_calcs(prune_columns(plan))), environment)
    assert isinstance(plan, Sink | Collect)
    return plan
