"""Operators that change what rows do to the result."""

from __future__ import annotations

import msgspec

from sqlstream.types.schema import Schema


class ToChangelog(msgspec.Struct, frozen=True, tag="ToChangelog"):
    """Prepends what each row does: its code of ``codes``, which are in the order of row kinds; without one the row is
    dropped. All rows are insertions then."""

    codes: tuple[str | None, ...]
    schema: Schema


class FromChangelog(msgspec.Struct, frozen=True, tag="FromChangelog"):
    """Rows of the kind that ``kinds`` pairs with the code in column ``op``, without that column."""

    op: int
    kinds: tuple[tuple[str, int], ...]
    schema: Schema


class DropUpdateBefore(msgspec.Struct, frozen=True, tag="DropUpdateBefore"):
    """Lets all rows pass but -U: nobody wants to know what a row was before an update."""

    schema: Schema


class ChangelogNormalize(msgspec.Struct, frozen=True, tag="ChangelogNormalize"):
    """Makes a whole changelog of +I, +U and -D by ``keys``: what a row was is known, and what changes nothing dropped.

    ``update_before``: emit -U (else only +U). ``state_ttl``: see :mod:`sqlstream.operators.time_to_live`.
    """

    keys: tuple[int, ...]
    update_before: bool
    schema: Schema
    state_ttl: int = 0
