"""The golden query cases: what is in ``queries.sql``, and what Flink answered in ``queries.jsonl``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
CASES = FOLDER / "queries.sql"
RECORDED = FOLDER / "queries.jsonl"
_HEADER = re.compile(r"^-- case: (\w+) (changelog|rows|close)(?: (streaming|batch))?$", re.MULTILINE)


@dataclass(frozen=True)
class QueryCase:
    """One query in one mode. ``comparison``: ``changelog`` (every change counts, in order), ``rows`` (the final rows),
    or ``close`` (those, with numbers to 12 digits)."""

    name: str
    sql: str
    mode: str
    comparison: str

    @property
    def id(self) -> str:
        return f"{self.name}-{self.mode}"


@dataclass(frozen=True)
class Recording:
    """Flink's answer: text cells as its tableau prints them, in streaming mode after the op column."""

    name: str
    mode: str
    columns: list[str]
    rows: list[list[str]]

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def set_up() -> list[str]:
    """The statements before the first case."""
    text = CASES.read_text().replace("${data}", str(FOLDER / "data"))
    before = text[: _HEADER.search(text).start()]  # type: ignore[union-attr]
    without_comments = "\n".join(line for line in before.splitlines() if not line.startswith("--"))
    return [statement.strip() for statement in without_comments.split(";") if statement.strip()]


def cases() -> Iterator[QueryCase]:
    """Every case in every mode it runs in."""
    text = CASES.read_text()
    headers = list(_HEADER.finditer(text))
    for header, following in zip(headers, [*headers[1:], None], strict=True):
        lines = text[header.end() : following.start() if following else None].splitlines()
        sql = "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")
        for mode in [header[3]] if header[3] else ["streaming", "batch"]:
            yield QueryCase(header[1], sql, mode, comparison=header[2])


def recordings() -> dict[tuple[str, str], Recording]:
    """(case name, mode) -> Flink's answer."""
    found = (Recording(**json.loads(line)) for line in RECORDED.read_text().splitlines())
    return {(recording.name, recording.mode): recording for recording in found}
