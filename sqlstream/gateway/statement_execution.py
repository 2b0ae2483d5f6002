"""One statement of a request, executed in a session."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from sqlstream.errors import PlanError, SqlError
from sqlstream.session.options import settable_options
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.sql import statements as s
from sqlstream.sql.script import ParsedStatement, iter_statements

_CONFIGURING = (
    s.SetOption,
    s.ResetOption,
    s.CreateTable,
    s.DropTable,
    s.AlterTable,
    s.RenameTable,
    s.CreateView,
    s.DropView,
    s.AlterView,
    s.RenameView,
    s.CreateDatabase,
    s.DropDatabase,
    s.AlterDatabase,
    s.CreateCatalog,
    s.DropCatalog,
    s.AlterCatalog,
    s.CreateFunction,
    s.DropFunction,
    s.AlterFunction,
    s.CreateModel,
    s.DropModel,
    s.AlterModel,
    s.RenameModel,
    s.LoadModule,
    s.UnloadModule,
    s.UseCatalog,
    s.UseDatabase,
    s.UseModules,
)
_SETTINGS = (s.SetOption, s.ResetOption)


def execute(session: Session, text: str, options: Mapping[str, str]) -> tuple[Result, str]:
    """Execute the one statement of ``text``, with ``options`` over the session's settings while it starts; its result
    and the time zone it is shown in. Raises SqlStreamError."""
    parsed = _single_statement(text)
    if not options or isinstance(parsed.statement, _SETTINGS):
        return session.execute(parsed, text), session.time_zone
    for key, value in options.items():
        if key in settable_options():
            settable_options()[key].parse(value)
    before = session.configuration
    session.configuration = before.with_(options)
    try:
        return session.execute(parsed, text), session.time_zone
    finally:
        session.configuration = before


def configure(session: Session, text: str) -> None:
    """Execute the one statement of ``text``, which must be one that changes the session or a catalog. Raises
    SqlStreamError."""
    parsed = _single_statement(text)
    statement = parsed.statement
    if not isinstance(statement, _CONFIGURING) or (isinstance(statement, s.CreateTable) and statement.query):
        raise PlanError(
            "Unsupported statement for configuring session",
            position=parsed.position,
            source=text,
            hint="Only SET, RESET, CREATE, DROP, ALTER, USE, LOAD and UNLOAD configure a session.",
        )
    session.execute(parsed, text)


def _single_statement(text: str) -> ParsedStatement:
    parsed = list(islice(iter_statements(text), 2))
    if not parsed:
        raise SqlError("There is no statement in the request.")
    if len(parsed) > 1:
        raise SqlError(
            "Only a single statement is supported",
            position=parsed[1].position,
            source=text,
            hint="Send each statement in a request of its own.",
        )
    return parsed[0]
