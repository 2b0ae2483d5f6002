"""A pseudo-terminal with the real client in it: what is typed, and the screen as one would see it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pyte

PROMPT = "sqlstream>"
ENTER, TAB, ESCAPE = "\r", "\t", "\x1b"
CTRL_C, CTRL_D, CTRL_E, CTRL_R = "\x03", "\x04", "\x05", "\x12"
PASTE, PASTED = "\x1b[200~", "\x1b[201~"
"""What a terminal sends before and behind a text that is pasted."""
UP, DOWN, LEFT, RIGHT = (f"\x1b[{final}" for final in "ABDC")
PATIENCE = 90
"""Seconds; only how long a broken client may hang."""
TABLEAU = ("-D", "sql-client.execution.result-mode=tableau")


class Terminal:
    """Starts ``sqlstream sql-client`` with ``arguments`` in a window of ``rows`` and ``columns``. ``home`` is the
    user's home, and where the client runs."""

    def __init__(self, home: Path, *arguments: str, rows: int = 40, columns: int = 120) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._process = pexpect.spawn(
            sys.executable,
            ["-m", "sqlstream", "sql-client", *arguments],
            env={**os.environ, "HOME": str(home), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "NO_COLOR": ""},
            encoding="utf-8",
            timeout=PATIENCE,
            dimensions=(rows, columns),
            cwd=home,
            preexec_fn=_hear_interrupts,
        )
        self._process.delaybeforesend = None

    @property
    def lines(self) -> list[str]:
        """The screen, without what is blank at the ends of its lines."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def last_line(self) -> str:
        """The last line with something on it."""
        return next((line for line in reversed(self.lines) if line), "")

    def types(self, text: str) -> None:
        self._process.send(text)

    def enters(self, text: str) -> None:
        """Types ``text`` and Enter, once there is a prompt to type at."""
        self.awaits_prompt()
        self.types(text + ENTER)

    def awaits_prompt(self) -> None:
        self.awaits(lambda: self.last_line == PROMPT)

    def sees(self, *texts: str) -> None:
        """Waits until all of ``texts`` are on the screen."""
        self.awaits(lambda: all(text in self.text for text in texts))

    def awaits(self, condition: Callable[[], bool]) -> None:
        """Reads what the client writes until ``condition`` holds of the screen."""
        while not condition():
            try:
                self._stream.feed(self._process.read_nonblocking(4096, PATIENCE))
            except (pexpect.TIMEOUT, pexpect.EOF) as error:
                raise AssertionError(f"{type(error).__name__} while the screen was:\n{self.text}") from None

    def resizes(self, rows: int, columns: int) -> None:
        self._screen.resize(rows, columns)
        self._process.setwinsize(rows, columns)

    def leaves(self) -> int:
        """Waits until the client has ended; its exit code."""
        self._process.expect(pexpect.EOF)
        self._process.close()
        return int(self._process.exitstatus)

    def close(self) -> None:
        if self._process.isalive():
            self._process.kill(signal.SIGKILL)
            self._process.wait()
        self._process.close()


def _hear_interrupts() -> None:
    """As in a shell of one's own: tests that run in the background ignore them, and what they start would too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
