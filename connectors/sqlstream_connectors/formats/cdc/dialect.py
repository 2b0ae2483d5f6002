"""What tells one tool's envelope of changes from another's: a declaration, which the format's module fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from sqlstream.columnar.batch import RowKind
from sqlstream.types.logical import LogicalType


@dataclass(frozen=True)
class Operation:
    """What an operation makes of the two images of a row; None for the one that it has not."""

    before: RowKind | None
    after: RowKind | None


CREATION = Operation(None, RowKind.INSERT)
UPDATE = Operation(RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER)
DELETION = Operation(RowKind.DELETE, None)
NO_CHANGE = Operation(None, None)


class Images(Enum):
    """Where a record has the images of rows."""

    BEFORE_AFTER = "before and after"
    """Whole rows, the one that an operation does not have being null."""
    DATA_OLD = "data and old"
    """``data`` is the row; ``old`` has those columns of it that an update changed, as they were."""
    LISTS_OF_DATA_OLD = "lists of data and old"
    """The same, of several rows."""


@dataclass(frozen=True)
class MetadataKey:
    """A readable metadata key of type ``type``: the value of type ``read`` at ``path`` in the record, cast. ``unit``:
    it is a number of these since the epoch. ``outside``: it is not in the payload, where there is one."""

    type: LogicalType
    path: tuple[str, ...]
    read: LogicalType
    unit: str | None = None
    outside: bool = False


@dataclass(frozen=True)
class CdcDialect:
    """``format`` is the format's name; the field ``operation`` of a record says which of ``operations`` it is of.

    ``added`` and ``removed`` are the operations that rows are written with: as in Flink, an update is written as a
    deletion of what was and a creation of what is. ``missing_before``: why a record may have no image of what was.
    """

    format: str
    images: Images
    operation: str
    operations: Mapping[str, Operation]
    added: str
    removed: str
    missing_before: str
    metadata: Mapping[str, MetadataKey] = field(default_factory=dict)

    @property
    def image_names(self) -> tuple[str, str]:
        return ("before", "after") if self.images is Images.BEFORE_AFTER else ("old", "data")
