"""Persons: who sells and who bids."""

from __future__ import annotations

from functools import cached_property

import pyarrow.compute as pc

from sqlstream.columnar.array_values import byte_offsets
from sqlstream_connectors.datagen.random_words import Indices
from sqlstream_connectors.nexmark.fields import EventFields, Field
from sqlstream_connectors.nexmark.texts import Pool, Texts, random_texts
from sqlstream_connectors.nexmark.workload import FIRST_PERSON

_FIRST_NAMES = ("Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter")
_LAST_NAMES = ("Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris")
_NAMES = Pool.of([f"{first} {last}" for first in _FIRST_NAMES for last in _LAST_NAMES])
_CITIES = Pool.of(
    ["Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"]
)
_STATES = Pool.of(["AZ", "CA", "ID", "OR", "WA", "WY"])
_CARD_GROUPS = Pool.of([f"{number:04}" for number in range(10_000)])
_ID_SIZE = 8


class People(EventFields):
    """The fields of persons."""

    @cached_property
    def id(self) -> Indices:
        return self.events.last_persons + FIRST_PERSON

    @cached_property
    def name(self) -> Texts:
        first = self.events.below("person first name", len(_FIRST_NAMES))
        return _NAMES.choose(first * len(_LAST_NAMES) + self.events.below("person last name", len(_LAST_NAMES)))

    @cached_property
    def email(self) -> Texts:
        user, host = (
            random_texts(self.seed, f"person {part}", self.events.numbers, below, " ").to_arrow()
            for part, below in (("user", 7), ("host", 5))
        )
        return Texts(
            *byte_offsets(pc.binary_join_element_wise(user, pc.binary_join_element_wise(host, ".com", ""), "@"))
        )

    @cached_property
    def credit_card(self) -> Texts:
        groups = (_CARD_GROUPS.choose(self.events.below(f"person card {i}", 10_000)).to_arrow() for i in range(4))
        return Texts(*byte_offsets(pc.binary_join_element_wise(*groups, " ")))

    @cached_property
    def city(self) -> Texts:
        return _CITIES.choose(self.events.below("person city", 10))

    @cached_property
    def state(self) -> Texts:
        return _STATES.choose(self.events.below("person state", 6))

    @cached_property
    def padding(self) -> Texts:
        texts = (self.name, self.email, self.credit_card, self.city, self.state)
        return self.extra("person extra", _ID_SIZE + sum(text.lengths for text in texts), self.workload.person_size)


PERSON_FIELDS: dict[str, Field] = {
    "id": lambda person: person.id,
    "name": lambda person: person.name,
    "emailAddress": lambda person: person.email,
    "creditCard": lambda person: person.credit_card,
    "city": lambda person: person.city,
    "state": lambda person: person.state,
    "dateTime": lambda person: person.date_time,
    "extra": lambda person: person.padding,
}
