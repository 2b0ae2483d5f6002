"""Models: their definitions are kept in catalogs."""

from __future__ import annotations

from msgspec.structs import replace

from sqlstream.errors import CatalogError
from sqlstream.session.catalog_manager import missing
from sqlstream.session.handlers import handles
from sqlstream.session.result import Result
from sqlstream.session.session import Session
from sqlstream.spi.catalog import CatalogModel
from sqlstream.sql.statements import AlterModel, CreateModel, DropModel, Path, RenameModel


@handles(CreateModel)
def create_model(session: Session, statement: CreateModel) -> Result:
    if _find(session, statement.path) is not None:
        if statement.if_not_exists:
            return Result.success()
        raise CatalogError(f"Model '{'.'.join(statement.path)}' already exists.", hint="Use ALTER MODEL.")
    model = CatalogModel(statement.inputs, statement.outputs, statement.options, statement.comment)
    if statement.temporary:
        session.catalogs.temporary_models[session.catalogs.qualify(statement.path)] = model
    else:
        _put(session, statement.path, model)
    return Result.success()


@handles(AlterModel)
def alter_model(session: Session, statement: AlterModel) -> Result:
    model = _find(session, statement.path)
    if model is None:
        return _absent(session, statement.path, statement.if_exists)
    options = {**model.options, **statement.set_options}
    kept = {key: value for key, value in options.items() if key not in statement.reset_keys}
    _put(session, statement.path, replace(model, options=kept))
    return Result.success()


@handles(RenameModel)
def rename_model(session: Session, statement: RenameModel) -> Result:
    model = _find(session, statement.path)
    if model is None:
        return _absent(session, statement.path, statement.if_exists)
    source = session.catalogs.qualify(statement.path)
    target = (*source[:2], *statement.new_path) if len(statement.new_path) == 1 else statement.new_path
    if _find(session, target) is not None:
        raise CatalogError(f"Model '{'.'.join(target)}' already exists.")
    if source in session.catalogs.temporary_models:
        session.catalogs.temporary_models[session.catalogs.qualify(target)] = model
    else:
        _put(session, target, model)
    _drop(session, source)
    return Result.success()


@handles(DropModel)
def drop_model(session: Session, statement: DropModel) -> Result:
    if _find(session, statement.path) is None:
        return _absent(session, statement.path, statement.if_exists)
    _drop(session, statement.path)
    return Result.success()


def existing_model(session: Session, path: Path) -> CatalogModel:
    """The model called ``path``; CatalogError, with a suggestion, if there is none."""
    model = _find(session, path)
    if model is None:
        catalog, database, _ = session.catalogs.qualify(path)
        raise missing("model", ".".join(path), session.catalogs.models_of(catalog, database))
    return model


def _find(session: Session, path: Path) -> CatalogModel | None:
    catalog, database, name = session.catalogs.qualify(path)
    return session.catalogs.models_of(catalog, database).get(name)


def _put(session: Session, path: Path, model: CatalogModel) -> None:
    catalog, database, name = identifier = session.catalogs.qualify(path)
    if identifier in session.catalogs.temporary_models:
        session.catalogs.temporary_models[identifier] = model
    else:
        session.catalogs.existing_database(catalog, database).put_model(database, name, model, True)


def _drop(session: Session, path: Path) -> None:
    catalog, database, name = identifier = session.catalogs.qualify(path)
    if session.catalogs.temporary_models.pop(identifier, None) is None:
        session.catalogs.catalog(catalog).drop_model(database, name)


def _absent(session: Session, path: Path, if_exists: bool) -> Result:
    if not if_exists:
        existing_model(session, path)
    return Result.success()
