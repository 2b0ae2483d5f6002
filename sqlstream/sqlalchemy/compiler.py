"""SELECT, INSERT and expressions as Flink's SQL, where it differs from SQLAlchemy's default."""

from __future__ import annotations

from typing import Any

from sqlalchemy.sql.compiler import SQLCompiler

from sqlstream.dbapi.literals import literal


class SqlstreamCompiler(SQLCompiler):
    def limit_clause(self, select: Any, **kw: Any) -> str:
        text = ""
        if select._limit_clause is not None:
            text += "\n LIMIT " + self.process(select._limit_clause, **kw)
        if select._offset_clause is not None:
            text += "\n OFFSET " + self.process(select._offset_clause, **kw)
            text += "" if select._limit_clause is not None else " ROWS"
        return text

    def render_bind_cast(self, type_: Any, dbapi_type: Any, sqltext: str) -> str:
        return f"CAST({sqltext} AS {self.dialect.type_compiler_instance.process(dbapi_type)})"

    def for_update_clause(self, select: Any, **kw: Any) -> str:
        """Nothing: no query locks what it reads."""
        return ""

    def visit_ne_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._generate_generic_binary(binary, " <> ", **kw)

    def visit_empty_set_op_expr(self, type_: Any, expand_op: Any, **kw: Any) -> str:
        text: str = super().visit_empty_set_op_expr(type_, expand_op, **kw)  # type: ignore[no-untyped-call]
        return text.replace("1 != 1", "1 <> 1")

    def visit_empty_set_expr(self, element_types: Any, **kw: Any) -> str:
        """A query of no rows, for an IN of nothing."""
        types = [self.dialect.type_compiler_instance.process(type_) for type_ in element_types]
        columns = ", ".join(f"CAST(NULL AS {'INT' if name == 'NULL' else name})" for name in types)
        return f"SELECT {columns} FROM (VALUES (0)) AS `nothing` (`nothing`) WHERE FALSE"

    def visit_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"REGEXP({self.process(binary.left, **kw)}, {self.process(binary.right, **kw)})"

    def visit_not_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"NOT {self.visit_regexp_match_op_binary(binary, operator, **kw)}"

    def visit_random_func(self, fn: Any, **kw: Any) -> str:
        return "RAND()"

    def render_literal_value(self, value: Any, type_: Any) -> str:
        """As a parameter would be written."""
        processor = type_.dialect_impl(self.dialect).bind_processor(self.dialect)
        return literal(processor(value) if processor is not None else value)
