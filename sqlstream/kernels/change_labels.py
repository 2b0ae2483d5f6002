"""Labels of slots that say in which part of a log their latest value is, and how many slots each label has.

A slot without a key has the label -1. ``kept[label]`` counts the slots that have it.
"""

from __future__ import annotations

from typing import Any

from sqlstream.kernels.compiled import I16, I16R, I64, I64R, U8R, int64, kernel

NONE = -1


@kernel(I64R, int64, I16, I64)
def mark_changed(slots: Any, open_: Any, labels: Any, kept: Any) -> None:
    """``slots`` get the label ``open_``, or ``open_ + 1`` if they had none; that one they keep."""
    for i in range(len(slots)):
        slot = slots[i]
        label = labels[slot]
        if label >= open_:
            continue
        if label < 0:
            labels[slot] = open_ + 1
            kept[open_ + 1] += 1
        else:
            kept[label] -= 1
            labels[slot] = open_
            kept[open_] += 1


@kernel(I64R, int64, I16, I64)
def mark(slots: Any, label: Any, labels: Any, kept: Any) -> None:
    """``slots``, repeated ones too, get ``label``, which may be none."""
    for i in range(len(slots)):
        slot = slots[i]
        if labels[slot] >= 0:
            kept[labels[slot]] -= 1
        labels[slot] = label
        if label >= 0:
            kept[label] += 1


@kernel(I16R, U8R, I64)
def slots_with(labels: Any, chosen: Any, out: Any) -> None:
    """All slots whose label is ``chosen`` (a flag a label, and a last one, 0, for none), ascending; ``out`` is one
    longer than there are such slots."""
    found = 0
    for slot in range(len(labels)):  # without a branch, which no processor could predict
        out[found] = slot
        found += chosen[labels[slot]]
