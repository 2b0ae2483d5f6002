"""Ctrl-C while it may not be heard yet."""

from __future__ import annotations

import signal

import pytest

from sqlstream_client.interrupts import deferred_interrupt


@pytest.fixture(autouse=True)
def heard_as_usual() -> None:
    """Tests may run where Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_it_is_heard_at_the_end() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), deferred_interrupt():
        signal.raise_signal(signal.SIGINT)
        done.append("all")
    assert done == ["all"]


def test_pressed_twice_it_is_heard_at_once() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), deferred_interrupt():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        done.append("all")
    assert done == []


def test_afterwards_it_is_heard_as_before() -> None:
    with deferred_interrupt():
        pass
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
