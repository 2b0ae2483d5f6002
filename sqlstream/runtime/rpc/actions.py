"""Control messages as Flight actions: a name and a JSON body each way, checked against their types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

Request = TypeVar("Request")
Handler = Callable[[bytes], bytes]
ActionTable = Mapping[str, Handler]


def action(request_type: type[Request], handle: Callable[[Request], object]) -> Handler:
    """A handler that decodes its body as ``request_type`` (msgspec.ValidationError if it is none) and encodes what
    ``handle`` returns."""
    decoder = msgspec.json.Decoder(request_type)

    def handler(body: bytes) -> bytes:
        return msgspec.json.encode(handle(decoder.decode(body)))

    return handler
