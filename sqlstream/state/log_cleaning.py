"""Which parts of a log are given up because too much of what they hold is outdated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlstream.state.chunk_levels import mostly_outdated


@dataclass(frozen=True, slots=True)
class PartUse:
    """What a part holds: ``rows`` in all, of which ``kept`` are the latest of their keys and ``removed`` say that a key
    is gone."""

    rows: int
    kept: int
    removed: int


def parts_to_give_up(parts: Sequence[PartUse], new_rows: int, live_rows: int) -> Iterator[int]:
    """The numbers of parts to give up: what they hold that is still needed goes into the next one, which has
    ``new_rows`` without that. ``live_rows`` are the keys that there are.

    As few rows as possible are written again: those parts go first of which the least is needed, and those of which
    nothing is go always. What a part says is removed is needed for as long as there are older ones. So the work for a
    snapshot follows what changed since the one before, and never is that of writing everything.
    """
    left = {number: part for number, part in enumerate(parts) if part.rows}
    stored = new_rows + sum(part.rows for part in parts)
    while left:
        oldest = min(left)
        needed = {number: part.kept + (part.removed if number > oldest else 0) for number, part in left.items()}
        least = min((needed[number] / part.rows, number) for number, part in left.items())[1]
        if needed[least] and not mostly_outdated(stored, live_rows):
            return
        given_up = least if 4 * needed[least] <= 3 * left[least].rows else oldest
        stored -= left[given_up].rows - needed[given_up]
        yield given_up
        del left[given_up]
