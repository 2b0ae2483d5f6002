"""LOAD, UNLOAD and USE MODULES: which modules functions are looked up in, and in which order."""

from __future__ import annotations

from sqlstream.errors import CatalogError
from sqlstream.session.catalog_manager import missing
from sqlstream.session.handlers import handles
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.spi.plugins import load_plugin
from sqlstream.sql.statements import LoadModule, UnloadModule, UseModules


@handles(LoadModule)
def load_module(session: Session, statement: LoadModule) -> Result:
    if statement.name in session.modules:
        raise CatalogError(f"Module '{statement.name}' is loaded already.")
    load_plugin("modules", statement.name)
    session.modules[statement.name] = True
    return Result.success()


@handles(UnloadModule)
def unload_module(session: Session, statement: UnloadModule) -> Result:
    _loaded(session, statement.name)
    del session.modules[statement.name]
    return Result.success()


@handles(UseModules)
def use_modules(session: Session, statement: UseModules) -> Result:
    for name in statement.names:
        _loaded(session, name)
    unused = [name for name in session.modules if name not in statement.names]
    session.modules = dict.fromkeys(statement.names, True) | dict.fromkeys(unused, False)
    return Result.success()


def _loaded(session: Session, name: str) -> None:
    if name not in session.modules:
        raise missing("module", name, session.modules)
