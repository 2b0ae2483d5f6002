"""What a live result's screen shows, and how it reacts to keys: without a terminal."""

from __future__ import annotations

import pytest

from sqlstream.session.text_result import Cells
from sqlstream.types.logical import BIGINT, STRING
from sqlstream.types.schema import Field, Schema
from sqlstream_client.result_screen import KEYS, ResultScreen, Size, headers_and_types

SIZE = Size(rows=10, columns=120)
"""Room for five rows: a title, a status line, a blank line and the headings come first, the keys last."""
PAGE = 5


def screen(rows: int, *, finished: bool = True) -> ResultScreen:
    screen = ResultScreen("Title", ["n", "word"], ["BIGINT", "STRING"], [6, 12])
    screen.refresh(numbered(rows), "12:00:00.000", finished=finished)
    return screen


def numbered(count: int) -> list[Cells]:
    return [(str(number), f"word {number}") for number in range(1, count + 1)]


def text(screen: ResultScreen, size: Size = SIZE) -> list[str]:
    return ["".join(part for _, part in line).rstrip() for line in screen.lines(size)]


def body(screen: ResultScreen, size: Size = SIZE) -> list[str]:
    return [line.split()[0] for line in text(screen, size)[4:-1] if line]


def selected(screen: ResultScreen) -> list[str]:
    return [part.split()[0] for line in screen.lines(SIZE)[4:-1] for style, part in line if style == "reverse"]


def press(screen: ResultScreen, *keys: str, size: Size = SIZE) -> None:
    for key in keys:
        screen.press(key, size)


def test_the_screen_is_exactly_as_high_as_the_window() -> None:
    for rows in (6, 10, 30):
        assert len(screen(3).lines(Size(rows, 120))) == rows


def test_what_rows_are_waiting_for_is_shown_until_there_are_some() -> None:
    waiting = ResultScreen("Title", ["n", "word"], ["BIGINT", "STRING"], [6, 12])
    steps = [f"step {number}" for number in range(9)]
    waiting.refresh([], "12:00:00.000", finished=False, awaited=steps)
    assert text(waiting)[4:-1] == steps[:PAGE]
    waiting.refresh(numbered(1), "12:00:01.000", finished=False, awaited=steps)
    assert body(waiting) == ["1"]


def test_what_it_looks_like() -> None:
    assert text(screen(2)) == [
        "Title".center(120).rstrip(),
        f" Table program finished.{' ' * 29}Page: Last of 1{' ' * 30}Updated: 12:00:00.000",
        "",
        "     n         word",
        "     1       word 1",
        "     2       word 2",
        "",
        "",
        "",
        "Q Quit  R Refresh  + Inc Refresh  - Dec Refresh  G Goto Page  L Last Page  N Next Page  P Prev Page"
        "  O Open Row",
    ]


def test_null_and_long_and_broken_texts_keep_their_column() -> None:
    shown = screen(0)
    shown.refresh([(None, "a text too long to fit"), ("1", "two\nlines")], "", finished=False)
    assert text(shown)[4:6] == ["<NULL> a text to...", "     1    two lines"]


class TestPages:
    def test_the_last_one_is_shown_and_followed(self) -> None:
        shown = screen(7, finished=False)
        assert body(shown) == ["6", "7"]
        shown.refresh(numbered(11), "", finished=False)
        assert body(shown) == ["11"]

    def test_next_and_previous_stop_at_the_ends(self) -> None:
        shown = screen(12)
        press(shown, "p", "p", "p", "p")
        assert body(shown) == ["1", "2", "3", "4", "5"]
        press(shown, "N")
        assert body(shown) == ["6", "7", "8", "9", "10"]
        press(shown, "n", "n", "n")
        assert "Page: Last of 3" in text(shown)[1]

    def test_another_page_stays_while_rows_come(self) -> None:
        shown = screen(12, finished=False)
        press(shown, "home")
        shown.refresh(numbered(40), "", finished=False)
        assert body(shown) == ["1", "2", "3", "4", "5"]
        assert "Page: 1 of 8" in text(shown)[1]
        press(shown, "l")
        assert body(shown) == ["36", "37", "38", "39", "40"]

    @pytest.mark.parametrize(("typed", "page"), [("2", "2 of 3"), ("99", "Last of 3"), ("0", "1 of 3")])
    def test_go_to_one_by_its_number(self, typed: str, page: str) -> None:
        shown = screen(12)
        press(shown, "g", *typed)
        assert text(shown)[-1].startswith(f"Enter page number: {typed}_")
        press(shown, "enter")
        assert f"Page: {page}" in text(shown)[1]

    def test_a_typed_number_can_be_corrected_and_given_up(self) -> None:
        shown = screen(12)
        press(shown, "g", "1", "backspace", "2", "q")
        assert "Enter page number: 2_" in text(shown)[-1]
        press(shown, "escape")
        assert not shown.has_quit
        assert "Page: Last of 3" in text(shown)[1]

    def test_fewer_rows_have_fewer_pages(self) -> None:
        shown = screen(12)
        press(shown, "p")
        shown.refresh(numbered(3), "", finished=False)
        assert body(shown) == ["1", "2", "3"]

    def test_a_window_of_another_size_has_other_pages(self) -> None:
        shown = screen(12)
        press(shown, "home")
        assert body(shown, Size(15, 120)) == [str(n) for n in range(1, 11)]


class TestSelection:
    def test_moves_within_the_page(self) -> None:
        shown = screen(7)
        press(shown, "home", "down")
        assert selected(shown) == ["1"]
        press(shown, "s", "s", "w")
        assert selected(shown) == ["2"]
        press(shown, *["down"] * 9)
        assert selected(shown) == ["5"]

    def test_begins_at_the_bottom_when_going_up(self) -> None:
        shown = screen(3)
        press(shown, "up")
        assert selected(shown) == ["3"]

    def test_a_selected_row_can_be_opened_and_left(self) -> None:
        shown = screen(2)
        press(shown, "down", "o")
        assert text(shown)[2:7] == ["n (BIGINT)", "  1", "", "word (STRING)", "  word 1"]
        press(shown, "q")
        assert not shown.has_quit
        assert body(shown) == ["1", "2"]

    def test_without_one_there_is_nothing_to_open(self) -> None:
        shown = screen(2)
        press(shown, "enter")
        assert body(shown) == ["1", "2"]

    def test_an_opened_row_can_be_scrolled_to_its_end(self) -> None:
        shown = screen(0)
        shown.refresh([("1", "\n".join(f"line {n}" for n in range(20)))], "", finished=True)
        press(shown, "down", "o", *["down"] * 50)
        assert "  line 19" in text(shown)
        press(shown, *["up"] * 50)
        assert text(shown)[2] == "n (BIGINT)"


class TestRefreshing:
    def test_the_interval_is_changed_between_its_ends(self) -> None:
        shown = screen(1, finished=False)
        assert shown.interval == 1.0
        press(shown, *["-"] * 9)
        assert (shown.interval, text(shown)[1].startswith(" Refresh: Fastest")) == (0.05, True)
        press(shown, *["+"] * 9)
        assert shown.interval is None

    def test_it_can_be_asked_for(self) -> None:
        shown = screen(1, finished=False)
        press(shown, "r")
        assert shown.wants_refresh
        shown.refresh([], "", finished=False)
        assert not shown.wants_refresh


def test_wide_rows_are_shifted_sideways() -> None:
    shown = ResultScreen("Title", ["a", "b"], ["", ""], [20, 20])
    shown.refresh([("left", "right")], "", finished=True)
    narrow = Size(10, 21)
    assert text(shown, narrow)[4] == "left".rjust(20)
    press(shown, "right", "right", "right", size=narrow)
    assert text(shown, narrow)[4] == "right".rjust(17)
    press(shown, *["left"] * 9, size=narrow)
    assert text(shown, narrow)[4] == "left".rjust(20)


def test_a_changelog_has_a_column_for_what_each_row_does() -> None:
    schema = Schema((Field("n", BIGINT), Field("word", STRING)))
    assert headers_and_types(schema, changelog=True) == (["op", "n", "word"], ["", "BIGINT", "STRING"])
    assert headers_and_types(schema, changelog=False) == (["n", "word"], ["BIGINT", "STRING"])


@pytest.mark.parametrize("rows", [0, 1, 12])
@pytest.mark.parametrize("size", [SIZE, Size(1, 1), Size(6, 20)])
def test_no_key_in_no_window_breaks_it(rows: int, size: Size) -> None:
    shown = screen(rows)
    for first in KEYS:
        for second in KEYS:
            press(shown, first, second, size=size)
            assert len(shown.lines(size)) <= size.rows
