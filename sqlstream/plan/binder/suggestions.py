"""Did-you-mean hints for names that do not resolve."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_SHOWN = 12


def did_you_mean(name: str, known: Iterable[str], what: str) -> str | None:
    """``Did you mean 'x'?``, or what there is to choose from; None where there is nothing.

    Names are compared without case, since Flink's are case-sensitive and that is the usual mistake.
    """
    choices = list(dict.fromkeys(known))
    by_folded = {choice.lower(): choice for choice in reversed(choices)}
    close = difflib.get_close_matches(name.lower(), by_folded, n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{by_folded[close[0]]}'?"
    if not choices:
        return None
    more = f", ... ({len(choices) - _SHOWN} more)" if len(choices) > _SHOWN else ""
    return f"{what}: {', '.join(choices[:_SHOWN])}{more}."
