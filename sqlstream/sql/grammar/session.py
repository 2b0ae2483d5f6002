"""Statements about the session itself: USE, SET, RESET, modules, and jobs by id."""

from __future__ import annotations

from sqlstream.sql import statements as s
from sqlstream.sql.cursor import Cursor


def use(cursor: Cursor) -> s.Statement:
    """The rest of a statement after USE."""
    if cursor.accept("CATALOG"):
        return s.UseCatalog(cursor.name())
    if cursor.accept("MODULES"):
        return s.UseModules(tuple(cursor.listed(cursor.name)))
    return s.UseDatabase(cursor.path())


def set_option(cursor: Cursor) -> s.Statement:
    """The rest of a statement after SET."""
    if cursor.at_end():
        return s.ShowOptions()
    key = _quoted(cursor)
    cursor.expect("=")
    return s.SetOption(key, _quoted(cursor))


def reset_option(cursor: Cursor) -> s.Statement:
    """The rest of a statement after RESET."""
    return s.ResetOption(None if cursor.at_end() else _quoted(cursor))


def _quoted(cursor: Cursor) -> str:
    """A string, with a better error than usual for the most common mistake."""
    if not cursor.at_end() and cursor.at_name():
        raise cursor.mistake(
            "Keys and values of options are strings", cursor.token, "Write SET 'key' = 'value' and RESET 'key'."
        )
    return cursor.string()


def load(cursor: Cursor) -> s.Statement:
    """The rest of a statement after LOAD."""
    cursor.expect("MODULE")
    name = cursor.name()
    return s.LoadModule(name, cursor.optional_properties())


def unload(cursor: Cursor) -> s.Statement:
    """The rest of a statement after UNLOAD."""
    cursor.expect("MODULE")
    return s.UnloadModule(cursor.name())


def stop(cursor: Cursor) -> s.Statement:
    """The rest of a statement after STOP."""
    cursor.expect("JOB")
    job_id = cursor.string()
    with_savepoint = cursor.accept("WITH", "SAVEPOINT")
    return s.StopJob(job_id, with_savepoint, cursor.accept("WITH", "DRAIN"))
