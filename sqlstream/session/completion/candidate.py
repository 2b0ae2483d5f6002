"""One thing that completion offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """``text`` takes the place of the statement from ``start`` to the cursor. ``kind`` says what it is (``column``,
    ``keyword``, ...), ``detail`` more about it: a column's type, a function's signature."""

    text: str
    start: int
    kind: str
    detail: str = ""


def matching(candidates: Iterable[Candidate], typed: str) -> Iterator[Candidate]:
    """Those that go on from ``typed``, in any case, each text once."""
    offered: set[str] = set()
    for candidate in candidates:
        if candidate.text not in offered and candidate.text.lower().startswith(typed.lower()):
            offered.add(candidate.text)
            yield candidate
