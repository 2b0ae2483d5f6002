"""Which words of a statement are coloured as what."""

from __future__ import annotations

import pytest
from pygments.token import Comment, Keyword, Name, Number, String

from sqlstream_client.highlighting import FlinkSqlLexer


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("select", Keyword),
        ("WATERMARK", Keyword),
        ("carrier", Name),
        ("selected", Name),
        ("'it''s'", String),
        ("'still open; SELECT", String),
        ("`select`", Name.Variable),
        ("12.5e3", Number),
        ("-- SELECT", Comment.Single),
        ("/*+ OPTIONS('a'='b') */", Comment.Preproc),
    ],
)
def test_a_text_is_one_token(text: str, token: object) -> None:
    assert [(kind, value) for kind, value in FlinkSqlLexer(ensurenl=False).get_tokens(text)] == [(token, text)]


def test_nothing_is_lost_whatever_is_typed() -> None:
    text = "SELECT 'a', §, \"x\" /* open\nFROM `t"
    assert "".join(value for _, value in FlinkSqlLexer(ensurenl=False).get_tokens(text)) == text
