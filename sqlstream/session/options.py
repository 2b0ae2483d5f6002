"""Options of a session itself, and all that SET knows."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlstream.config.declared import declared_options
from sqlstream.config.option import BOOLEAN, INTEGER, ConfigOption
from sqlstream.session.client_options import CLIENT_OPTIONS

DML_SYNC = ConfigOption("table.dml-sync", BOOLEAN, False, "INSERT waits until its job has ended.")
MAX_COLUMN_WIDTH = ConfigOption(
    "table.display.max-column-width", INTEGER, 30, "The widest a column of text is printed; longer text is cut."
)


@cache
def settable_options() -> dict[str, ConfigOption[Any]]:
    """Key -> option, the engine's and the session's, sorted by key."""
    options = {**declared_options(), **{o.key: o for o in (DML_SYNC, MAX_COLUMN_WIDTH, *CLIENT_OPTIONS)}}
    return dict(sorted(options.items()))
