"""Results as text, a page at a time: what every way of showing them starts from, wherever the rows come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlstream.columnar.batch import Batch, RowKind
from sqlstream.session.result import Result
from sqlstream.types.logical import LogicalType
from sqlstream.types.schema import Schema
from sqlstream.types.text import format_array

Cells = tuple[str | None, ...]
"""One row: a text for each column, None for NULL."""

_KINDS = tuple(RowKind)


@dataclass(frozen=True)
class TextPage:
    """Rows that came together, and what each does."""

    rows: Sequence[Cells]
    kinds: Sequence[RowKind]


class TextResult(ABC):
    """A result to be shown: see :class:`Result` for what the attributes mean."""

    schema: Schema
    is_query: bool
    is_text: bool
    changelog: bool

    @abstractmethod
    def pages(self) -> Iterator[TextPage]:
        """Pages as they come, once. SqlStreamError when the rows end early."""


def text_page(batch: Batch, types: Sequence[LogicalType], time_zone: str) -> TextPage:
    """The rows of ``batch`` as a result table shows them; TIMESTAMP_LTZ in ``time_zone``."""
    columns = [format_array(column, type_, time_zone) for column, type_ in zip(batch.data.columns, types, strict=True)]
    rows = list(zip(*columns, strict=True)) if columns else [()] * batch.num_rows
    if batch.kinds is None:
        return TextPage(rows, [RowKind.INSERT] * batch.num_rows)
    return TextPage(rows, [_KINDS[kind] for kind in batch.kinds.tolist()])


class ShownResult(TextResult):
    """A session's ``result``, TIMESTAMP_LTZ in ``time_zone``."""

    def __init__(self, result: Result, time_zone: str) -> None:
        self._result = result
        self._time_zone = time_zone
        self.schema = result.schema
        self.is_query = result.is_query
        self.is_text = result.is_text
        self.changelog = result.changelog

    def pages(self) -> Iterator[TextPage]:
        types = self.schema.types
        for batch in self._result.batches():
            yield text_page(batch, types, self._time_zone)
