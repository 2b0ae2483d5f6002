"""Bids: who offers how much for what, and where from."""

from __future__ import annotations

from functools import cache, cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sqlstream_connectors.datagen.random_words import Indices, WordStream
from sqlstream_connectors.nexmark import kernels
from sqlstream_connectors.nexmark.fields import EventFields, Field
from sqlstream_connectors.nexmark.texts import Pool, Texts, random_texts
from sqlstream_connectors.nexmark.workload import AUCTIONS_IN_FLIGHT, FIRST_AUCTION, LEAD

_HOT_CHANNELS = ("Google", "Facebook", "Baidu", "Apple")
_CHANNELS = 10_000
_NUMBERS_SIZE = 8 * 4


class Bids(EventFields):
    """The fields of bids."""

    @cached_property
    def auction(self) -> Indices:
        events, out = self.events, np.empty(len(self.events), np.int64)
        choice, which = self.workload.stream("bid auction"), self.workload.stream("bid auction id")
        kernels.draw_auctions(
            choice, which, events.numbers, events.last_auctions, self.workload.hot_auctions, 100, AUCTIONS_IN_FLIGHT,
            LEAD, FIRST_AUCTION, out,
        )  # fmt: skip
        return out

    @cached_property
    def bidder(self) -> Indices:
        return self.persons("bid bidder", self.workload.hot_bidders, 1)

    @cached_property
    def amount(self) -> Indices:
        return self.price("bid price")

    @cached_property
    def channel(self) -> Texts:
        return _channels().choose(self._channel_number)

    @cached_property
    def url(self) -> Texts:
        return _urls(self.seed).choose(self._channel_number)

    @cached_property
    def padding(self) -> Texts:
        return self.extra("bid extra", _NUMBERS_SIZE, self.workload.bid_size)

    @cached_property
    def _channel_number(self) -> Indices:
        """Half of all bids come through one of the hot channels, which are numbered after the others."""
        drawn = self.events.below("bid channel", 2 * _CHANNELS)
        return np.where(drawn < _CHANNELS, drawn, _CHANNELS + drawn % len(_HOT_CHANNELS))


@cache
def _channels() -> Pool:
    return Pool.of([*(f"channel-{number}" for number in range(_CHANNELS)), *_HOT_CHANNELS])


@cache
def _urls(seed: int) -> Pool:
    """One for each channel; nine in ten of those that are not hot say which channel they belong to."""
    numbers = np.arange(_CHANNELS + len(_HOT_CHANNELS), dtype=np.int64)
    directories = [
        random_texts(seed, f"url {part}", numbers, 5, "_", trimmed=False).to_arrow() for part in ("a", "b", "c")
    ]
    base = pc.binary_join_element_wise("https://www.nexmark.com", *directories, "item.htm?query=1", "/")
    identified = (WordStream(seed, "url channel").uniform(numbers) >= 0.1) & (numbers < _CHANNELS)
    query = pc.if_else(pa.array(identified), pa.array([f"&channel_id={_reversed(n)}" for n in numbers.tolist()]), "")
    return Pool.of(pc.binary_join_element_wise(base, query, ""))


def _reversed(number: int) -> int:
    """The 32 bits of ``number`` in reverse order, as a signed number, without its sign."""
    bits = int(f"{number:032b}"[::-1], 2)
    return bits if bits < 1 << 31 else (1 << 32) - bits


BID_FIELDS: dict[str, Field] = {
    "auction": lambda bid: bid.auction,
    "bidder": lambda bid: bid.bidder,
    "price": lambda bid: bid.amount,
    "channel": lambda bid: bid.channel,
    "url": lambda bid: bid.url,
    "dateTime": lambda bid: bid.date_time,
    "extra": lambda bid: bid.padding,
}
