"""Completion at the prompt."""

from __future__ import annotations

from collections.abc import Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from sqlstream.session.completion.completer import complete
from sqlstream_client.commands import ClientCommand
from sqlstream_client.gateway_executor import GatewayExecutor

_COMMANDS = (*(command.value for command in ClientCommand), "SOURCE")


class SqlCompleter(Completer):
    """Offers what fits at the cursor, each with its kind, and its type or signature."""

    def __init__(self, executor: GatewayExecutor) -> None:
        self._executor = executor

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        position = document.cursor_position
        for found in complete(document.text, position, self._executor.names, _COMMANDS):
            meta = f"{found.kind} {found.detail}".rstrip()
            yield Completion(found.text, start_position=found.start - position, display_meta=meta)
