"""What SQLAlchemy's generic suite may expect of the dialect; what is not named here is as the suite assumes."""

from __future__ import annotations

from typing import Any

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

MET = [
    "array_type",
    "autocommit",
    "boolean_col_expressions",
    "bound_limit_offset",
    "comment_reflection",
    "ctes",
    "date_historic",
    "datetime_historic",
    "datetime_interval",
    "datetime_microseconds",
    "datetime_timezone",
    "nullsordering",
    "precision_numerics_enotation_small",
    "precision_numerics_many_significant_digits",
    "schema_reflection",
    "schemas",
    "timestamp_microseconds",
    "unicode_data",
    "unicode_ddl",
    "view_column_reflection",
    "views",
]

NOT_MET = [
    "autoincrement_insert",
    "empty_inserts",
    "foreign_key_constraint_reflection",
    "foreign_keys",
    "index_ddl_if_exists",
    "index_reflection",
    "insert_returning",
    "isolation_level",
    "savepoints",
    "self_referential_foreign_keys",
    "sql_expression_limit_offset",
    "temp_table_names",
    "temp_table_reflection",
    "temporary_tables",
    "time_microseconds",
    "tuple_in",
    "two_phase_transactions",
    "unique_constraint_reflection",
]


class Requirements(SuiteRequirements):
    """Filled from the two lists."""


def _fixed(is_met: bool) -> Any:
    return property(lambda _: exclusions.open() if is_met else exclusions.closed())


for _name in (*MET, *NOT_MET):
    setattr(Requirements, _name, _fixed(_name in MET))
