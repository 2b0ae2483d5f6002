"""How SQL at the prompt is coloured under each scheme."""

from __future__ import annotations

import pytest

from sqlstream.session.client_options import ColorSchema
from sqlstream_client.color_schemas import style_of


def looks(schema: ColorSchema, token: str) -> tuple[str | None, bool | None, bool | None]:
    attributes = style_of(schema).get_attrs_for_style_str(f"class:pygments.{token}")
    return attributes.color, attributes.bold, attributes.italic


@pytest.mark.parametrize("schema", ColorSchema)
def test_each_scheme_tells_the_kinds_of_words_apart(schema: ColorSchema) -> None:
    kinds = ["keyword", "name", "comment", "comment.preproc", "literal.string", "name.variable"]
    assert len({looks(schema, kind) for kind in kinds}) == len(kinds)


def test_a_scheme_looks_as_it_does_in_flink() -> None:
    assert looks(ColorSchema.CHESTER, "keyword") == ("ansiblue", True, False)
    assert looks(ColorSchema.CHESTER, "comment") == ("ansigreen", False, True)
    assert looks(ColorSchema.GESHI, "literal.string") == ("66cc66", False, False)
