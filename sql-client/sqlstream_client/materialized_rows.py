"""The rows a live view shows: those a query's result consists of now, or the latest changes to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from threading import Lock

from sqlstream.columnar.batch import RowKind
from sqlstream.session.text_result import Cells, TextPage


class ShownRows(ABC):
    """Filled by one thread and read by another."""

    @abstractmethod
    def add(self, page: TextPage) -> None:
        """Take in what came."""

    @abstractmethod
    def snapshot(self) -> list[Cells]:
        """The rows as they are now, oldest first."""


class MaterializedTable(ShownRows):
    """Applies a changelog. Of more than ``max_rows`` rows the oldest are let go. A -U followed by a +U changes the row
    where it is."""

    def __init__(self, max_rows: int) -> None:
        self._max_rows = max_rows
        self._rows: OrderedDict[int, Cells | None] = OrderedDict()
        self._places: dict[Cells, list[int]] = {}
        self._next = 0
        self._vacated: int | None = None
        self._lock = Lock()

    def add(self, page: TextPage) -> None:
        with self._lock:
            for kind, cells in zip(page.kinds, page.rows, strict=True):
                place = self._vacated
                self._vacated = None
                if kind is RowKind.UPDATE_AFTER and place is not None:
                    self._put(place, cells)
                    continue
                if place is not None:
                    del self._rows[place]
                if kind in (RowKind.INSERT, RowKind.UPDATE_AFTER):
                    self._put(self._next, cells)
                    self._next += 1
                else:
                    self._take(cells, kind)
            while len(self._rows) > self._max_rows:
                self._let_go_of_the_oldest()

    def snapshot(self) -> list[Cells]:
        with self._lock:
            return [cells for cells in self._rows.values() if cells is not None]

    def _put(self, place: int, cells: Cells) -> None:
        self._rows[place] = cells
        self._places.setdefault(cells, []).append(place)

    def _take(self, cells: Cells, kind: RowKind) -> None:
        places = self._places.get(cells)
        if places is None:
            return
        place = places.pop()
        if not places:
            del self._places[cells]
        if kind is RowKind.UPDATE_BEFORE:
            self._rows[place] = None
            self._vacated = place
        else:
            del self._rows[place]

    def _let_go_of_the_oldest(self) -> None:
        place, cells = self._rows.popitem(last=False)
        if cells is None:
            self._vacated = None
            return
        places = self._places[cells]
        places.remove(place)
        if not places:
            del self._places[cells]


class LatestChanges(ShownRows):
    """The last ``max_rows`` changes, each with its kind's short name as its first cell."""

    def __init__(self, max_rows: int) -> None:
        self._rows: deque[Cells] = deque(maxlen=max_rows)
        self._lock = Lock()

    def add(self, page: TextPage) -> None:
        with self._lock:
            self._rows.extend((kind.short, *cells) for kind, cells in zip(page.kinds, page.rows, strict=True))

    def snapshot(self) -> list[Cells]:
        with self._lock:
            return list(self._rows)
