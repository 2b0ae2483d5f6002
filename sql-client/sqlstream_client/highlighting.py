"""Colours for SQL at the prompt: a Pygments lexer made from the dialect's own keywords."""

from __future__ import annotations

import re
from typing import ClassVar

from pygments.lexer import RegexLexer, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text

from sqlstream.sql.keywords import KEYWORDS


class FlinkSqlLexer(RegexLexer):
    """Strings, quoted names, comments, hints, numbers, keywords; everything else is a name."""

    name = "Flink SQL"
    aliases: ClassVar[list[str]] = ["flink-sql"]
    flags = re.IGNORECASE | re.MULTILINE | re.DOTALL

    tokens: ClassVar = {
        "root": [
            (r"\s+", Text),
            (r"--[^\n]*", Comment.Single),
            (r"/\*\+.*?\*/", Comment.Preproc),
            (r"/\*", Comment.Multiline, "comment"),
            (r"'(?:''|[^'])*'?", String),
            (r"`(?:``|[^`])*`?", Name.Variable),
            (r"\d+(?:\.\d*)?(?:e[+-]?\d+)?", Number),
            (words(sorted(KEYWORDS), prefix=r"\b", suffix=r"\b"), Keyword),
            (r"[\w$]+", Name),
            (r"[+\-*/%<>=!|]+", Operator),
            (r"[(),.;\[\]]", Punctuation),
            (r".", Text),
        ],
        "comment": [
            (r"\*/", Comment.Multiline, "#pop"),
            (r"[^*]+|\*", Comment.Multiline),
        ],
    }
