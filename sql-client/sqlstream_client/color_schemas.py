"""The colours of SQL at the prompt. The names, and what each scheme looks like, are Flink's; ``default`` is our own."""

from __future__ import annotations

from dataclasses import dataclass

from prompt_toolkit.styles import Style
from prompt_toolkit.styles.pygments import pygments_token_to_classname
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text

from sqlstream.session.client_options import ColorSchema


@dataclass(frozen=True)
class Colors:
    """Styles of prompt-toolkit; ``text`` is everything that has no style of its own."""

    keyword: str
    text: str
    comment: str
    hint: str
    string: str
    quoted_name: str


_GREY = "ansibrightblack"
_COLORS: dict[ColorSchema, Colors] = {
    ColorSchema.DEFAULT: Colors("bold ansiblue", "", f"italic {_GREY}", f"bold {_GREY}", "ansigreen", "ansicyan"),
    ColorSchema.DARK: Colors("bold ansiblue", "ansiwhite", f"italic {_GREY}", f"bold {_GREY}", "ansigreen", "ansicyan"),
    ColorSchema.LIGHT: Colors("bold ansired", "ansiblack", f"italic {_GREY}", f"bold {_GREY}", "ansigreen", "ansicyan"),
    ColorSchema.CHESTER: Colors(
        "bold ansiblue", "ansiwhite", "italic ansigreen", "bold ansigreen", "ansired", "ansicyan"
    ),
    ColorSchema.DRACULA: Colors(
        "bold ansimagenta", "ansiwhite", "italic ansicyan", "bold ansicyan", "ansigreen", "ansired"
    ),
    ColorSchema.SOLARIZED: Colors(
        "bold ansiyellow", "ansiblue", f"italic {_GREY}", f"bold {_GREY}", "ansigreen", "ansired"
    ),
    ColorSchema.VS2010: Colors(
        "bold ansiblue", "ansiwhite", "italic ansigreen", "bold ansigreen", "ansired", "ansimagenta"
    ),
    ColorSchema.OBSIDIAN: Colors(
        "bold ansigreen", "ansiwhite", f"italic {_GREY}", f"bold {_GREY}", "ansired", "ansimagenta"
    ),
    ColorSchema.GESHI: Colors("bold #993333", "ansiwhite", "italic #808080", "bold #808080", "#66cc66", "#000099"),
}
_TOKENS = {
    Keyword: "keyword",
    Name: "text",
    Number: "text",
    Operator: "text",
    Punctuation: "text",
    Text: "text",
    Comment: "comment",
    Comment.Preproc: "hint",
    String: "string",
    Name.Variable: "quoted_name",
}


def style_of(schema: ColorSchema) -> Style:
    """The prompt's style under ``schema``."""
    colors = _COLORS[schema]
    return Style([(pygments_token_to_classname(token), getattr(colors, field)) for token, field in _TOKENS.items()])
