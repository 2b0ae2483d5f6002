"""The events and queries of Nexmark as SQL scripts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import Template

_HERE = Path(__file__).parent
_QUERIES = _HERE / "queries"
_SIDE_INPUT_ROWS = 10_000

SETTINGS = {"table.exec.mini-batch.enabled": "true"}
"""As Nexmark's own configuration of Flink: aggregates send updates once a batch."""


@dataclass(frozen=True)
class Workload:
    """``events`` events, ``rate`` a second of event time."""

    events: int
    rate: int = 10_000
    seed: int = 0

    def declarations(self) -> list[str]:
        """The table of events and its views, one statement each."""
        return _statements((_HERE / "tables.sql").read_text(), vars(self))

    def script(self, query: str, directory: Path) -> list[str]:
        """Everything up to and including the INSERT of ``query``, which may read and write files in ``directory``."""
        return [*self.declarations(), *_statements(query_text(query), {"directory": directory})]


def query_names() -> list[str]:
    """``q0``, ``q1``, ... in order."""
    return sorted((path.stem for path in _QUERIES.glob("q*.sql")), key=lambda name: int(name[1:]))


def query_text(name: str) -> str:
    """What a query needs, its sink, and its INSERT."""
    return (_QUERIES / f"{name}.sql").read_text()


def select_text(name: str) -> str:
    """The SELECT of a query alone."""
    return query_text(name).partition(f"INSERT INTO nexmark_{name}\n")[2].rstrip().removesuffix(";")


def write_side_input(directory: Path) -> None:
    """The bounded table that q13 joins with: numbers as text by number."""
    lines = (f"{number},{number}\n" for number in range(_SIDE_INPUT_ROWS))
    (directory / "side_input.txt").write_text("".join(lines))


def _statements(script: str, values: dict[str, object]) -> list[str]:
    """``${name}`` is replaced; what looks like a reference but is none of ``values`` is left."""
    filled = Template(script).safe_substitute(values)
    return [statement for part in filled.split(";\n") if (statement := part.strip())]
