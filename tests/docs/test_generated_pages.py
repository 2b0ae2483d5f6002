"""The pages made from declarations say what is declared now."""

from __future__ import annotations

import runpy

import pytest

from sqlstream.functions.registry import function_names
from sqlstream.session.options import settable_options
from tests.docs.markdown_pages import ROOT


@pytest.mark.parametrize("name", ["cli", "configuration", "functions", "rest-api"])
def test_a_generated_page_is_up_to_date(name: str) -> None:
    generator = runpy.run_path(str(ROOT / "docs" / f"generate_{name.replace('-', '_')}.py"))
    written = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert written == generator["page"](), f"run 'python docs/generate_{name.replace('-', '_')}.py'"


def test_every_option_is_documented() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert [key for key in settable_options() if f"| `{key}` |" not in page] == []


def test_every_function_that_can_be_called_is_documented() -> None:
    page = (ROOT / "docs" / "functions.md").read_text(encoding="utf-8")
    callable_names = {name for name in function_names() if name.isidentifier()}
    written = {"UNARY_MINUS", "SIMILAR_TO", "FLOOR_TIME", "CEIL_TIME", "ITEM", "DOT", "SINGLE_VALUE"}
    operators = {name for name in callable_names if name.startswith("IS_")} | written
    assert [name for name in sorted(callable_names - operators) if name not in page] == []
