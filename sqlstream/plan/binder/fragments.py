"""Errors inside SQL text that a catalog keeps: views, computed columns, watermarks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlstream.errors import SqlError


@contextmanager
def errors_in(text: str, what: str) -> Iterator[None]:
    """Errors inside point into ``text``, and say that it is ``what`` they are in."""
    try:
        yield
    except SqlError as error:
        if error.source is None or error.source == text:
            error.message = f"In {what}: {error.message}"
        raise error.with_source(text) from error.__cause__
