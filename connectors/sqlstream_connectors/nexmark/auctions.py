"""Auctions: what is sold, by whom and until when."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from sqlstream_connectors.datagen.random_words import Indices
from sqlstream_connectors.nexmark.fields import EventFields, Field
from sqlstream_connectors.nexmark.texts import Texts, random_texts
from sqlstream_connectors.nexmark.workload import AUCTIONS_IN_FLIGHT, FIRST_AUCTION

_CATEGORIES = 5
_FIRST_CATEGORY = 10
_NUMBERS_SIZE = 8 * 6


class Auctions(EventFields):
    """The fields of auctions."""

    @cached_property
    def id(self) -> Indices:
        return self.events.last_auctions + FIRST_AUCTION

    @cached_property
    def item_name(self) -> Texts:
        return random_texts(self.seed, "auction item", self.events.numbers, 20, " ")

    @cached_property
    def description(self) -> Texts:
        return random_texts(self.seed, "auction description", self.events.numbers, 100, " ")

    @cached_property
    def initial_bid(self) -> Indices:
        return self.price("auction initial bid")

    @cached_property
    def reserve(self) -> Indices:
        return self.initial_bid + self.price("auction reserve")

    @cached_property
    def expires(self) -> Indices:
        """On average when as many auctions have begun as are in flight."""
        events, workload = self.events, self.workload
        ahead = AUCTIONS_IN_FLIGHT * (workload.persons + workload.auctions + workload.bids) // workload.auctions
        horizon = workload.timeline.times(events.numbers + ahead) - events.times
        return events.times + 1 + events.below_each("auction length", np.maximum(2 * horizon, 1))

    @cached_property
    def seller(self) -> Indices:
        return self.persons("auction seller", self.workload.hot_sellers, 0)

    @cached_property
    def category(self) -> Indices:
        return self.events.below("auction category", _CATEGORIES) + _FIRST_CATEGORY

    @cached_property
    def padding(self) -> Texts:
        size = _NUMBERS_SIZE + self.item_name.lengths + self.description.lengths
        return self.extra("auction extra", size, self.workload.auction_size)


AUCTION_FIELDS: dict[str, Field] = {
    "id": lambda auction: auction.id,
    "itemName": lambda auction: auction.item_name,
    "description": lambda auction: auction.description,
    "initialBid": lambda auction: auction.initial_bid,
    "reserve": lambda auction: auction.reserve,
    "dateTime": lambda auction: auction.date_time,
    "expires": lambda auction: auction.expires,
    "seller": lambda auction: auction.seller,
    "category": lambda auction: auction.category,
    "extra": lambda auction: auction.padding,
}
