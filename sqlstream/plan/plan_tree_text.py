"""Trees as indented text, the way Flink's EXPLAIN draws them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TextTree:
    """A line and the trees below it."""

    text: str
    children: Sequence[TextTree] = ()

    def render(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield self.text
        for index, child in enumerate(self.children):
            last = index == len(self.children) - 1
            first, *rest = child._lines()
            yield ("+- " if last else ":- ") + first
            yield from (("   " if last else ":  ") + line for line in rest)
