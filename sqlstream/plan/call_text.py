"""``Name(argument=[value], ...)``, the form in which plans show operators."""

from __future__ import annotations


def call_text(name: str, **arguments: str | None) -> str:
    """Without the arguments that are None."""
    given = ", ".join(f"{key}=[{value}]" for key, value in arguments.items() if value is not None)
    return f"{name}({given})"
