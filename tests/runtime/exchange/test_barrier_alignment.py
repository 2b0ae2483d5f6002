"""Barriers at the input gate: what comes before one is processed before it, what comes after it after."""

import random
import threading
from collections.abc import Sequence

import pytest
from scripted_tasks import PATIENCE, batch, values_of

from sqlstream.columnar.batch import Batch
from sqlstream.columnar.elements import Barrier, Element, EndOfInput, Watermark
from sqlstream.runtime.deployment import ChannelId
from sqlstream.runtime.exchange.barrier_alignment import BarrierAlignment
from sqlstream.runtime.exchange.cancellation import Cancellation
from sqlstream.runtime.exchange.channel import Channel, ChannelCapacity
from sqlstream.runtime.exchange.input_gate import InputGate

MILLISECOND = 1_000_000


def barrier(checkpoint_id: int) -> Barrier:
    return Barrier(checkpoint_id, timestamp=0)


class Gate:
    """An input gate with its channels."""

    def __init__(self, channels: int, exactly_once: bool = True, capacity: int = 1_000) -> None:
        self.cancellation = Cancellation()
        self.channels = [
            Channel(ChannelId("job", "edge", producer, 0, 1), ChannelCapacity(capacity, 1 << 20))
            for producer in range(channels)
        ]
        self.gate = InputGate(self.channels, self.cancellation, exactly_once)

    def put(self, channel: int, *elements: Element) -> None:
        for element in elements:
            assert self.channels[channel].try_put(element)

    def read(self) -> list[tuple[int, Element]]:
        """All that can be read now."""
        return list(iter(lambda: self.gate.next(0), None))

    def rows(self) -> list[int | str]:
        """The same, rows by their value and barriers as ``|n``."""
        return [
            values_of([element])[0] if isinstance(element, Batch) else f"|{element.checkpoint_id}"
            for _, element in self.read()
        ]


def test_a_channel_that_has_delivered_its_barrier_is_not_read_until_all_have() -> None:
    gate = Gate(2)
    gate.put(0, batch(1), barrier(1), batch(3))
    gate.put(1, batch(2))
    assert gate.rows() == [1, 2]
    gate.put(1, batch(4))
    assert gate.rows() == [4]
    gate.put(1, barrier(1))
    assert gate.rows() == ["|1", 3]


def test_with_at_least_once_no_channel_waits() -> None:
    gate = Gate(2, exactly_once=False)
    gate.put(0, batch(1), barrier(1), batch(2), barrier(2))
    gate.put(1, batch(3))
    assert sorted(map(str, gate.rows())) == ["1", "2", "3"]
    gate.put(1, barrier(1), barrier(2))
    assert gate.rows() == ["|1", "|2"]


def test_with_at_least_once_a_newer_checkpoint_that_is_aligned_ends_the_wait_for_the_older() -> None:
    gate = Gate(2, exactly_once=False)
    gate.put(0, barrier(1), barrier(2))
    gate.put(1, barrier(2))
    assert gate.rows() == ["|2"]
    gate.put(1, barrier(1))
    assert gate.rows() == []


def test_barriers_that_arrive_twice_or_late_mean_nothing() -> None:
    gate = Gate(2)
    gate.put(0, barrier(2), batch(1))
    gate.put(1, barrier(2), barrier(2), barrier(1), batch(2))
    assert gate.rows() == ["|2", 1, 2]


def test_a_newer_barrier_ends_the_alignment_of_an_older_one() -> None:
    gate = Gate(3)
    gate.put(0, barrier(1), batch(1), barrier(2), batch(4))
    gate.put(1, barrier(2), batch(5))
    gate.put(2, batch(2))
    assert sorted(gate.rows()) == [1, 2]
    gate.put(2, barrier(1), batch(3), barrier(2))
    rows = gate.rows()
    assert rows[:2] == [3, "|2"]
    assert sorted(rows[2:]) == [4, 5]


def test_an_abort_lets_blocked_channels_go_on_and_its_other_barriers_mean_nothing() -> None:
    gate = Gate(2)
    gate.put(0, barrier(1), batch(1))
    assert gate.rows() == []
    gate.gate.abort(1)
    assert gate.rows() == [1]
    gate.put(1, barrier(1), batch(2))
    assert gate.rows() == [2]


def test_a_checkpoint_aborted_before_its_first_barrier_is_not_waited_for() -> None:
    gate = Gate(2)
    gate.gate.abort(1)
    gate.put(0, barrier(1), batch(1))
    assert gate.rows() == [1]
    gate.put(0, barrier(2), batch(3))
    gate.put(1, barrier(1), batch(2), barrier(2))
    assert gate.rows() == [2, "|2", 3]


def test_the_abort_of_another_checkpoint_changes_nothing() -> None:
    gate = Gate(2)
    gate.put(0, barrier(2), batch(1))
    gate.read()
    gate.gate.abort(1)
    gate.gate.abort(3)
    assert gate.rows() == []
    gate.put(1, barrier(2))
    assert gate.rows() == ["|2", 1]


def test_barriers_follow_the_end_of_a_channel() -> None:
    gate = Gate(2)
    gate.put(0, EndOfInput(), barrier(1))
    gate.put(1, batch(1))
    assert [type(element) for _, element in gate.read()] == [EndOfInput, Batch]
    gate.put(1, barrier(1))
    assert gate.rows() == ["|1"]


def test_a_subtask_without_channels_takes_each_checkpoint_once() -> None:
    gate = Gate(0).gate
    gate.abort(2)
    assert [gate.begin(barrier(id_)) for id_ in (1, 1, 2, 3, 1, 3, 4)] == [True, False, False, True, False, False, True]


def test_an_interrupt_ends_a_wait_without_anything_to_read() -> None:
    gate = Gate(1)
    waiting, returned = threading.Event(), threading.Event()

    def wait() -> None:
        waiting.set()
        assert gate.gate.next(None) is None
        returned.set()

    threading.Thread(target=wait, daemon=True).start()
    assert waiting.wait(PATIENCE)
    gate.gate.interrupt()
    assert returned.wait(PATIENCE)


def test_the_producer_of_a_blocked_channel_waits_when_it_is_full() -> None:
    gate = Gate(2, capacity=2)
    gate.put(0, barrier(1), batch(1), batch(2))
    assert gate.rows() == []
    assert not gate.channels[0].try_put(batch(3))
    gate.put(1, barrier(1))
    gate.read()
    assert gate.channels[0].try_put(batch(3))


def test_alignment_takes_from_the_first_barrier_to_the_last() -> None:
    alignment = BarrierAlignment(3, exactly_once=True)
    alignment.on_barrier(0, barrier(1), 5 * MILLISECOND)
    alignment.on_barrier(1, barrier(1), 6 * MILLISECOND)
    assert alignment.on_barrier(2, barrier(1), 25 * MILLISECOND)
    assert alignment.duration == 20 * MILLISECOND


@pytest.mark.parametrize("seed", range(60))
def test_however_channels_interleave_each_barrier_parts_the_rows(seed: int) -> None:
    """Each channel carries checkpoints 1..n with numbered rows between them; elements arrive in a random order and are
    read at random moments. Some checkpoints are aborted at a random moment, some barriers never come."""
    chance = random.Random(seed)
    channels, checkpoints = chance.randint(1, 5), chance.randint(1, 6)
    scripts: list[list[Element]] = []
    skipped = {id_ for id_ in range(1, checkpoints + 1) if chance.random() < 0.2}
    aborted = {id_ for id_ in range(1, checkpoints + 1) if chance.random() < 0.2}
    for channel in range(channels):
        elements: list[Element] = []
        for id_ in range(1, checkpoints + 1):
            elements += [batch(id_ * 1000 + channel) for _ in range(chance.randint(0, 3))]
            if id_ not in skipped or chance.random() < 0.5:
                elements.append(barrier(id_))
            elements += [Watermark(id_)] * chance.randint(0, 1)
        scripts.append(elements)
    gate = Gate(channels)
    read = _interleave(gate, scripts, aborted, chance)
    everywhere = {id_ for id_ in range(1, checkpoints + 1) if all(barrier(id_) in script for script in scripts)}
    handed_out = [element.checkpoint_id for _, element in read if isinstance(element, Barrier)]
    assert handed_out == sorted(set(handed_out))
    assert everywhere - aborted <= set(handed_out) <= everywhere
    for channel, elements in enumerate(scripts):
        rows = [element for element in elements if isinstance(element, Batch)]
        assert [element for at, element in read if at == channel and isinstance(element, Batch)] == rows
    for position, (_, element) in enumerate(read):
        if isinstance(element, Barrier):
            before, after = read[:position], read[position:]
            assert all(
                values_of([rows])[0] // 1000 <= element.checkpoint_id for _, rows in before if isinstance(rows, Batch)
            )
            assert all(
                values_of([rows])[0] // 1000 > element.checkpoint_id for _, rows in after if isinstance(rows, Batch)
            )


def _interleave(
    gate: Gate, scripts: Sequence[Sequence[Element]], aborted: set[int], chance: random.Random
) -> list[tuple[int, Element]]:
    left = [list(script) for script in scripts]
    to_abort = sorted(aborted)
    read: list[tuple[int, Element]] = []
    while any(left):
        channel = chance.choice([channel for channel, elements in enumerate(left) if elements])
        gate.put(channel, left[channel].pop(0))
        while chance.random() < 0.5:
            received = gate.gate.next(0)
            if received is not None:
                read.append(received)
        if to_abort and chance.random() < 0.1:
            gate.gate.abort(to_abort.pop(0))
    for checkpoint_id in to_abort:
        gate.gate.abort(checkpoint_id)
    read += gate.read()
    # A checkpoint whose barriers do not all come is aborted in the end, or its channels would wait for ever.
    for checkpoint_id in range(1, 10):
        gate.gate.abort(checkpoint_id)
        read += gate.read()
    return read
