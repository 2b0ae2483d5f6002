"""The full-screen view of a running query's result: a terminal around :class:`ResultScreen`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.styles import Style

from sqlstream.config.configuration import Configuration
from sqlstream.session.client_options import MAX_TABLE_RESULT_ROWS, ResultMode
from sqlstream.session.tableau import widths_by_type
from sqlstream_client.display_options import max_column_width
from sqlstream_client.gateway_result import GatewayResult
from sqlstream_client.materialized_rows import LatestChanges, MaterializedTable, ShownRows
from sqlstream_client.page_reader import PageReader
from sqlstream_client.result_screen import KEYS, ResultScreen, Size, headers_and_types

_CHANGES = 1000
"""The changes that changelog mode keeps, as Flink's."""
_OP_WIDTH = 2
_STYLE = Style.from_dict({"title": "bold"})

ResultView = Callable[[GatewayResult, Configuration], bool]
"""Shows a query's rows on the whole screen until the user leaves; whether they left before the rows had ended."""


def show_table(result: GatewayResult, configuration: Configuration) -> bool:
    """The rows the result consists of. See :data:`ResultView`; raises why the rows ended early."""
    rows = MaterializedTable(configuration.option(MAX_TABLE_RESULT_ROWS))
    return _show(result, configuration, rows, "SQL Query Result (Table)", changelog=False)


def show_changelog(result: GatewayResult, configuration: Configuration) -> bool:
    """The latest changes. See :data:`ResultView`; raises why the rows ended early."""
    return _show(result, configuration, LatestChanges(_CHANGES), "SQL Query Result (Changelog)", changelog=True)


RESULT_VIEWS: dict[ResultMode, ResultView] = {ResultMode.TABLE: show_table, ResultMode.CHANGELOG: show_changelog}


def _show(result: GatewayResult, configuration: Configuration, rows: ShownRows, title: str, *, changelog: bool) -> bool:
    headers, types = headers_and_types(result.schema, changelog)
    widths = widths_by_type(result.schema, max_column_width(configuration))
    screen = ResultScreen(title, headers, types, [*([_OP_WIDTH] if changelog else []), *widths])
    reader = PageReader(result, rows)
    _Terminal(screen, result, reader, rows).run()
    if reader.failure is not None:
        raise reader.failure
    if reader.has_ended:
        return False
    reader.cancel()
    return True


class _Terminal:
    """Runs ``screen`` until it is left: keys in, lines out, and every so often a new snapshot of ``rows``, or while
    there are none of how far ``result`` has come."""

    def __init__(self, screen: ResultScreen, result: GatewayResult, reader: PageReader, rows: ShownRows) -> None:
        self._screen = screen
        self._result = result
        self._reader = reader
        self._rows = rows
        self._application: Application[None] = Application(
            layout=Layout(Window(FormattedTextControl(self._draw), always_hide_cursor=True)),
            key_bindings=self._bindings(),
            full_screen=True,
            style=_STYLE,
        )
        self._application.ttimeoutlen = 0.05
        self._wake = asyncio.Event()

    def run(self) -> None:
        self._application.run(pre_run=self._start)

    def _start(self) -> None:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._wake.set)

        self._reader.start(wake)
        self._application.create_background_task(self._keep_fresh())

    async def _keep_fresh(self) -> None:
        while True:
            ended = self._reader.has_ended
            if self._reader.failure is not None:
                self._application.exit()
                return
            rows = self._rows.snapshot()
            awaited = () if rows or ended else await asyncio.to_thread(self._progress)
            self._screen.refresh(rows, f"{datetime.now():%H:%M:%S.%f}"[:-3], finished=ended, awaited=awaited)
            self._application.invalidate()
            try:
                await asyncio.wait_for(self._wake.wait(), None if ended else self._screen.interval)
            except TimeoutError:
                continue
            self._wake.clear()

    def _progress(self) -> list[str]:
        from sqlstream_client.progress import progress_lines

        steps = self._result.progress()
        return [] if steps is None else progress_lines(steps, self._size().columns)

    def _size(self) -> Size:
        size = self._application.output.get_size()
        return Size(size.rows, size.columns)

    def _draw(self) -> StyleAndTextTuples:
        fragments: StyleAndTextTuples = []
        for line in self._screen.lines(self._size()):
            fragments += [*line, ("", "\n")]
        return fragments[:-1]

    def _bindings(self) -> KeyBindings:
        bindings = KeyBindings()
        for key in KEYS:
            for typed in {key, key.upper()} if len(key) == 1 else {key}:
                bindings.add(typed, eager=key != "escape")(self._pressed(key))
        bindings.add("c-c", eager=True)(self._pressed("q"))
        return bindings

    def _pressed(self, key: str) -> Callable[[KeyPressEvent], None]:
        def press(event: KeyPressEvent) -> None:
            self._screen.press(key, self._size())
            if self._screen.has_quit:
                event.app.exit()
            elif self._screen.wants_refresh:
                self._wake.set()

        return press
