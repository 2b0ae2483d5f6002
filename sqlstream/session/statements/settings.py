"""SET and RESET."""

from __future__ import annotations

from sqlstream.config.configuration import masked
from sqlstream.session.handlers import handles
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.sql.statements import ResetOption, SetOption, ShowOptions
from sqlstream.types.logical import STRING


@handles(SetOption)
def set_option(session: Session, statement: SetOption) -> Result:
    session.set(statement.key, statement.value)
    return Result.success()


@handles(ResetOption)
def reset_option(session: Session, statement: ResetOption) -> Result:
    session.reset(statement.key)
    return Result.success()


@handles(ShowOptions)
def show_options(session: Session, statement: ShowOptions) -> Result:
    return Result.of_rows([("key", STRING), ("value", STRING)], sorted(masked(session.configuration).items()))
