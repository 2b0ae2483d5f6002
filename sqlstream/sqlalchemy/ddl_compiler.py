"""CREATE TABLE and its kin as Flink's SQL; what a stream has not is refused rather than left out."""

from __future__ import annotations

from typing import Any, NoReturn

from sqlalchemy import exc
from sqlalchemy.sql.compiler import DDLCompiler

from sqlstream.dbapi.connection import quoted
from sqlstream.dbapi.literals import literal


class SqlstreamDDLCompiler(DDLCompiler):
    """A table says with ``sqlstream_with={"connector": ...}`` where its rows are, and may have
    ``sqlstream_partitioned_by=[...]``."""

    def get_column_specification(self, column: Any, **kw: Any) -> str:
        if column.server_default is not None and column.computed is None:
            _refuse(f"Column '{column.name}' has a server default", "Give a default instead: it is put into INSERTs.")
        type_ = self.dialect.type_compiler_instance.process(column.type, type_expression=column)
        text = f"{self.preparer.format_column(column)} "
        if column.computed is not None:
            text += self.process(column.computed)
        else:
            text += type_ if column.nullable else f"{type_} NOT NULL"
        return text if column.comment is None else f"{text} COMMENT {literal(column.comment)}"

    def visit_computed_column(self, generated: Any, **kw: Any) -> str:
        return f"AS {self.sql_compiler.process(generated.sqltext, include_table=False, literal_binds=True)}"

    def post_create_table(self, table: Any) -> str:
        text = "" if table.comment is None else f"\nCOMMENT {literal(table.comment)}"
        options = table.dialect_options["sqlstream"]
        if columns := options["partitioned_by"]:
            text += f"\nPARTITIONED BY ({', '.join(map(quoted, columns))})"
        if options["with"]:
            pairs = ", ".join(f"{literal(key)} = {literal(str(value))}" for key, value in options["with"].items())
            text += f"\nWITH ({pairs})"
        return text + "\n"

    def visit_primary_key_constraint(self, constraint: Any, **kw: Any) -> str:
        text: str = super().visit_primary_key_constraint(constraint, **kw)
        return f"{text} NOT ENFORCED" if text else text

    def visit_foreign_key_constraint(self, constraint: Any, **kw: Any) -> NoReturn:
        _refuse(f"Table '{constraint.parent.name}' has a foreign key", "Leave it out.")

    def visit_unique_constraint(self, constraint: Any, **kw: Any) -> NoReturn:
        _refuse(
            f"Table '{constraint.parent.name}' has a unique constraint", "Leave it out, or make it the primary key."
        )

    def visit_check_constraint(self, constraint: Any, **kw: Any) -> NoReturn:
        _refuse(f"Table '{constraint.parent.name}' has a check", "Leave it out.")

    visit_column_check_constraint = visit_check_constraint

    def visit_create_index(self, create: Any, *args: Any, **kw: Any) -> NoReturn:
        _refuse(f"'{create.element.name}' is an index", "Leave it out.")

    def visit_set_table_comment(self, create: Any, **kw: Any) -> NoReturn:
        _refuse(f"Table '{create.element.name}' would get another comment", "Give it in CREATE TABLE.")

    def visit_drop_table_comment(self, drop: Any, **kw: Any) -> NoReturn:
        self.visit_set_table_comment(drop)

    def visit_create_schema(self, create: Any, **kw: Any) -> str:
        exists = "IF NOT EXISTS " if create.if_not_exists else ""
        return f"CREATE DATABASE {exists}{self.preparer.quote_schema(create.element)}"

    def visit_drop_schema(self, drop: Any, **kw: Any) -> str:
        exists = "IF EXISTS " if drop.if_exists else ""
        return f"DROP DATABASE {exists}{self.preparer.quote_schema(drop.element)}{' CASCADE' if drop.cascade else ''}"


def _refuse(what: str, instead: str) -> NoReturn:
    raise exc.CompileError(f"{what}, which is not supported. {instead}")
