"""The first word of a statement decides who reads the rest."""

from __future__ import annotations

from collections.abc import Callable

from sqlstream.errors import PlanError
from sqlstream.sql import statements as s
from sqlstream.sql.cursor import Cursor
from sqlstream.sql.grammar import jobs, session, show
from sqlstream.sql.grammar.alter import alter
from sqlstream.sql.grammar.create import create
from sqlstream.sql.grammar.drop import drop, truncate

_STATEMENTS: dict[str, Callable[[Cursor], s.Statement]] = {
    "CREATE": create,
    "DROP": drop,
    "ALTER": alter,
    "INSERT": jobs.insert,
    "EXECUTE": jobs.execute,
    "BEGIN": jobs.begin,
    "EXPLAIN": jobs.explain,
    "DESCRIBE": show.describe,
    "DESC": show.describe,
    "SHOW": show.show,
    "USE": session.use,
    "SET": session.set_option,
    "RESET": session.reset_option,
    "LOAD": session.load,
    "UNLOAD": session.unload,
    "STOP": session.stop,
    "TRUNCATE": truncate,
}
STATEMENT_STARTS = (*_STATEMENTS, *jobs.QUERY_STARTS)
"""The words a statement may begin with."""
_UNSUPPORTED = {
    "DELETE": "Write a query that leaves the rows out, and INSERT its result.",
    "UPDATE": "Write a query that computes the new rows, and INSERT its result.",
    "MERGE": "Write a query that computes the new rows, and INSERT its result.",
    "ANALYZE": "Tables need no analysis.",
    "CALL": "There are no stored procedures.",
    "COMPILE": "Plans are made when a statement is executed.",
    "ADD": "Python packages on the import path are found without ADD.",
}


def statement(cursor: Cursor) -> s.Statement:
    """One whole statement. SyntaxProblem or SqlError when it is none."""
    for word, hint in _UNSUPPORTED.items():
        if cursor.peek(word):
            position = cursor.mistake("", cursor.token).position
            raise PlanError(f"{word} is not supported", position=position, source=cursor.sql, hint=hint)
    if any(cursor.peek(word) for word in jobs.QUERY_STARTS):
        result = jobs.query(cursor)
    else:
        result = cursor.choose(_STATEMENTS)(cursor)
    cursor.expect_end()
    return result
