"""sqlstream: a SQL-first streaming database. ``connect()`` opens a session in this process."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlstream.session.session import Session

__all__ = ["connect"]

logging.getLogger(__name__).addHandler(logging.NullHandler())


def connect(options: Mapping[str, str] | None = None) -> Session:
    """A new session with Flink's option keys, such as ``{"execution.runtime-mode": "batch"}``.

    Jobs run embedded in this process unless ``execution.target`` says otherwise. Raises ConfigError for an option
    that does not parse.
    """
    from sqlstream.session.session import Session

    return Session(options)
