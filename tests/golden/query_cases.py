"""The golden query cases. One topic is one file in ``queries/``, and what Flink answered lies beside it.

``queries/tables.sql`` has the tables of all topics. ``queries/TOPIC.sql`` starts with tables of its own, where it needs
any; each case is a header, optional lines about it, and one query::

    -- case: NAME COMPARISON [streaming|batch]
    -- set: table.exec.mini-batch.enabled = true
    -- differs: why sqlstream's answer is another than Flink's
    SELECT ...

Statements before the query (each ends a line with its semicolon) are run first, an INSERT to its end; ``${temp}`` is an
empty directory of the case's own.

COMPARISON is ``changelog`` (every change counts, in order), ``rows`` (the final rows), ``ordered`` (the final rows and
their order), or ``close`` (the final rows, numbers to 12 digits); batch results have no order but in ``ordered``.
Without a mode a case runs in both. What a case that differs must give is written by hand into ``TOPIC.differs.jsonl``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
QUERIES = FOLDER / "queries"
_TABLES = "tables"
_HEADER = re.compile(r"^-- case: (\w+) (changelog|rows|ordered|close)(?: (streaming|batch))?$", re.MULTILINE)
_OPTION = re.compile(r"^-- set: (\S+) = (.*)$", re.MULTILINE)
_DIFFERS = re.compile(r"^-- differs: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class QueryCase:
    """One query in one mode, to be run with ``options``. ``differs``: why the answer is not Flink's."""

    topic: str
    name: str
    sql: str
    mode: str
    comparison: str
    options: tuple[tuple[str, str], ...] = ()
    differs: str | None = None
    before: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.topic}.{self.name}-{self.mode}"


@dataclass(frozen=True)
class Recording:
    """An answer: text cells as Flink's tableau prints them, in streaming mode after the op column."""

    name: str
    mode: str
    columns: list[str]
    rows: list[list[str]]

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def topics() -> list[str]:
    """The topics, in alphabetical order."""
    return sorted(path.stem for path in QUERIES.glob("*.sql") if path.stem != _TABLES)


def set_up(topic: str) -> list[str]:
    """The statements before the first case of ``topic``."""
    text = _text(_TABLES) + _preamble(_text(topic))
    return _statements(text)


def in_folder(statement: str, temp: str) -> str:
    """``statement`` of a case whose own directory is ``temp``."""
    return statement.replace("${temp}", temp)


def cases(topic: str) -> Iterator[QueryCase]:
    """Every case of ``topic`` in every mode it runs in."""
    text = _text(topic)
    headers = list(_HEADER.finditer(text))
    for header, following in zip(headers, [*headers[1:], None], strict=True):
        body = text[header.end() : following.start() if following else None]
        *before, sql = _statements(body)
        options = tuple((option[1], option[2]) for option in _OPTION.finditer(body))
        differs = _DIFFERS.search(body)
        for mode in [header[3]] if header[3] else ["streaming", "batch"]:
            why = differs[1] if differs else None
            yield QueryCase(topic, header[1], sql, mode, header[2], options, why, tuple(before))


def recordings(topic: str) -> dict[tuple[str, str], Recording]:
    """(case name, mode) -> Flink's answer, where it has one."""
    return _read(recording_file(topic))


def own_answers(topic: str) -> dict[tuple[str, str], Recording]:
    """(case name, mode) -> what sqlstream answers to cases that differ."""
    return _read(QUERIES / f"{topic}.differs.jsonl")


def recording_file(topic: str) -> Path:
    return QUERIES / f"{topic}.jsonl"


def _read(path: Path) -> dict[tuple[str, str], Recording]:
    lines = path.read_text().splitlines() if path.exists() else []
    return {(r.name, r.mode): r for r in (Recording(**json.loads(line)) for line in lines)}


def _text(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text().replace("${data}", str(FOLDER / "data"))


def _statements(text: str) -> list[str]:
    without_comments = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    parts = (part.strip().rstrip(";") for part in f"{without_comments}\n".split(";\n"))
    return [part for part in parts if part]


def _preamble(text: str) -> str:
    header = _HEADER.search(text)
    return text[: header.start()] if header else text
