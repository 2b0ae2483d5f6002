"""Every statement that parses is executed by someone."""

from __future__ import annotations

import pytest

from sqlstream.session.handlers import handled_statements
from sqlstream.sql import statements
from sqlstream.sql.statements import Statement

STATEMENTS = [
    cls
    for cls in vars(statements).values()
    if isinstance(cls, type) and issubclass(cls, Statement) and cls is not Statement
]


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda cls: cls.__name__)
def test_statement_has_a_handler(statement: type[Statement]) -> None:
    assert statement in handled_statements()
