"""Options of a session itself."""

from __future__ import annotations

from sqlstream.config.option import BOOLEAN, INTEGER, ConfigOption

DML_SYNC = ConfigOption("table.dml-sync", BOOLEAN, False, "INSERT waits until its job has ended.")
MAX_COLUMN_WIDTH = ConfigOption(
    "table.display.max-column-width", INTEGER, 30, "The widest a column of text is printed; longer text is cut."
)
