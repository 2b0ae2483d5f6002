"""Functions that do not exist here: the nearest that does, or what other databases' functions are called."""

from __future__ import annotations

from sqlstream.errors import Position, SqlError
from sqlstream.functions.registry import function_names
from sqlstream.plan.binder.operators import OPERATORS
from sqlstream.plan.binder.suggestions import did_you_mean

_ELSEWHERE = {
    "CHARINDEX": "POSITION(part IN text)",
    "CURDATE": "CURRENT_DATE",
    "DATEADD": "d + INTERVAL '1' DAY",
    "DATEDIFF": "TIMESTAMPDIFF(DAY, earlier, later)",
    "DATE_ADD": "d + INTERVAL '1' DAY",
    "DATE_SUB": "d - INTERVAL '1' DAY",
    "DATE_TRUNC": "FLOOR(ts TO DAY)",
    "GETDATE": "CURRENT_TIMESTAMP",
    "GROUP_CONCAT": "LISTAGG(text, ',')",
    "HOP_END": "window_end of TABLE(HOP(...))",
    "HOP_START": "window_start of TABLE(HOP(...))",
    "ISNULL": "x IS NULL",
    "LEN": "CHAR_LENGTH(text)",
    "MEDIAN": "PERCENTILE(x, 0.5)",
    "NVL": "COALESCE(x, y)",
    "QUANTILE": "PERCENTILE(x, 0.5)",
    "STRING_AGG": "LISTAGG(text, ',')",
    "SYSDATE": "CURRENT_TIMESTAMP",
    "TO_CHAR": "DATE_FORMAT(ts, 'yyyy-MM-dd')",
    "TUMBLE_END": "window_end of TABLE(TUMBLE(...))",
    "TUMBLE_START": "window_start of TABLE(TUMBLE(...))",
}
"""Other databases' functions, and what is written here."""
_WINDOWS = frozenset({"TUMBLE", "HOP", "CUMULATE", "SESSION"})


class UnknownFunctionError(SqlError):
    """No built-in function is called ``name``; a user's function may be, which the catalog knows."""

    def __init__(self, name: str, position: Position | None) -> None:
        super().__init__(f"Unknown function '{name}'.", position=position, hint=_hint(name))
        self.name = name


def _hint(name: str) -> str | None:
    word = name.upper()
    if word in _WINDOWS:
        return f"{word} stands in FROM: FROM TABLE({word}(...)) GROUP BY window_start, window_end."
    if word in _ELSEWHERE:
        return f"Write {_ELSEWHERE[word]}."
    known = (n for n in function_names() if n[0].isalpha() and n not in OPERATORS)
    return did_you_mean(name, known, "Functions")
