"""Hints that say how a bounded query is to run its joins: ``SELECT /*+ BROADCAST(t) */``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from sqlstream.errors import SqlError
from sqlstream.plan.binder.scope import Scope
from sqlstream.plan.logical import Join, LogicalNode
from sqlstream.plan.physical import JoinHint, JoinStrategy
from sqlstream.sql.positions import position_of

_STRATEGIES = {strategy.value: strategy for strategy in JoinStrategy}


@dataclass(frozen=True)
class JoinHints:
    """The hints of one SELECT: each a strategy and the tables that it is for."""

    hints: tuple[tuple[JoinStrategy, tuple[str, ...]], ...] = ()

    def applied(self, plan: LogicalNode, left: Scope, right: Scope) -> LogicalNode:
        """``plan``, with what the hints say of it if it is a join of ``left`` and ``right``."""
        hint = self._of(left, right)
        return replace(plan, hint=hint) if isinstance(plan, Join) and hint is not None else plan

    def _of(self, left: Scope, right: Scope) -> JoinHint | None:
        """The first hint that names a table of either side, which is then the one that is held."""
        for strategy, tables in self.hints:
            for table in tables:
                for build_left, scope in ((False, right), (True, left)):
                    if scope.relation([table]) is not None:
                        return JoinHint(strategy, build_left)
        return None

    def check(self, scope: Scope, select: exp.Select) -> None:
        """SqlError where a hint names no table of the query."""
        for strategy, tables in self.hints:
            unknown = [table for table in tables if scope.relation([table]) is None]
            if unknown:
                raise SqlError(
                    "The options of following hints cannot match the name of input tables or views: "
                    f"{', '.join(unknown)} in {strategy.value}.",
                    position=position_of(select.args["hint"]),
                    hint="Name tables of FROM, by their alias where they have one.",
                )


def join_hints(select: exp.Select) -> JoinHints:
    """The join hints among the hints of ``select``."""
    clause = select.args.get("hint")
    found = [] if clause is None else [_hint(call) for call in clause.expressions]
    return JoinHints(tuple(hint for hint in found if hint is not None))


def is_join_hint(call: exp.Expression) -> bool:
    """Whether ``call`` of a hint clause is a join hint."""
    return call.name.upper() in _STRATEGIES


def _hint(call: exp.Expression) -> tuple[JoinStrategy, tuple[str, ...]] | None:
    if not is_join_hint(call):
        return None
    tables: Sequence[exp.Expression] = call.expressions
    return _STRATEGIES[call.name.upper()], tuple(table.name for table in tables)
