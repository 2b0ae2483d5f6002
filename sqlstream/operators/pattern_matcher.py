"""The automaton of a row pattern, run for many partial matches at once.

It finds what Flink's does (Agrawal et al., "Efficient Pattern Matching over Event Streams", 2008; strict contiguity):
a greedy repeated variable keeps a row that fits it from the next variable, a reluctant one does not; of the matches
that start at a row the one that ends first counts; and a match waits for partial matches that started before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sqlstream.columnar.array_values import Int64s
from sqlstream.columnar.batch import Mask
from sqlstream.columnar.keys import KeyGroups
from sqlstream.errors import DataError
from sqlstream.kernels.pattern_matches import CHOSEN, WAITING, choose_matches
from sqlstream.operators.pattern_references import Matches
from sqlstream.plan.row_pattern import PatternElement, SkipKind, SkipStrategy
from sqlstream.state.snapshot import KEY_GROUP_COLUMN

Condition = Callable[[Matches, int], Mask]
"""Whether the last row of each match fits its variable, which is that number."""

_NOTHING_YET = -1


@dataclass(frozen=True, slots=True, eq=False)
class PartialMatches:
    """Matches that may become whole: ``elements`` is the variable each is at (-1: none yet) and ``counts`` how many
    rows that one has. Where ``done``, a match is whole and waits for those that started before it."""

    matches: Matches
    elements: Int64s
    counts: Int64s
    done: Mask

    def __len__(self) -> int:
        return len(self.elements)

    def take(self, which: npt.NDArray[np.int64] | Mask) -> PartialMatches:
        return PartialMatches(self.matches.take(which), self.elements[which], self.counts[which], self.done[which])

    def renumbered(self, place: Int64s) -> PartialMatches:
        """The same, with row ``i`` called ``place[i]``."""
        matches = self.matches
        tables = (np.where(table < 0, -1, place[table]) for table in (matches.begins, matches.ends))
        return replace(self, matches=Matches(place[matches.starts], place[matches.lasts], *tables))

    def in_order_of_start(self) -> PartialMatches:
        return self.take(np.argsort(self.matches.starts, kind="stable"))

    def to_record_batch(self, key_groups: KeyGroups) -> pa.RecordBatch:
        """As rows of state; ``key_groups`` are those of the partitions."""
        matches, variables = self.matches, self.matches.begins.shape[1]
        columns = {
            KEY_GROUP_COLUMN: pa.array(key_groups, pa.int32()),
            "start": pa.array(matches.starts),
            "last": pa.array(matches.lasts),
            "element": pa.array(self.elements),
            "count": pa.array(self.counts),
            "done": pa.array(self.done),
            **{f"begin{v}": pa.array(matches.begins[:, v]) for v in range(variables)},
            **{f"end{v}": pa.array(matches.ends[:, v]) for v in range(variables)},
        }
        return pa.RecordBatch.from_pydict(columns)

    @staticmethod
    def from_record_batch(data: pa.RecordBatch) -> PartialMatches:
        """What :meth:`to_record_batch` gave."""
        starts, lasts, elements, counts, done, *rest = (c.to_numpy(zero_copy_only=False) for c in data.columns[1:])
        begins, ends = np.split(np.column_stack(rest).astype(np.int64), 2, axis=1)
        return PartialMatches(Matches(starts, lasts, begins, ends), elements, counts, done)

    @staticmethod
    def none(variables: int) -> PartialMatches:
        nothing = np.zeros(0, np.int64)
        table = np.zeros((0, variables), np.int64)
        return PartialMatches(Matches(nothing, nothing, table, table), nothing, nothing, np.zeros(0, np.bool_))

    @staticmethod
    def started_at(rows: Int64s, variables: int) -> PartialMatches:
        """Nothing matched yet; the first row would be one of ``rows``."""
        empty = np.full((len(rows), variables), -1, np.int64)
        at_nothing = np.full(len(rows), _NOTHING_YET, np.int64)
        done = np.zeros(len(rows), np.bool_)
        return PartialMatches(Matches(rows, rows, empty, empty), at_nothing, np.zeros(len(rows), np.int64), done)

    @staticmethod
    def concat(parts: Sequence[PartialMatches]) -> PartialMatches:
        join = np.concatenate
        return PartialMatches(
            concat_matches([part.matches for part in parts]),
            join([part.elements for part in parts]),
            join([part.counts for part in parts]),
            join([part.done for part in parts]),
        )


class PatternMatcher:
    """The automaton of ``pattern``. Partial matches are kept in the order of their starts."""

    def __init__(self, pattern: Sequence[PatternElement], skip: SkipStrategy, within: int | None) -> None:
        self._pattern = tuple(pattern)
        self._skip = skip
        self._within = within

    @property
    def variables(self) -> int:
        return len(self._pattern)

    @property
    def first_elements(self) -> list[int]:
        """The variables that the first row of a match may be of."""
        needed = next((i for i, element in enumerate(self._pattern) if element.least > 0), len(self._pattern) - 1)
        return list(range(needed + 1))

    def run(self, partial: PartialMatches, ends: Int64s, times: Int64s, holds: Condition) -> PartialMatches:
        """Let every partial match take rows until it ends, is done, or there is no next row of its partition.

        ``ends[i]`` is the row behind the last of the partition of partial match ``i``; ``times`` are those of all rows.
        All take their next rows at once, wherever these are: a step for each row of the longest match, not of all.
        """
        resting: list[PartialMatches] = []
        while len(partial):
            rows = np.where(partial.elements == _NOTHING_YET, partial.matches.starts, partial.matches.lasts + 1)
            moves = ~partial.done & (rows < ends)
            resting.append(partial.take(~moves))
            partial, rows, ends = partial.take(moves), rows[moves], ends[moves]
            if self._within is not None:
                in_time = times[rows] - times[partial.matches.starts] < self._within
                partial, rows, ends = partial.take(in_time), rows[in_time], ends[in_time]
            starts = partial.matches.starts
            partial = self._first_of_each_start(self._take_rows(partial, rows, holds))
            ends = ends[np.searchsorted(starts, partial.matches.starts)]
        return PartialMatches.concat([*resting, partial]).in_order_of_start()

    @staticmethod
    def _first_of_each_start(partial: PartialMatches) -> PartialMatches:
        """In the order of starts; where one has become whole, it alone is left of those with its start."""
        partial = partial.take(np.lexsort((~partial.done, partial.matches.starts)))
        return partial.take(_first_done_of_each_start(partial))

    def _take_rows(self, partial: PartialMatches, rows: Int64s, holds: Condition) -> PartialMatches:
        """All ways in which partial matches go on with their next row.

        A variable that keeps rows blocks those behind it from the rows that fit it, even where it may take no more.
        """
        ways: list[PartialMatches] = []
        blocked = np.zeros(len(partial), np.bool_)
        for element, entry in enumerate(self._pattern):
            again = partial.elements == element
            may = self._may_take(partial, element)
            asked = np.flatnonzero((may | (again & entry.keeps_rows)) & (again | ~blocked))
            if not len(asked):
                continue
            way = self._with_row(partial.take(asked), rows[asked], element)
            fits = holds(way.matches, element)
            ways.append(way.take(fits & may[asked]))
            if entry.keeps_rows:
                blocked[asked[fits]] = True
        if not ways:
            return partial.take(np.zeros(0, np.int64))
        return PartialMatches.concat([stage for way in ways for stage in self._open_and_done(way)])

    def _may_take(self, partial: PartialMatches, element: int) -> Mask:
        """Which are at a place where a row of ``element`` may follow."""
        at, counts = partial.elements, partial.counts
        most = self._pattern[element].most
        result: Mask = (at == element) if most is None else (at == element) & (counts < most)
        for before in range(element - 1, -1, -1):
            result = result | ((at == before) & (counts >= self._pattern[before].least))
            if self._pattern[before].least > 0:
                return result
        result |= at == _NOTHING_YET
        return result

    @staticmethod
    def _with_row(partial: PartialMatches, rows: Int64s, element: int) -> PartialMatches:
        same = partial.elements == element
        begins, ends = partial.matches.begins.copy(), partial.matches.ends.copy()
        begins[~same, element] = rows[~same]
        ends[:, element] = rows
        return PartialMatches(
            Matches(partial.matches.starts, rows, begins, ends),
            np.full(len(rows), element, np.int64),
            np.where(same, partial.counts + 1, 1),
            np.zeros(len(rows), np.bool_),
        )

    def _open_and_done(self, way: PartialMatches) -> tuple[PartialMatches, ...]:
        """As far as they are whole, they are done; as far as more rows may follow, they are open."""
        element = int(way.elements[0]) if len(way) else 0
        entry = self._pattern[element]
        if any(later.least > 0 for later in self._pattern[element + 1 :]):
            return (way,)
        whole = way.counts >= entry.least
        done = PartialMatches(way.matches, way.elements, way.counts, np.ones(len(way), np.bool_)).take(whole)
        return way.take(~whole), done

    def resolve(self, partial: PartialMatches, partitions: Int64s) -> tuple[PartialMatches, Matches]:
        """Take out the matches that wait for nothing any more, and what AFTER MATCH SKIP forbids after them.

        ``partitions`` are those of the partial matches, which are in the order of their starts.
        """
        verdicts = np.empty(len(partial), np.int8)
        choose_matches(
            partitions,
            partial.matches.starts,
            partial.done.astype(np.int8),
            self._next_starts(partial.matches),
            verdicts,
        )
        chosen = partial.matches.take(verdicts == CHOSEN)
        self._check_skip(chosen)
        return partial.take(verdicts == WAITING), chosen

    def _next_starts(self, matches: Matches) -> Int64s:
        """The first row at which another match may start, after each."""
        if self._skip.kind is SkipKind.PAST_LAST_ROW:
            return matches.lasts + 1
        if self._skip.kind is SkipKind.TO_NEXT_ROW:
            return matches.starts + 1
        begins, ends = matches.range_of(self._skip.variable)
        return np.ascontiguousarray(begins if self._skip.kind is SkipKind.TO_FIRST else ends)

    def _check_skip(self, matches: Matches) -> None:
        if (self._next_starts(matches) <= matches.starts).any():
            name = self._pattern[self._skip.variable].name
            raise DataError(
                f"AFTER MATCH {self._skip.kind.value} {name} leads nowhere: a match has no row of {name}, or starts "
                "with it.",
                hint="Skip to a variable that is in every match but not its first, TO NEXT ROW, or PAST LAST ROW.",
            )


def _first_done_of_each_start(partial: PartialMatches) -> Mask:
    """All partial matches but those of a start that has a match already: the first one is the start's only one."""
    starts, done = partial.matches.starts, partial.done
    new = np.ones(len(partial), np.bool_)
    new[1:] = starts[1:] != starts[:-1]
    first_of_start = np.flatnonzero(new)
    settled = np.repeat(done[first_of_start], np.diff([*first_of_start, len(partial)]))
    result: Mask = new | ~settled
    return result


def concat_matches(parts: Sequence[Matches]) -> Matches:
    """All of ``parts``, one after the other."""
    return Matches(
        np.concatenate([part.starts for part in parts]),
        np.concatenate([part.lasts for part in parts]),
        np.concatenate([part.begins for part in parts]),
        np.concatenate([part.ends for part in parts]),
    )
