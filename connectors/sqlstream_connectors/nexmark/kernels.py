"""Loops over events: which event is what, and the random numbers and texts of its fields.

Every random word is computed from its stream's start and its place in the stream, as
:mod:`sqlstream_connectors.datagen.random_words` does, so any event can be had again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sqlstream.kernels.compiled import I32, I64, I64R, U8, U8R, WIDE, Part, int64, kernel, uint64

WORDS_PER_TEXT = 32
"""Places that each event has in a text's stream: a word for the length, then one for every four characters."""
PRICE_STEPS_BITS = 12
PRICE_FRACTION_BITS = 16
COPY_WIDTH = 32
"""Bytes are copied this many at a time: sources and targets must be longer by as many than what they hold."""


@Part
def _word(stream: Any, place: Any) -> Any:
    word = (np.uint64(place) + stream) * np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@Part
def _below(word: Any, bound: Any) -> Any:
    """A number from 0 to ``bound`` - 1, of the upper half of ``word``."""
    return np.int64(((word >> np.uint64(32)) * np.uint64(bound)) >> np.uint64(32))


@kernel(I64R, int64, int64, int64, I32, I64, I64)
def locate(
    numbers: Any, persons: Any, auctions: Any, bids: Any, kinds: Any, last_persons: Any, last_auctions: Any
) -> None:
    """What event each of the ascending ``numbers`` is (0 person, 1 auction, 2 bid), and the numbers, from 0, of the
    latest person and auction by then: the event's own where it is one; -1 for an auction before the first."""
    total = persons + auctions + bids
    cycle, before = 0, 0
    for i in range(len(numbers)):
        step = numbers[i] - before
        if step >= total:
            cycle = numbers[i] // total
            before = cycle * total
        place = numbers[i] - before
        if place < persons:
            kinds[i] = 0
            last_persons[i] = cycle * persons + place
            last_auctions[i] = cycle * auctions - 1
        elif place < persons + auctions:
            kinds[i] = 1
            last_persons[i] = cycle * persons + persons - 1
            last_auctions[i] = cycle * auctions + place - persons
        else:
            kinds[i] = 2
            last_persons[i] = cycle * persons + persons - 1
            last_auctions[i] = cycle * auctions + auctions - 1


@kernel(uint64, I64R, int64, I64)
def draw_below(stream: Any, events: Any, bound: Any, out: Any) -> None:
    """A number from 0 to ``bound`` - 1 for each event."""
    for i in range(len(events)):
        out[i] = _below(_word(stream, events[i]), bound)


@kernel(uint64, I64R, I64R, I64)
def draw_below_each(stream: Any, events: Any, bounds: Any, out: Any) -> None:
    """A number from 0 to ``bounds[i]`` - 1 for each event."""
    for i in range(len(events)):
        out[i] = _below(_word(stream, events[i]), bounds[i])


@kernel(uint64, uint64, I64R, I64R, int64, int64, int64, int64, int64, int64, I64)
def draw_persons(
    choice: Any, which: Any, events: Any, latest: Any, hot_ratio: Any, hot_group: Any, hot_place: Any, active: Any,
    lead: Any, first: Any, out: Any,
) -> None:  # fmt: skip
    """Ids of persons: all but one in ``hot_ratio`` times the hot one of the latest group of ``hot_group``, else one of
    the last ``active`` or of the next ``lead``."""
    for i in range(len(events)):
        last = latest[i]
        if _below(_word(choice, events[i]), hot_ratio) > 0:
            out[i] = first + last // hot_group * hot_group + hot_place
        else:
            people = min(last + 1, active)
            out[i] = first + last + 1 - people + _below(_word(which, events[i]), people + lead)


@kernel(uint64, uint64, I64R, I64R, int64, int64, int64, int64, int64, I64)
def draw_auctions(
    choice: Any, which: Any, events: Any, latest: Any, hot_ratio: Any, hot_group: Any, in_flight: Any, lead: Any,
    first: Any, out: Any,
) -> None:  # fmt: skip
    """Ids of auctions: all but one in ``hot_ratio`` times the first of the latest group of ``hot_group``, else one of
    the last ``in_flight`` or of the next ``lead``."""
    for i in range(len(events)):
        last = max(latest[i], 0)
        if _below(_word(choice, events[i]), hot_ratio) > 0:
            out[i] = first + last // hot_group * hot_group
        else:
            oldest = max(last - in_flight, 0)
            out[i] = first + oldest + _below(_word(which, events[i]), last - oldest + 1 + lead)


@kernel(uint64, I64R, I64R, I64)
def draw_prices(stream: Any, events: Any, table: Any, out: Any) -> None:
    """Numbers whose logarithms are uniform, by linear interpolation in ``table``."""
    for i in range(len(events)):
        word = _word(stream, events[i])
        step = np.int64(word >> np.uint64(64 - PRICE_STEPS_BITS))
        fraction = np.int64((word >> np.uint64(32)) & np.uint64((1 << (32 - PRICE_STEPS_BITS)) - 1))
        low = table[step]
        fixed = low + (((table[step + 1] - low) * fraction) >> (32 - PRICE_STEPS_BITS))
        out[i] = (fixed + (1 << (PRICE_FRACTION_BITS - 1))) >> PRICE_FRACTION_BITS


@kernel(uint64, I64R, int64, int64, U8R, int64, I64, U8)
def draw_texts(
    stream: Any, events: Any, shortest: Any, below: Any, alphabet: Any, trimmed: Any, offsets: Any, out: Any
) -> None:
    """Texts of ``shortest`` to ``below`` - 1 characters of ``alphabet``, one after the other; ``trimmed``, if it is a
    character's code: without such at their ends."""
    end = np.int64(0)
    for i in range(len(events)):
        place = events[i] * WORDS_PER_TEXT
        length = shortest + _below(_word(stream, place), below - shortest)
        start, word = end, np.uint64(0)
        for k in range(length):
            if k & 3 == 0:
                place += 1
                word = _word(stream, place)
            out[end] = alphabet[((word & np.uint64(0xFFFF)) * np.uint64(len(alphabet))) >> np.uint64(16)]
            word >>= np.uint64(16)
            end += 1
        if trimmed >= 0:
            while end > start and out[end - 1] == trimmed:
                end -= 1
            blanks = np.int64(0)
            while start + blanks < end and out[start + blanks] == trimmed:
                blanks += 1
            if blanks:
                end -= blanks
                for p in range(start, end):
                    out[p] = out[p + blanks]
        offsets[i + 1] = end


@kernel(uint64, U8)
def draw_letters(stream: Any, out: Any) -> None:
    """Lower-case letters."""
    for i in range(len(out)):
        out[i] = 97 + _below(_word(stream, i), 26)


@kernel(I64R, I64R, WIDE, I64R, WIDE)
def copy_slices(starts: Any, lengths: Any, source: Any, offsets: Any, out: Any) -> None:
    """``out[offsets[i]:]`` = the ``lengths[i]`` bytes of ``source`` from ``starts[i]``, for ascending ``offsets``; up
    to ``COPY_WIDTH`` bytes after the last of them are overwritten too."""
    for i in range(len(starts)):
        p, q = offsets[i], starts[i]
        end = p + lengths[i]
        while p < end:
            first, second, third, fourth = source[q], source[q + 8], source[q + 16], source[q + 24]
            out[p], out[p + 8], out[p + 16], out[p + 24] = first, second, third, fourth
            p += COPY_WIDTH
            q += COPY_WIDTH
