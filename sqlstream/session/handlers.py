"""Which function executes which statement. A new statement is a new row: ``@handles(ItsClass)`` in ``statements/``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from sqlstream.session.result import Result
from sqlstream.sql.statements import Statement

if TYPE_CHECKING:
    from sqlstream.session.session import Session

Handler = Callable[["Session", Any], Result]
H = TypeVar("H", bound=Handler)

_HANDLERS: dict[type[Statement], Handler] = {}


def handles(statement: type[Statement]) -> Callable[[H], H]:
    """Function decorator: executes statements of this class, given the session and the statement."""

    def register(handler: H) -> H:
        _HANDLERS[statement] = handler
        return handler

    return register


@cache
def _load_handlers() -> None:
    package = importlib.import_module("sqlstream.session.statements")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def handler_of(statement: Statement) -> Handler:
    """The handler of ``statement``'s class."""
    _load_handlers()
    return _HANDLERS[type(statement)]


def handled_statements() -> frozenset[type[Statement]]:
    """Every statement class that has a handler."""
    _load_handlers()
    return frozenset(_HANDLERS)
