"""What Tab offers: the completer's candidates as prompt-toolkit takes them."""

from __future__ import annotations

from prompt_toolkit.completion import CompleteEvent, Completion
from prompt_toolkit.document import Document

from sqlstream_client.completion import SqlCompleter
from sqlstream_client.embedded_executor import EmbeddedExecutor


def completions(executor: EmbeddedExecutor, text: str) -> list[Completion]:
    return list(SqlCompleter(executor).get_completions(Document(text), CompleteEvent()))


def test_a_candidate_takes_the_place_of_the_word_and_says_what_it_is(executor: EmbeddedExecutor) -> None:
    (only,) = completions(executor, "SELECT UPP")
    assert (only.text, only.start_position) == ("UPPER(", -3)
    assert only.display_meta_text == "function UPPER(<CHARACTER>)"


def test_the_clients_own_commands_are_offered_too(executor: EmbeddedExecutor) -> None:
    assert [found.text for found in completions(executor, "QU")] == ["QUIT"]
    assert [found.text for found in completions(executor, "SELECT 1; SOU")] == ["SOURCE"]
