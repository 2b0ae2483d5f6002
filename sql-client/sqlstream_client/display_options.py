"""How results are to be shown, read from a session's settings."""

from __future__ import annotations

from sqlstream.config.configuration import Configuration
from sqlstream.session.client_options import CLIENT_MAX_COLUMN_WIDTH
from sqlstream.session.options import MAX_COLUMN_WIDTH


def max_column_width(configuration: Configuration) -> int:
    """How wide a column of text may be, by the option's newer name or its older one."""
    if MAX_COLUMN_WIDTH.key not in configuration:
        older = configuration.optional(CLIENT_MAX_COLUMN_WIDTH)
        if older is not None:
            return older
    return configuration.option(MAX_COLUMN_WIDTH)
