"""ORDER BY in Flink's words."""

from __future__ import annotations

from collections.abc import Sequence

from sqlstream.plan import physical as p


def sort_keys_text(keys: Sequence[p.SortKey], names: Sequence[str]) -> str:
    """``a ASC, b DESC``; NULLS only where they are not at the default end."""
    return ", ".join(_sort_key_text(key, names) for key in keys)


def _sort_key_text(key: p.SortKey, names: Sequence[str]) -> str:
    text = f"{names[key.column]} {'DESC' if key.descending else 'ASC'}"
    if key.nulls_last == key.descending:
        return text
    return f"{text} NULLS {'LAST' if key.nulls_last else 'FIRST'}"
