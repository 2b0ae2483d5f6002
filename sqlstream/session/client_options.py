"""Options of the SQL client: set in the session as all others are, and read by the client that shows its results."""

from __future__ import annotations

from enum import Enum

from sqlstream.config.option import BOOLEAN, INTEGER, ConfigOption, enum_type


class ResultMode(Enum):
    TABLE = "table"
    CHANGELOG = "changelog"
    TABLEAU = "tableau"


class EditingMode(Enum):
    EMACS = "emacs"
    VI = "vi"


class ColorSchema(Enum):
    DEFAULT = "default"
    DARK = "dark"
    LIGHT = "light"
    CHESTER = "chester"
    DRACULA = "dracula"
    SOLARIZED = "solarized"
    VS2010 = "vs2010"
    OBSIDIAN = "obsidian"
    GESHI = "geshi"


RESULT_MODE = ConfigOption(
    "sql-client.execution.result-mode", enum_type(ResultMode), ResultMode.TABLE,
    "How the rows of a query are shown at the prompt: a live table, a live list of changes, or printed. Scripts always "
    "print.",
)  # fmt: skip
MAX_TABLE_RESULT_ROWS = ConfigOption(
    "sql-client.execution.max-table-result.rows", INTEGER, 1_000_000,
    "The rows a live table keeps; of a larger result the oldest rows are let go.",
)  # fmt: skip
CLIENT_MAX_COLUMN_WIDTH = ConfigOption(
    "sql-client.display.max-column-width", INTEGER, None,
    "The older name of table.display.max-column-width, for where that is not set.",
)  # fmt: skip
PRINT_TIME_COST = ConfigOption(
    "sql-client.display.print-time-cost", BOOLEAN, True, "Whether a printed query's result tells how long it took."
)
COLOR_SCHEMA = ConfigOption(
    "sql-client.display.color-schema", enum_type(ColorSchema), ColorSchema.DEFAULT, "The colours of SQL at the prompt."
)
SHOW_LINE_NUMBERS = ConfigOption(
    "sql-client.display.show-line-numbers",
    BOOLEAN,
    False,
    "Whether the lines of a statement at the prompt are numbered.",
)
EDITING_MODE = ConfigOption(
    "sql-client.editing-mode", enum_type(EditingMode), EditingMode.EMACS, "Whose keys the prompt understands."
)
VERBOSE = ConfigOption(
    "sql-client.verbose", BOOLEAN, False, "Whether an error at the client shows where in sqlstream it came from."
)

CLIENT_OPTIONS = (
    RESULT_MODE,
    MAX_TABLE_RESULT_ROWS,
    CLIENT_MAX_COLUMN_WIDTH,
    PRINT_TIME_COST,
    COLOR_SCHEMA,
    SHOW_LINE_NUMBERS,
    EDITING_MODE,
    VERBOSE,
)
