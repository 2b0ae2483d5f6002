"""How the statements of a script would run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlstream.session.session import Session
from sqlstream.sql.script import iter_statements
from sqlstream.sql.statements import ExplainDetail, Insert, Query, StatementSet
from sqlstream_client.scripts import read_script


@dataclass(frozen=True)
class StatementPlan:
    """``text`` is what EXPLAIN prints, ``graph`` the job's graph as JSON has it, secrets masked."""

    statement: str
    text: str
    graph: dict[str, Any]


def script_plans(options: Mapping[str, str], script: Path) -> Iterator[StatementPlan]:
    """The plan of every query and INSERT; other statements are executed, as the plans need them. SqlStreamError."""
    text = read_script(script)
    with Session(options) as session:
        for parsed in iter_statements(text):
            statement = parsed.statement
            if isinstance(statement, Query | Insert | StatementSet):
                yield StatementPlan(
                    parsed.text.strip(),
                    session.planner.explain(statement),
                    json.loads(session.planner.explain(statement, [ExplainDetail.JSON_EXECUTION_PLAN])),
                )
            else:
                session.execute(parsed, text)
