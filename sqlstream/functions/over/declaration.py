"""How a window function that is no aggregate is declared."""

from __future__ import annotations

from sqlstream.functions.registry import NullRule, OverFunction, register
from sqlstream.functions.signature import Signature, resolver


def over_function(
    name: str,
    *signatures: Signature,
    doc: str,
    constants: tuple[int, ...] = (),
    ordered: bool = True,
    looks_ahead: bool = False,
) -> None:
    """Declare and register a window function; its fields are those of :class:`OverFunction`."""
    register(
        OverFunction(
            name=name,
            resolve=resolver(name, signatures, NullRule.CUSTOM),
            doc=doc,
            signatures=tuple(signature.describe(name) for signature in signatures),
            constants=constants,
            ordered=ordered,
            looks_ahead=looks_ahead,
        )
    )
