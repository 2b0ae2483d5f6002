"""What kind of join the words before JOIN ask for."""

from __future__ import annotations

from sqlglot import exp

from sqlstream.errors import PlanError
from sqlstream.plan.physical import JoinKind
from sqlstream.sql.positions import position_of

_OUTER = {"LEFT": JoinKind.LEFT, "RIGHT": JoinKind.RIGHT, "FULL": JoinKind.FULL}


def join_kind(node: exp.Join) -> JoinKind:
    """PlanError for SEMI and ANTI, which SQL writes as conditions."""
    side, kind = (node.args.get("side") or "").upper(), (node.args.get("kind") or "").upper()
    if kind in ("SEMI", "ANTI"):
        raise PlanError(
            f"{' '.join(filter(None, (side, kind)))} JOIN is not a join of Flink SQL.",
            position=position_of(node),
            hint=f"Write WHERE {'NOT ' if kind == 'ANTI' else ''}EXISTS (SELECT * FROM ... WHERE ...).",
        )
    return _OUTER.get(side, JoinKind.INNER)
